"""Activities out to a file and in from it: the same in another account, as often as one likes. On both databases."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dayline.cli.frame import operator
from dayline.domain.draft import Draft
from dayline.domain.filter import Query
from dayline.domain.identity import Account
from dayline.domain.record import RecordDraft
from dayline.native.activities.table import COLUMNS, guarded, unguarded
from dayline.service import Service
from dayline.service.identity import NewUser
from tests.cast import CALL, as_activity, as_record
from tests.moved import ODD, furnished, lines_of, stored, table_of, take_in
from tests.store.peek import counter_of, log_of


def told(content: bytes, key: str) -> list[dict[str, Any]]:
    return [line[key] for line in map(json.loads, content.splitlines()) if key in line]


@pytest.fixture
async def content(service: Service) -> bytes:
    return await lines_of(service, await furnished(service))


@pytest.fixture
async def empty(service: Service) -> Account:
    return await service.identities.create_account("Empty")


async def test_there_and_back_gives_the_same_bytes(
    service: Service, content: bytes, empty: Account, tmp_path: Path
) -> None:
    activities, records = told(content, "activity"), told(content, "record")
    assert [one["id"] for one in activities] == list(range(1, 303))
    assert [one["id"] for one in activities if "deleted_at" in one] == [3, 7]
    assert [one["kind"] for one in records if "deleted_at" in one] == ["lead"]
    assert [one["key"] for one in told(content, "type")] == ["site_visit"]
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["created"], counts["records"], counts["types"], refused) == (302, len(records), 1, [])
    assert await lines_of(service, empty) == content


async def test_what_is_mentioned_is_told_once_and_before(content: bytes) -> None:
    known: set[tuple[Any, ...]] = set()
    for key, value in (item for line in map(json.loads, content.splitlines()) for item in line.items()):
        if key != "activity":
            name = (value.get("kind", key), value["id"])
            assert name not in known
            assert "owner_id" not in value or ("user", value["owner_id"]) in known
            known.add(name)
            continue
        refs = [*value.get("related", ()), *(one["ref"] for one in value.get("participants", ()))]
        refs += [one["ref"] for one in value.get("attendees", ()) if "ref" in one]
        users = [value["owner_id"], value["creator_id"], value["editor_id"], *value.get("collaborators", ())]
        users += [one["user_id"] for one in value.get("attendees", ()) if "user_id" in one]
        assert {(ref["kind"], ref["id"]) for ref in refs} | {("user", id_) for id_ in users} <= known


async def test_once_more_writes_nothing(service: Service, content: bytes, empty: Account, tmp_path: Path) -> None:
    await take_in(service, empty, tmp_path, content)
    before = await log_of(service.store, empty.id), await counter_of(service.store, empty.id)
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["created"], counts["unchanged"], refused) == (0, 302, [])
    assert (await log_of(service.store, empty.id), await counter_of(service.store, empty.id)) == before


async def test_every_row_is_in_the_change_log_and_ids_go_on_behind(
    service: Service, content: bytes, empty: Account, tmp_path: Path
) -> None:
    counts, _ = await take_in(service, empty, tmp_path, content)
    log = await log_of(service.store, empty.id)
    made = counts["created"] + counts["users"] + counts["types"] + counts["records"]
    assert [change.sequence for change in log] == list(range(1, made + 1))
    assert {(change.action, change.before) for change in log} == {("created", None)}
    users = await service.identities.users(empty.id)
    assert {(user.role, user.active) for user in users} == {("member", True)}
    assert await service.identities.tokens(empty.id) == []
    who = replace(operator(empty), user_id=users[0].id)
    assert (await service.activities.create(who, Draft(type=CALL), as_activity)).id == 303


async def test_private_ones_stay_private(service: Service, content: bytes, empty: Account, tmp_path: Path) -> None:
    await take_in(service, empty, tmp_path, content)
    private = next(one for one in told(content, "activity") if one.get("visibility") == "private" and one["id"] < 300)
    people = {private["owner_id"], private["creator_id"]}
    people |= {one["user_id"] for one in private.get("attendees", ()) if "user_id" in one}
    user = await service.identities.add_user(empty.id, NewUser(name="New", email="new@example.com"))
    for user_id, wanted in ((user.id, False), (min(people), True)):
        who = replace(operator(empty), user_id=user_id, role="member", secret=b"x")
        page = await service.activities.list(who, Query(limit=500))
        assert (private["uuid"] in {one.uuid for one in page.items}) is wanted


async def test_users_and_records_are_found_by_email_and_uuid(
    service: Service, content: bytes, empty: Account, tmp_path: Path
) -> None:
    names = ("taken@example.com", *(one["email"].upper() for one in reversed(told(content, "user"))))
    for name in names:
        await service.identities.add_user(empty.id, NewUser(name="Here", email=name))
    one = next(record for record in told(content, "record") if record["kind"] == "deal" and record["id"] == 2)
    await service.records.create(operator(empty), RecordDraft(kind="deal", name="In the way", id=2), as_record)
    draft = RecordDraft(kind="deal", name="Here", id=77, uuid=one["uuid"], slug="here")
    await service.records.create(operator(empty), draft, as_record)
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["created"], counts["users"], refused) == (302, 0, [])
    ids = {user.email.casefold(): user.id for user in await service.identities.users(empty.id)}
    emails = {user["id"]: user["email"].casefold() for user in told(content, "user")}
    rich = next(one for one in told(content, "activity") if one["subject"].startswith("=cmd"))
    moved = await stored(service, empty, rich["uuid"])
    assert moved.owner_id == ids[emails[rich["owner_id"]]] != rich["owner_id"]
    assert moved.collaborators == tuple(ids[emails[id_]] for id_ in rich["collaborators"])
    assert (moved.related[0].id, moved.related[0].slug) == (77, "here")
    assert (moved.id, moved.description, moved.revision) == (rich["id"], ODD, 1)


async def test_an_id_that_is_taken(service: Service, content: bytes, empty: Account, tmp_path: Path) -> None:
    ann = await service.identities.add_user(empty.id, NewUser(name="Ann", email="ann@example.com"))
    who = replace(operator(empty), user_id=ann.id)
    for _ in range(2):
        await service.activities.create(who, Draft(type=CALL, subject="Here"), as_activity)
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["created"], counts["refused"]) == (300, 2)
    assert [line.partition(": ")[2] for line in refused] == ["activity.id: another activity has this id"] * 2
    counts, refused = await take_in(service, empty, tmp_path, content, new_ids=True)
    assert (counts["created"], counts["unchanged"], refused) == (2, 300, [])
    first = told(content, "activity")[0]
    assert (await stored(service, empty, first["uuid"])).id == 303
    assert (await service.activities.get(who, 1)).subject == "Here"
    assert (await take_in(service, empty, tmp_path, content))[0]["unchanged"] == 302


async def test_another_version_is_refused(service: Service, content: bytes, empty: Account, tmp_path: Path) -> None:
    await take_in(service, empty, tmp_path, content)
    who = replace(operator(empty), user_id=1)
    changed = await service.activities.change(who, 9, Draft(subject="Changed here"), as_activity)
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["unchanged"], counts["refused"]) == (301, 1)
    assert refused[0].endswith("activity.uuid: another version is stored")
    assert await stored(service, empty, changed.uuid) == changed


async def test_somebody_adds_the_same_user_meanwhile(
    service: Service, content: bytes, empty: Account, tmp_path: Path
) -> None:
    for user in told(content, "user"):
        await service.identities.add_user(empty.id, NewUser(name=user["name"], email=user["email"]))
    counts, refused = await take_in(service, empty, tmp_path, content, stale=1)
    assert (counts["created"], counts["users"], refused) == (302, 0, [])


async def test_the_table_has_what_lives(service: Service) -> None:
    account = await furnished(service)
    text = (await table_of(service, account)).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["id"]) for row in rows] == [id_ for id_ in range(1, 303) if id_ not in (3, 7)]
    rich = next(row for row in rows if row["type"] == "site_visit")
    assert (rich["subject"], rich["outcome"]) == ("'=cmd|' /C calc'!A0", "''=1+1")
    assert (rich["date"], rich["time"], rich["duration"]) == ("2026-12-31", "23:59:59", "10:00:00")
    assert (rich["related"], rich["done"]) == ("deal:2 organization:1", "true")
    assert rich["participants"].split()[1] == "contact:2"
    assert rich["attendees"].split()[:2] == ["user:3", "candidate:3"]
    assert rich["attendees"].split()[3] == "guest@example.com"
    assert (rich["description"], rich["location"]) == (ODD, "Käpylä")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize(
    "cell", ["", "a", "=1", "'=1", "''=1", "'a", "'", "\t", "-", "+1", "@a", "\r", "\n=1", "\uff1d1", "a=1"]
)
def test_guarded_cells_come_back(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
