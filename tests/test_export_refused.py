"""What ``dayline activities import`` refuses: each bad line is named, and harms no other."""

import json
from pathlib import Path
from typing import Any

import pytest

from dayline.domain.identity import Account
from dayline.service import Service
from dayline.service.identity import NewUser
from tests.moved import stored, take_in

UUID = "018f0000-0000-7000-8000-{:012d}"
ANN = {"id": 5, "email": "ann@example.com", "name": "Ann"}
CONTACT = {"kind": "contact", "id": 8, "uuid": UUID.format(8), "slug": "contact_8", "name": "Mara"}
REF = {name: CONTACT[name] for name in ("kind", "id", "uuid", "slug")}
CALL = {"id": 1, "uuid": UUID.format(1), "type": [6, "call"], "owner_id": 5, "creator_id": 5, "editor_id": 5}
OTHER = CALL | {"id": 2, "uuid": UUID.format(2)}
THIRD = CALL | {"id": 3, "uuid": UUID.format(3)}
STRANGER = REF | {"uuid": UUID.format(9)}


def lines(*told: dict[str, Any] | bytes) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in told)


@pytest.fixture
async def empty(service: Service) -> Account:
    return await service.identities.create_account("Empty")


# What is wrong with an activity, and the field that is named.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"subject": 7}, "activity.subject"),
    ({"colour": "red"}, "activity.colour"),
    ({"when": {"date": "2026-13-01"}}, "activity.when.date"),
    ({"when": {"duration": -1}}, "activity.when.duration"),
    ({"when": {"duration": 36_000_000}}, "activity.when.duration"),
    ({"when": {"time": "10:00:00+02:00"}}, "activity.when.time"),
    ({"when": {"time": "10:00:00.5"}}, "activity.when.time"),
    ({"when": {"zone": "Mars/Olympus"}}, "activity.when.zone"),
    ({"attachments": [{"id": 1, "name": "a.pdf"}]}, "activity.attachments"),
    ({"note": "N\0L"}, "activity.note"),
    ({"note": "half \ud800"}, "activity.note"),
    ({"extras": {"pipedrive": {"n": 2**63}}}, "activity.extras.pipedrive.n"),
    ({"participants": [{"ref": REF, "primary": True}] * 2}, "activity.participants"),
    ({"participants": [{"ref": REF | {"kind": "deal"}}]}, "activity.participants[0].ref.kind"),
    ({"participants": [{"ref": STRANGER}]}, "activity.participants"),
    ({"related": [STRANGER]}, "activity.related"),
    ({"related": [REF | {"uuid": "contact_8"}]}, "activity.related[0].uuid"),
    ({"attendees": [{"ref": STRANGER}]}, "activity.attendees"),
    ({"attendees": [{"ref": REF | {"kind": "deal"}}]}, "activity.attendees[0].ref.kind"),
    ({"attendees": [{"user_id": 6}]}, "activity.attendees"),
    ({"attendees": [{"user_id": 5, "ref": REF}]}, "activity.attendees[0]"),
    ({"attendees": [{"name": "Nobody"}]}, "activity.attendees[0]"),
    ({"owner_id": 6}, "activity.owner_id"),
    ({"creator_id": 0}, "activity.creator_id"),
    ({"editor_id": 6}, "activity.editor_id"),
    ({"collaborators": [5, 6]}, "activity.collaborators"),
    ({"type": [99, "unheard_of"]}, "activity.type"),
    ({"type": 6}, "activity.type"),
    ({"uuid": "no"}, "activity.uuid"),
    ({"uuid": UUID.format(2).upper()}, "activity.uuid"),
    ({"id": 0}, "activity.id"),
    ({"id": 2**53}, "activity.id"),
    ({"id": 1}, "activity.id"),
    ({"uuid": UUID.format(1)}, "activity.uuid"),
    ({"revision": 0}, "activity.revision"),
    ({"created_at": 10**15}, "activity.created_at"),
    ({"deleted_at": 0}, "activity.deleted_at"),
    ({"done": True}, "activity.done_at"),
    ({"done_at": 1}, "activity.done_at"),
]


@pytest.mark.parametrize(("wrong", "field"), WRONG, ids=[json.dumps(wrong) for wrong, _ in WRONG])
async def test_a_bad_activity_is_named_and_harms_no_other(
    service: Service, empty: Account, tmp_path: Path, wrong: dict[str, Any], field: str
) -> None:
    last = {"activity": CALL | {"id": 3, "uuid": UUID.format(3), "related": [REF]}}
    first = [{"user": ANN}, {"record": CONTACT}, {"activity": CALL | {"subject": "First"}}]
    counts, refused = await take_in(service, empty, tmp_path, lines(*first, {"activity": OTHER | wrong}, last))
    assert (counts["created"], counts["refused"]) == (2, 1)
    assert refused[0].startswith(f"line 4: {field}: ")
    assert (await stored(service, empty, UUID.format(1))).subject == "First"
    assert (await stored(service, empty, UUID.format(3))).related[0].uuid == CONTACT["uuid"]


LINES: list[tuple[dict[str, Any] | bytes, str]] = [
    (b'{"activity": ', "broken JSON"),
    (b'{"activity": "caf\xe9"}', "not valid UTF-8"),
    (b"[" * 5_000, "nested deeper"),
    (b"[1]", "expected object"),
    ({}, "expected one of user, type, record, activity"),
    ({"record": CONTACT, "activity": CALL}, "expected one of"),
    ({"deal": {}}, "deal: unknown field"),
    ({"user": {"id": 6, "email": "nobody", "name": "N"}}, "user.email: "),
    ({"user": {"id": 6, "email": "n@example.com", "name": " "}}, "user.name: "),
    ({"user": {"id": 0, "email": "n@example.com", "name": "N"}}, "user.id: "),
    ({"type": {"id": 6, "key": "fax", "label": "Fax", "icon": "", "order": 9}}, "type.key: this version has no"),
    ({"type": {"id": 12, "key": "7", "label": "7", "icon": "", "order": 9, "custom": True}}, "type.key: "),
    ({"type": {"id": 12, "key": "a", "label": " ", "icon": "", "order": 9, "custom": True}}, "type.label: "),
    ({"record": CONTACT | {"uuid": UUID.format(7), "slug": "contact_8"}}, "record.slug: another record"),
    ({"record": CONTACT | {"kind": "deal"}}, "record.slug: another record"),
    ({"record": CONTACT | {"uuid": UUID.format(7), "slug": "12"}}, "record.slug: "),
    ({"record": CONTACT | {"uuid": "no", "slug": "a"}}, "record.uuid: "),
    ({"record": CONTACT | {"uuid": UUID.format(7), "slug": "a", "name": " "}}, "record.name: "),
    ({"record": CONTACT | {"uuid": UUID.format(7), "slug": "a", "owner_id": 6}}, "record.owner_id: "),
    ({"record": CONTACT | {"uuid": UUID.format(7), "slug": "a", "kind": "pet"}}, "record.kind: "),
]


@pytest.mark.parametrize(("line", "words"), LINES, ids=[str(line)[:60] for line, _ in LINES])
async def test_a_bad_line_of_another_kind(
    service: Service, empty: Account, tmp_path: Path, line: dict[str, Any] | bytes, words: str
) -> None:
    content = lines({"user": ANN}, {"record": CONTACT}, line, {"activity": CALL})
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["created"], counts["refused"]) == (1, 1)
    assert refused[0].startswith("line 3: ")
    assert words in refused[0]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"user": ANN | {"email": "ann @ example"}}, "user.email"),
        ({"user": ANN | {"name": 7}}, "user.name"),
        (b'{"user": {"id": 5, "email": "caf\xe9"}}', "not valid UTF-8 at byte 32"),
    ],
)
async def test_what_a_refused_user_did_is_nobody_elses(
    service: Service, empty: Account, tmp_path: Path, bad: dict[str, Any] | bytes, field: str
) -> None:
    later = {"user": ANN | {"email": "bob@example.com", "name": "Bob"}}
    content = lines({"user": ANN}, {"activity": CALL}, bad, {"activity": OTHER}, later, {"activity": THIRD})
    counts, refused = await take_in(service, empty, tmp_path, content)
    assert (counts["created"], counts["refused"]) == (2, 2)
    assert [line.split(": ")[:2] for line in refused] == [["line 3", field], ["line 4", "activity.owner_id"]]
    bob = next(user for user in await service.identities.users(empty.id) if user.name == "Bob")
    assert (await stored(service, empty, UUID.format(3))).owner_id == bob.id


async def test_names_that_are_taken_in_the_account(service: Service, empty: Account, tmp_path: Path) -> None:
    await service.identities.add_user(empty.id, NewUser(name="First", email="first@example.com"))
    one = CONTACT | {"external_id": "c-1"}
    await take_in(service, empty, tmp_path, lines({"record": one}))
    again = [
        {"record": one | {"uuid": UUID.format(7), "slug": "contact_7"}},
        {"record": CONTACT | {"uuid": UUID.format(7), "external_id": "c-2"}},
        {"record": one | {"name": "Other"}},
    ]
    counts, refused = await take_in(service, empty, tmp_path, lines(*again))
    assert (counts["records"], counts["refused"], counts["known"]) == (0, 2, 1)
    assert [line.split(": ")[1] for line in refused] == ["record.external_id", "record.slug"]
