"""Where an id can stand in Pipedrive's filters."""

from collections.abc import Iterator

from tests.visibility.places import Place

_ANY = {
    "conditions": {"glue": "and", "conditions": [{"glue": glue, "conditions": []} for glue in ("and", "or")]},
}
_LINE = "body conditions.conditions[].conditions[]"


def _places() -> Iterator[Place]:
    yield Place(operation="getActivities", where="query filter_id", names="filter")
    yield Place(operation="getFilter", where="path id", names="filter")
    yield Place(operation="updateFilter", where="path id", names="filter", body=_ANY)
    yield Place(operation="deleteFilter", where="path id", names="filter")
    yield Place(operation="deleteFilters", where="query ids", names="filter")


PLACES = tuple(_places())
FREE = {
    "getFilters: query type": "what is filtered, a word of the vendor's",
    "addFilter: body type": "what is filtered, a word of the vendor's",
    **{
        f"{operation}: {line}.field_id": "the number of a field, the same in every account"
        for operation in ("addFilter", "updateFilter")
        for line in (_LINE, f"{_LINE}.conditions[]")
    },
}
