"""Creating records: with and without an identity of their own, all at once, and repeated."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from dayline.domain.errors import Conflict
from dayline.domain.filter import RecordFilter
from dayline.domain.record import KINDS, Kind, Record, RecordDraft
from dayline.service import Service
from tests.cast import Person
from tests.house import Town
from tests.native.conftest import Create
from tests.native.problems import RECORDS, assert_problem

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
UUID = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"
DEAL = {"kind": "deal", "name": "A"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_each_kind_gets_its_names(alice: httpx2.Client, kind: Kind) -> None:
    answer = alice.post(RECORDS, json={"kind": kind, "name": "Something"})
    assert answer.status_code == 201
    record = answer.json()
    assert re.fullmatch(rf"{kind}_[0-9a-f]{{20}}", record["slug"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", record["uuid"])
    assert answer.headers["location"] == f"{RECORDS}/{kind}/{record['id']}"
    assert answer.headers["etag"] == '"1"'
    assert alice.get(answer.headers["location"]).content == answer.content


def test_all_fields_come_back(town: Town, alice: httpx2.Client) -> None:
    given = {
        "kind": "contact",
        "name": "Zoë Ångström 🦊",
        "email": "zoe@example.com",
        "phone": "+46 8 123 456",
        "external_id": "crm-1",
        "owner_id": town.bob.user_id,
    }
    record = alice.post(RECORDS, json=given).json()
    assert list(record) == [
        *("kind", "id", "uuid", "slug", "name", "email", "phone", "external_id"),
        *("owner_id", "revision", "created_at", "updated_at", "deleted_at"),
    ]
    assert {name: record[name] for name in given} == given
    assert record["revision"] == 1
    assert INSTANT.fullmatch(record["created_at"])
    assert record["updated_at"] == record["created_at"]


def test_what_is_not_given_is_null(create: Create) -> None:
    record = create()
    assert [record[name] for name in ("email", "phone", "external_id", "owner_id")] == [None] * 4


@pytest.mark.parametrize(
    "fields",
    [
        *({"name": "é" * 255}, {"name": "A"}, {"id": 10**15}, {"slug": "s" * 50}, {"slug": "-Mara_Lind-2_"}),
        *({"email": "e" * 320}, {"phone": "0" * 100}, {"external_id": "x" * 255}),
        {"email": None, "phone": None, "external_id": None, "owner_id": None},
    ],
    ids=lambda fields: str(fields)[:30],
)
def test_the_longest_and_the_shortest_fit(charlie: httpx2.Client, fields: dict[str, object]) -> None:
    answer = charlie.post(RECORDS, json={"kind": "other", "name": "Something"} | fields)
    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in fields} == fields


def test_ids_go_on_after_a_given_one(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        ids = [nora.post(RECORDS, json=DEAL | given).json()["id"] for given in ({}, {"id": 500}, {}, {"id": 7}, {})]
        assert ids == [1, 500, 501, 7, 502]
        assert nora.post(RECORDS, json=DEAL | {"kind": "lead"}).json()["id"] == 1


@pytest.mark.parametrize("spelling", [UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}"])
def test_a_given_uuid_is_kept_in_its_canonical_form(town: Town, newcomer: Person, spelling: str) -> None:
    with town.client(newcomer) as nora:
        assert nora.post(RECORDS, json=DEAL | {"uuid": spelling}).json()["uuid"] == UUID
        assert_problem(nora.post(RECORDS, json=DEAL | {"uuid": UUID}), 409)


@pytest.mark.parametrize(("field", "value"), [("id", 71), ("uuid", UUID), ("slug", "taken"), ("external_id", "x-7")])
def test_an_identity_is_taken_once(alice: httpx2.Client, create: Create, field: str, value: object) -> None:
    first = create(kind="job", **{field: value})
    problem = assert_problem(alice.post(RECORDS, json={"kind": "job", "name": "B", field: value}), 409)
    assert field == "external_id" or problem["detail"].startswith(f"{field}: ")
    assert alice.get(f"{RECORDS}/job/{first['id']}").json() == first


def test_other_kinds_and_accounts_have_names_of_their_own(charlie: httpx2.Client, create: Create) -> None:
    create(kind="candidate", id=900, uuid=UUID, slug="mine")
    assert create(kind="sequence", id=900, uuid=UUID)["id"] == 900
    again = {"kind": "candidate", "name": "B", "id": 900, "uuid": UUID, "slug": "mine"}
    assert charlie.post(RECORDS, json=again).status_code == 201


def test_a_refused_record_takes_no_id(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        for wrong in ({"name": "  "}, {"slug": "123"}, {"uuid": "no"}, {"owner_id": 10**9}):
            assert_problem(nora.post(RECORDS, json=DEAL | wrong), 400, *wrong)
        assert nora.post(RECORDS, json=DEAL).json()["id"] == 1


def test_created_together_no_record_takes_anothers_place(town: Town, newcomer: Person) -> None:
    """A given id may be one that the same group of writes has just handed out."""
    drafts = [RecordDraft(kind="deal", name=f"made {number}") for number in range(40)]
    drafts += [RecordDraft(kind="deal", name=f"given {number}", id=number) for number in range(1, 60, 3)]
    outcomes = town.wait(_create_together(town.service, newcomer, drafts))
    created = [outcome for outcome in outcomes if isinstance(outcome, Record)]
    assert len(created) >= 40
    assert all(isinstance(outcome, Record | Conflict) for outcome in outcomes)
    stored = town.wait(town.service.records.list(newcomer.principal, RecordFilter(kind="deal"), 500, None)).items
    assert stored == tuple(sorted(created, key=lambda record: record.id))


async def _create_together(service: Service, who: Person, drafts: list[RecordDraft]) -> list[Record | BaseException]:
    making = (service.records.create(who.principal, draft, lambda record: record) for draft in drafts)
    return await asyncio.gather(*making, return_exceptions=True)


def test_a_repetition_gives_the_first_answer(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        nora.headers["idempotency-key"] = "once-1"
        first, second = (nora.post(RECORDS, json=DEAL | {"uuid": UUID}) for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.content == first.content
        for name in ("location", "etag", "content-type"):
            assert second.headers[name] == first.headers[name]
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        assert len(nora.get(RECORDS).json()["data"]) == 1


def test_a_key_of_another_request_is_refused(alice: httpx2.Client, bob: httpx2.Client, charlie: httpx2.Client) -> None:
    key = {"idempotency-key": "reused-1"}
    assert alice.post(RECORDS, json=DEAL, headers=key).status_code == 201
    assert_problem(alice.post(RECORDS, json=DEAL | {"name": "B"}, headers=key), 422)
    assert_problem(bob.post(RECORDS, json=DEAL, headers=key), 422)
    theirs = charlie.post(RECORDS, json=DEAL, headers=key)
    assert (theirs.status_code, theirs.headers.get("idempotency-replayed")) == (201, None)


def test_a_refusal_does_not_use_up_its_key(alice: httpx2.Client) -> None:
    key = {"idempotency-key": "refused-1"}
    assert_problem(alice.post(RECORDS, json=DEAL | {"owner_id": 10**9}, headers=key), 400, "owner_id")
    assert alice.post(RECORDS, json=DEAL, headers=key).status_code == 201


def test_many_at_once_with_one_key_make_one_record(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora, ThreadPoolExecutor(8) as crowd:
        nora.headers["idempotency-key"] = "crowd"

        def post(_: int) -> dict[str, Any]:
            answer = nora.post(RECORDS, json=DEAL)
            assert answer.status_code == 201
            record: dict[str, Any] = answer.json()
            return record

        assert len({record["uuid"] for record in crowd.map(post, range(24))}) == 1
        assert len(nora.get(RECORDS).json()["data"]) == 1


def test_of_many_at_once_one_gets_the_uuid(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora, ThreadPoolExecutor(8) as crowd:
        body = DEAL | {"uuid": UUID}
        statuses = list(crowd.map(lambda _: nora.post(RECORDS, json=body).status_code, range(24)))
        assert sorted(statuses) == [201] + [409] * 23
        assert len(nora.get(RECORDS).json()["data"]) == 1
