"""The table of fields as Pipedrive's two APIs tell of it. Pure."""

import base64
from collections.abc import Iterable
from typing import Final, TypeVar

from msgspec import UNSET

from dayline.domain.errors import NotFound, invalid
from dayline.domain.types import ActivityType
from dayline.vendors.pipedrive.fields import schema
from dayline.vendors.pipedrive.fields.table import FieldRow, Option
from dayline.vendors.pipedrive.v1.schema import PaginationV1

T = TypeVar("T")
MAX_LIMIT: Final = 500
_CURSOR: Final = "fields:"


def options_of(row: FieldRow, types: Iterable[ActivityType]) -> tuple[Option, ...] | None:
    """The values of an enum; those of a type are the account's active ones."""
    if row.meaning != "type":
        return row.options
    return tuple(Option(type_.key, type_.label) for type_ in types if type_.active)


def show_v1(row: FieldRow, place: int, types: Iterable[ActivityType], since: str) -> schema.FieldV1:
    """The field as API v1 tells of it; ``place`` is its order, and ``since`` when the account was made."""
    options = options_of(row, types)
    return schema.FieldV1(
        id=row.id,
        key=row.key,
        name=row.name,
        order_nr=place,
        field_type=row.field_type,
        add_time=since,
        update_time=since,
        add_visible_flag=row.writable,
        bulk_edit_allowed=row.writable,
        filtering_allowed=row.meaning is not None,
        sortable_flag=row.sortable,
        options=None if options is None else [schema.OptionV1(option.id, option.label) for option in options],
        mandatory_flag=row.required,
    )


def show_v2(row: FieldRow, types: Iterable[ActivityType], *, visibility: bool) -> schema.FieldV2:
    """The field as API v2 tells of it; ``visibility`` adds where pages show it."""
    options = options_of(row, types)
    return schema.FieldV2(
        field_name=row.name,
        field_code=row.field_code,
        field_type=row.field_type,
        options=None if options is None else [schema.OptionV2(id=one.id, label=one.label) for one in options],
        subfields=[_subfield(code) for code in row.subfields] or None,
        is_optional_response_field=row.asked_for,
        ui_visibility=schema.UiVisibilityV2(row.writable, True) if visibility else UNSET,
    )


def _subfield(code: str) -> schema.SubfieldV2:
    return schema.SubfieldV2(code, code.replace("_", " ").capitalize())


def wants_visibility(include_fields: str | None) -> bool:
    """Read ``include_fields``. Raises Invalid for a field that cannot be included."""
    names = {name.strip() for name in (include_fields or "").split(",")} - {""}
    if names - {"ui_visibility"}:
        raise invalid("include_fields", "This value should be ui_visibility.")
    return bool(names)


def page_v1(rows: tuple[T, ...], query: schema.ListQueryV1) -> tuple[tuple[T, ...], PaginationV1]:
    """The rows of one numbered page, and what is said of it."""
    limit = min(query.limit, MAX_LIMIT)
    end = query.start + limit
    more = end < len(rows)
    return rows[query.start : end], PaginationV1(
        start=query.start, limit=limit, more_items_in_collection=more, next_start=end if more else UNSET
    )


def page_v2(rows: tuple[FieldRow, ...], limit: int, cursor: str | None) -> tuple[tuple[FieldRow, ...], str | None]:
    """The rows of one page, and the cursor of the next. Raises Invalid for a cursor that is none of this list."""
    start = 0 if cursor is None else _place(rows, cursor)
    following = rows[start + limit : start + limit + 1]
    return rows[start : start + limit], _written(following[0]) if following else None


def _written(row: FieldRow) -> str:
    """The cursor of the page that begins with this field. It tells nothing that the list does not."""
    return base64.urlsafe_b64encode(f"{_CURSOR}{row.field_code}".encode()).rstrip(b"=").decode()


def _place(rows: tuple[FieldRow, ...], cursor: str) -> int:
    for place, row in enumerate(rows):
        if _written(row) == cursor:
            return place
    raise invalid("cursor", "This value is not a cursor of this list: use next_cursor exactly as it was given.")


def find_code(rows: tuple[FieldRow, ...], code: str) -> FieldRow:
    """The field with this name in API v2. Raises NotFound."""
    return _found(row for row in rows if row.field_code == code)


def find_id(rows: tuple[FieldRow, ...], id_: int) -> tuple[int, FieldRow]:
    """The place and the field with this number. Raises NotFound."""
    found = _found(row for row in rows if row.id == id_)
    return rows.index(found) + 1, found


def _found(rows: Iterable[FieldRow]) -> FieldRow:
    for row in rows:
        return row
    raise NotFound("Field not found")
