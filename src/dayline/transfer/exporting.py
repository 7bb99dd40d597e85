"""Activities out of an account, page by page, as lines of JSON or rows of a table. It must never hold them all."""

import csv
import io
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from dayline.domain.activity import Activity
from dayline.domain.filter import Filter, Query
from dayline.domain.identity import Principal, User
from dayline.domain.record import Record
from dayline.domain.types import ActivityType
from dayline.native.activities.table import COLUMNS, cells_of
from dayline.service import Service
from dayline.service.settling import Person
from dayline.transfer.told import Told

PAGE: Final = 500


class Piece(Struct, frozen=True):
    """Some of the file, and how many activities are in it."""

    count: int
    content: bytes


Pieces: TypeAlias = AsyncIterator[Piece]


async def as_lines(service: Service, who: Principal) -> Pieces:
    """All activities by id, the deleted ones too, each after the users, custom types and records that it mentions."""
    with closing(_Once()) as once:
        people, kinds = _People(service, who), _Types(service, who)
        async for page in _pages(service, who, Filter(whatever_state=True)):
            directory = await service.activities.whole_directory(who, page)
            records = [found for _, found in sorted(directory.records.items()) if once.take(found.kind, found.id)]
            users = [user for user in await people.of(page, records) if once.take("user", user.id)]
            types = [type_ for type_ in await kinds.of(page) if once.take("type", type_.id)]
            yield Piece(len(page), b"".join(_lines(users, types, records, page)))


async def as_table(service: Service, who: Principal) -> Pieces:
    """The living activities by id, after a header."""
    yield Piece(0, _rows([COLUMNS]))
    people = _People(service, who)
    async for page in _pages(service, who, Filter()):
        users = {user.id: user for user in await people.of(page, ())}
        yield Piece(len(page), _rows(cells_of(activity, users) for activity in page))


async def _pages(service: Service, who: Principal, wanted: Filter) -> AsyncIterator[Sequence[Activity]]:
    query = Query(filter=wanted, limit=PAGE)
    while True:
        page = await service.activities.list(who, query)
        yield page.items
        if page.cursor is None:
            return
        query = msgspec.structs.replace(query, cursor=page.cursor)


def _lines(
    users: Iterable[User], types: Iterable[ActivityType], records: Iterable[Record], activities: Iterable[Activity]
) -> Iterator[bytes]:
    yield from (_line(Told(user=Person(id=one.id, email=one.email, name=one.name))) for one in users)
    yield from (_line(Told(type=one)) for one in types)
    yield from (_line(Told(record=one)) for one in records)
    yield from (_line(Told(activity=one)) for one in activities)


def _line(told: Told) -> bytes:
    return msgspec.json.encode(told) + b"\n"


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


class _Once:
    """What was told already. On the disk: an account may have more records than memory holds."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a file of SQLite's own that goes when it closes
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE told (kind, id, PRIMARY KEY (kind, id)) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def take(self, kind: str, id_: int) -> bool:
        """Whether this is the first time that it is asked about."""
        return bool(self._database.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (kind, id_)).rowcount)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


class _People:
    """The users of the account, read again when one is mentioned who is not known yet."""

    def __init__(self, service: Service, who: Principal) -> None:
        self._service, self._who = service, who
        self._users: dict[int, User] = {}

    async def of(self, activities: Iterable[Activity], records: Iterable[Record]) -> list[User]:
        """Those whom these mention, by id."""
        ids = {id_ for activity in activities for id_ in (*activity.people(), activity.editor_id)}
        ids |= {record.owner_id for record in records if record.owner_id is not None}
        if not ids <= self._users.keys():
            self._users = {user.id: user for user in await self._service.identities.users(self._who.account_id)}
        return [self._users[id_] for id_ in sorted(ids & self._users.keys())]


class _Types:
    """The account's own activity types, read again when one is mentioned that is not known yet."""

    def __init__(self, service: Service, who: Principal) -> None:
        self._service, self._who = service, who
        self._types: dict[int, ActivityType] = {}

    async def of(self, activities: Iterable[Activity]) -> list[ActivityType]:
        """Those that these have, by id."""
        ids = {activity.type.id for activity in activities}
        if not ids <= self._types.keys():
            self._types = {type_.id: type_ for type_ in await self._service.types.list(self._who)}
        return [self._types[id_] for id_ in sorted(ids & self._types.keys()) if self._types[id_].custom]
