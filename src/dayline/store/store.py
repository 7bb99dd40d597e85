"""The store: what the service may ask for, in the domain's terms. Never decides what is allowed; never speaks HTTP."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from secrets import token_bytes
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.errors import Conflict
from dayline.domain.filter import Position, Query, RecordFilter
from dayline.domain.identity import Account, AccountSettings, Token, User
from dayline.domain.record import Identity, Kind, Record, is_uuid
from dayline.domain.types import BUILT_IN, FIRST_CUSTOM_ID, ActivityType
from dayline.store import statements
from dayline.store.database import Database, Told
from dayline.store.group import Clock, Steps
from dayline.store.lists import Viewer, list_activities, list_records
from dayline.store.rows import account_of, settings_of
from dayline.store.statement import ONE_AT_A_TIME, Call, Rows, Statement
from dayline.store.unit import Unit, encode

A = TypeVar("A")
T = TypeVar("T")


class Store:
    """An open store. Every method raises Unavailable when the database cannot do it now."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """``clock`` gives the present instant in ms UTC."""
        self.database = database
        self.clock = clock

    async def write(self, unit: Unit[Any, A]) -> A:
        """Write a unit; when this returns, it is committed and on the disk. Raises what its plan raised."""
        return await self.database.write(unit)

    async def activity(self, account_id: int, identity: int | str) -> Activity | None:
        """The activity with this id or uuid, deleted or not, whoever may see it."""
        name = "id" if isinstance(identity, int) else "uuid"
        rows = await self.database.fetch(Call(statements.ACTIVITY[name], [(account_id, identity)]))
        return _activity.decode(rows[0][0]) if rows else None

    async def activities(
        self, viewer: Viewer, query: Query, related: tuple[tuple[Kind, int], ...], after: Position | None
    ) -> tuple[list[Activity], Position | None]:
        """One page of living activities that the viewer may see, and the position to go on from, None on the last."""
        rows = await self.database.scan(list_activities(viewer, query, related, after))
        page, last = _paged(rows, query.limit)
        return [_activity.decode(row[2]) for row in page], last

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

    async def records_by_id(self, account_id: int, keys: Iterable[tuple[Kind, int]]) -> list[Record]:
        """The records with these kinds and ids, in no order."""
        bodies = await self._bodies(statements.RECORDS["id"], account_id, sorted(set(keys)))
        return [_record.decode(body) for body in bodies]

    async def users_by_id(self, account_id: int, ids: Iterable[int]) -> list[User]:
        """The users with these ids, in no order."""
        bodies = await self._bodies(statements.USERS, account_id, [(id_,) for id_ in sorted(set(ids))])
        return [_user.decode(body) for body in bodies]

    async def users(self, account_id: int) -> list[User]:
        """Every user of the account."""
        rows = await self.database.fetch(Call(statements.USER_LIST, [(account_id,)]))
        return [_user.decode(row[0]) for row in rows]

    async def tokens(self, account_id: int) -> list[Token]:
        """Every token of the account by id, with its last use."""
        rows = await self.database.fetch(Call(statements.TOKEN_LIST, [(account_id,)]))
        return [replace(_token.decode(body), used_at=used_at) for body, used_at in rows]

    async def types(self, account_id: int) -> list[ActivityType]:
        """Every activity type of the account."""
        rows = await self.database.fetch(Call(statements.TYPE_LIST, [(account_id,)]))
        return [msgspec.json.decode(row[0], type=ActivityType) for row in rows]

    async def credential(self, account_id: int, digest: str) -> tuple[Token, User, bytes, AccountSettings] | None:
        """The token with this digest, its user, and the account's secret and settings."""
        rows = await self.database.fetch(Call(statements.CREDENTIAL, [(account_id, digest)]))
        if not rows:
            return None
        token, user, secret, settings = rows[0]
        return _token.decode(token), _user.decode(user), bytes(secret), settings_of(settings)

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

    async def forget_keys(self, before: int) -> None:
        """Forget the idempotency keys that came before this instant, in every account."""
        rows = [(account.id, before) for account in await self.accounts()]
        await self.database.run(lambda: _many(statements.OLD_KEYS, rows))

    async def backup(self, target: Path, told: Told) -> None:
        """Copy the database as it is now into a file, complete or not at all. Raises Unavailable."""
        await self.database.backup(target, told)

    async def expired_activities(self, account_id: int, before: int, limit: int) -> list[int]:
        """Ids of activities that were deleted before this instant, the first deleted first."""
        rows = await self.database.scan(Call(statements.EXPIRED_ACTIVITIES, [(account_id, before, limit)]))
        return [row[0] for row in rows]

    async def expired_records(self, account_id: int, before: int, limit: int) -> list[tuple[Kind, int]]:
        """Records that were deleted before this instant and on which nothing hangs."""
        rows = await self.database.scan(Call(statements.EXPIRED_RECORDS, [(account_id, before, limit)]))
        return [(row[0], row[1]) for row in rows]

    async def ready(self) -> bool:
        """Whether the database answers and has the schema that this program knows."""
        return await self.database.migrated()

    async def close(self) -> None:
        """Finish what was asked for, and let go of the database."""
        await self.database.close()

    async def _bodies(self, statement: Statement, account_id: int, keys: Sequence[tuple[Any, ...]]) -> list[str]:
        if not keys:
            return []
        given = msgspec.json.encode(keys).decode()
        return [row[0] for row in await self.database.fetch(Call(statement, [(account_id, given)]))]


def _paged(rows: Rows, limit: int) -> tuple[Rows, Position | None]:
    """The rows of a page without the one more that tells whether there is another page, and where that one starts."""
    page = rows[:limit]
    return page, Position(page[-1][0], page[-1][1]) if len(rows) > limit else None


_activity = msgspec.json.Decoder(Activity)
_record = msgspec.json.Decoder(Record)
_token = msgspec.json.Decoder(Token)
_user = msgspec.json.Decoder(User)


def _create_account(name: str, now: int) -> Steps[Account]:
    yield Call(ONE_AT_A_TIME, [()])
    rows = yield Call(statements.ACCOUNTS, [()])
    if any(row[1] == name for row in rows):
        raise Conflict(f"There is an account named {name!r} already.")
    id_ = 1 + max((row[0] for row in rows), default=0)
    account = Account(id=id_, name=name, created_at=now)
    settings = msgspec.json.encode(account.settings).decode()
    ids = msgspec.json.encode({"type": FIRST_CUSTOM_ID - 1}).decode()
    yield Call(statements.PUT_ACCOUNT, [(id_, name, token_bytes(32), settings, now)], many=True)
    yield Call(statements.PUT_COUNTER, [(id_, 0, now, 0, ids)], many=True)
    types = [(id_, type_.id, type_.key, encode(type_)) for type_ in BUILT_IN]
    yield Call(statements.PUT["types"], types, many=True)
    return account


def _many(statement: Statement, rows: Sequence[tuple[Any, ...]]) -> Steps[None]:
    if rows:
        yield Call(statement, rows, many=True)
