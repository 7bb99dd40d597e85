"""Pipedrive's filters to and from the domain's conditions. Pure; the only file to open when a condition is wrong."""

from collections.abc import Callable
from typing import Final

from msgspec import UNSET

from dayline.domain import condition as domain
from dayline.domain.condition import Field, Operator
from dayline.domain.errors import Invalid, invalid
from dayline.domain.record import KINDS, parse_uuid
from dayline.domain.saved import FilterChange, SavedFilter
from dayline.domain.time import format_duration, parse_duration, parse_time, time_ms
from dayline.service.filters import NewFilter
from dayline.vendors.pipedrive.answers import v1_instant
from dayline.vendors.pipedrive.fields.table import ACTIVITY_FIELDS, BY_ID
from dayline.vendors.pipedrive.filters import schema
from dayline.vendors.pipedrive.mapping import NOT_A_DURATION, NOT_A_TIME, NOT_AN_ID, PRIORITIES, PRIORITY_IDS, parse_id

# $ stands for the value.
_EVERY: Final[dict[str, Operator]] = {
    "=": "is", "!=": "is_not", "<": "less", "<=": "at_most", ">": "more", ">=": "at_least",
    "IS NULL": "empty", "IS NOT NULL": "filled",
}  # fmt: skip
_OF_TEXTS: Final[dict[str, Operator]] = _EVERY | {
    "LIKE '%$%'": "has", "NOT LIKE '%$%'": "has_not", "LIKE '$%'": "starts", "NOT LIKE '$%'": "starts_not",
    "LIKE '%$'": "ends", "NOT LIKE '%$'": "ends_not",
}  # fmt: skip
_OF_RECORDS: Final[dict[str, Operator]] = _EVERY | {"contains": "has", "not_contains": "has_not"}
_OF_DUE: Final[dict[str, Operator]] = _EVERY | {"includes": "spans"}
_OF_ENDS: Final[dict[str, Operator]] = {
    "ends_at": "is", "does_not_end_at": "is_not", "ends_before": "less", "ends_e_before": "at_most",
    "ends_after": "more", "ends_e_after": "at_least",
}  # fmt: skip
_IDS: Final[dict[Field, str]] = {row.meaning: str(row.id) for row in ACTIVITY_FIELDS if row.meaning is not None}
_FLAGS: Final = {"1": 1, "true": 1, "0": 0, "false": 0}
_OWNER: Final = "1"
_EVERYBODY: Final = "7"


def new_filter(body: schema.AddFilterRequest, *, strict: bool) -> NewFilter:
    """What a POST asks for. Raises Invalid."""
    if body.type != "activity":
        raise invalid("type", "This value should be activity: this server filters nothing else.")
    where = read_conditions(body.conditions, strict=strict)
    return NewFilter(name=_name(body.name), where=where, shared=body.visible_to != _OWNER)


def change(body: schema.UpdateFilterRequest, *, strict: bool) -> FilterChange:
    """What a PUT asks for: absent stays. Raises Invalid."""
    return FilterChange(
        name=UNSET if body.name is UNSET else _name(body.name),
        where=read_conditions(body.conditions, strict=strict),
        shared=UNSET if body.visible_to is UNSET else body.visible_to != _OWNER,
    )


def _name(name: str) -> str:
    if not name.strip():
        raise invalid("name", "This value should not be blank.")
    return name.strip()


def read_conditions(conditions: schema.Conditions, *, strict: bool = False) -> domain.Group:
    """Read the tree: a group of which all must hold, then one of which any must. Raises Invalid, naming the place."""
    glues = [group.glue for group in conditions.conditions]
    if glues != ["and", "or"]:
        raise invalid("conditions.conditions", "The first of the two groups should be glued by and, the second by or.")
    return domain.Group(
        "all",
        tuple(
            _read_group(group, f"conditions.conditions[{place}].conditions", strict)
            for place, group in enumerate(conditions.conditions)
        ),
    )


def _read_group(group: schema.Group, path: str, strict: bool) -> domain.Group:
    lines = (_read_line(line, f"{path}[{place}]", strict) for place, line in enumerate(group.conditions))
    return domain.Group(_glue(group.glue), tuple(lines))


def _glue(glue: schema.Glue) -> domain.Glue:
    return "all" if glue == "and" else "any"


def _read_line(line: schema.Line, path: str, strict: bool) -> domain.Condition | domain.Group:
    if line.conditions is UNSET or line.glue is UNSET:
        return _read_condition(_condition(line, path), path)
    if strict:
        raise invalid(path, "This value should be a condition, and not a group of them.")
    inner = (_read_condition(one, f"{path}.conditions[{place}]") for place, one in enumerate(line.conditions))
    return domain.Group(_glue(line.glue), tuple(inner))


def _condition(line: schema.Line, path: str) -> schema.Condition:
    if line.object is UNSET or line.field_id is UNSET or line.operator is UNSET:
        raise invalid(path, "This value should have an object, a field_id and an operator.")
    return schema.Condition(
        object=line.object,
        field_id=line.field_id,
        operator=line.operator,
        value=None if line.value is UNSET else line.value,
        extra_value=None if line.extra_value is UNSET else line.extra_value,
    )


def _read_condition(given: schema.Condition, path: str) -> domain.Condition:
    if given.object != "activity":
        raise invalid(f"{path}.object", "This value should be activity: only an activity's own fields are filtered by.")
    if given.extra_value:
        raise invalid(f"{path}.extra_value", "This value should be null: an address is filtered by as a whole.")
    text = str(given.field_id)
    row = BY_ID.get(int(text)) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    if row is None or row.meaning is None:
        raise invalid(f"{path}.field_id", "No activity field with this id can be filtered by.")
    field, operator = _read_operator(row.meaning, given.operator, f"{path}.operator")
    if operator in ("empty", "filled"):
        return domain.Condition(field, operator)
    return domain.Condition(field, operator, _read_value(field, given.value, f"{path}.value"))


def _read_operator(field: Field, text: str, path: str) -> tuple[Field, Operator]:
    if field == "due" and text in _OF_ENDS:
        return "end", _OF_ENDS[text]
    known = {name: operator for name, operator in _spelled(field).items() if operator in domain.OPERATORS[field]}
    if text not in known:
        names = ", ".join((*known, *(_OF_ENDS if field == "due" else ())))
        raise invalid(path, f"This field is compared by one of: {names}.")
    return field, known[text]


def _spelled(field: Field) -> dict[str, Operator]:
    if field in domain.TEXTS:
        return _OF_TEXTS
    return _OF_DUE if field == "due" else _OF_RECORDS if field in KINDS else _EVERY


def _read_value(field: Field, value: str | float | bool | None, path: str) -> str | int:
    text = ("1" if value else "0") if isinstance(value, bool) else "" if value is None else str(value)
    if not text:
        raise invalid(path, "This operator needs a value.")
    if field in domain.DATES:
        return _read_day(text, path)
    if field == "lead":
        return parse_uuid(text, path)
    if field in _READERS:
        return _READERS[field](text, path)
    return _read_id(text, path) if field in KINDS or field in ("owner", "creator") else text


def _read_day(text: str, path: str) -> str:
    if not domain.is_day(text):
        raise invalid(
            path, "This value is not a valid date. Give YYYY-MM-DD, or a relative date as filter helpers has."
        )
    return text


def _read_id(text: str, path: str) -> int:
    try:
        return parse_id(text)
    except Invalid:
        raise invalid(path, NOT_AN_ID) from None


def _read_time(text: str, path: str) -> int:
    try:
        return time_ms(parse_time(text)) // 1000
    except ValueError:
        raise invalid(path, NOT_A_TIME) from None


def _read_duration(text: str, path: str) -> int:
    try:
        return parse_duration(text)
    except ValueError:
        raise invalid(path, NOT_A_DURATION) from None


def _read_flag(text: str, path: str) -> int:
    if text not in _FLAGS:
        raise invalid(path, "This value should be 1 or 0.")
    return _FLAGS[text]


def _read_priority(text: str, path: str) -> str:
    known: dict[str, str] = {str(option): priority for option, priority in PRIORITIES.items()}
    if text not in known:
        raise invalid(path, f"This value should be one of {', '.join(known)}.")
    return known[text]


_READERS: Final[dict[Field, Callable[[str, str], str | int]]] = {
    "time": _read_time,
    "duration": _read_duration,
    "done": _read_flag,
    "busy": _read_flag,
    "priority": _read_priority,
}


def show(saved: SavedFilter, *, editable: bool, conditions: bool = True, codes: bool = False) -> schema.Filter:
    """The filter as Pipedrive shows it, in a list without its conditions."""
    return schema.Filter(
        id=saved.id,
        name=saved.name,
        is_editable=editable,
        user_id=saved.owner_id,
        add_time=v1_instant(saved.created_at),
        update_time=v1_instant(saved.updated_at),
        visible_to=_EVERYBODY if saved.shared else _OWNER,
        conditions=show_conditions(saved.where, codes=codes) if conditions else UNSET,
    )


def show_conditions(where: domain.Group, *, codes: bool = False) -> schema.Conditions:
    """The tree as it was read."""
    groups = [part for part in where.parts if isinstance(part, domain.Group)]
    return schema.Conditions("and", [_show_group(group, codes) for group in groups])


def _show_group(group: domain.Group, codes: bool) -> schema.Group:
    return schema.Group(_show_glue(group), [_show_line(part, codes) for part in group.parts])


def _show_glue(group: domain.Group) -> schema.Glue:
    return "and" if group.glue == "all" else "or"


def _show_line(part: domain.Part, codes: bool) -> schema.Line:
    if isinstance(part, domain.Group):
        inner = [_show_condition(one, codes) for one in part.parts if isinstance(one, domain.Condition)]
        return schema.Line(glue=_show_glue(part), conditions=inner)
    assert isinstance(part, domain.Condition)
    shown = _show_condition(part, codes)
    return schema.Line(
        object=shown.object,
        field_id=shown.field_id,
        operator=shown.operator,
        value=shown.value,
        extra_value=None,
        json_value_flag=False,
        field_code=shown.field_code,
    )


def _show_condition(condition: domain.Condition, codes: bool) -> schema.Condition:
    field: Field = "due" if condition.field == "end" else condition.field
    spelled = _OF_ENDS if condition.field == "end" else _spelled(field)
    names = {operator: name for name, operator in spelled.items()}
    if field == "due":
        names |= {"empty": "IS NULL", "filled": "IS NOT NULL"}
    return schema.Condition(
        object="activity",
        field_id=_IDS[field],
        operator=names[condition.operator],
        value=_show_value(condition.field, condition.value),
        field_code=BY_ID[int(_IDS[field])].field_code if codes else UNSET,
    )


def _show_value(field: Field, value: str | int | None) -> str | None:
    """As text, which is what the vendor's own values are."""
    if value is None:
        return None
    if field == "priority":
        return next(str(option) for priority, option in PRIORITY_IDS.items() if priority == value)
    return format_duration(int(value)) if field in ("time", "duration") else str(value)
