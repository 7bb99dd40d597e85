"""Whether anybody still waits for an answer that takes long: the client may go away, and the server may stop."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import Message, Receive, Scope

LINE: Final = "dayline.line"
ARRIVED: Final = "dayline.arrived"  # among a request's extensions when all of it is here
_GONE: Final[Message] = {"type": "http.disconnect"}


class Line:
    """A connection, as a request on it sees it: it may be told that the server stops, and can be cut."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self.cut = cut
        self.stopping = False
        self.on_stop: Callable[[], None] | None = None

    def stop(self) -> None:
        """Tell the request that is under way."""
        self.stopping = True
        if self.on_stop is not None:
            self.on_stop()


class Presence:
    """``left`` is set once the client has gone, or the server stops: then there is nothing to wait for."""

    stop_seconds = 3.0  # after which the connection is cut, when the server stops and the answer has not ended

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """To be made when the whole request has been read, and closed in the end."""
        self.left = False
        self._receive = receive
        self._then: Callable[[], None] | None = None
        self._cutting: asyncio.TimerHandle | None = None
        self._away = asyncio.Event()
        self._watching = asyncio.create_task(self._watch())
        self._line: Line | None = scope.get("extensions", {}).get(LINE)
        if self._line is not None:
            self._line.on_stop = self._stop
            if self._line.stopping:
                self._stop()

    def then(self, do: Callable[[], None]) -> None:
        """Do this when everybody has left; at once if that is so."""
        self._then = do
        if self.left:
            do()

    async def receive(self) -> Message:
        """What is still to come from the client: nothing but that it goes."""
        await self._away.wait()
        return _GONE

    def close(self) -> None:
        """The answer is over."""
        self._watching.cancel()
        if self._cutting is not None:
            self._cutting.cancel()
        if self._line is not None:
            self._line.on_stop = None

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._away.set()
        self._leave()

    def _stop(self) -> None:
        if self._line is not None and self._cutting is None:
            self._cutting = asyncio.get_running_loop().call_later(self.stop_seconds, self._line.cut)
        self._leave()

    def _leave(self) -> None:
        self.left = True
        if self._then is not None:
            self._then()
