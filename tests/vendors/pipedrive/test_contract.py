"""Pipedrive v2 keeps the contract of every dialect."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from dayline.domain.record import Kind
from dayline.service.identity import NewUser
from dayline.vendors import pipedrive
from dayline.vendors.pipedrive.routes import DIALECT
from tests.cast import Person
from tests.contract.suite import DialectContract, Json, Place
from tests.house import Town

ROOT = "/api/v2/activities"
FIELDS: tuple[tuple[str, Kind], ...] = (
    ("deal_id", "deal"),
    ("lead_id", "lead"),
    ("person_id", "contact"),
    ("org_id", "organization"),
    ("project_id", "project"),
)


def in_body(field: str, names: str) -> Place:
    return Place(f"POST {field}", names, lambda id_: ("POST", ROOT, {field: id_}))


def in_query(field: str, names: str) -> Place:
    return Place(f"GET ?{field}", names, lambda id_: ("GET", f"{ROOT}?{urlencode({field: id_})}", None), finds=True)


README = (Path(pipedrive.__file__).parent / "README.md").read_text()
UNSERVED = [
    ("POST", "/oauth/token", 404),
    ("POST", "/oauth/revoke", 404),
    ("GET", "/oauth/authorize", 404),
    ("GET", "/v1/recents", 404),
    ("GET", "/api/v2/itemSearch", 404),
    ("GET", "/api/v2/persons/search", 400),
]


@pytest.mark.parametrize(("method", "path", "status"), UNSERVED)
def test_what_the_readme_says_is_not_served(town: Town, method: str, path: str, status: int) -> None:
    assert (path if status == 404 else "…/search") in README
    with town.client(town.alice) as alice:
        assert alice.request(method, path).status_code == status


class TestPipedrive(DialectContract):
    dialect = DIALECT
    collection = ROOT
    places = (
        Place("GET /{id}", "activity", lambda id_: ("GET", f"{ROOT}/{id_}", None)),
        Place("PATCH /{id}", "activity", lambda id_: ("PATCH", f"{ROOT}/{id_}", {"subject": "Mine now"})),
        Place("DELETE /{id}", "activity", lambda id_: ("DELETE", f"{ROOT}/{id_}", None)),
        in_query("ids", "activity"),
        in_query("owner_id", "user"),
        in_body("owner_id", "user"),
        Place("POST attendees.user_id", "user", lambda id_: ("POST", ROOT, {"attendees": [{"user_id": id_}]})),
        Place("POST attendees.person_id", "contact", lambda id_: ("POST", ROOT, {"attendees": [{"person_id": id_}]})),
        Place("POST participants", "contact", lambda id_: ("POST", ROOT, {"participants": [{"person_id": id_}]})),
        *(in_query(field, names) for field, names in FIELDS),
        *(in_body(field, names) for field, names in FIELDS),
    )

    def item(self, id_: int) -> str:
        return f"{ROOT}/{id_}"

    def body(self, subject: str) -> Json:
        return {"subject": subject}

    def wrong_bodies(self) -> Iterator[Json]:
        values: dict[str, tuple[Any, ...]] = {
            **dict.fromkeys(("subject", "type", "public_description", "note"), (5, True, [], {})),
            **dict.fromkeys(
                ("owner_id", "deal_id", "person_id", "org_id", "project_id"), ("5", 1.5, True, [], {}, 0, -1, 2**63)
            ),
            **dict.fromkeys(("busy", "done", "private"), ("true", 1, 0, [], {})),
            **dict.fromkeys(("participants", "attendees"), ("x", 5, {}, [5], [None], [{"person_id": "1"}])),
            "outcome": ("264", 1.5, [], {}),
            "priority": ("264", 1.5, [], {}, 0, 1, 262, 267),
            "location": ("Tallinn", 5, [], {"value": 5}),
            "due_date": (5, "2026-02-30", "20260201", "2026-W01-1", "", "2026-1-1", "+999999"),
            "due_time": (5, "24:00", "9", "12:60", "", "12:00:00.5", "noon", "12:00Z"),
            "duration": (5, "1", "-01:00", "01:60", "", "10000:00", "1h"),
            "lead_id": (5, "1", "", "x" * 36),
        }
        yield from ({field: value} for field, wrong in values.items() for value in wrong)
        yield {"type": "no_such_type"}
        yield {"attendees": [{"name": "Nobody"}]}
        yield {"attendees": [{"email": "a@example.com", "status": "maybe"}]}
        yield {"participants": [{"primary": True}]}

    def hide(self, id_: int, town: Town) -> None:
        with town.client(town.alice) as alice:
            assert alice.patch(self.item(id_), json={"private": True}).status_code == 200

    def id_of(self, answer: Json) -> int:
        return int(answer["data"]["id"])

    def items(self, answer: Json) -> list[Json]:
        assert answer["success"] is True
        return list(answer["data"])

    def next_page(self, answer: Json) -> str | None:
        cursor = answer["additional_data"]["next_cursor"]
        return None if cursor is None else f"cursor={cursor}"

    def check_error(self, status: int, body: Json, headers: httpx2.Headers) -> None:
        assert body["success"] is False
        assert isinstance(body["error"], str)
        assert body["error"]
        if status == 401:
            assert body["errorCode"] == 401
            assert body["error"] == "unauthorized access"
            assert headers["x-401-by-gw"] == "true"
            assert len(headers["x-correlation-id"]) == 36
        elif status == 429:
            assert body == {"success": False, "error": "request over limit", "errorCode": 429}
        elif status == 400:
            assert set(body) == {"success", "error", "code"}
            assert body["code"] in ("ERR_SCHEMA_VALIDATION_FAILED", "ERR_BAD_REQUEST")
        else:
            assert set(body) == {"success", "error", "code", "error_info", "data", "additional_data"}
            assert body["error_info"] == "Please check developers.pipedrive.com"
            assert body["code"].startswith("ERR_")
            assert (body["data"], body["additional_data"]) == (None, None)

    def reference(self, town: Town, names: str, who: Person) -> Any:
        if names == "user":
            count = len(town.wait(town.service.identities.users(who.account_id)))
            new = NewUser(name="Somebody", email=f"somebody{count}@example.com")
            return town.wait(town.service.identities.add_user(who.account_id, new)).id
        record = town.record(who, names)  # type: ignore[arg-type]
        return record.uuid if names == "lead" else record.id
