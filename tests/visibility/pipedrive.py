"""Where an id can stand in Pipedrive's v2."""

from collections.abc import Iterator

from dayline.vendors.pipedrive.routes import DIALECT
from tests.visibility import pipedrive_files, pipedrive_filters, pipedrive_meta, pipedrive_v1, pipedrive_webhooks
from tests.visibility.places import Map, Place

FIELDS = (
    ("deal_id", "deal"),
    ("person_id", "contact"),
    ("org_id", "organization"),
    ("project_id", "project"),
    ("owner_id", "user"),
)


def _places() -> Iterator[Place]:
    yield Place(operation="getActivity", where="path id", names="activity", deleted="shown")
    yield Place(operation="updateActivity", where="path id", names="activity", body={"subject": "Mine now"})
    yield Place(operation="deleteActivity", where="path id", names="activity")
    yield Place(operation="getActivities", where="query ids", names="activity", finds=True)
    yield Place(operation="getActivities", where="query type", names="type", by="key", finds=True)
    yield Place(operation="getActivities", where="query lead_id", names="lead", by="uuid", finds=True)
    for field, names in FIELDS:
        yield Place(operation="getActivities", where=f"query {field}", names=names, finds=True)
    for operation in ("addActivity", "updateActivity"):
        yield Place(operation=operation, where="body type", names="type", by="key")
        yield Place(operation=operation, where="body lead_id", names="lead", by="uuid")
        yield Place(operation=operation, where="body participants[].person_id", names="contact")
        yield Place(operation=operation, where="body attendees[].person_id", names="contact")
        yield Place(operation=operation, where="body attendees[].user_id", names="user")
        for field, names in FIELDS:
            yield Place(operation=operation, where=f"body {field}", names=names)


# What is only read: it is held against the activity itself, and looked up nowhere.
READ_ONLY = {
    f"{operation}: body {name}": "what is only read, held against what the activity says itself"
    for operation in ("updateActivity",)
    for name in ("id", "creator_user_id", "conference_meeting_id")
}

MAP = Map(
    dialect=DIALECT,
    places=(
        *_places(),
        *pipedrive_v1.PLACES,
        *pipedrive_meta.PLACES,
        *pipedrive_filters.PLACES,
        *pipedrive_files.PLACES,
        *pipedrive_webhooks.PLACES,
    ),
    free={**READ_ONLY, **pipedrive_meta.FREE, **pipedrive_filters.FREE, **pipedrive_files.FREE},
    others=frozenset(("type",)),
)
