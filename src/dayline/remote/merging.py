"""Lays over a request what the caller wants in the vendor's own words. It must never undo what he asked for in ours."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.errors import invalid
from dayline.remote.connector import Json, Outbound

Path = tuple[str, ...]


class Options(Struct, frozen=True, kw_only=True):
    """What goes to the vendor as it is: ``remote_data`` into the body, ``remote_query`` into the query.

    ``request_id`` is that of our caller's request, for the log.
    """

    remote_data: dict[str, Any] | None = None
    remote_query: tuple[tuple[str, str], ...] = ()
    request_id: str = ""


NONE = Options()


def merged(outbound: Outbound, options: Options) -> Outbound:
    """The request with the caller's own words in it, which go before ours. Raises Invalid.

    A part of the query that the connector needs for itself, and a place that it keeps, cannot be taken.
    """
    _check_query(outbound, options.remote_query)
    query = outbound.query + options.remote_query
    if options.remote_data is None:
        return replace(outbound, query=query)
    body = laid_over(outbound.body, options.remote_data)
    for path in outbound.kept:
        if not same(at(body, path), at(outbound.body, path)):
            place = ".".join(("remote_data", *path))
            raise invalid(place, "This would undo what another field asks for: leave it out here, or change that.")
    return replace(outbound, query=query, body=body)


def _check_query(outbound: Outbound, given: tuple[tuple[str, str], ...]) -> None:
    own = {name for name, _ in outbound.query}
    kept = {*outbound.kept_query, *(path[0] for path in outbound.kept)}
    for name, _ in given:
        if name in own:
            raise invalid(f"remote_query[{name}]", "This is set by limit and next_cursor: use those.")
        if name.partition("[")[0] in kept:  # a vendor may read a[b] as a part of a
            raise invalid(f"remote_query[{name}]", "This could undo what another field asks for: leave it out.")


def laid_over(below: Json, above: Json) -> Json:
    """Both, and where they differ the second: objects are gone into, anything else is replaced whole."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{name: laid_over(below.get(name), value) for name, value in above.items()}}
    return above


def at(document: Json, path: Path) -> Json:
    """What stands at a place in nested objects; None where there is nothing."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def leaves(document: Json, above: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every value that is no object, with its place."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from leaves(value, (*above, name))
    else:
        yield above, document


def same(one: Json, other: Json) -> bool:
    """Whether two values are the same, and of the same kind: True is not 1."""
    return type(one) is type(other) and bool(one == other)
