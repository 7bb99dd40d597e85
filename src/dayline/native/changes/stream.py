"""The change log as server-sent events. A reader who takes nothing is not read for, and his rights are looked at anew.

It must never send on what somebody may not see any more, nor end without the cursor from which to go on.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Final

import structlog

from dayline.domain.errors import DaylineError
from dayline.domain.identity import Principal
from dayline.domain.told import Logged, Told
from dayline.kit.presence import Presence
from dayline.native.answers import Asked, encode
from dayline.native.changes import mapping, schema
from dayline.service.changes import Wants, seen_by
from dayline.service.watching import NOTHING, Piece, Reader

HEARTBEAT_SECONDS: Final = 15.0  # of silence, after which a comment is sent
RIGHTS_SECONDS: Final = 2.0  # after which a caller's rights are looked at anew
PART_BYTES: Final = 64 << 10  # after which it waits for the reader
FRESH_SECONDS: Final = 2.0  # after which what was read is read anew: he may not see any more what was in it
RETRY_MS: Final = 2_000  # after which a reader who has lost the stream comes again

_log = structlog.get_logger("dayline.changes")


class Stream:
    """One reader's stream."""

    def __init__(self, call: Asked[schema.StreamQuery, None], presence: Presence, after: int, wants: Wants) -> None:
        self._call, self._presence, self._wants = call, presence, wants
        self._who: Principal = call.who
        self._after = after
        self._clock = asyncio.get_running_loop().time
        self._known = self._sent = self._clock()

    async def parts(self) -> AsyncGenerator[bytes]:
        """What is to be sent, for as long as the reader is there."""
        with self._call.service.changes.reader(self._who, self._after) as reader:
            self._presence.then(reader.wake)
            yield b'retry: %d\nid: %d\nevent: ready\ndata: {"next":%d}\n\n' % (RETRY_MS, self._after, self._after)
            try:
                while (piece := await self._next(reader)) is not None:
                    rest, begun = deque(piece.changes), self._clock()
                    while rest or self._silent():
                        part = await self._part(rest, piece)
                        if part:
                            yield part
                            self._sent = self._clock()
                        if self._clock() - begun >= FRESH_SECONDS:
                            break
            except DaylineError as error:  # he is told when he comes again
                _log.info("stream ended", account=self._who.account_id, reason=type(error).__name__)

    def _silent(self) -> bool:
        return self._clock() - self._sent >= HEARTBEAT_SECONDS

    async def _next(self, reader: Reader) -> Piece | None:
        """Wait a little for what comes; None when nobody is there any more."""
        quiet = HEARTBEAT_SECONDS - (self._clock() - self._sent)
        news = await reader.wait(self._after, max(0.0, min(RIGHTS_SECONDS, quiet)))
        if self._presence.left:
            return None
        piece = await self._call.service.changes.follow(self._who, self._after) if news else NOTHING
        await self._look_anew(now=piece.of_rights)
        return piece

    async def _part(self, rest: deque[Logged], piece: Piece) -> bytes:
        """The next events, as many as may be in memory for a slow reader; if there are none, that he still has us."""
        await self._look_anew()
        hidden = await self._call.service.changes.hidden(self._who, piece)
        part = bytearray()
        while rest and len(part) < PART_BYTES:
            change = rest.popleft()
            told = seen_by(change, self._who, hidden)
            if told is not None and self._wants(told):
                part += _event(told, piece)
            self._after = change.sequence
        if not part and self._silent():
            part += b": still here\nid: %d\n\n" % self._after
        return bytes(part)

    async def _look_anew(self, *, now: bool = False) -> None:
        """See what the reader may do, if that was long ago. Raises Unauthenticated and Forbidden."""
        assert self._call.again is not None
        if now or self._clock() - self._known >= RIGHTS_SECONDS:
            self._who = await self._call.again()
            self._known = self._clock()


def _event(told: Told, piece: Piece) -> bytes:
    """The event; made once for all who see the same."""
    key = (told.sequence, told.action, told.before is None, told.after is None, told.lost)
    made = piece.lines.get(key)
    if made is None:
        shown = mapping.show(told, piece.users)
        made = b"id: %d\nevent: %s\ndata: %s\n\n" % (told.sequence, shown.type.encode(), encode(shown))
        piece.lines[key] = made
    return made
