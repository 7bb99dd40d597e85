"""The group writer: many writes of one account, one statement a table. Sans IO: it yields calls and is given rows.

Both databases drive it inside their own transaction. The counter row is locked first, always; so ids, sequence and
clock are handed out in commit order. Answers are rendered in here too, because an idempotency row keeps their bytes.
"""

from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, TypeAlias, TypeVar

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.audit import Act
from dayline.domain.draft import Author
from dayline.domain.erasure import Erasure
from dayline.domain.errors import DaylineError, KeyReused, NotFound
from dayline.domain.identity import Account, Token, User
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.origin import Origin
from dayline.domain.record import Identity, Kind, Record, is_uuid
from dayline.domain.saved import SavedFilter
from dayline.domain.types import ActivityType
from dayline.domain.webhook import Webhook
from dayline.store import statements, tables
from dayline.store.beside import Written, ask_beside, beside
from dayline.store.integrated import INTEGRATED
from dayline.store.known import Known, NameKind, Names
from dayline.store.rows import (
    account_of,
    attachment_changes,
    email_changes,
    integrated_of,
    key_of,
    link_changes,
    row_of,
    sight_changes,
    webhook_of,
)
from dayline.store.statement import Asked, Call, Params, Rows, Statement, Together, as_json, written_by
from dayline.store.unit import (
    Counter,
    Entity,
    Entry,
    Facts,
    Found,
    Needs,
    Plan,
    Result,
    Unit,
    encode,
    kind_of,
    number_of,
)

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Steps: TypeAlias = Generator[Asked, Rows, T]
Lookup: TypeAlias = Generator[Call, Rows, T]
AnyUnit: TypeAlias = Unit[Any, Any]
Outcome: TypeAlias = Any  # what a unit's render made, or the DaylineError that its plan raised
Clock: TypeAlias = Callable[[], int]
Join: TypeAlias = Callable[[], Sequence[AnyUnit]]

_headers = msgspec.json.Decoder(tuple[tuple[str, str], ...])


def nobody() -> Sequence[AnyUnit]:
    """Nobody joins."""
    return ()


def write_group(
    units: Sequence[AnyUnit], clock: Clock, known: Known | None = None, join: Join = nobody
) -> Steps[list[Outcome]]:
    """Write units of one account, in order; give an outcome for each. Any other error fails the whole group.

    ``known`` is what groups before this one have looked up; ``join`` is asked who else has come, once the account is
    taken: to take it may have lasted as long as the group before.
    """
    account_id = units[0].account_id
    counter = yield from lock(account_id, clock)
    units = [*units, *join()]
    outcomes: dict[int, Outcome] = {}
    waiting = list(enumerate(units))
    while waiting:
        now, waiting = _apart(waiting)
        made = yield from _write_apart(counter, [unit for _, unit in now], known)
        outcomes.update(zip((place for place, _ in now), made, strict=True))
        known = None  # what this transaction has written may be undone yet, and its directory revision be used again
        if waiting:
            counter = yield from lock(account_id, clock)
    return [outcomes[place] for place in range(len(units))]


def _apart(waiting: list[tuple[int, AnyUnit]]) -> tuple[list[tuple[int, AnyUnit]], list[tuple[int, AnyUnit]]]:
    """Split off the units that share nothing with one before them; the others see what those have written."""
    taken: set[str] = set()
    now: list[tuple[int, AnyUnit]] = []
    later: list[tuple[int, AnyUnit]] = []
    for place, unit in waiting:
        names = unit.touches if unit.once is None else unit.touches | {f"key:{unit.once.key}"}
        (later if names & taken else now).append((place, unit))
        taken |= names
    return now, later


def _write_apart(counter: Counter, units: Sequence[AnyUnit], known: Known | None) -> Steps[list[Outcome]]:
    """Write units that share nothing: look everything up, plan each, write all, render each."""
    account_id = counter.account_id
    outcomes = yield from _replays(account_id, units)
    fresh = [place for place, outcome in enumerate(outcomes) if outcome is None]
    names = None if known is None else known.at(account_id, counter.directory)
    found = yield from _find(account_id, [units[place].needs for place in fresh], names)
    planned: list[tuple[int, Plan[Any]]] = []
    for place in fresh:
        author = Author(units[place].user_id, counter.clock)
        facts = Facts(found.of(units[place].needs), counter, author, units[place].admin)
        plan = outcomes[place] = _planned(units[place], facts)
        if isinstance(plan, Plan):
            planned.append((place, plan))
    written = [(units[place], plan) for place, plan in planned]
    beside = yield from _write(counter, written)
    answers = [unit.render(Result(plan.value, more)) for (unit, plan), more in zip(written, beside, strict=True)]
    yield from _keep(counter, [unit for unit, _ in written], answers)
    for (place, _), answer in zip(planned, answers, strict=True):
        outcomes[place] = answer
    return outcomes


def lock(account_id: int, clock: Clock) -> Steps[Counter]:
    """Take the account for this transaction, with its numbers and the instant of the write. Raises NotFound."""
    rows = yield Call(statements.LOCK, [(account_id,)])
    if not rows:
        raise NotFound(f"There is no account {account_id}.")
    sequence, last, directory, ids, listening = rows[0]
    # Read after the lock, and later than every write before, even when the clock is not: a reader who goes on from the
    # last update_time that he has seen misses nothing.
    return Counter(
        account_id,
        sequence,
        max(clock(), last + 1),
        directory,
        msgspec.json.decode(ids, type=dict[str, int]),
        listening,
    )


def _replays(account_id: int, units: Sequence[AnyUnit]) -> Steps[list[Outcome | None]]:
    """For each unit, the stored answer to its idempotency key, or KeyReused, or None when the key is new."""
    keys = [(unit.once.key,) for unit in units if unit.once is not None]
    if not keys:
        return [None] * len(units)
    rows = yield Call(statements.IDEMPOTENCY, [(account_id, as_json(keys))])
    known = {key: kept for key, *kept in rows}
    return [None if unit.once is None else _replay(unit, known.get(unit.once.key)) for unit in units]


def _replay(unit: AnyUnit, kept: list[Any] | None) -> Outcome | None:
    if kept is None or unit.once is None:
        return None
    fingerprint, status, headers, body = kept
    if fingerprint != _fingerprint(unit):
        return KeyReused("This Idempotency-Key was used before, with another request.")
    return unit.once.replay(status, _headers.decode(headers), body)


def _fingerprint(unit: AnyUnit) -> str:
    """What the key came with: the request and who made it, so that nobody is given the answer to somebody else."""
    return "" if unit.once is None else f"{unit.user_id}:{unit.once.fingerprint}"


def _find(account_id: int, needs: Sequence[Needs], names: Names | None) -> Steps[Found]:
    activities = {id_ for need in needs for id_ in need.activities}
    uuids = {uuid for need in needs for uuid in need.activity_uuids}
    records = {(key.kind, key.value) for need in needs for key in need.records}
    external = {key for need in needs for key in need.external}
    users = {id_ for need in needs for id_ in need.users}
    types = {key for need in needs for key in need.types}
    tokens = {id_ for need in needs for id_ in need.tokens}
    filters = {id_ for need in needs for id_ in need.filters}
    integrated = {id_ for need in needs for id_ in need.integrated}
    webhooks = {id_ for need in needs for id_ in need.webhooks}
    erasures = {id_ for need in needs for id_ in need.erasures}
    webhook_owners = {id_ for need in needs for id_ in need.webhooks_of}
    bodies = yield from _side_by_side(
        activities=_activities(account_id, activities),
        records=_unless_known(names, "record", records, partial(_records, account_id)),
        external=_external(account_id, external),
        users=_unless_known(names, "user", users, partial(_users, account_id)),
        types=_unless_known(names, "type", types, partial(_types, account_id)),
        tokens=_tokens(account_id, tokens),
        activities_by_uuid=_activities_by_uuid(account_id, uuids),
        filters=_filters(account_id, filters),
        erasures=_erasures(account_id, erasures),
    )
    return Found(
        account=(yield from _account(account_id)) if any(need.account for need in needs) else None,
        integrated=(yield from _integrated(account_id, integrated)),
        webhooks=(yield from _webhooks(account_id, webhooks)),
        webhooks_of=(yield from _webhooks_of(account_id, webhook_owners)),
        **bodies,
    )


def _unless_known(
    names: Names | None, kind: NameKind, keys: set[K], look_up: Callable[[set[K]], Lookup[dict[K, V]]]
) -> Lookup[dict[K, V]]:
    """What is known of these, and what is found of the others."""
    if names is None:
        return (yield from look_up(keys))
    known: dict[K, V] = names.find(kind, keys)
    found = yield from look_up(keys - known.keys())
    names.keep(kind, found)
    return known | found


def _side_by_side(**lookups: Lookup[Any]) -> Steps[dict[str, Any]]:
    """Go through lookups of bodies together: what they ask next is asked at once."""
    made: dict[str, Any] = {}
    answers: dict[str, Rows | None] = dict.fromkeys(lookups)
    while answers:
        asked: dict[str, Call] = {}
        for name, rows in answers.items():
            try:
                asked[name] = next(lookups[name]) if rows is None else lookups[name].send(rows)
            except StopIteration as end:
                made[name] = end.value
        found = yield from _read(list(asked.values()))
        answers = dict(zip(asked, found, strict=True))
    return made


def _read(calls: Sequence[Call]) -> Steps[list[Rows]]:
    if len(calls) == 1:
        return [(yield calls[0])]
    found: list[Rows] = [[] for _ in calls]
    if calls:
        for place, *row in (yield Together(tuple(calls), reads=True)):
            found[place].append(tuple(row))
    return found


def _account(account_id: int) -> Steps[Account]:
    rows = yield Call(statements.ACCOUNT, [(account_id,)])
    return account_of(*rows[0])


def _activities(account_id: int, ids: Iterable[int]) -> Lookup[dict[int, Activity]]:
    bodies = yield from _bodies(statements.ACTIVITIES, account_id, [(id_,) for id_ in ids])
    return {found.id: found for found in (msgspec.json.decode(body, type=Activity) for body in bodies)}


def _activities_by_uuid(account_id: int, uuids: Iterable[str]) -> Lookup[dict[str, Activity]]:
    bodies = yield from _bodies(statements.ACTIVITIES_BY_UUID, account_id, [(uuid,) for uuid in uuids])
    return {found.uuid: found for found in (msgspec.json.decode(body, type=Activity) for body in bodies)}


def _records(account_id: int, keys: Iterable[tuple[Kind, Identity]]) -> Lookup[dict[tuple[Kind, Identity], Record]]:
    found: dict[tuple[Kind, Identity], Record] = {}
    for sought, group in groupby(sorted(keys, key=_sought), key=_sought):
        bodies = yield from _bodies(statements.RECORDS[sought], account_id, list(group))
        for record in (msgspec.json.decode(body, type=Record) for body in bodies):
            found[record.kind, getattr(record, sought)] = record
    return found


def _external(account_id: int, keys: Iterable[tuple[Kind, str]]) -> Lookup[dict[tuple[Kind, str], Record]]:
    bodies = yield from _bodies(statements.RECORDS["external_id"], account_id, sorted(keys))
    found = [msgspec.json.decode(body, type=Record) for body in bodies]
    return {(record.kind, record.external_id): record for record in found if record.external_id is not None}


def _sought(key: tuple[Kind, Identity]) -> str:
    if isinstance(key[1], int):
        return "id"
    return "uuid" if is_uuid(key[1]) else "slug"


def _users(account_id: int, ids: Iterable[int]) -> Lookup[dict[int, User]]:
    bodies = yield from _bodies(statements.USERS, account_id, [(id_,) for id_ in ids])
    return {found.id: found for found in (msgspec.json.decode(body, type=User) for body in bodies)}


def _tokens(account_id: int, ids: Iterable[int]) -> Lookup[dict[int, Token]]:
    bodies = yield from _bodies(statements.TOKENS, account_id, [(id_,) for id_ in ids])
    return {found.id: found for found in (msgspec.json.decode(body, type=Token) for body in bodies)}


def _filters(account_id: int, ids: Iterable[int]) -> Lookup[dict[int, SavedFilter]]:
    bodies = yield from _bodies(statements.FILTERS, account_id, [(id_,) for id_ in ids])
    return {found.id: found for found in (msgspec.json.decode(body, type=SavedFilter) for body in bodies)}


def _integrated(account_id: int, ids: Iterable[str]) -> Steps[dict[str, IntegratedAccount]]:
    keys = [(id_,) for id_ in ids]
    rows = (yield Call(INTEGRATED, [(account_id, as_json(keys))])) if keys else []
    return {found.id: found for found in (integrated_of(*row) for row in rows)}


def _webhooks(account_id: int, ids: Iterable[int]) -> Steps[dict[int, Webhook]]:
    keys = [(id_,) for id_ in ids]
    rows = (yield Call(statements.WEBHOOKS, [(account_id, as_json(keys))])) if keys else []
    return {found.id: found for found in (webhook_of(*row) for row in rows)}


def _erasures(account_id: int, ids: Iterable[int]) -> Lookup[dict[int, Erasure]]:
    bodies = yield from _bodies(statements.ERASURES, account_id, [(id_,) for id_ in ids])
    return {found.id: found for found in (msgspec.json.decode(body, type=Erasure) for body in bodies)}


def _webhooks_of(account_id: int, user_ids: Iterable[int]) -> Steps[dict[int, int]]:
    keys = [(id_,) for id_ in user_ids]
    return dict((yield Call(statements.WEBHOOKS_OF, [(account_id, as_json(keys))])) if keys else [])


def _types(account_id: int, keys: set[int | str]) -> Lookup[dict[int | str, ActivityType]]:
    by_key = yield from _bodies(statements.TYPES["key"], account_id, [(key,) for key in keys if isinstance(key, str)])
    by_id = yield from _bodies(statements.TYPES["id"], account_id, [(key,) for key in keys if isinstance(key, int)])
    found = [msgspec.json.decode(body, type=ActivityType) for body in (*by_key, *by_id)]
    return {name: type_ for type_ in found for name in (type_.id, type_.key) if name in keys}


def _bodies(statement: Statement, account_id: int, keys: Sequence[tuple[int | str, ...]]) -> Lookup[list[str]]:
    if not keys:
        return []
    rows = yield Call(statement, [(account_id, as_json(keys))])
    return [row[0] for row in rows]


def _planned(unit: AnyUnit, facts: Facts) -> Plan[Any] | DaylineError:
    try:
        plan: Plan[Any] = unit.plan(facts)
    except DaylineError as error:
        return error
    return plan


def _write(counter: Counter, written: Written) -> Steps[list[bool]]:
    """Write all rows of all plans, a statement a table, and the counter last; give what ``beside`` gives."""
    jobs = [job for _, plan in written for job in plan.jobs]
    entries = [(unit, entry) for unit, plan in written for entry in plan.entries]
    acts = [(unit, act) for unit, plan in written for act in plan.acts]
    asked = ask_beside(counter.account_id, written)
    found = (yield from _write_entries(counter, entries, asked)) if entries else (yield from _as_one(asked))
    if acts:
        yield from note(
            counter, [act_row(counter, act, unit.user_id, unit.token_id, unit.origin) for unit, act in acts]
        )
    if jobs:
        yield Call(statements.PUT_JOB, statements.job_rows(counter.account_id, jobs), many=True)
    if jobs or (entries and counter.listening):
        yield Call(statements.STIR, [(counter.account_id, 0)], many=True)
    return beside(written, {place for (place,) in found})


def _write_entries(counter: Counter, entries: Sequence[tuple[AnyUnit, Entry]], asked: Collection[Call]) -> Steps[Rows]:
    """Write the rows of entries; give the answer to what is asked with them."""
    documents = [None if entry.after is None else encode(entry.after) for _, entry in entries]
    log = [_change(counter, *entry, document) for entry, document in zip(entries, documents, strict=True)]
    counter.directory += sum(_renames(entry) for _, entry in entries)
    counter.listening += sum(_listens(entry.after) - _listens(entry.before) for _, entry in entries)
    calls = [
        *_put_rows(counter.account_id, [entry for _, entry in entries], documents),
        *_write_links(counter.account_id, [entry for _, entry in entries]),
        *_remove_rows(counter.account_id, [entry for _, entry in entries]),
    ]
    forgotten = [(counter.account_id, one.id) for one in map(_forgotten, entries) if one is not None]
    if forgotten:
        calls.append(Call(statements.FORGET_STATES, forgotten, many=True))
    found = yield from _in_few([*calls, Call(statements.ADD_CHANGE, log, many=True), saved(counter)], asked)
    # Apart from its row, and after it: whoever puts in something for a webhook holds that one, and is waited for there.
    gone = [entry.before for _, entry in entries if entry.after is None and isinstance(entry.before, Webhook)]
    if gone:
        yield Call(statements.DROP_LANE, [(counter.account_id, webhook.lane) for webhook in gone], many=True)
    return found


def _in_few(calls: Iterable[Call], asked: Collection[Call]) -> Steps[Rows]:
    """Write in this order, and as one what follows each other and is each of another table; ask with the last."""
    some: dict[str, Call] = {}
    for call in calls:
        table = written_by(call)
        if table is None or table in some:
            yield from _as_one(some.values())
            some = {}
        if table is None:
            yield call
        else:
            some[table] = call
    return (yield from _as_one([*some.values(), *asked]))


def _as_one(calls: Collection[Call]) -> Steps[Rows]:
    if not calls:
        return []
    return (yield Together(tuple(calls), reads=False) if len(calls) > 1 else next(iter(calls)))


def note(counter: Counter, rows: Sequence[Params]) -> Steps[None]:
    """Put acts into the change log, in a transaction that has taken the account."""
    yield Call(statements.ADD_CHANGE, rows, many=True)
    yield saved(counter)
    if counter.listening:  # there is nothing to tell, but cursors go on
        yield Call(statements.STIR, [(counter.account_id, 0)], many=True)


def act_row(counter: Counter, act: Act, user_id: int, token_id: int, origin: Origin) -> Params:
    """An act as a row of the change log."""
    told = as_json(act.details) if act.details else None
    before, after = (told, None) if act.action == "deleted" else (None, told)
    what = (counter.account_id, counter.next_sequence(), act.entity, act.entity_id, act.action)
    where = (origin.surface, origin.address, origin.request_id)
    return (*what, user_id, token_id, counter.clock, before, after, *where)


def saved(counter: Counter) -> Call:
    """Keep what was counted, the last thing of a write."""
    told = (counter.sequence, counter.clock, counter.directory, as_json(counter.ids), counter.listening)
    return Call(statements.SAVE, [(*told, counter.account_id)], many=True)


def _put_rows(account_id: int, entries: Sequence[Entry], documents: Sequence[str | None]) -> Iterator[Call]:
    """Parents before children, which is the order of the statements."""
    rows: dict[str, list[Params]] = {}
    for entry, document in zip(entries, documents, strict=True):
        if entry.after is not None and document is not None:
            rows.setdefault(statements.table_of(entry.after), []).append(row_of(account_id, entry.after, document))
    adds = statements.ADD if _all_new(entries) else {}
    for table, statement in statements.PUT.items():
        if table in rows:
            yield Call(adds.get(table, statement), rows[table], many=True)


def _all_new(entries: Sequence[Entry]) -> bool:
    return all(entry.before is None for entry in entries)


def _remove_rows(account_id: int, entries: Sequence[Entry]) -> Iterator[Call]:
    """What is gone for good; its links went before."""
    keys: dict[str, list[Params]] = {}
    for entry in entries:
        if entry.after is None:
            keys.setdefault(statements.table_of(entry.entity), []).append(key_of(account_id, entry.entity))
    for table, rows in keys.items():
        yield Call(statements.REMOVE[table], rows, many=True)


def _change(counter: Counter, unit: AnyUnit, entry: Entry, after: str | None) -> Params:
    before = None if entry.before is None or entry.forgets else encode(entry.before)
    return (
        counter.account_id,
        counter.next_sequence(),
        kind_of(entry.entity),
        number_of(entry.entity),
        entry.action,
        unit.user_id,
        unit.token_id,
        counter.clock,
        before,
        after,
        unit.origin.surface,
        unit.origin.address,
        unit.origin.request_id,
    )


def _forgotten(item: tuple[AnyUnit, Entry]) -> Activity | None:
    """An activity that goes, and of which the log is to say no more than that."""
    before = item[1].before
    return before if item[1].forgets and item[1].after is None and isinstance(before, Activity) else None


def _renames(entry: Entry) -> bool:
    """Whether a name that may appear inside activities has changed or gone."""
    return entry.before is not None and isinstance(entry.entity, User | Record | ActivityType)


def _listens(state: Entity | None) -> int:
    """Whether this wants to be told of what is written."""
    return int(isinstance(state, Webhook) and state.active)


def _write_links(account_id: int, entries: Sequence[Entry]) -> Iterator[Call]:
    adds = statements.ADD_LINK if _all_new(entries) else {}
    for changes, table in _DERIVED:
        put: list[Params] = []
        gone: list[Params] = []
        for entry in entries:
            added, removed = changes(account_id, entry)
            put += added
            gone += removed
        if gone:
            yield Call(statements.REMOVE[table.name], gone, many=True)
        if put:
            yield Call(adds.get(table.name, statements.PUT_LINK[table.name]), put, many=True)


# What a body says, as rows: a timeline, a private list, a file and who signs in are found by them.
_DERIVED = (
    (link_changes, tables.links),
    (sight_changes, tables.sight),
    (attachment_changes, tables.attachments),
    (email_changes, tables.emails),
)


def _keep(counter: Counter, units: Sequence[AnyUnit], answers: Sequence[Any]) -> Steps[None]:
    rows = [
        (
            counter.account_id,
            unit.once.key,
            _fingerprint(unit),
            answer.status,
            as_json(answer.headers),
            answer.body,
            counter.clock,
        )
        for unit, answer in zip(units, answers, strict=True)
        if unit.once is not None
    ]
    if rows:
        yield Call(statements.PUT_KEY, rows, many=True)
