"""What can be asked of a customer's own system: create, list, get, probe, stream. Who may is checked here.

It must never guess: what the vendor did not say is an error that says what happened.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic

import msgspec
import structlog
from msgspec import Struct

from dayline.domain.errors import NotFound, invalid
from dayline.domain.filter import Position, seal, unseal
from dayline.domain.identity import Principal
from dayline.domain.integrated import IntegratedAccount, check_reach
from dayline.kit.client import Client, Streamed
from dayline.remote.attempts import Once, Writing
from dayline.remote.connector import (
    Answer,
    Connection,
    Connector,
    Method,
    NewNote,
    Outbound,
    RemoteActivity,
    RemotePage,
    Wanted,
    secret_names,
)
from dayline.remote.errors import NotSupported, RemoteError
from dayline.remote.line import Asked, Line, Sent
from dayline.remote.listing import Filters, Spot, cut, filtered, matching
from dayline.remote.merging import NONE, Options, merged
from dayline.service import Service

_log = structlog.get_logger("dayline.remote")
MOST_PAGES = 500  # without anything that matches, of one list
LIST_SECONDS = 60.0  # for all of them
WHOLE = "The other system's own pages (raw, stream) cannot be filtered: leave out every filter but candidate_id."


class Outcome(Struct, frozen=True, kw_only=True):
    """An activity of another system. ``ignored`` are fields of a new note that the vendor cannot keep.

    ``replayed`` tells that an earlier request with the same key wrote it.
    """

    account: IntegratedAccount
    activity: RemoteActivity
    answer: Answer
    sent: Sent
    ignored: tuple[str, ...] = ()
    replayed: bool = False


class Listed(Struct, frozen=True, kw_only=True):
    """A page; it is empty only at the end. ``answer`` and ``sent`` are of the last call that it took."""

    account: IntegratedAccount
    items: tuple[RemoteActivity, ...]
    next_cursor: str | None
    answer: Answer
    sent: Sent


class Remote:
    """The verbs on other systems. Every method raises RemoteError, NotFound, Forbidden and Unavailable."""

    def __init__(
        self, service: Service, connectors: Mapping[str, Connector], client: Client, *, settle_seconds: float = 5.0
    ) -> None:
        """``settle_seconds`` is how long a note may take to appear at a vendor after its answer was lost."""
        self.connectors, self.client = connectors, client
        self._service, self._settle_ms = service, round(settle_seconds * 1000)

    async def create(
        self,
        who: Principal,
        id_: str,
        note: NewNote,
        options: Options = NONE,
        once: Once | None = None,
        *,
        force: bool = False,
    ) -> Outcome:
        """Write a note, at most once under a key. Raises Invalid, KeyReused and Conflict, too.

        ``force`` sends again what an earlier request may have written.
        """
        line = await self._open(who, id_, "create")
        writing = Writing(line, self._service.attempts, note, options, once, self._settle_ms)
        written = await writing.write(who, force=force)
        return Outcome(
            account=line.account,
            activity=written.activity,
            answer=written.answer,
            sent=line.sent(writing.outbound),
            ignored=(*line.connector.ignored(note), *_unheeded(note, written.activity)),
            replayed=written.replayed,
        )

    async def list(
        self, who: Principal, id_: str, filters: Filters, options: Options = NONE, *, whole: bool = False
    ) -> Listed:
        """One page of a candidate's activities. Raises Invalid, also for a cursor that is not of this list.

        What the vendor cannot filter is filtered here, so a page may be shorter than ``limit``. A ``whole`` page is one
        of the vendor's, as long as it has made it: for whoever is given the vendor's answer itself.
        """
        if whole and filtered(filters):
            raise invalid("", WHOLE)
        line = await self._open(who, id_, "list")
        scope = msgspec.json.encode(("remote", id_, filters.scope, options.remote_query))
        spot = Spot() if filters.cursor is None else _unsealed(filters.cursor, who, scope)
        ends, seen = monotonic() + LIST_SECONDS, {spot.cursor}
        for _ in range(MOST_PAGES):
            wanted = Wanted(
                candidate_id=filters.candidate_id,
                limit=None if filtered(filters) else filters.limit,
                cursor=spot.cursor,
            )
            outbound, answer, page = await self._page(line, wanted, options)
            if page.cursor is not None and page.cursor == spot.cursor:
                raise _loop(answer)
            items, after = cut(matching(page.items, filters), spot, page.cursor, None if whole else filters.limit)
            if items or after is None:
                next_cursor = None if after is None else _sealed(after, who, scope)
                sent = line.sent(outbound)
                return Listed(account=line.account, items=items, next_cursor=next_cursor, answer=answer, sent=sent)
            if after.cursor in seen:
                raise _loop(answer)
            if monotonic() > ends:
                break
            seen.add(after.cursor)
            spot = after
        raise RemoteError("unreachable", 504, "Nothing that matches was found in time: ask for fewer days.")

    async def get(
        self, who: Principal, id_: str, activity_id: str, candidate_id: str | None, options: Options = NONE
    ) -> Outcome:
        """One activity. Raises NotSupported where the vendor shows none by itself, and Invalid."""
        line = await self._open(who, id_, "get")
        outbound = merged(line.connector.get(line.connection, candidate_id, activity_id), options)
        asked = Asked(
            operation="get",
            outbound=outbound,
            values={"candidate_id": candidate_id, "id": activity_id},
            request_id=options.request_id,
        )
        answer, activity = await line.ask(asked, lambda answer: line.connector.got(answer, candidate_id), lambda _: 1)
        return Outcome(account=line.account, activity=activity, answer=answer, sent=line.sent(outbound))

    async def probe(self, account_id: int, id_: str) -> None:
        """See whether an integrated account's credential is good; notes how it stands."""
        line = await self._line(account_id, id_)
        await line.ask(Asked(operation="probe", outbound=line.connector.probe(line.connection)), lambda _: None)

    def stream_list(
        self, who: Principal, id_: str, filters: Filters, options: Options = NONE
    ) -> AbstractAsyncContextManager[Streamed]:
        """One page as the vendor gives it, in parts and unread. Raises Invalid for a filter but the candidate."""

        if filtered(filters):
            raise invalid("", WHOLE)

        def ask(line: Line) -> Outbound:
            # What is streamed is unread, so its caller has the vendor's own cursor and none of ours.
            cursor = None if filters.cursor is None else line.connector.read_cursor(filters.cursor)
            wanted = Wanted(candidate_id=filters.candidate_id, limit=filters.limit, cursor=cursor)
            return merged(line.connector.list(line.connection, wanted), options)

        return self._stream(who, id_, "list", ask, {"candidate_id": filters.candidate_id}, options)

    def stream_get(
        self, who: Principal, id_: str, activity_id: str, candidate_id: str | None, options: Options = NONE
    ) -> AbstractAsyncContextManager[Streamed]:
        """One activity as the vendor gives it, in parts and unread."""

        def ask(line: Line) -> Outbound:
            return merged(line.connector.get(line.connection, candidate_id, activity_id), options)

        return self._stream(who, id_, "get", ask, {"candidate_id": candidate_id, "id": activity_id}, options)

    @asynccontextmanager
    async def _stream(
        self,
        who: Principal,
        id_: str,
        method: Method,
        ask: Callable[[Line], Outbound],
        values: Mapping[str, str | None],
        options: Options,
    ) -> AsyncIterator[Streamed]:
        line = await self._open(who, id_, method)
        asked = Asked(operation=method, outbound=ask(line), values=values, request_id=options.request_id)
        async with line.stream(asked) as streamed:
            yield streamed

    async def _page(self, line: Line, wanted: Wanted, options: Options) -> tuple[Outbound, Answer, RemotePage]:
        outbound = merged(line.connector.list(line.connection, wanted), options)
        asked = Asked(
            operation="list",
            outbound=outbound,
            values={"candidate_id": wanted.candidate_id},
            request_id=options.request_id,
        )
        answer, page = await line.ask(
            asked, lambda answer: line.connector.listed(answer, wanted), lambda page: len(page.items)
        )
        return outbound, answer, page

    async def _open(self, who: Principal, id_: str, method: Method) -> Line:
        check_reach(who, id_)
        line = await self._line(who.account_id, id_)
        if method not in line.connector.methods:
            raise NotSupported(f"{line.connector.label} has no such call: {method}.")
        return line

    async def _line(self, account_id: int, id_: str) -> Line:
        account, opened = await self._service.integrated.open(account_id, id_)
        connector = self.connectors.get(account.integration)
        if connector is None:
            raise NotFound(f"There is no connector named {account.integration}.")
        base_url, known = account.base_url or connector.base_url, {**account.context, **opened}
        # What nobody asks for is not sent: to cut it out of answers would spoil the vendor's own words.
        return Line(
            service=self._service,
            client=self.client,
            connector=connector,
            connection=Connection(account.id, base_url, _named(known, {ask.name for ask in connector.asks})),
            account_id=account_id,
            account=account,
            secrets=_named(known, secret_names(connector)),
        )


def _named(entries: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in entries.items() if name in names}


def _unheeded(note: NewNote, written: RemoteActivity) -> tuple[str, ...]:
    """Name the visibility where the vendor says that it has published what was asked not to be public."""
    if note.visibility in (None, "public") or written.visibility != "public":
        return ()
    _log.warning("published against the request", id=written.id)
    return ("visibility",)


def _loop(answer: Answer) -> RemoteError:
    return RemoteError("unreadable", 502, "The list leads to itself again.", answer=answer)


def _sealed(spot: Spot, who: Principal, scope: bytes) -> str:
    return seal(Position(msgspec.json.encode(spot).decode(), 0), who.account_id, who.secret, scope)


def _unsealed(cursor: str, who: Principal, scope: bytes) -> Spot:
    return msgspec.json.decode(str(unseal(cursor, who.account_id, who.secret, scope).value), type=Spot)


__all__ = ["Filters", "Listed", "Options", "Outcome", "Remote", "RemoteError"]
