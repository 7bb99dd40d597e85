"""A connection with bounds: a request's head may be only so long and take only so long, and answers must be taken.

It must never wait without end for somebody who has not said who he is, or who takes nothing of what he is sent. The
body has bounds of its own, in ``wire``.
"""

import asyncio
import socket
import sys
from typing import Final

from dayline.counting import CONNECTIONS
from dayline.kit.presence import ARRIVED, LINE, Line
from dayline.kit.server import HttpToolsProtocol

_ACKNOWLEDGED: Final = slice(120, 128)  # tcpi_bytes_acked in Linux' struct tcp_info, since 4.1
_TITLES: Final = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, which alone would keep any head in memory, for as long as it takes."""

    head_limit = 64 << 10  # bytes of a request line with its headers
    head_seconds = 15.0
    rest_seconds = 30.0  # in which the rest of a body may come that was answered before its end
    taken_seconds = 30.0  # between two looks: in which a client must take some of what it was sent
    stop_seconds = 3.0  # the same, once the server stops

    _in_head = False
    _head: asyncio.TimerHandle | None = None  # ends the connection while a head is under way
    _head_bytes = 0
    _whole = True  # nothing of a body is outstanding
    _ends = 0.0  # on the loop's clock, while nothing is under way
    _taking: asyncio.TimerHandle | None = None  # looks whether what was sent is taken, while anything is under way
    _taken: int | None = None  # how much was at the last look, where more was waiting

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        CONNECTIONS.value += 1
        self._line = Line(transport.abort)
        self._begin_head()
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        self._end_taking()
        CONNECTIONS.value -= 1
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head:  # most come whole, and need no clock
            self._watch_head()
        elif self.cycle is not None and self.cycle.response_complete:
            self._watch_rest()

    def shutdown(self) -> None:
        """What waits for something to happen is told that it need not: everything else is finished first."""
        super().shutdown()
        self._line.stop()
        self._end_taking()
        self._look_at_taking()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._taking is None:
            self._watch_taking()
        self.scope["extensions"] = {LINE: self._line}  # type: ignore[dict-item]
        self._begin_head()
        self._whole = False

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.scope["extensions"][ARRIVED] = {}
        self._whole = True
        self._ends = self.loop.time() + self.timeout_keep_alive

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._ends = self.loop.time() + (self.timeout_keep_alive if self._whole else self.rest_seconds)

    def send_400_response(self, msg: str) -> None:
        """What cannot be parsed belongs to no dialect yet: it is answered with a problem document."""
        self._refuse(400, msg)

    def _begin_head(self) -> None:
        self._end_head()
        self._in_head, self._head_bytes = True, 0

    def _watch_head(self) -> None:
        if self._head_bytes > self.head_limit:
            self._refuse(431, "the request line and headers are too long")
        elif self._head is None:
            late = "the request did not arrive in time"
            self._head = self.loop.call_later(self.head_seconds, self._refuse, 408, late)

    def _watch_rest(self) -> None:
        """What comes while nothing is under way, empty lines or the rest of a body, puts off the end only so far."""
        if self.timeout_keep_alive_task is None and not self.transport.is_closing():
            ends = min(self.loop.time() + self.timeout_keep_alive, self._ends)
            self.timeout_keep_alive_task = self.loop.call_at(ends, self.timeout_keep_alive_handler)

    def _watch_taking(self) -> None:
        seconds = self.stop_seconds if self._line.stopping else self.taken_seconds
        self._taking = self.loop.call_later(seconds, self._look_at_taking)

    def _look_at_taking(self) -> None:
        """What was sent and is not taken stays with us, and its connection too, even when that was closed."""
        self._taking = None
        waiting = self.transport.get_write_buffer_size() > 0
        taken = _taken(self.transport) if waiting else None
        if waiting and taken == self._taken:
            self.transport.abort()
            return
        self._taken = taken
        if waiting or not (self.cycle is None or self.cycle.response_complete):
            self._watch_taking()

    def _end_taking(self) -> None:
        self._taken = None
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _end_head(self) -> None:
        self._in_head = False
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _refuse(self, status: int, detail: str) -> None:
        self._end_head()
        if self.transport.is_closing():
            return
        title = _TITLES[status]
        body = f'{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}"}}'.encode()
        head = f"HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()


def _taken(transport: asyncio.Transport) -> int:
    """Something that changes when the client takes some of what it was sent: on Linux, how much it has acknowledged.

    What the system keeps to be sent says it late, since it takes more from us only when a good part of that has gone.
    """
    line = transport.get_extra_info("socket")
    try:
        with socket.fromfd(line.fileno(), line.family, line.type) as same:
            told = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.stop)
    except (AttributeError, OSError):  # another system, or no TCP
        return transport.get_write_buffer_size()
    return int.from_bytes(told[_ACKNOWLEDGED], sys.byteorder)
