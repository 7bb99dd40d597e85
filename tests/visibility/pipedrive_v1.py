"""Where an id can stand in Pipedrive's v1 of activities."""

from collections.abc import Iterator

from tests.visibility.places import Place

FIELDS = (
    ("deal_id", "deal"),
    ("person_id", "contact"),
    ("org_id", "organization"),
    ("project_id", "project"),
    ("user_id", "user"),
)
PARENTS = (
    ("getDealActivitiesV1", "deal"),
    ("getPersonActivitiesV1", "contact"),
    ("getOrganizationActivitiesV1", "organization"),
    ("getProjectActivitiesV1", "project"),
)


def _places() -> Iterator[Place]:
    yield Place(operation="getActivityV1", where="path id", names="activity", deleted="shown")
    yield Place(operation="updateActivityV1", where="path id", names="activity", body={"subject": "Mine now"})
    yield Place(operation="deleteActivityV1", where="path id", names="activity")
    yield Place(operation="deleteActivitiesV1", where="query ids", names="activity")
    for operation in ("getActivitiesV1", "getActivitiesCollectionV1"):
        yield Place(operation=operation, where="query user_id", names="user", finds=True)
        yield Place(operation=operation, where="query type", names="type", by="key", finds=True)
    yield Place(operation="getActivitiesV1", where="query filter_id", names="filter")
    for operation, names in PARENTS:
        yield Place(operation=operation, where="path id", names=names)
    for operation in ("addActivityV1", "updateActivityV1"):
        yield Place(operation=operation, where="body type", names="type", by="key")
        yield Place(operation=operation, where="body lead_id", names="lead", by="uuid")
        yield Place(operation=operation, where="body participants[].person_id", names="contact")
        yield Place(operation=operation, where="body attendees[].person_id", names="contact")
        yield Place(operation=operation, where="body attendees[].user_id", names="user")
        for field, names in FIELDS:
            yield Place(operation=operation, where=f"body {field}", names=names)


PLACES = tuple(_places())
