"""Where an id can stand in ATZ's API."""

from collections.abc import Iterator
from typing import Any

from dayline.vendors.atz.routes import DIALECT
from tests.visibility.places import By, Map, Place

NEW: dict[str, Any] = {
    "title": "Mine",
    "activity_type_id": 3,
    "start_datetime": "2026-04-25T10:00:00Z",
    "end_datetime": "2026-04-25T11:00:00Z",
}
ENTITIES = ((1, "candidate"), (2, "job"), (3, "organization"), (4, "contact"), (5, "deal"))
OTHERS = ("lead", "project", "sequence", "other")
LISTS: tuple[tuple[str, str, By], ...] = (
    ("collaborators", "user", "id"),
    ("candidates_as_attendees", "candidate", "slug"),
    ("contacts_as_attendees", "contact", "slug"),
    ("users_as_attendees", "user", "id"),
)


def _places() -> Iterator[Place]:
    yield Place(operation="getActivity", where="path id", names="activity")
    yield Place(operation="editActivity", where="path id", names="activity", body={"title": "Mine now"})
    yield Place(operation="deleteActivity", where="path id", names="activity")
    yield Place(operation="listActivities", where="query activity_type_id", names="type", finds=True)
    for kind in ("candidate", "contact", "deal", "lead"):
        yield Place(operation="listActivities", where="query related_to", names=kind, by="slug", finds=True)
    for operation in ("addActivity", "editActivity"):
        body = NEW if operation == "addActivity" else {"title": "Mine now"}
        alone = {**body, "related_to_entity": None}
        yield Place(operation=operation, where="body activity_type_id", names="type", body=body)
        for field, names, by in LISTS:
            yield Place(operation=operation, where=f"body {field}", names=names, by=by, form="{},", body=body)
            yield Place(operation=operation, where=f"body {field}[]", names=names, by=by, body=body)
        for entity, names in (*ENTITIES, *((10, kind) for kind in OTHERS)):
            paired = {**body, "related_to_entity": entity}
            yield Place(operation=operation, where="body related_to", names=names, by="slug", body=paired)
        yield Place(operation=operation, where="body related_to", names="job", by="slug", body=alone)


MAP = Map(
    dialect=DIALECT,
    places=tuple(_places()),
    free={},
    others=frozenset(("related_to", *(f"{field}{end}" for field, _, _ in LISTS for end in ("", "[]")))),
)
