"""Where an id can stand in Pipedrive's activity types, fields, users and the records that its clients look up."""

from collections.abc import Iterator

from tests.visibility.places import Place

RECORDS = (
    ("Person", "contact", "name"),
    ("Deal", "deal", "title"),
    ("Organization", "organization", "name"),
    ("Project", "project", "title"),
)
FIELDS = ("Activity", "Deal", "Person", "Organization", "Project")


def _places() -> Iterator[Place]:
    yield Place(
        operation="updateActivityType", where="path id", names="type", body={"name": "Mine now"}, deleted="works"
    )
    yield Place(operation="deleteActivityType", where="path id", names="type", deleted="shown")
    yield Place(operation="deleteActivityTypes", where="query ids", names="type")
    yield Place(operation="getUser", where="path id", names="user", deleted="shown")
    for name, kind, title in RECORDS:
        yield Place(operation=f"get{name}", where="path id", names=kind)
        yield Place(operation=f"update{name}", where="path id", names=kind, body={title: "Mine now"})
        yield Place(operation=f"add{name}", where="body owner_id", names="user", body={title: "New"})
        yield Place(operation=f"update{name}", where="body owner_id", names="user", own=kind)
    for name, kind, _ in RECORDS[:3]:
        yield Place(operation=f"get{name}s", where="query ids", names=kind, finds=True)
        yield Place(operation=f"get{name}s", where="query owner_id", names="user", finds=True)
    yield Place(operation="getLead", where="path id", names="lead", by="uuid")
    yield Place(operation="updateLead", where="path id", names="lead", by="uuid", body={"title": "Mine now"})
    yield Place(operation="updateLead", where="body owner_id", names="user", own="lead")
    yield Place(operation="addLead", where="body owner_id", names="user", body={"title": "New"})
    yield Place(operation="getLeads", where="query owner_id", names="user", finds=True)


PLACES = tuple(_places())
FREE = {
    **{f"get{name}Field: path field_code": "a field is the vendor's, the same for all" for name in FIELDS},
    **{f"get{name}FieldV1: path id": "a field is the vendor's, the same for all" for name in FIELDS[1:4]},
}
