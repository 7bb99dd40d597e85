"""Who is let in, where the surface is, what its document says, and how each failure is worded."""

import sqlite3
from pathlib import Path

import httpx2
import pytest

from dayline.app import NATIVE as DIALECT
from dayline.domain.errors import Problem
from dayline.domain.identity import Scope
from dayline.kit.dialect import Failure
from tests.cast import Person
from tests.house import Town, living_town
from tests.native.problems import RECORDS, assert_problem

DEAL = {"kind": "deal", "name": "A"}


def test_a_credential_may_come_in_two_ways(town: Town, stranger: httpx2.Client) -> None:
    credential = town.alice.credential
    for headers in (
        {"authorization": f"Bearer {credential}"},
        {"authorization": f"bearer {credential}", "x-api-token": "ignored"},
        {"x-api-token": credential},
        {"x-api-token": credential, "authorization": "Basic YTpi"},
    ):
        assert stranger.get(RECORDS, headers=headers).status_code == 200


@pytest.mark.parametrize("path", [RECORDS, f"{RECORDS}/deal/1", f"{RECORDS}/person/1"])
def test_nobody_comes_in_without_a_good_credential(town: Town, stranger: httpx2.Client, path: str) -> None:
    secret = town.alice.credential.rpartition("_")[2]
    ours, theirs = town.alice.principal.account_id, town.charlie.principal.account_id
    tokens = ("x", f"dl_{ours}_{'0' * 64}", f"dl_{theirs}_{secret}", f"dl_999999_{secret}", f"dl_{2**63}_x")
    refused = [{"authorization": f"Bearer {token}"} for token in tokens] + [{"x-api-token": tokens[1]}]
    for headers in ({}, {"authorization": "Bearer"}, {"authorization": "Basic YTpi"}, *refused):
        answer = stranger.get(path, headers=headers)
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_in_the_query_is_no_credential(town: Town, stranger: httpx2.Client) -> None:
    assert_problem(stranger.get(f"{RECORDS}?api_token={town.alice.credential}"), 401)


def _issued(town: Town, *scopes: Scope, expires_at: int | None = None) -> dict[str, str]:
    """The header of another token of Alice's. ``expires_at`` is in ms UTC."""
    who: Person = town.alice
    issuing = town.service.identities.issue_token(
        who.principal.account_id, who.user_id, "narrow", scopes=frozenset(scopes), expires_at=expires_at
    )
    return {"authorization": f"Bearer {town.wait(issuing).credential}"}


def test_an_expired_token_is_no_credential(town: Town, stranger: httpx2.Client) -> None:
    assert_problem(stranger.get(RECORDS, headers=_issued(town, "records:read", expires_at=1)), 401)


def test_reading_and_writing_are_scopes_of_their_own(town: Town, stranger: httpx2.Client) -> None:
    reader = _issued(town, "records:read", "activities:write")
    writer = _issued(town, "records:write", "activities:read")
    location = stranger.post(RECORDS, json=DEAL, headers=writer).headers["location"]
    assert stranger.get(RECORDS, headers=reader).status_code == 200
    assert stranger.get(location, headers=reader).status_code == 200
    assert_problem(stranger.post(RECORDS, json=DEAL, headers=reader), 403)
    assert_problem(stranger.get(RECORDS, headers=writer), 403)
    assert_problem(stranger.get(location, headers=writer), 403)


@pytest.mark.parametrize("method", ["PUT", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (RECORDS, "GET, HEAD, OPTIONS, POST"),
        (f"{RECORDS}/bulk", "OPTIONS, POST"),
        (f"{RECORDS}/deal/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        (f"{RECORDS}/deal/1/restore", "OPTIONS, POST"),
    ],
)
def test_other_methods_are_not_allowed(alice: httpx2.Client, method: str, path: str, allowed: str) -> None:
    answer = alice.request(method, path, json=DEAL)
    assert_problem(answer, 405)
    assert answer.headers["allow"] == allowed


def test_head_and_options_are_answered(alice: httpx2.Client, stranger: httpx2.Client) -> None:
    answer = alice.head(RECORDS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert stranger.options(RECORDS).status_code == 204


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/record", "/v1/records/", "/v2/records"])
def test_every_other_path_below_the_mount_is_404(stranger: httpx2.Client, path: str) -> None:
    assert_problem(stranger.get(f"/dayline{path}"), 404)


def test_the_shared_root_is_not_taken(alice: httpx2.Client) -> None:
    answer = alice.get("/v1/records")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


def test_the_document_lists_the_operations(stranger: httpx2.Client) -> None:
    document = stranger.get("/dayline/openapi.json").json()
    assert document["servers"][0] == {"url": "/dayline"}
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(operation.method.lower(), operation.path) for operation in DIALECT.operations}
    listing, creating = document["paths"]["/v1/records"]["get"], document["paths"]["/v1/records"]["post"]
    assert [parameter["name"] for parameter in listing["parameters"]] == [
        *("kind", "q", "external_id", "deleted", "limit", "cursor")
    ]
    assert creating["responses"].keys() >= {"201", "400", "401", "403", "409", "413", "415", "422", "503", "507"}
    refused = {status: reply for status, reply in creating["responses"].items() if status != "201"}
    for status, reply in refused.items():
        assert reply["content"]["application/problem+json"]["example"]["status"] == int(status)
    body = document["components"]["schemas"]["NewRecord"]
    assert (body["required"], body["additionalProperties"]) == (["kind", "name"], False)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 507])
def test_each_failure_is_a_problem_document(status: int) -> None:
    problems = (Problem("a.b", "is odd", "type"), Problem("", "so is all of it")) if status == 400 else ()
    reply = DIALECT.envelope(Failure(status, "what went wrong", problems))
    headers = [*reply.headers, ("content-type", reply.media_type), ("x-request-id", "1")]
    answer = httpx2.Response(reply.status, content=reply.body, headers=headers)
    problem = assert_problem(answer, status, *(["a.b", ""] if problems else []))
    assert problem["detail"] == "what went wrong"
    assert ("WWW-Authenticate" in dict(reply.headers)) == (status == 401)


def test_a_locked_database_is_503_and_nothing_is_written(tmp_path: Path) -> None:
    with living_town(tmp_path, statement_timeout=0.2) as town, town.client(town.alice) as alice:
        other = sqlite3.connect(tmp_path / "dayline.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = alice.post(RECORDS, json=DEAL)
        assert_problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        assert alice.get(RECORDS).json()["data"] == []
        other.execute("ROLLBACK")
        other.close()
        assert alice.post(RECORDS, json=DEAL).json()["id"] == 1


def test_a_full_disk_is_507_and_reads_go_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/dayline.db?max_page_count=120"
    with living_town(tmp_path, database_url=url) as town, town.client(town.alice) as alice:
        created, answer = 0, alice.post(RECORDS, json=DEAL)
        while answer.status_code == 201 and created < 5_000:
            created += 1
            answer = alice.post(RECORDS, json=DEAL | {"name": "x" * 255})
        assert_problem(answer, 507)
        assert answer.headers["retry-after"]
        assert len(alice.get(RECORDS, params={"limit": 500}).json()["data"]) == created


def test_no_answer_shows_what_only_we_know(alice: httpx2.Client, town: Town) -> None:
    answer = alice.post(RECORDS, json=DEAL)
    for hidden in (town.alice.credential, '"account_id"', '"search"'):
        assert hidden not in answer.text
