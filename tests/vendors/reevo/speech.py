"""How the tests speak Reevo; knows nothing of what is right."""

from collections.abc import Iterator
from typing import Any

import httpx2

from dayline.domain.record import Kind, Record, RecordDraft
from tests.cast import Person
from tests.house import Town

ROOT = "/api/v2/activity"
QUERY = f"{ROOT}/_query"
SEED = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
NOBODYS = "0b7c2f0e-6f4b-4b4a-9a55-000000000000"


def named(town: Town, who: Person, kind: Kind, uuid: str) -> Record:
    """A record with this identity."""
    draft = RecordDraft(kind=kind, name="Something", uuid=uuid)
    return town.wait(town.service.records.create(who.principal, draft, lambda record: record))


def manual(subject: Any = "Booth chat", **attributes: Any) -> dict[str, Any]:
    """The body of a manual activity; ``metadata`` is merged into what must be there."""
    metadata = {"activity_time": "2026-03-02T15:00:00Z", "subject": subject, **attributes.pop("metadata", {})}
    return {"attributes": {"metadata": metadata, **attributes}}


def pages(client: httpx2.Client, first: dict[str, Any], following: dict[str, Any]) -> Iterator[list[Any]]:
    """Every page of a timeline, the first by its scope and the others by cursor, with ``following`` beside it."""
    asked: dict[str, Any] | None = first
    while asked is not None:
        answer = client.post(QUERY, json=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"data", "next_cursor"}
        yield page["data"]
        asked = None if page["next_cursor"] is None else {"cursor": page["next_cursor"], **following}
