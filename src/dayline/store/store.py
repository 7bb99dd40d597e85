"""The store: what the service may ask for, in the domain's terms. Never decides what is allowed; never speaks HTTP."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attachment
from dayline.domain.audit import Deed
from dayline.domain.erasure import Erasure
from dayline.domain.errors import Conflict
from dayline.domain.filter import Filter, Position, Query, RecordFilter, RecordQuery, Sort
from dayline.domain.history import Change
from dayline.domain.identity import Account, AccountSettings, Token, User
from dayline.domain.integrated import CallFilter, IntegratedAccount, IntegratedFilter, RemoteCall
from dayline.domain.metered import Metered, Seen
from dayline.domain.record import KINDS, Identity, Kind, Record, Standing, is_uuid
from dayline.domain.saved import SavedFilter
from dayline.domain.types import BUILT_IN, FIRST_CUSTOM_ID, ActivityType
from dayline.store import attachment_lists, integrated, metering, statements
from dayline.store.attachment_lists import list_attachments
from dayline.store.audit import Audit, told_if
from dayline.store.database import Database, Told
from dayline.store.deliveries import Deliveries
from dayline.store.failures import Failures
from dayline.store.feed import Feed
from dayline.store.files import Files
from dayline.store.group import Clock, Steps
from dayline.store.jobs import Jobs
from dayline.store.keeping import Keeping
from dayline.store.lists import (
    Viewer,
    begun_from,
    count_activities,
    first_long,
    list_records,
)
from dayline.store.pages import Pages
from dayline.store.record_lists import list_kind, standings_of
from dayline.store.rows import account_of, integrated_of, settings_of
from dayline.store.signing import SignIns
from dayline.store.statement import ONE_AT_A_TIME, Call, Rows, Statement, Together, as_json
from dayline.store.sweep import Sweep
from dayline.store.unit import Unit, encode
from dayline.store.webhooks import Webhooks

A = TypeVar("A")
T = TypeVar("T")
NameKey: TypeAlias = tuple[Kind, int] | int | str
Named: TypeAlias = Record | User | ActivityType
Credential: TypeAlias = tuple[Token, User, bytes, AccountSettings]

KNOWN_SECONDS: Final = 1.0  # how long a credential is taken for what it was, whatever other processes write
_MOST_KNOWN: Final = 10_000


class Store:
    """An open store. Every method raises Unavailable when the database cannot do it now."""

    def __init__(self, database: Database, clock: Clock, files: Files) -> None:
        """``clock`` gives the present instant in ms UTC; ``files`` are the bytes of attachments.

        ``listeners`` are told the account of each write of this process that is committed. They must not wait.
        """
        self.database = database
        self.clock = clock
        self.files = files
        self.audit = Audit(database)
        self.sign_ins = SignIns(database)
        self.failures = Failures(database)
        self.feed = Feed(database)
        self.jobs = Jobs(database)
        self.webhooks = Webhooks(database)
        self.deliveries = Deliveries(database)
        self.keeping = Keeping(database)
        self.sweep = Sweep(database, self.clock)
        self.listeners: list[Callable[[int], None]] = []
        self._known: dict[tuple[int, str | int], tuple[float, Credential]] = {}

    async def write(self, unit: Unit[Any, A]) -> A:
        """Write a unit; when this returns, it is committed and on the disk. Raises what its plan raised."""
        try:
            answer = await self.database.write(unit)
            self.written(unit.account_id)
            return answer
        finally:
            if unit.needs.tokens or unit.needs.users or unit.needs.account:  # it may have ended somebody's right
                self._known.clear()

    def written(self, account_id: int) -> None:
        """Tell whoever listens that something of this account was written."""
        for told in self.listeners:
            told(account_id)

    async def activity(self, account_id: int, identity: int | str) -> tuple[Activity, int] | None:
        """The activity with this id or uuid, deleted or not, whoever may see it; and the directory revision."""
        if isinstance(identity, int):
            found = await self.database.activity(account_id, identity)
        else:
            rows = await self.database.fetch(Call(statements.ACTIVITY["uuid"], [(account_id, identity)]))
            found = (rows[0][0], rows[0][1]) if rows else None
        return None if found is None else (_activity.decode(found[0]), found[1])

    async def activities(
        self, viewer: Viewer, query: Query, related: tuple[tuple[Kind, int], ...], after: Position | None
    ) -> tuple[list[Activity], Position | None]:
        """One page of living activities that the viewer may see, and the position to go on from, None on the last."""
        rows = await self._rows(viewer, query, related, after, whole=True)
        page, last = _paged(rows, query.limit)
        return [_activity.decode(row[2]) for row in page], last

    async def places(
        self, viewer: Viewer, query: Query, related: tuple[tuple[Kind, int], ...], after: Position | None
    ) -> tuple[list[tuple[int, int, int]], int, Position | None]:
        """Of each activity on a page its id, revision and last write; the directory revision; where the next begins."""
        rows = await self._rows(viewer, query, related, after, whole=False)
        page, last = _paged(rows, query.limit)
        return [row[1:4] for row in page], page[0][4] if page else 0, last

    async def _rows(
        self,
        viewer: Viewer,
        query: Query,
        related: tuple[tuple[Kind, int], ...],
        after: Position | None,
        *,
        whole: bool,
    ) -> Rows:
        """A page and a row more."""
        query = replace(query, filter=await self._bounded(viewer, query.filter))
        return await Pages(self.database, viewer, related, after, whole=whole).rows(query)

    async def activities_by_id(self, account_id: int, ids: Iterable[int]) -> list[Activity]:
        """The activities with these ids, deleted or not, whoever may see them, in no order."""
        wanted = list(ids)
        bodies = await self.database.bodies(account_id, wanted) if wanted else []
        return [_activity.decode(body) for body in bodies]

    async def sequence(self, account_id: int) -> int:
        """The number of the account's last change."""
        return (await self.last_change(account_id))[0]

    async def last_change(self, account_id: int) -> tuple[int, int]:
        """The number of the account's last change, and when it was written."""
        return await self.database.last_change(account_id)

    async def count(
        self, viewer: Viewer, wanted: Filter, related: tuple[tuple[Kind, int], ...], seconds: float
    ) -> tuple[int, int]:
        """How many activities there are that the viewer may see, after which change. It takes so long at the most."""
        wanted = await self._bounded(viewer, wanted)
        rows = await self.database.scan(count_activities(viewer, wanted, related), seconds)
        total, sequence = rows[0]
        return total, sequence

    async def _bounded(self, viewer: Viewer, wanted: Filter) -> Filter:
        """The filter; of a window also from when on to look for what goes on in it.

        Asked beforehand, since a database that does not know it would take a window for a third of all there is.
        """
        if wanted.within_from is None:
            return wanted
        rows = await self.database.fetch(first_long(viewer.account_id, wanted.within_from))
        return replace(wanted, begun_from=begun_from(wanted.within_from, rows[0][0]))

    async def record_by_slug(self, account_id: int, slug: str) -> Record | None:
        """The record with this slug, whatever its kind, deleted or not."""
        bodies = await self._bodies(statements.RECORDS["slug"], account_id, [(kind, slug) for kind in KINDS])
        return _record.decode(bodies[0]) if bodies else None

    async def record(self, account_id: int, kind: Kind, identity: Identity) -> Record | None:
        """The record that one of its names stands for, deleted or not."""
        name = "id" if isinstance(identity, int) else "uuid" if is_uuid(identity) else "slug"
        rows = await self.database.fetch(Call(statements.RECORD[name], [(account_id, kind, identity)]))
        return msgspec.json.decode(rows[0][0], type=Record) if rows else None

    async def records(
        self, account_id: int, wanted: RecordFilter, limit: int, after: Position | None
    ) -> tuple[list[Record], Position | None]:
        """One page of records by kind and id, and the position to go on from, None on the last."""
        rows = await self.database.scan(list_records(account_id, wanted, limit, after))
        page, last = _paged(rows, limit)
        return [_record.decode(row[2]) for row in page], last

    async def records_of_kind(
        self, account_id: int, wanted: RecordQuery, limit: int, offset: int, after: Position | None
    ) -> tuple[list[Record], Position | None]:
        """One page of records in the wanted order, and the position to go on from, None on the last."""
        rows = await self.database.scan(list_kind(account_id, wanted, limit, offset, after))
        page, last = _paged(rows, limit)
        return [_record.decode(row[2]) for row in page], last

    async def standings(self, viewer: Viewer, kind: Kind, ids: Sequence[int]) -> dict[int, Standing]:
        """What the viewer sees hanging on each of these records."""
        rows = await self.database.scan(standings_of(viewer, kind, ids))
        return {id_: Standing(*standing) for id_, *standing in rows}

    async def names(self, account_id: int, keys: Collection[NameKey]) -> Mapping[NameKey, Named]:
        """What of an account has these names: the kind and the id of a record, the id of a user, the key of a type."""
        return await self.database.shared(self._ask_names, account_id, keys) if keys else {}

    async def _ask_names(self, account_id: int, keys: list[NameKey]) -> dict[NameKey, Named]:
        records, users, types = await self._at_once(
            _lookup(statements.RECORDS["id"], account_id, sorted(key for key in keys if isinstance(key, tuple))),
            _lookup(statements.USERS, account_id, sorted((key,) for key in keys if isinstance(key, int))),
            _lookup(statements.TYPES["key"], account_id, sorted((key,) for key in keys if isinstance(key, str))),
        )
        return {
            **{(record.kind, record.id): record for record in map(_record.decode, records)},
            **{user.id: user for user in map(_user.decode, users)},
            **{type_.key: type_ for type_ in map(_type.decode, types)},
        }

    async def users_by_id(self, account_id: int, ids: Iterable[int]) -> list[User]:
        """The users with these ids, in no order."""
        bodies = await self._bodies(statements.USERS, account_id, [(id_,) for id_ in sorted(set(ids))])
        return [_user.decode(body) for body in bodies]

    async def users(self, account_id: int) -> list[User]:
        """Every user of the account."""
        rows = await self.database.fetch(Call(statements.USER_LIST, [(account_id,)]))
        return [_user.decode(row[0]) for row in rows]

    async def tokens_by_id(self, account_id: int, ids: Iterable[int]) -> list[Token]:
        """The tokens with these ids, in no order, without their last use."""
        bodies = await self._bodies(statements.TOKENS, account_id, [(id_,) for id_ in sorted(set(ids))])
        return [_token.decode(body) for body in bodies]

    async def tokens(self, account_id: int) -> list[Token]:
        """Every token of the account by id, with its last use."""
        rows = await self.database.fetch(Call(statements.TOKEN_LIST, [(account_id,)]))
        return [replace(_token.decode(body), used_at=used_at) for body, used_at in rows]

    async def types(self, account_id: int) -> list[ActivityType]:
        """Every activity type of the account."""
        rows = await self.database.fetch(Call(statements.TYPE_LIST, [(account_id,)]))
        return [_type.decode(row[0]) for row in rows]

    async def saved_filter(self, account_id: int, id_: int) -> SavedFilter | None:
        """The filter with this id, whoever may see it."""
        rows = await self.database.fetch(Call(statements.FILTER, [(account_id, id_)]))
        return msgspec.json.decode(rows[0][0], type=SavedFilter) if rows else None

    async def saved_filters(self, account_id: int) -> list[SavedFilter]:
        """Every filter of the account."""
        rows = await self.database.fetch(Call(statements.FILTER_LIST, [(account_id,)]))
        return [msgspec.json.decode(row[0], type=SavedFilter) for row in rows]

    async def credential(self, account_id: int, token: str | int) -> Credential | None:
        """The token with this digest or id, its user, and the account's secret and settings.

        As they were within the last second, unless this process has written to one of them since.
        """
        known, now = self._known.get((account_id, token)), time.monotonic()
        if known is not None and now < known[0]:
            return known[1]
        name = "id" if isinstance(token, int) else "digest"
        rows = await self.database.fetch(Call(statements.CREDENTIAL[name], [(account_id, token)]))
        if not rows:
            return None
        body, user, secret, settings = rows[0]
        found = (_token.decode(body), _user.decode(user), bytes(secret), settings_of(settings))
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[account_id, token] = (now + KNOWN_SECONDS, found)
        return found

    async def accounts(self) -> list[Account]:
        """Every account on this database."""
        rows = await self.database.fetch(Call(statements.ACCOUNTS, [()]))
        return [account_of(*row) for row in rows]

    async def account(self, account_id: int) -> Account:
        """The account with this id, which a principal has."""
        rows = await self.database.fetch(Call(statements.ACCOUNT, [(account_id,)]))
        return account_of(*rows[0])

    async def create_account(self, name: str) -> Account:
        """Make an account with its counter and built-in activity types. Raises Conflict when the name is taken."""
        return await self.database.run(lambda: _create_account(name, self.clock()))

    async def mark_used(self, uses: Mapping[tuple[int, int], int]) -> None:
        """Note when tokens were last used: ms UTC by (account, token). Outside the change log."""
        rows = [(at, account_id, token_id) for (account_id, token_id), at in sorted(uses.items())]
        await self.database.run(lambda: _many(statements.USED, rows))

    async def add_calls(self, counted: Mapping[tuple[int, int, str, str], tuple[int, int, int]]) -> None:
        """Add calls, first and last instants (ms UTC) by (account, token, agent, operation). Outside the change log."""
        rows = [(*key, *counts) for key, counts in sorted(counted.items())]
        await self.database.run(lambda: _many(metering.ADD, rows))

    async def calls(self, account_id: int) -> list[Metered]:
        """Every counted call of the account, by token, agent and operation."""
        rows = await self.database.fetch(Call(metering.LIST, [(account_id,)]))
        return [msgspec.convert(dict(zip(Metered.__struct_fields__, row, strict=True)), Metered) for row in rows]

    async def integrated_account(self, account_id: int, id_: str) -> IntegratedAccount | None:
        """The integrated account with this uuid, with its sealed secrets."""
        rows = await self.database.fetch(Call(integrated.ONE, [(account_id, id_)]))
        return integrated_of(*rows[0]) if rows else None

    async def integrated_accounts(
        self, account_id: int, wanted: IntegratedFilter, limit: int, after: int
    ) -> tuple[list[IntegratedAccount], bool]:
        """One page of integrated accounts, those with numbers after this one, and whether there are more."""
        rows = await self.database.scan(integrated.list_integrated(account_id, wanted, limit, after))
        return [integrated_of(*row) for row in rows[:limit]], len(rows) > limit

    async def seal_anew(self, account_id: int, found: IntegratedAccount, sealed: dict[str, str], deed: Deed) -> None:
        """Put these sealed secrets in the place of those that were found, unless they were changed meanwhile."""
        await self.database.run(lambda: told_if(account_id, integrated.anew(account_id, found, sealed), deed))

    async def add_remote_calls(self, logged: Sequence[tuple[int, RemoteCall]]) -> None:
        """Log calls to other systems, by account. Outside the change log."""
        rows = integrated.rows_of(logged)
        await self.database.run(lambda: _many(integrated.ADD_CALLS, rows))

    async def remote_calls(
        self, account_id: int, wanted: CallFilter, limit: int, after: tuple[int, str] | None
    ) -> tuple[list[RemoteCall], bool]:
        """One page of logged calls, the latest first, from behind this instant and id on, and if there are more."""
        rows = await self.database.scan(integrated.list_calls(account_id, wanted, limit, after))
        names = RemoteCall.__struct_fields__
        return [RemoteCall(**dict(zip(names, row, strict=True))) for row in rows[:limit]], len(rows) > limit

    async def old_remote_calls(self, account_id: int, before: int) -> int:
        """How many logged calls are older than this instant."""
        rows = await self.database.scan(Call(integrated.COUNT_CALLS, [(account_id, before)]))
        return int(rows[0][0])

    async def forget_remote_calls(self, account_id: int, before: int, piece: int) -> tuple[int, bool]:
        """Forget about so many logged calls before this instant, the oldest first; how many, and if some are left."""
        rows = await self.database.scan(Call(integrated.PIECE_OF_CALLS, [(account_id, before, piece)]))
        until = min(before, rows[0][0] + 1) if rows else before
        gone = await self.database.run(lambda: _ask(Call(integrated.FORGET_CALLS, [(account_id, until)])))
        return len(gone), bool(rows)

    async def add_seen(self, counted: Mapping[tuple[int, int, str, int], tuple[int, int]]) -> None:
        """Add calls and their last instant by (account, token, surface, hour), in ms UTC. Outside the change log."""
        rows = [(*key, *counts) for key, counts in sorted(counted.items())]
        await self.database.run(lambda: _many(metering.ADD_SEEN, rows))

    async def seen(self, account_id: int, since: int) -> list[Seen]:
        """What was called from this hour on, by token, surface and hour."""
        rows = await self.database.fetch(Call(metering.SEEN, [(account_id, since)]))
        return [Seen(*row) for row in rows]

    async def forget_seen(self, account_ids: Iterable[int], before: int) -> None:
        """Forget what was called before this hour."""
        rows = [(account_id, before) for account_id in account_ids]
        await self.database.run(lambda: _many(metering.OLD_SEEN, rows))

    async def history(self, account_id: int, activity_id: int, before: int, limit: int) -> list[Change]:
        """The last changes of an activity before this one, the latest first."""
        rows = await self.database.fetch(Call(statements.HISTORY, [(account_id, activity_id, before, limit)]))
        return [_change_of(row) for row in rows]

    async def backup(self, target: Path, told: Told) -> None:
        """Copy the database as it is now into a file, complete or not at all. Raises Unavailable."""
        await self.database.backup(target, told)

    async def erasures(self, account_id: int) -> list[Erasure]:
        """Every erasure of the account by id."""
        rows = await self.database.fetch(Call(statements.ERASURE_LIST, [(account_id,)]))
        return [msgspec.json.decode(row[0], type=Erasure) for row in rows]

    async def erasure(self, account_id: int, id_: int) -> Erasure | None:
        """The erasure with this id."""
        found = await self._bodies(statements.ERASURES, account_id, [(id_,)])
        return msgspec.json.decode(found[0], type=Erasure) if found else None

    async def expired_activities(self, account_id: int, before: int, limit: int) -> list[int]:
        """Ids of activities that were deleted before this instant, the first deleted first."""
        rows = await self.database.scan(Call(statements.EXPIRED_ACTIVITIES, [(account_id, before, limit)]))
        return [row[0] for row in rows]

    async def expired_records(self, account_id: int, before: int, limit: int) -> list[tuple[Kind, int]]:
        """Records that were deleted before this instant and on which nothing hangs."""
        rows = await self.database.scan(Call(statements.EXPIRED_RECORDS, [(account_id, before, limit)]))
        return [(row[0], row[1]) for row in rows]

    async def attachment(self, account_id: int, key: str) -> Attachment | None:
        """The attachment whose file has this key, while its activity lives."""
        rows = await self.database.fetch(Call(statements.FILE, [(account_id, key)]))
        found = ((row[0], _activity.decode(row[1])) for row in rows)
        return next((one for id_, activity in found for one in activity.attachments if one.id == id_), None)

    async def attachments(
        self, viewer: Viewer, sort: Sort, limit: int, offset: int
    ) -> tuple[list[tuple[int, int]], bool]:
        """Id and activity of each attachment on a page that the viewer may see, and whether there are more."""
        rows = await self.database.scan(list_attachments(viewer, sort, limit, offset))
        return [(row[0], row[1]) for row in rows[:limit]], len(rows) > limit

    async def activity_of(self, account_id: int, attachment_id: int) -> int | None:
        """The living activity that has this attachment, whoever may see it."""
        rows = await self.database.fetch(Call(attachment_lists.WHOSE, [(account_id, attachment_id)]))
        return rows[0][1] if rows else None

    async def known_files(self, account_id: int, keys: Sequence[str]) -> set[str]:
        """Those of these keys that an attachment has."""
        return set(await self._bodies(statements.KNOWN_FILES, account_id, [(key,) for key in keys]))

    async def files_of(self, account_id: int, after_id: int, limit: int) -> list[tuple[int, str]]:
        """Id and key of attachments with a file, by id from after this one on."""
        rows = await self.database.scan(Call(statements.ALL_FILES, [(account_id, after_id, limit)]))
        return [(row[0], row[1]) for row in rows]

    async def remove_gone_files(self, account_id: int) -> int:
        """Remove the files whose attachments are gone, and then forget them; give how many could not be removed."""
        rows = await self.database.fetch(Call(statements.GONE_FILES, [(account_id,)]))
        if not rows:
            return 0
        left = await self.files.remove(account_id, [key for _, key in rows])
        gone = [(account_id, id_) for id_, key in rows if key not in left]
        await self.database.run(lambda: _many(statements.REMOVE["attachments"], gone))
        return len(left)

    async def ready(self) -> bool:
        """Whether the database answers and has the schema that this program knows."""
        return await self.database.migrated()

    async def close(self) -> None:
        """Finish what was asked for, and let go of the database."""
        await self.database.close()

    async def _bodies(self, statement: Statement, account_id: int, keys: Sequence[tuple[Any, ...]]) -> list[str]:
        call = _lookup(statement, account_id, keys)
        return [] if call is None else [row[0] for row in await self.database.fetch(call)]

    async def _at_once(self, *calls: Call | None) -> list[list[str]]:
        """The bodies that each call of an account finds; none for None."""
        asked = [(call, place) for place, call in enumerate(calls) if call is not None]
        found: list[list[str]] = [[] for _ in calls]
        if asked:
            for number, body in await self.database.fetch(Together(tuple(call for call, _ in asked), reads=True)):
                found[asked[number][1]].append(body)
        return found


def _lookup(statement: Statement, account_id: int, keys: Sequence[tuple[Any, ...]]) -> Call | None:
    """What finds the rows with these keys; None where there are no keys."""
    return Call(statement, [(account_id, as_json(keys))]) if keys else None


def _paged(rows: Rows, limit: int) -> tuple[Rows, Position | None]:
    """The rows of a page without the one more that tells whether there is another page, and where that one starts."""
    page = rows[:limit]
    return page, Position(page[-1][0], page[-1][1]) if len(rows) > limit else None


_activity = msgspec.json.Decoder(Activity)
_record = msgspec.json.Decoder(Record)
_token = msgspec.json.Decoder(Token)
_type = msgspec.json.Decoder(ActivityType)
_user = msgspec.json.Decoder(User)


def _change_of(row: Sequence[Any]) -> Change:
    *told, before, after = row
    return Change(*told, *(None if body is None else _activity.decode(body) for body in (before, after)))


def _create_account(name: str, now: int) -> Steps[Account]:
    yield Call(ONE_AT_A_TIME, [()])
    rows = yield Call(statements.ACCOUNTS, [()])
    if any(row[1] == name for row in rows):
        raise Conflict(f"There is an account named {name!r} already.")
    id_ = 1 + max((row[0] for row in rows), default=0)
    account = Account(id=id_, name=name, created_at=now)
    settings = as_json(account.settings)
    ids = as_json({"type": FIRST_CUSTOM_ID - 1})
    yield Call(statements.PUT_ACCOUNT, [(id_, name, token_bytes(32), settings, now)], many=True)
    yield Call(statements.PUT_COUNTER, [(id_, 0, now, 0, ids, 0)], many=True)
    types = [(id_, type_.id, type_.key, encode(replace(type_, created_at=now, updated_at=now))) for type_ in BUILT_IN]
    yield Call(statements.PUT["types"], types, many=True)
    return account


def _ask(call: Call) -> Steps[Rows]:
    return (yield call)


def _many(statement: Statement, rows: Sequence[tuple[Any, ...]]) -> Steps[None]:
    if rows:
        yield Call(statement, rows, many=True)
