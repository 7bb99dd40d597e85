"""Conditions as a database judges them: a tree becomes a shape, whose text is compiled once, and the values for it.

What has no column is read out of the stored document. No value is ever written into a statement.
"""

from collections.abc import Callable, Iterator
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, exists, literal_column, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from dayline.domain.condition import TEXTS, Condition, Field, Group, Operator, Part, Span, TextField
from dayline.domain.time import format_duration
from dayline.store.rows import BETWEEN_FIELDS, SEARCHED, folded
from dayline.store.tables import NO_DUE, Words, activities, links

ESCAPE = "\\"
_at = activities.c
_NO_DUE: ColumnElement[int] = literal_column(str(NO_DUE))
_ONE: ColumnElement[int] = literal_column("1")
_NONE: ColumnElement[int] = literal_column("0")


class _Said(ColumnElement[Any]):
    """What the stored document says at a path: a number, a text, or a flag as 1 or 0. NULL where it says nothing."""

    inherit_cache = False

    def __init__(self, kind: Literal["number", "text", "flag"], *path: str) -> None:
        self.kind, self.path = kind, path
        self.type = Words if kind == "text" else BigInteger()


@compiles(_Said, "sqlite")
def _sqlite_said(element: _Said, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({compiler.process(_at.body, **options)}, '$.{'.'.join(element.path)}')"


@compiles(_Said, "postgresql")
def _postgresql_said(element: _Said, compiler: SQLCompiler, **options: Any) -> str:
    said = f"(CAST({compiler.process(_at.body, **options)} AS json) #>> '{{{','.join(element.path)}}}')"
    if element.kind == "text":
        return f'({said} COLLATE "C")'
    return f"CAST({said} AS BIGINT)" if element.kind == "number" else f"CAST(CAST({said} AS BOOLEAN) AS INTEGER)"


class _Mentions(ColumnElement[bool]):
    """Whether a list in the stored document has something of this kind of record."""

    inherit_cache = False

    def __init__(self, list_: str, kind: str, *path: str) -> None:
        self.list, self.kind, self.path = list_, kind, path


@compiles(_Mentions, "sqlite")
def _sqlite_mentions(element: _Mentions, compiler: SQLCompiler, **options: Any) -> str:
    body, path = compiler.process(_at.body, **options), ".".join(element.path)
    there = f"SELECT 1 FROM json_each({body}, '$.{element.list}') AS one"  # noqa: S608 - all of it is ours
    return f"EXISTS ({there} WHERE json_extract(one.value, '$.{path}') = '{element.kind}')"


@compiles(_Mentions, "postgresql")
def _postgresql_mentions(element: _Mentions, compiler: SQLCompiler, **options: Any) -> str:
    body, path = compiler.process(_at.body, **options), ",".join(element.path)
    rows = f"json_array_elements(CAST({body} AS json) -> '{element.list}')"
    there = f"SELECT 1 FROM {rows} AS one(value)"  # noqa: S608 - all of it is ours
    return f"EXISTS ({there} WHERE one.value #>> '{{{path}}}' = '{element.kind}')"


_COLUMNS: dict[Field, ColumnElement[Any]] = {
    "created_at": _at.created_at,
    "updated_at": _at.updated_at,
    "done_at": _Said("number", "done_at"),
    "time": _Said("text", "when", "time"),
    "duration": _Said("number", "when", "duration"),
    "type": _at.type_key,
    "priority": case((_at.priority != literal_column("''"), _at.priority)),
    "done": _at.done,
    "busy": _Said("flag", "busy"),
    "owner": _at.owner_id,
    "creator": _Said("number", "creator_id"),
    # The last moment of it: what ends at midnight is over on the day before.
    "due": _at.due,
    "end": _at.ends - case((_at.ends > _at.due, _ONE), else_=_NONE),
}
_HAS_TIME = _COLUMNS["time"].is_not(None)
_COMPARED: dict[Operator, Callable[[Any, Any], ColumnElement[bool]]] = {
    "is": eq,
    "is_not": ne,
    "less": lt,
    "at_most": le,
    "more": gt,
    "at_least": ge,
}
_DENIED: dict[Operator, Operator] = {"is_not": "is", "has_not": "has", "starts_not": "starts", "ends_not": "ends"}


class Leaf(Struct, frozen=True):
    """One condition without its values: which form of clause, and of which field."""

    form: str
    field: Field


class Tree(Struct, frozen=True):
    """Conditions without their values: what decides the text of a statement."""

    glue: Literal["all", "any"]
    parts: "tuple[Leaf | Tree, ...]"


Shape: TypeAlias = Leaf | Tree
Values: TypeAlias = tuple[Any, ...]


def taken_apart(group: Group) -> tuple[Tree, Values]:
    """The shape of conditions in which dates and records are settled, and the values in the order of its parameters."""
    parts = [_taken(part) for part in group.parts]
    shapes = tuple(shape for shape, _ in parts if not (isinstance(shape, Tree) and not shape.parts))
    return Tree(group.glue, shapes), tuple(value for _, values in parts for value in values)


def _taken(part: Part) -> tuple[Shape, Values]:
    match part:
        case Group():
            return taken_apart(part)
        case Span():
            return _span(part)
        case Condition(field=field) if field in TEXTS:
            return _text(field, part.operator, str(part.value or ""))
        case Condition(operator="empty" | "filled"):
            return Leaf(part.operator, part.field), ()
        case Condition(field="time"):
            return Leaf(part.operator, "time"), (format_duration(int(part.value or 0)),)
        case _:
            return Leaf(part.operator, part.field), (part.value,)


def _span(span: Span) -> tuple[Shape, Values]:
    if span.field not in ("due", "end") or span.days == span.instants:
        return Leaf("outside" if span.outside else "within", span.field), span.instants
    if span.outside:
        return Leaf("outside_there", span.field), (*span.instants, *span.days)
    # The widest bounds of the two, so that an index can be read from a place in it.
    widest = min(span.instants[0], span.days[0]), max(span.instants[1], span.days[1])
    return Leaf("within_there", span.field), (*span.instants, *span.days, *widest)


def _text(field: TextField, operator: Operator, text: str) -> tuple[Shape, Values]:
    nothing = pattern(field, "is", "")
    where: TextField = "note" if field == "note" else "subject"
    if operator in ("empty", "filled"):
        return Leaf("like" if operator == "empty" else "unlike", where), (nothing,)
    if operator in _DENIED:
        return Leaf("unlike_both", where), (pattern(field, _DENIED[operator], text), nothing)
    return Leaf("like_but", where), (pattern(field, operator, text), nothing)


def pattern(field: TextField, operator: Operator, text: str) -> str:
    """What a search column is like where this field has, is, or starts or ends with a text, whatever its case.

    A column holds its fields with a mark between each two, so as many marks before and after tell the field.
    """
    word = folded(text)
    for special in (ESCAPE, "%", "_"):
        word = word.replace(special, ESCAPE + special)
    fields = next(fields for fields in SEARCHED if field in fields)
    place = fields.index(field)
    before, after = f"%{BETWEEN_FIELDS}" * place, f"{BETWEEN_FIELDS}%" * (len(fields) - 1 - place)
    ahead = "%" if operator in ("has", "ends") else ""
    behind = "%" if operator in ("has", "starts") else ""
    return f"{before}{ahead}{word}{behind}{after}"


def names_of(given: int) -> list[str]:
    """The names of the parameters for so many values."""
    return [f"condition_{place}" for place in range(given)]


def clause_of(tree: Tree, names: Iterator[str]) -> ColumnElement[bool]:
    """What must hold, with parameters of these names."""
    parts = [clause_of(part, names) if isinstance(part, Tree) else _leaf(part, names) for part in tree.parts]
    return (or_ if tree.glue == "any" else and_)(*parts)


def _leaf(leaf: Leaf, names: Iterator[str]) -> ColumnElement[bool]:
    field = leaf.field
    if field in TEXTS:
        return _like(leaf.form, _at.search_note if field == "note" else _at.search, names)
    if field not in _COLUMNS:
        return _hangs_on(leaf.form, field, names)
    if leaf.form in ("empty", "filled"):
        return _is_empty(field) if leaf.form == "empty" else not_(_is_empty(field))
    if leaf.form in ("within", "outside", "within_there", "outside_there"):
        return _in_time(leaf.form, field, names)
    return _COMPARED[leaf.form](_COLUMNS[field], bindparam(next(names)))  # type: ignore[index]


def _like(form: str, column: ColumnElement[str], names: Iterator[str]) -> ColumnElement[bool]:
    like = column.like(bindparam(next(names)), escape=ESCAPE)
    if form in ("like", "unlike"):
        return like if form == "like" else not_(like)
    not_empty = not_(column.like(bindparam(next(names)), escape=ESCAPE))
    return and_(like if form == "like_but" else not_(like), not_empty)


def _is_empty(field: Field) -> ColumnElement[bool]:
    if field in ("due", "end"):
        return _at.due == _NO_DUE
    return _COLUMNS[field].is_(None)


def _in_time(form: str, field: Field, names: Iterator[str]) -> ColumnElement[bool]:
    """Where a time lies; ``there`` asks for whole days by their dates, and for all else by the clock of a place."""

    def between() -> ColumnElement[bool]:
        low, high = (bindparam(next(names), type_=BigInteger) for _ in range(2))
        return and_(_COLUMNS[field] >= low, _COLUMNS[field] < high)

    inside = between()
    if form.endswith("there"):
        inside = or_(and_(_HAS_TIME, inside), and_(not_(_HAS_TIME), between()))
    if form == "within_there":
        inside = and_(between(), inside)
    if form.startswith("within"):
        return inside
    return and_(not_(_is_empty(field)), not_(inside))


def _hangs_on(form: str, kind: str, names: Iterator[str]) -> ColumnElement[bool]:
    if form in ("empty", "filled"):
        return _mentions(kind) if form == "filled" else not_(_mentions(kind))
    name = next(names)
    link = links.alias(f"link_of_{name}")
    linked = exists().where(
        link.c.account_id == bindparam("account_id"),
        link.c.kind == literal_column(f"'{kind}'"),
        link.c.record_id == bindparam(name),
        link.c.activity_id == _at.id,
    )
    return linked if form in ("is", "has") else and_(_mentions(kind), not_(linked))


def _mentions(kind: str) -> ColumnElement[bool]:
    """Whether an activity hangs on any record of a kind: links cannot tell that, as they begin with the record."""
    related = _Mentions("related", kind, "kind")
    if kind not in ("contact", "candidate"):
        return related
    return or_(related, _Mentions("participants", kind, "ref", "kind"), _Mentions("attendees", kind, "ref", "kind"))
