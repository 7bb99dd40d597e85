"""How the tests speak ATZ; knows nothing of what is right."""

from typing import Any

from dayline.domain.record import Kind, Record, RecordDraft
from tests.cast import Person
from tests.house import Town

ROOT = "/v1/activity"


def task(title: Any = "Something to do", **fields: Any) -> dict[str, Any]:
    """The body of a new task, with these fields beside or in place of what must be there."""
    return {
        "title": title,
        "activity_type_id": 3,
        "start_datetime": "2026-04-25T10:00:00Z",
        "end_datetime": "2026-04-25T11:00:00Z",
        **fields,
    }


def named(town: Town, who: Person, kind: Kind, slug: str, **fields: Any) -> Record:
    """A record with this slug."""
    draft = RecordDraft(**{"kind": kind, "name": "Something", "slug": slug, **fields})
    return town.wait(town.service.records.create(who.principal, draft, lambda record: record))
