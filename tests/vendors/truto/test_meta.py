"""What `meta` says: the support matrix of the documentation, and what each integration takes here beside it."""

from typing import Any

import pytest

from tests.house import Town
from tests.vendors.truto.speech import OWN, ROOT, check_error

# As Truto's page for creating activities has it, field by field.
DOCUMENTED: dict[str, dict[str, str]] = {
    "candidate_id": {"ashby": "required", "lever": "required", "recruitee": "required"},
    "body": {"ashby": "required", "lever": "supported", "recruitee": "required"},
    "visibility": {"lever": "supported"},
    "created_at": {"lever": "supported"},
    "remote_data": {},
}
ANSWERED: dict[str, set[str]] = {
    "ashby": {"id", "candidate", "actor", "activity_type", "body", "created_at"},
    "lever": set(),
    "recruitee": set(),
}
FIELDS = {
    *("id", "candidate", "actor", "activity_type", "from", "to", "cc", "subject", "body", "visibility"),
    *("updated_at", "created_at", "remote_data"),
}


def described(town: Town, path: str, **query: Any) -> Any:
    with town.client(town.alice) as alice:
        answer = alice.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_matrix_is_that_of_the_documentation(town: Town) -> None:
    printed: dict[str, dict[str, str]] = {field: {} for field in DOCUMENTED}
    for integration in ("ashby", "lever", "recruitee"):
        method = described(town, f"{ROOT}/{integration}/meta/create")
        for field in method["body"]:
            if field["documented"] is not None:
                printed[field["name"]][integration] = field["documented"]
        told = {field["name"] for field in method["response"] if field["documented"] is not None}
        assert told == ANSWERED[integration]
        assert {field["name"] for field in method["response"]} == FIELDS
    assert printed == DOCUMENTED


@pytest.mark.parametrize("integration", ["ashby", "lever", "recruitee"])
def test_what_is_documented_is_taken_here(town: Town, integration: str) -> None:
    body = described(town, f"{ROOT}/{integration}/meta/create")["body"]
    here = {field["name"]: field["here"] for field in body}
    for field in body:
        if field["documented"] is not None:
            assert here[field["name"]] == field["documented"]
    assert here["visibility"] == "supported"
    assert here["created_at"] == (None if integration == "recruitee" else "supported")


def test_what_a_method_is_for_an_account(town: Town) -> None:
    method = described(town, f"{ROOT}/meta/list", **OWN)
    assert (method["integration"], method["method"], method["available"]) == ("dayline", "list", True)
    assert {field["name"] for field in method["query"]} == {"candidate_id", "actor", "activity_type", "created_at"}
    assert described(town, f"{ROOT}/ashby/meta/get")["available"] is False
    assert described(town, f"{ROOT}/lever/meta/get")["query"][0]["here"] == "required"


def test_the_model_as_text_and_page(town: Town) -> None:
    model = described(town, "/unified/meta/ats/lever")
    assert [method["method"] for method in model["methods"]] == ["list", "get", "create", "update", "delete"]
    with town.client(town.alice) as alice:
        text = alice.get("/unified/meta/ats/lever?format=md")
        page = alice.get("/unified/meta/ats/lever?format=html")
    assert text.headers["content-type"].startswith("text/markdown")
    assert "| `candidate_id` | string | required | required |" in text.text
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>Lever: unified ATS activities</h1>" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ROOT}/greenhouse/meta/create", 404),
        (f"{ROOT}/ashby/meta/invent", 404),
        (f"{ROOT}/meta/create", 400),
        (f"{ROOT}/meta/create?integrated_account_id=x", 404),
        ("/unified/meta/ats/greenhouse", 404),
        ("/unified/meta/ats/ashby?format=pdf", 400),
        ("/unified/meta/crm/ashby", 404),
    ],
)
def test_what_is_not_there(town: Town, path: str, status: int) -> None:
    with town.client(town.alice) as alice:
        answer = alice.get(path)
    assert answer.status_code == status
    check_error(status, answer.json())
