"""The only way out: one request to another server, within bounds, to a public address, or a plain account of why not.

It must never follow a redirect, send a write twice, or tell anybody a query, a credential or a body.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from random import uniform
from typing import TYPE_CHECKING, Final, TypeGuard
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from dayline import tracing
from dayline.kit.addresses import Allowed, NotAllowed
from dayline.kit.breaker import Breakers
from dayline.kit.outbound import Bounds, Got, NotSent, Request, Streamed, Torn
from dayline.kit.pace import Paces

if TYPE_CHECKING:
    import ssl

    from dayline.kit.dialing import Head, Progress, Resolve, Wires

TRIES: Final = 3  # of a read, where the request has no pauses of its own
_FIRST_PAUSE: Final = 0.2  # seconds, twice as long each time
_NOBODY: Final = frozenset({502, 503, 504})  # nobody is there: for the breaker as bad as no answer
_LATER: Final = _NOBODY | {429}


class _Share(Struct):
    """The requests of one key that are under way or wait for it."""

    room: asyncio.Semaphore
    users: int = 0


class Client:
    """Sends requests. Made on the event loop's thread, and used from there only."""

    def __init__(
        self,
        allowed: Allowed,
        *,
        bounds: Bounds,
        paced: bool = True,
        breaks: bool = True,
        resolve: "Resolve | None" = None,
        tls: "ssl.SSLContext | None" = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """``paced`` and ``breaks`` switch pace and breaker; ``resolve`` looks names up, where it is not the system.

        ``sleep`` waits for so many seconds between two tries.
        """
        self._allowed, self._bounds, self._resolve, self._tls = allowed, bounds, resolve, tls
        self._sleep = sleep
        self._paces = Paces() if paced else None
        self._breakers = Breakers() if breaks else None
        self._shares: dict[str, _Share] = {}
        self._wires: Wires | None = None
        self._loading = asyncio.Lock()

    async def send(self, request: Request) -> Got:
        """Send a request and take its whole answer, whatever its status. Raises NotSent and Torn.

        A read is sent again where that may help, as long as there is time.
        """
        ends = asyncio.get_running_loop().time() + self._bounds.seconds
        for tried in count(1):
            try:
                got = await self._whole(request, ends)
            except (NotSent, Torn) as error:
                pause = _own_pause(tried)
                if not (request.again and error.again and _in_time(pause, ends)):
                    raise
            else:
                pause = _pause_after(got, request, tried)
                if not (request.again and got.status in _LATER and _in_time(pause, ends)):
                    return got
            await self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _whole(self, request: Request, ends: float) -> Got:
        async with self._exchange(request, ends, self._bounds.body) as begun:
            body = b"".join([part async for part in begun.parts])
        return Got(status=begun.status, headers=begun.headers, media_type=begun.media_type, body=body, url=begun.url)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Streamed]:
        """Send a request, once, and give its answer in parts as they come. Raises NotSent and Torn.

        Deadline and ceiling are those of streams.
        """
        ends = asyncio.get_running_loop().time() + self._bounds.streaming
        async with self._exchange(request, ends, self._bounds.streamed, tells_early=True) as begun:
            yield begun

    @property
    def left_alone(self) -> int:
        """How many keys the breaker leaves alone now."""
        return 0 if self._breakers is None else self._breakers.open()

    async def close(self) -> None:
        """End every connection."""
        if self._wires is not None:
            await self._wires.close()

    @asynccontextmanager
    async def _exchange(
        self, request: Request, ends: float, ceiling: int, *, tells_early: bool = False
    ) -> AsyncIterator[Streamed]:
        """One exchange, in its turn and within its time; the breaker is told how it went, at the end or by its head."""
        try:
            url = self._allowed.check_url(request.url)
        except NotAllowed as error:
            raise NotSent(error.message) from None
        await self._turn(request, ends)
        alive: bool | None = None
        told = False
        try:
            wires = await self._opened()
            async with (
                self._within(request.key, url, ends) as progress,
                wires.exchange(request.method, url, _traced(request), request.body, progress, ceiling) as head,
            ):
                _refuse_redirect(head)
                alive = head.status not in _NOBODY
                if tells_early:  # a stream may take long, and others may be waiting for how it goes
                    self._tell(request.key, alive)
                    told = True
                yield _begun(head, url)
        except (NotSent, Torn) as error:
            # What we refuse ourselves, a target or an answer that has come, tells nothing.
            alive = False if error.again else None
            raise
        finally:
            if not told:
                self._tell(request.key, alive)

    @asynccontextmanager
    async def _within(self, key: str, url: SplitResult, ends: float) -> AsyncIterator["Progress"]:
        """A share of the connections until the time is over; says every failure in our words."""
        from dayline.kit import dialing  # noqa: PLC0415 - with the first call, see there

        progress = dialing.Progress()
        try:
            async with asyncio.timeout_at(ends), self._share(key):
                yield progress
        except NotAllowed as error:
            raise NotSent(error.message) from None
        except dialing.CANNOT_CONNECT as error:
            raise NotSent(f"No connection to {url.hostname} could be made.", again=True) from error
        except dialing.Broken as error:
            raise Torn(f"{error}.", again=False, too_long=isinstance(error, dialing.TooLong)) from None
        except TimeoutError as error:
            if progress.sent:
                raise Torn(f"{url.hostname} did not answer in time.", status=504) from error
            raise NotSent(f"There was no connection to {url.hostname} in time.", status=504) from error
        except dialing.TORN as error:
            raise Torn(f"The connection to {url.hostname} ended before its answer was whole.") from error

    @asynccontextmanager
    async def _share(self, key: str) -> AsyncIterator[None]:
        """One of the requests that a key may have under way, so that a slow server does not take all connections."""
        share = self._shares.setdefault(key, _Share(asyncio.Semaphore(self._bounds.each)))
        share.users += 1
        try:
            async with share.room:
                yield
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[key]

    async def _turn(self, request: Request, ends: float) -> None:
        """Wait for the turn that pace and breaker give. Raises NotSent."""
        if self._paces is not None and request.pace is not None:
            left = ends - asyncio.get_running_loop().time()
            wait = self._paces.take(request.key, *request.pace, patience=left / 2)
            if wait > left / 2:
                message = "This is more often than the other system allows."
                raise NotSent(message, status=429, retry_after=_whole_seconds(wait))
            if wait > 0:
                await asyncio.sleep(wait)
        rest = 0.0 if self._breakers is None else self._breakers.wait(request.key)
        if rest > 0:
            message = "The other system has failed several times in a row, and is left alone for a while."
            raise NotSent(message, status=503, retry_after=_whole_seconds(rest))

    def _tell(self, key: str, alive: bool | None) -> None:
        if self._breakers is None:
            return
        if alive is None:
            self._breakers.left(key)
        elif alive:
            self._breakers.well(key)
        else:
            self._breakers.failed(key)

    async def _opened(self) -> "Wires":
        """The connections. What they are made of takes a tenth of a second to load: nobody else waits for that."""
        async with self._loading:
            if self._wires is None:
                tls = await asyncio.to_thread(_loaded, self._tls)
                from dayline.kit.dialing import Dialer, Wires  # noqa: PLC0415 - with the first call, see there

                dialer = Dialer(self._allowed, self._resolve, self._bounds.connecting)
                self._wires = Wires(dialer, self._bounds.connections, tls)
        return self._wires


def _loaded(tls: "ssl.SSLContext | None") -> "ssl.SSLContext":
    from dayline.kit.dialing import trusted  # noqa: PLC0415 - as above

    return tls or trusted()


def _begun(head: "Head", url: SplitResult) -> Streamed:
    media_type = head.header("content-type").partition(";")[0].strip().lower()
    return Streamed(
        status=head.status,
        headers=head.headers,
        media_type=media_type,
        parts=head.parts,
        url=_without_query(url),
    )


def _traced(request: Request) -> tuple[tuple[str, str], ...]:
    """Its headers, and what it is a part of, where somebody wants to see that."""
    carried = tracing.carried()
    return (*request.headers, (tracing.HEADER, carried)) if carried else request.headers


def _refuse_redirect(head: "Head") -> None:
    """What answers with a redirect has not said what it did. Raises Torn, naming where to."""
    if 300 <= head.status < 400 or head.status < 200:
        try:
            to = _without_query(urlsplit(head.header("location")))
        except ValueError:
            to = "what is no URL"
        where = f" to {to[:200]}" if to else ""
        raise Torn(f"The answer was a redirect ({head.status}){where}, which is not followed.", again=False)


def _without_query(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}" if url.netloc else url.path


def _pause_after(got: Got, request: Request, tried: int) -> float | None:
    """The seconds to wait before a request is sent again to whom cannot take it now; None to leave it."""
    asked = _asked_pause(got)
    if got.status == 429 and asked is None and request.pauses:
        return _spread(request.pauses[tried - 1], 1, 1.5) if tried <= len(request.pauses) else None
    own = _own_pause(tried)
    return None if own is None else max(own, asked or 0.0)


def _own_pause(tried: int) -> float | None:
    """Where nobody says how long: twice as long each time."""
    return _spread(_FIRST_PAUSE * 2 ** (tried - 1), 0.5, 1.5) if tried < TRIES else None


def _spread(pause: float, least: float, most: float) -> float:
    """A little more or less of it, so that callers do not come back together."""
    return pause * uniform(least, most)  # noqa: S311 - it only spreads callers


def _asked_pause(got: Got) -> float | None:
    """The seconds that an answer asks to wait; of a date it is not worth finding out."""
    asked = next((value for name, value in got.headers if name == "retry-after"), "")
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None


def _in_time(pause: float | None, ends: float) -> TypeGuard[float]:
    return pause is not None and asyncio.get_running_loop().time() + pause < ends - 1


def _whole_seconds(wait: float) -> int:
    return int(wait) + 1


__all__ = ["Bounds", "Client", "Got", "NotSent", "Request", "Streamed", "Torn"]
