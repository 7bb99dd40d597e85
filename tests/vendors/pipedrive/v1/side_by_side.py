"""The page docs/pipedrive-v1-v2.md: each call of v1 with the v2 call beside it, and one activity in both, by fields.

It must never show a field that the mappings do not: values come from them, only the pairs are told here.
"""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from dayline.domain.activity import Activity, Attendee, Conference, Location, Participant, When
from dayline.domain.identity import User
from dayline.domain.record import Kind, Record
from dayline.domain.types import BUILT_IN
from dayline.service import Directory
from dayline.vendors.pipedrive import mapping as v2
from dayline.vendors.pipedrive.migration import replacement
from dayline.vendors.pipedrive.routes import DIALECT
from dayline.vendors.pipedrive.v1 import mapping as v1
from dayline.vendors.pipedrive.v1.routes import OPERATIONS

HEAD: Final = """# Pipedrive's v1 and v2, side by side

Made from the two mappings by `make docs`.

Both versions work on the same rows: what one writes, the other reads.

## Calls

| v1 | cost | v2 | cost | what changes |
|---|---|---|---|---|
"""
FIELDS: Final = """
## Fields

One activity through `GET /v1/activities/{id}` and `GET /api/v2/activities/{id}?include_fields=attendees`. An empty
cell: that version has no such field. What Dayline does not have is null in v1: reminders, other calendars, recurrence,
references and mail.

| v1 | shown as | v2 | shown as |
|---|---|---|---|
"""
# What of v1 is called otherwise in v2. A field that is not here keeps its name, or is gone.
RENAMED: Final = {
    "user_id": "owner_id",
    "assigned_to_user_id": "owner_id",
    "created_by_user_id": "creator_user_id",
    "active_flag": "is_deleted",
    "busy_flag": "busy",
    "location": "location.value",
    **{f"location_{part}": f"location.{part}" for part in Location.__struct_fields__ if part != "value"},
    "attendees[].email_address": "attendees[].email",
    "participants[].primary_flag": "participants[].primary",
}
_MARCH: Final = 1_772_438_400_000  # 2026-03-02T08:00:00Z


def page() -> str:
    """The whole page."""
    return HEAD + "\n".join(_calls()) + "\n" + FIELDS + "\n".join(_rows()) + "\n"


def pairs(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field of v1 with what it is in v2, then what only v2 has; an empty name where there is none."""
    paired = [(name, RENAMED.get(name, name)) for name in old]
    yield from ((name, beside if beside in new else "") for name, beside in paired)
    known = {beside for _, beside in paired}
    yield from (("", name) for name in new if name not in known)


def flat(shown: dict[str, Any]) -> dict[str, Any]:
    """An object as JSON has it, with the parts of what is nested named by their paths."""
    fields: dict[str, Any] = {}
    for name, value in shown.items():
        if isinstance(value, dict):
            fields |= {f"{name}.{part}": inner for part, inner in value.items()}
        elif isinstance(value, list):
            fields |= {f"{name}[].{part}": inner for part, inner in value[0].items()}
        else:
            fields[name] = value
    return fields


def _calls() -> Iterator[str]:
    costs = {f"{row.method} {row.path}": row.cost for row in DIALECT.operations}
    for row in OPERATIONS:
        found = replacement(f"{row.method} {row.path}")
        assert found is not None, row.path
        changes = "; ".join(found.parameters)
        yield f"| `{row.method} {row.path}` | {row.cost} | `{found.call}` | {costs[found.call]} | {changes} |"


def _rows() -> Iterator[str]:
    old, new = flat(_plain(v1.show(_EXAMPLE, 900, _DIRECTORY))), flat(_plain(v2.show(_EXAMPLE, _DIRECTORY)))
    for name, beside in pairs(old, new):
        yield f"| {_cell(name)} | {_shown(name, old)} | {_cell(beside)} | {_shown(beside, new)} |"


def _cell(name: str) -> str:
    return f"`{name}`" if name else ""


def _shown(name: str, fields: dict[str, Any]) -> str:
    return f"`{json.dumps(fields[name], ensure_ascii=False)}`" if name else ""


def _plain(shown: Any) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(shown)
    return fields


def _record(kind: Kind, id_: int, name: str) -> Record:
    uuid = f"0195f4a0-0000-7000-8000-{id_:012d}"
    return Record(kind=kind, id=id_, uuid=uuid, slug=f"{kind}_{id_}", name=name, email=f"{name.lower()}@example.com")


_DEAL: Final = _record("deal", 12, "Renewal")
_LEAD: Final = _record("lead", 3, "Fair")
_ORG: Final = _record("organization", 5, "Example")
_PROJECT: Final = _record("project", 8, "Move")
_MARA: Final = _record("contact", 31, "Mara")
_ANN: Final = User(id=7, uuid="", slug="", name="Ann", email="ann@example.com")
_CALL: Final = next(type_ for type_ in BUILT_IN if type_.key == "call")
_RECORDS: Final = (_DEAL, _LEAD, _ORG, _PROJECT, _MARA)
_DIRECTORY: Final = Directory(
    {(record.kind, record.id): record for record in _RECORDS}, {_ANN.id: _ANN}, {_CALL.key: _CALL}
)
_EXAMPLE: Final = Activity(
    id=41,
    uuid="",
    type=_CALL.ref,
    owner_id=7,
    creator_id=7,
    editor_id=7,
    subject="Intro call with Mara",
    description="What we talk about",
    note="<p>Prepare</p>",
    when=When(dt.date(2026, 3, 5), dt.time(14, 30), 45 * 60, "Europe/Tallinn"),
    busy=True,
    done=True,
    done_at=_MARCH + 90_000,
    priority="high",
    location=Location(
        value="Pikk 1, Tallinn",
        formatted_address="Pikk 1, 10123 Tallinn, Estonia",
        country="Estonia",
        locality="Tallinn",
        route="Pikk",
        street_number="1",
        postal_code="10123",
    ),
    conference=Conference("meet", "https://meet.example.com/41", "41"),
    related=tuple(record.ref for record in _RECORDS[:-1]),
    participants=(Participant(_MARA.ref, True),),
    attendees=(Attendee(ref=_MARA.ref, status="accepted"),),
    created_at=_MARCH,
    updated_at=_MARCH + 90_000,
    extras={"pipedrive": {"outcome": 17}},
)
