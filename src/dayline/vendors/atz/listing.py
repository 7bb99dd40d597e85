"""The list: its parameters as a query, and its numbered pages. Pure."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from msgspec.structs import asdict

from dayline.domain.activity import Priority
from dayline.domain.errors import invalid
from dayline.domain.filter import Filter, Query, Sort
from dayline.domain.record import Kind, Record, RecordKey
from dayline.domain.types import ActivityType
from dayline.vendors.atz import schema
from dayline.vendors.atz.mapping import EVERYTHING, FAMILIES

PATH: Final = "/v1/activity"
MOST: Final = 25  # rows on a page


def maximized(query: schema.ListQuery) -> frozenset[str]:
    """What is to be shown whole. Raises Invalid."""
    names = frozenset(name.strip() for name in (query.maximize or "").split(",")) - {""}
    if names - EVERYTHING - {"all"}:
        raise invalid("maximize", f"must be some of {', '.join(sorted(EVERYTHING))}, all")
    return EVERYTHING if "all" in names else names


def read_query(query: schema.ListQuery, types: Sequence[ActivityType], record: Record | None) -> Query | None:
    """The page that is asked for, ``record`` being the one that is named; None where nothing can be found."""
    if query.related_to and record is None:
        return None
    page, limit = query.page or 1, limit_of(query)
    return Query(
        filter=Filter(
            types=_types(query, types),
            priorities=_priorities(query.importance),
            related=_hanging_on(record),
            main_kinds=_main_kinds(query, record),
            main_id=None if record is None or record.kind == "contact" else record.id,
            shared_text=query.search or None,
        ),
        sort=Sort(query.sort_by or "updated_at", query.sort_order != "asc"),
        limit=limit,
        offset=(page - 1) * limit,
    )


def limit_of(query: schema.ListQuery) -> int:
    """How many rows are on a page."""
    return min(query.limit or MOST, MOST)


def _types(query: schema.ListQuery, types: Sequence[ActivityType]) -> tuple[str, ...] | None:
    if query.activity_type_id is None:
        return None
    return tuple(type_.key for type_ in types if type_.id == query.activity_type_id)


def _priorities(importance: schema.Importance | None) -> tuple[Priority | None, ...] | None:
    if importance is None:
        return None
    return ("normal", None) if importance == "normal" else (importance,)


def _hanging_on(record: Record | None) -> tuple[RecordKey, ...]:
    """A few links lead to all that hangs on the record, and to what is related to it first among that.

    A contact is found wherever he is, as a participant and as an attendee too.
    """
    return () if record is None else (RecordKey(record.kind, record.id, "related_to"),)


def _main_kinds(query: schema.ListQuery, record: Record | None) -> tuple[Kind, ...] | None:
    family = None if query.related_to_entity is None else FAMILIES[query.related_to_entity]
    if record is None or record.kind == "contact":
        return family
    return (record.kind,) if family is None or record.kind in family else ()


def show_page(query: schema.ListQuery, total: int, shown: list[schema.Activity], root: str) -> schema.ActivityList:
    """One page out of ``total`` rows; its links lead to the list below ``root``, where it was asked for."""
    page, limit = query.page or 1, limit_of(query)
    last, before = max(1, -(-total // limit)), (page - 1) * limit
    return schema.ActivityList(
        total=total,
        per_page=limit,
        current_page=page,
        last_page=last,
        next_page_url=_url(query, page + 1, root) if page < last else None,
        prev_page_url=_url(query, page - 1, root) if page > 1 else None,
        from_=before + 1 if shown else 0,
        to=before + len(shown) if shown else 0,
        data=shown,
    )


def _url(query: schema.ListQuery, page: int, root: str) -> str:
    """The same list at another page: what was not asked for stays away."""
    asked = {name: value for name, value in asdict(query).items() if value is not None}
    return f"{root}{PATH}?{urlencode(asked | {'page': page}, safe=',')}"
