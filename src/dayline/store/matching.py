"""Whether an activity is in a list, as the statement of the list would say: from the columns that its row has.

For what was counted and has changed since. It must never guess: of a filter that it does not know it says so.
"""

from typing import Final

from dayline.domain.activity import Activity, visible
from dayline.domain.filter import Filter
from dayline.domain.record import Kind
from dayline.domain.time import date_ms
from dayline.store.lists import Viewer, due_before
from dayline.store.rows import row_of
from dayline.store.tables import activities

_KNOWN: Final = frozenset(
    {"owner_id", "types", "done", "priorities", "main_kinds", "main_id", "due_from", "due_until", "created_from"}
    | {"updated_from", "updated_before", "text", "shared_text", "related"}
)
_NAMES: Final = tuple(column.name for column in activities.columns)
_NOTHING: Final = Filter()


def knows(wanted: Filter) -> bool:
    """Whether ``matches`` can tell of this filter."""
    asked = (name for name in Filter.__struct_fields__ if getattr(wanted, name) != getattr(_NOTHING, name))
    return _KNOWN.issuperset(asked)


def matches(state: Activity | None, viewer: Viewer, wanted: Filter, related: tuple[tuple[Kind, int], ...]) -> bool:
    """Whether a state of an activity is in the list; no state is not."""
    if state is None or state.deleted_at is not None:
        return False
    if not visible(state, viewer.user_id, admin=viewer.admin):
        return False
    hangs_on = {(ref.kind, ref.id) for ref in state.links()}
    return hangs_on.issuperset(related) and _holds(dict(zip(_NAMES, row_of(0, state, ""), strict=True)), wanted)


def _holds(row: dict[str, object], wanted: Filter) -> bool:
    texts = [str(row["search"]), str(row["search_note"])]
    before = due_before(wanted)
    return (
        wanted.owner_id in (None, row["owner_id"])
        and (wanted.types is None or row["type_key"] in wanted.types)
        and (wanted.done is None or row["done"] == int(wanted.done))
        and (wanted.priorities is None or row["priority"] in {priority or "" for priority in wanted.priorities})
        and (wanted.main_kinds is None or row["main_kind"] in wanted.main_kinds)
        and wanted.main_id in (None, row["main_id"])
        and (wanted.due_from is None or _number(row["due"]) >= date_ms(wanted.due_from))
        and (before is None or _number(row["due"]) < before)
        and (wanted.created_from is None or _number(row["created_at"]) >= wanted.created_from)
        and (wanted.updated_from is None or _number(row["updated_at"]) >= wanted.updated_from)
        and (wanted.updated_before is None or _number(row["updated_at"]) < wanted.updated_before)
        and (not wanted.text or any(wanted.text.casefold() in text for text in texts))
        and (not wanted.shared_text or wanted.shared_text.casefold() in texts[0])
    )


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
