"""Lists of activities and records: a statement for each shape of filter, compiled when first asked for and then kept.

Paging is by keyset, so that a page costs the same at any depth and a row that stays put is seen exactly once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from dayline.domain.condition import Group
from dayline.domain.filter import Filter, Position, Query, RecordFilter, Sort, SortField
from dayline.domain.record import Kind
from dayline.domain.time import DAY_MS, date_ms
from dayline.store.conditions import Tree, clause_of, names_of, taken_apart
from dayline.store.statement import Call, Given, Statement, as_json, statement
from dayline.store.statements import DIRECTORY, seen_by
from dayline.store.tables import LIVING, NO_DUE, activities, counters, links, records

_account: BindParameter[int] = bindparam("account_id")
_LIVING: ColumnElement[int] = literal_column(str(LIVING))
_ESCAPE = "\\"
_at = activities.c
_first_link = links.alias("link_0")
_ANY = Group("all", ())
_LAST: Final = (1 << 63) - 1
# Read in the same moment as the rows: once a statement, since it depends on none of them.
_SEQUENCE = select(counters.c.sequence).where(counters.c.account_id == _account).scalar_subquery()
_SORTS: dict[SortField, ColumnElement[int]] = {
    "id": _at.id,
    "created_at": _at.created_at,
    "updated_at": _at.updated_at,
    "due": _at.due,
}


class Viewer(Struct, frozen=True):
    """Whose list it is."""

    account_id: int
    user_id: int
    admin: bool


class _Condition(Struct, frozen=True):
    """A part of a filter: its parameter, the value of it (None when it is not asked for), and what must hold.

    ``along`` says the same in a way that no index serves.
    """

    name: str
    value: Callable[[Filter], Any]
    clause: Callable[[str], ColumnElement[bool]]
    along: Callable[[str], ColumnElement[bool]] | None = None


class _Which(Struct, frozen=True):
    """What decides which rows a statement finds, as far as that is in its text; everything else is a parameter."""

    conditions: tuple[str, ...]
    where: Tree
    given: int
    related: int
    admin: bool
    deleted: bool
    whatever_state: bool


# Everything that lives, for somebody who may see it: most lists are counted so.
_ALL = _Which((), taken_apart(_ANY)[0], 0, 0, admin=True, deleted=False, whatever_state=False)


Way: TypeAlias = Literal["any", "along", "apart", "listed"]
"""How a page is looked for: as the database likes, along the list's order, or by conditions or ids and sorted then."""

NEAR: Final = 10_000  # rows that are looked at: about as many as a range has that is rarer than a page among them
FEW: Final = 2_000  # of a range that has no more than these all can be read, and sorted then
_TIMES: Final = 8  # times as many links as activities are wanted of them: others may be deleted, or hidden
_INDEXED: Final = ("due_from", "due_before", "begun_from", "edited", "updated_from")
# What a list may ask whose page is looked for by ids: of these alone SQLite knows no better way than the ids.
_LOOKED_AT: Final = frozenset({"type", "types", "priorities", "main_kinds", "main_id", "text", "shared_text"})
_RANGES: Final = ("due_from", "due_before", "created_from", "updated_from", "updated_before", "within_from")


class _Shape(Struct, frozen=True):
    """What decides the text of a list's statement."""

    which: _Which
    sort: Sort
    continued: bool
    skipping: bool
    edged: bool
    whole: bool
    way: Way


def _array(values: tuple[Any, ...] | None) -> str | None:
    return None if values is None else as_json([[value] for value in values])


def _only(values: tuple[str, ...] | None) -> str | None:
    """The one there is: an index is in the order of a list for one, and not for several."""
    return values[0] if values is not None and len(values) == 1 else None


def _words(values: tuple[str | None, ...] | None) -> str | None:
    return None if values is None else _array(tuple(value or "" for value in values))


def due_before(wanted: Filter) -> int | None:
    """A bound above excludes activities without a date; a bound below alone must do so too."""
    bounds = [] if wanted.due_until is None else [date_ms(wanted.due_until) + DAY_MS]
    bounds += [] if wanted.within_until is None else [wanted.within_until]
    below = wanted.due_from is not None or wanted.within_from is not None
    return min(bounds, default=NO_DUE if below else None)


def _contains(words: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return words.like(bindparam(name), escape=_ESCAPE)


def _goes_on_after(name: str) -> ColumnElement[bool]:
    """Begins in the window or ends in it."""
    start: BindParameter[int] = bindparam(name, type_=BigInteger)
    return or_(_at.due >= start, _at.ends > start)


def _from(name: str, column: ColumnElement[int], value: Callable[[Filter], Any]) -> _Condition:
    hidden = column + literal_column("0")
    return _Condition(name, value, lambda name: column >= bindparam(name), lambda name: hidden >= bindparam(name))


def _before(name: str, column: ColumnElement[int], value: Callable[[Filter], Any]) -> _Condition:
    hidden = column + literal_column("0")
    return _Condition(name, value, lambda name: column < bindparam(name), lambda name: hidden < bindparam(name))


def _first_long() -> Statement:
    """When the first of those activities begins that take more than a day, and go on at an instant."""
    due = _at.due + literal_column("0")  # or SQLite would go along the index of what is due, from its begin
    longer = select(func.min(due)).where(
        _at.account_id == _account,
        _at.ends - _at.due > literal_column(str(DAY_MS)),  # spelled out: the index is over these alone
        _at.ends > bindparam("start", type_=BigInteger),
    )
    return statement(longer, "account_id", "start")


_FIRST_LONG = _first_long()


def first_long(account_id: int, start: int) -> Call:
    """When the first of those begins that take more than a day, and go on at this instant: one row, None for none."""
    return Call(_FIRST_LONG, [(account_id, start)])


def begun_from(start: int, long: int | None) -> int:
    """From when on whatever goes on at this instant has begun: an index is read from there."""
    day_before = start - DAY_MS
    return day_before if long is None else min(long, day_before)


_CONDITIONS = {
    condition.name: condition
    for condition in (
        _Condition("ids", lambda f: _array(f.ids), lambda name: _at.id.in_(Given(name).numbers())),
        _Condition("except_ids", lambda f: _array(f.except_ids), lambda name: _at.id.not_in(Given(name).numbers())),
        _Condition("type", lambda f: _only(f.types), lambda name: _at.type_key == bindparam(name)),
        _Condition(
            "types",
            lambda f: None if _only(f.types) else _array(f.types),
            lambda name: _at.type_key.in_(Given(name).words()),
        ),
        _Condition("owner_id", lambda f: f.owner_id, lambda name: _at.owner_id == bindparam(name)),
        _Condition("done", lambda f: None if f.done is None else int(f.done), lambda name: _at.done == bindparam(name)),
        _Condition("priorities", lambda f: _words(f.priorities), lambda name: _at.priority.in_(Given(name).words())),
        _Condition("main_kinds", lambda f: _array(f.main_kinds), lambda name: _at.main_kind.in_(Given(name).words())),
        _Condition("main_id", lambda f: f.main_id, lambda name: _at.main_id == bindparam(name)),
        _from("due_from", _at.due, lambda f: f.due_from and date_ms(f.due_from)),
        _before("due_before", _at.due, due_before),
        _from("created_from", _at.created_at, lambda f: f.created_from),
        _from("updated_from", _at.updated_at, lambda f: f.updated_from),
        _before("updated_before", _at.updated_at, lambda f: f.updated_before),
        _Condition("id_from", lambda f: f.id_from, lambda name: _at.id >= bindparam(name)),
        _Condition("id_before", lambda f: f.id_before, lambda name: _at.id < bindparam(name)),
        _Condition(
            "edited",
            lambda f: 1 if f.edited else None,
            # Spelled out: the index is over these alone.
            lambda name: and_(
                _at.updated_at > _at.created_at, bindparam(name, type_=BigInteger) == literal_column("1")
            ),
        ),
        _Condition("within_from", lambda f: f.within_from, _goes_on_after),
        _Condition("begun_from", lambda f: f.begun_from, lambda name: _at.due >= bindparam(name)),
        _Condition(
            "text",
            lambda f: f.text and _pattern(f.text),
            lambda name: or_(_contains(_at.search, name), _contains(_at.search_note, name)),
        ),
        _Condition(
            "shared_text", lambda f: f.shared_text and _pattern(f.shared_text), lambda name: _contains(_at.search, name)
        ),
    )
}


def list_activities(
    viewer: Viewer,
    query: Query,
    related: tuple[tuple[Kind, int], ...],
    after: Position | None,
    *,
    whole: bool = True,
    way: Way = "any",
    edge: int | None = None,
) -> Call:
    """One page and a row more, which tells whether there is another page. Rows are (sort value, id, body).

    When they need not be ``whole``: (sort value, id, revision, when it was written, the account's directory revision).
    The ways ``along`` and ``apart`` are for lists of which ``may_lie_far`` is true: the former is quick only where they
    are dense. Beyond the ``edge``, a value of what it is sorted by, nothing is looked at.
    """
    query, after = _entered_once(query, after)
    which, values = _asked(viewer, query.filter, related)
    shape = _Shape(which, query.sort, after is not None, query.offset > 0, edge is not None, whole, way)
    position = (0, 0) if after is None else (after.value, after.id)
    return Call(_activity_list(shape), [(*values, query.limit + 1, query.offset, *position, edge)])


def _entered_once(query: Query, after: Position | None) -> tuple[Query, Position | None]:
    """The same with one bound where two say from which id on: SQLite would read from one of them to the other."""
    wanted = query.filter
    if after is None or query.sort.field != "id":
        return query, after
    if query.sort.descending and wanted.id_before is not None:
        id_ = min(after.id, wanted.id_before)
        return replace(query, filter=replace(wanted, id_before=None)), Position(id_, id_)
    if not query.sort.descending and wanted.id_from is not None:
        id_ = max(after.id, wanted.id_from - 1)
        return replace(query, filter=replace(wanted, id_from=None)), Position(id_, id_)
    return query, after


def may_lie_far(query: Query, related: tuple[tuple[Kind, int], ...]) -> bool:
    """Whether all of a page may lie beyond millions of rows in the order of the list.

    So it is where a list by id is of a range of something else: neither the index of its order nor that of its
    condition is always the better one, and the database takes one for all.
    """
    if query.sort.field != "id" or query.offset or related or query.filter.ids is not None:
        return False
    return any(_CONDITIONS[name].value(query.filter) is not None for name in _RANGES)


def may_be_listed(wanted: Filter) -> bool:
    """Whether a page of a record's activities may be looked for by ids, in the way ``listed``."""
    asked = {name for name, part in _CONDITIONS.items() if part.value(wanted) is not None}
    return asked <= _LOOKED_AT and wanted.where is None


def range_of(account_id: int, wanted: Filter) -> Call | None:
    """How many activities a range has, counted to one more than ``FEW``; None where no index has the range."""
    names = tuple(name for name in _INDEXED if _CONDITIONS[name].value(wanted) is not None)
    if not names:
        return None
    return Call(_range(names), [(account_id, *(_CONDITIONS[name].value(wanted) for name in names))])


@lru_cache(maxsize=32)
def _range(names: tuple[str, ...]) -> Statement:
    rows = select(_at.id).where(_at.account_id == _account, *(_CONDITIONS[name].clause(name) for name in names))
    some = rows.limit(literal_column(str(FEW + 1))).offset(literal_column("0")).subquery("some")
    return statement(select(func.count()).select_from(some), "account_id", *names)


def links_of(account_id: int, kind: Kind, record_id: int, most: int) -> Call:
    """How many activities hang on a record, counted to one more than ``most``."""
    return Call(_LINKS, [(account_id, kind, record_id, most + 1)])


def _links() -> Statement:
    hanging = select(links.c.activity_id).where(
        links.c.account_id == _account, links.c.kind == bindparam("kind"), links.c.record_id == bindparam("record_id")
    )
    some = hanging.limit(bindparam("most")).offset(literal_column("0")).subquery("some")
    return statement(select(func.count()).select_from(some), "account_id", "kind", "record_id", "most")


_LINKS = _links()


def newest_of(
    viewer: Viewer,
    wanted: Filter,
    related: tuple[tuple[Kind, int], ...],
    after: Position | None,
    before: int,
    many: int,
) -> Call:
    """The newest activities of a record that are wanted, by the id: rows of (id, when it was written last).

    From the id ``before`` on nothing is looked at, and nothing far from it; ``after`` is a place in the order of what
    was written last.
    """
    which, values = _asked(viewer, wanted, related)
    position = (0, 0) if after is None else (after.value, after.id)
    row = (*values, *position, before, many, _TIMES * many)
    return Call(_newest(which, after is not None), [row])


@lru_cache(maxsize=32)
def _newest(which: _Which, continued: bool) -> Statement:
    id_, written = _first_link.c.activity_id, _at.updated_at + literal_column("0")  # and not along what was written
    before: BindParameter[int] = bindparam("before", type_=BigInteger)
    # An expression about it would be no index's condition under row-level security.
    least = select(func.min(_last_links(before).c.activity_id)).scalar_subquery()
    chosen = _chosen(select(_at.id, _at.updated_at), which).where(id_ < before, id_ >= least)
    if continued:
        place = tuple_(*(bindparam(name, type_=BigInteger) for name in ("after_value", "after_id")))
        chosen = chosen.where(tuple_(written, _at.id) < place)
    rows = chosen.order_by(id_.desc()).limit(bindparam("many")).offset(literal_column("0"))
    return statement(rows, *_names(which), "after_value", "after_id", "before", "many", "far")


def _last_links(before: ColumnElement[int]) -> Subquery:
    """So many of the first record's links, the last ones."""
    last = links.alias("last").c
    same = and_(last.account_id == _account, last.kind == bindparam("kind_0"), last.record_id == bindparam("record_0"))
    nearby = select(last.activity_id).where(same, last.activity_id < before).order_by(last.activity_id.desc())
    return nearby.limit(bindparam("far")).offset(literal_column("0")).subquery("nearby")


def edited_of(account_id: int, related: tuple[tuple[Kind, int], ...], since: int) -> Call:
    """Which activities on these records were edited since a moment: rows of one id. All that were edited are looked at.

    So it is for few, as ``range_of`` tells.
    """
    return Call(_edited(len(related)), [(account_id, since, *(part for record in related for part in record))])


@lru_cache(maxsize=8)
def _edited(count: int) -> Statement:
    edited = and_(_at.updated_at > _at.created_at, _at.updated_at >= bindparam("since", type_=BigInteger))
    rows = _with_links(select(_at.id).where(_at.account_id == _account, edited), count)
    return statement(rows, "account_id", "since", *_record_names(count))


def edge_of(account_id: int, sort: Sort, after: Position | None, far: int) -> Call:
    """What a list has there, so many activities of the account's on: no row where there are not so many, or one."""
    position = (0, 0) if after is None else (after.value, after.id)
    return Call(_edge(sort, after is not None), [(account_id, far, *position)])


@lru_cache
def _edge(sort: Sort, continued: bool) -> Statement:
    shape = _Shape(_ALL, sort, continued, skipping=True, edged=False, whole=False, way="any")
    key = _SORTS[sort.field]
    rows = _ordered(select(key).where(_at.account_id == _account), key, shape)
    one = rows.limit(literal_column("1")).offset(bindparam("far"))
    return statement(one, "account_id", "far", "after_value", "after_id")


def _next_id(*, descending: bool) -> Statement:
    last: BindParameter[int] = bindparam("last", type_=BigInteger)
    following = select(_at.id).where(_at.account_id == _account, _at.id < last if descending else _at.id > last)
    ordered = following.order_by(_at.id.desc() if descending else _at.id)
    return statement(ordered.limit(literal_column("1")).offset(literal_column("0")), "account_id", "last")


def _made_from() -> Statement:
    made = select(_at.id).where(_at.account_id == _account, _at.created_at >= bindparam("instant", type_=BigInteger))
    ordered = made.order_by(_at.created_at, _at.id)
    return statement(ordered.limit(literal_column("1")).offset(literal_column("0")), "account_id", "instant")


_NEXT_ID = {descending: _next_id(descending=descending) for descending in (False, True)}
_MADE_FROM = _made_from()


def next_id(account_id: int, after: Position | None, *, descending: bool) -> Call:
    """The id with which a list by id goes on, whatever is in it: no row or one."""
    last = after.id if after is not None else _LAST if descending else 0
    return Call(_NEXT_ID[descending], [(account_id, last)])


def made_from(account_id: int, instant: int) -> Call:
    """The first id that was made at an instant or later: no row or one. Ids are in the order in which they are made."""
    return Call(_MADE_FROM, [(account_id, instant)])


def count_activities(viewer: Viewer, wanted: Filter, related: tuple[tuple[Kind, int], ...]) -> Call:
    """How many there are, after which change: one row of two numbers. All of them are looked at."""
    which, values = _asked(viewer, wanted, related)
    return Call(_activity_count(which), [values])


def _asked(viewer: Viewer, wanted: Filter, related: tuple[tuple[Kind, int], ...]) -> tuple[_Which, tuple[Any, ...]]:
    """Which rows are wanted, and the parameters in the order of ``_names``."""
    values = {name: part.value(wanted) for name, part in _CONDITIONS.items()}
    asked = tuple(name for name, value in values.items() if value is not None)
    where, given = taken_apart(wanted.where or _ANY)
    which = _Which(asked, where, len(given), len(related), viewer.admin, wanted.deleted, wanted.whatever_state)
    records_ = (part for record in related for part in record)
    return which, (viewer.account_id, viewer.user_id, *(values[name] for name in asked), *given, *records_)


def _names(which: _Which) -> tuple[str, ...]:
    return ("account_id", "user_id", *which.conditions, *names_of(which.given), *_record_names(which.related))


def _record_names(count: int) -> tuple[str, ...]:
    return tuple(name for place in range(count) for name in (f"kind_{place}", f"record_{place}"))


@lru_cache(maxsize=256)
def _activity_list(shape: _Shape) -> Statement:
    sort = _SORTS[shape.sort.field]
    columns = (_at.body,) if shape.whole else (_at.revision, _at.updated_at, DIRECTORY)
    chosen = _ordered(_chosen(select(sort, _at.id, *columns), shape.which, shape.way), sort, shape)
    offset: ColumnElement[int] = bindparam("offset") if shape.skipping else literal_column("0")
    names = (*_names(shape.which), "limit", "offset", "after_value", "after_id", "edge")
    return statement(chosen.limit(bindparam("limit")).offset(offset), *names)


@lru_cache(maxsize=256)
def _activity_count(which: _Which) -> Statement:
    if which == _ALL:
        living = _number_of() - _number_of(_at.deleted_at > _LIVING)
        return statement(select(living, _SEQUENCE), "account_id", "user_id")
    counted = select(func.count(), _SEQUENCE).select_from(activities)
    return statement(_chosen(counted, which), *_names(which))


def _number_of(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many rows of the account's: an index alone can tell, where there is no other condition or its own."""
    return select(func.count()).where(_at.account_id == _account, *conditions).scalar_subquery()


def _chosen(rows: Select[Any], which: _Which, way: Way = "any") -> Select[Any]:
    """Those that are wanted, of the account's that the viewer may see."""
    state = _at.deleted_at > _LIVING if which.deleted else _at.deleted_at == _LIVING
    chosen = rows.where(_at.account_id == _account)
    chosen = chosen if which.whatever_state else chosen.where(state)
    chosen = chosen.where(*(_clause(name, way) for name in which.conditions))
    if which.where.parts:
        chosen = chosen.where(clause_of(which.where, iter(names_of(which.given))))
    if not which.admin:
        chosen = chosen.where(seen_by(false(), bindparam("user_id")))
    return _hanging_on(chosen, which.related) if _by_links(which, way) else _with_links(chosen, which.related)


def _by_links(which: _Which, way: Way) -> bool:
    """Whether the links of a record lead the search."""
    return which.related > 0 and way in ("any", "apart")


def _clause(name: str, way: Way) -> ColumnElement[bool]:
    condition = _CONDITIONS[name]
    return condition.along(name) if way == "along" and condition.along is not None else condition.clause(name)


def _hanging_on(chosen: Select[Any], count: int) -> Select[Any]:
    """Only activities on all of these records. The first is joined, so that its few links lead the search."""
    for place in range(count):
        link = links.alias(f"link_{place}") if place else _first_link
        same = and_(
            link.c.account_id == _account,
            link.c.kind == bindparam(f"kind_{place}"),
            link.c.record_id == bindparam(f"record_{place}"),
            link.c.activity_id == _at.id,
        )
        chosen = chosen.where(exists().where(same)) if place else chosen.join(link, same)
    return chosen


def _with_links(chosen: Select[Any], count: int) -> Select[Any]:
    """The same, looked at one by one: fenced, so that the links of none of these records lead the search."""
    for place in range(count):
        link = links.alias(f"link_{place}").c
        here = and_(link.kind == bindparam(f"kind_{place}"), link.record_id == bindparam(f"record_{place}"))
        one: Select[Any] = select(literal_column("1"))
        same = one.where(link.account_id == _account, here, link.activity_id == _at.id)
        chosen = chosen.where(exists(same.limit(literal_column("1")).offset(literal_column("0"))))
    return chosen


def _ordered(chosen: Select[Any], sort: ColumnElement[int], shape: _Shape) -> Select[Any]:
    keys = (_number(shape),) if shape.sort.field == "id" else (sort, _at.id)
    # An expression that is no index's column: so the rows are found by their conditions, and sorted then.
    order = [key + literal_column("0") if shape.way in ("apart", "listed") else key for key in keys]
    if shape.continued:
        last = [bindparam(name, type_=BigInteger) for name in ("after_value", "after_id")[-len(keys) :]]
        here, there = (order[0], last[0]) if len(keys) == 1 else (tuple_(*order), tuple_(*last))
        chosen = chosen.where(here < there if shape.sort.descending else here > there)
    if shape.edged:
        edge: BindParameter[int] = bindparam("edge", type_=BigInteger)
        chosen = chosen.where(sort >= edge if shape.sort.descending else sort <= edge)
    return chosen.order_by(*(key.desc() if shape.sort.descending else key.asc() for key in order))


def _number(shape: _Shape) -> ColumnElement[int]:
    """The id, from where the rows are found in its order: the links of a record are."""
    return _first_link.c.activity_id if _by_links(shape.which, shape.way) else _at.id


def list_records(account_id: int, wanted: RecordFilter, limit: int, after: Position | None) -> Call:
    """One page of records by kind and id, and a row more. Rows are (kind, id, body)."""
    last = after or Position("", 0)
    values = {
        "kind": wanted.kind,
        "text": None if wanted.text is None else _pattern(wanted.text),
        "external_id": wanted.external_id,
    }
    asked = {name: value for name, value in values.items() if value is not None}
    row = (account_id, limit + 1, last.value, last.id, *asked.values())
    return Call(_record_list(tuple(asked), wanted.deleted), [row])


@lru_cache
def _record_list(asked: tuple[str, ...], deleted: bool) -> Statement:
    at = records.c
    conditions = {
        "kind": at.kind == bindparam("kind"),
        "text": _contains(at.search, "text"),
        "external_id": at.external_id == bindparam("external_id"),
    }
    living = at.deleted_at > _LIVING if deleted else at.deleted_at == _LIVING
    chosen = select(at.kind, at.id, at.body).where(at.account_id == _account, living)
    chosen = chosen.where(*(conditions[name] for name in asked))
    chosen = chosen.where(tuple_(at.kind, at.id) > tuple_(bindparam("after_kind"), bindparam("after_id")))
    chosen = chosen.order_by(at.kind, at.id).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(chosen, "account_id", "limit", "after_kind", "after_id", *asked)


def _pattern(text: str) -> str:
    """What a text contains that has this part, folded as the column is."""
    folded = text.casefold()
    for special in (_ESCAPE, "%", "_"):
        folded = folded.replace(special, _ESCAPE + special)
    return f"%{folded}%"
