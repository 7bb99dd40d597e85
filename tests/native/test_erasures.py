"""The export and the erasure of a person over HTTP: by a running server, its worker and all."""

import io
import json
import time
from collections.abc import Iterator
from zipfile import ZipFile

import httpx2
import pytest
from sqlalchemy import Select, select

from dayline.store.tables import metadata
from tests.house import Town
from tests.native.problems import RECORDS, assert_problem

ERASURES = "/dayline/v1/erasures"
NAME, EMAIL = "Wanda Zyxwright", "wanda.zyxwright@people.test"


@pytest.fixture
def wanda(alice: httpx2.Client) -> Iterator[dict[str, object]]:
    """Somebody with an activity and a deal that are named for her."""
    made = alice.post(RECORDS, json={"kind": "contact", "name": NAME, "email": EMAIL}).json()
    related = [{"kind": "contact", "id": made["id"]}]
    for body in ({"type": "call", "subject": f"Call {NAME}", "related": related}, {"type": "call", "subject": EMAIL}):
        assert alice.post("/dayline/v1/activities", json=body).status_code == 201
    yield made
    alice.post(f"{RECORDS}/contact/{made['id']}/erase", json={"confirm": EMAIL})


def until_done(client: httpx2.Client, location: str) -> dict[str, object]:
    for _ in range(600):
        told: dict[str, object] = client.get(location).json()
        if told["state"] == "done":
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def every_text(town: Town) -> str:
    """All that the tables hold."""
    found: list[str] = []
    for table in metadata.tables.values():
        chosen: Select[tuple[object, ...]] = select(*table.columns)
        for row in town.rows(chosen):
            found += [cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in row]
    return "\n".join(found).lower()


def test_a_person_is_erased(town: Town, alice: httpx2.Client, wanda: dict[str, object]) -> None:
    assert "zyxwright" in every_text(town)
    path, key = f"{RECORDS}/contact/{wanda['id']}/erase", {"Idempotency-Key": "erase-wanda"}
    asked = alice.post(path, json={"confirm": NAME.lower()}, headers=key)
    assert asked.status_code == 202, asked.text
    assert asked.json()["records"] == [{"kind": "contact", "id": wanda["id"]}]
    location = asked.headers["location"]
    report = until_done(alice, location)
    assert report["counts"]["activities erased"] == 1  # type: ignore[index]
    assert "zyxwright" not in every_text(town)
    assert "zyxwright" not in json.dumps(report).lower()
    assert report in alice.get(ERASURES).json()["data"]
    audit, feed = (alice.get(f"/dayline/v1/{name}?limit=500") for name in ("audit", "changes"))
    assert "zyxwright" not in (audit.text + feed.text).lower()
    told = [(one["type"], one["entity_id"]) for one in feed.json()["data"]]
    assert ("contact.purged", wanda["id"]) in told
    assert [type_ for type_, _ in told][-5:].count("activity.purged") == 1
    again = alice.post(path, json={"confirm": NAME.lower()}, headers=key)
    assert (again.status_code, again.json()) == (202, asked.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert_problem(alice.post(path, json={"confirm": NAME}), 404)


def test_a_person_is_taken_out(alice: httpx2.Client, wanda: dict[str, object]) -> None:
    answer = alice.get(f"{RECORDS}/contact/{wanda['id']}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="contact.zip"'
    archive = ZipFile(io.BytesIO(answer.content))
    assert json.loads(archive.read("record.json"))["email"] == EMAIL
    assert len(archive.read("activities.jsonl").splitlines()) == 2


def test_whoever_may_not_changes_nothing(
    alice: httpx2.Client, bob: httpx2.Client, charlie: httpx2.Client, wanda: dict[str, object]
) -> None:
    path = f"{RECORDS}/contact/{wanda['id']}"
    assert_problem(bob.post(f"{path}/erase", json={"confirm": NAME}), 403)
    assert_problem(bob.get(f"{path}/export"), 403)
    assert_problem(bob.get(ERASURES), 403)
    assert_problem(charlie.post(f"{path}/erase", json={"confirm": NAME}), 404)
    assert_problem(charlie.get(f"{path}/export"), 404)
    assert_problem(charlie.get(f"{ERASURES}/1"), 404)
    assert_problem(alice.post(f"{path}/erase", json={"confirm": "Somebody"}), 400, "confirm")
    assert_problem(alice.post(f"{path}/erase", json={}), 400, "confirm")
    assert_problem(alice.get(f"{ERASURES}/x"), 404)
    assert alice.get(path).json() == wanda


def test_two_of_one_address(alice: httpx2.Client) -> None:
    one, two = (
        alice.post(RECORDS, json={"kind": kind, "name": "Twin Peaks", "email": "twin@people.test"}).json()
        for kind in ("candidate", "contact")
    )
    path = f"{RECORDS}/candidate/{one['id']}/erase"
    refused = alice.post(path, json={"confirm": "Twin Peaks"})
    assert_problem(refused, 409)
    assert f"contact {two['id']}" in refused.json()["detail"]
    asked = alice.post(path, json={"confirm": "Twin Peaks", "same_email": True})
    assert until_done(alice, asked.headers["location"])["state"] == "done"
    assert_problem(alice.get(f"{RECORDS}/contact/{two['id']}"), 404)
