"""Reading the change log: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

import asyncio
from typing import Final

from dayline.domain.identity import Principal
from dayline.kit.dialect import Failure, Operation, Refused, Reply
from dayline.native.answers import Asked, encode
from dayline.native.changes import mapping, schema
from dayline.native.changes.stream import Stream
from dayline.service.changes import Seen, Wants

EVENTS: Final = "text/event-stream"
_LAST: Final = "Last-Event-ID"
_GONE: Final = Failure(410, "changes after this cursor are not kept any more")
# A proxy that waits for a whole answer would wait for ever.
_UNBUFFERED: Final = (("Cache-Control", "no-store, no-transform"), ("X-Accel-Buffering", "no"))

PageCall = Asked[schema.ChangesQuery, None]
StreamCall = Asked[schema.StreamQuery, None]


async def get_changes(call: PageCall) -> Reply:
    """Get what happened after a cursor; where nothing has, wait for it if that is asked for."""
    wants = mapping.read_types(call.query.types)
    after = await call.service.changes.begin(call.who, mapping.read_since(call.query.since))
    seen = await call.service.changes.read(call.who, after, call.query.limit, wants)
    if call.query.wait and not seen.told and not seen.more:
        seen = await _wait(call, seen, wants)
    shown = [mapping.show(told, piece.users) for told, piece in seen.told]
    return Reply(200, encode(schema.Changes(data=shown, next=seen.next, more=seen.more)))


async def _wait(call: PageCall, seen: Seen, wants: Wants) -> Seen:
    """Look again whenever something was written, until there is something to tell, or it has been long enough."""
    changes, presence, clock = call.service.changes, call.presence, asyncio.get_running_loop().time
    _check_room(call.service.changes.full(call.who))
    assert presence is not None
    assert call.again is not None
    until = clock() + call.query.wait
    with changes.reader(call.who, seen.next) as reader:
        presence.then(reader.wake)
        while not (seen.told or seen.more or presence.left) and (left := until - clock()) > 0:
            if await reader.wait(seen.next, left):
                who: Principal = await call.again()  # he may have lost his right while he waited
                seen = await changes.read(who, seen.next, call.query.limit, wants, shared=True)
    return seen


async def stream_changes(call: StreamCall) -> Reply:
    """Send what happens, as it happens."""
    assert call.presence is not None
    wants = mapping.read_types(call.query.types)
    since = mapping.read_since(_last_id(call) or call.query.since)
    after = await call.service.changes.begin(call.who, since)
    await call.service.changes.check(call.who, after)
    _check_room(call.service.changes.full(call.who))
    parts = Stream(call, call.presence, after, wants).parts()
    return Reply(200, await anext(parts), _UNBUFFERED, EVENTS, stream=parts)


def _last_id(call: StreamCall) -> str | None:
    """Where a reader was when he lost the stream; his library says it, beside the address that he came by at first."""
    last = call.headers.get(_LAST, "")
    return last if last.isascii() and last.isdecimal() and len(last) <= 18 else None


def _check_room(full: str | None) -> None:
    if full == "token":
        message = "too many readers are waiting with this token: end one of them, or ask without waiting"
        raise Refused(Failure(429, message, headers=(("Retry-After", "5"),)))
    if full == "process":
        message = "this server has no room for another reader who waits: ask without waiting, or try again later"
        raise Refused(Failure(503, message, headers=(("Retry-After", "5"),)))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/changes",
        handler=get_changes,
        name="listChanges",
        summary="Get what happened after a cursor",
        detail="In order, whoever did it and through whichever API: what the caller may see of it today, and what left"
        " his sight as deleted. Go on from `next`, and nothing is missed and nothing comes twice. With `wait` it"
        " answers as soon as there is something. Records and users ask for the scope records:read too, integrated"
        " accounts for admin. Once changes after the cursor are not kept any more it is 410: read everything anew"
        " then.",
        scope="activities:read",
        query=schema.ChangesQuery,
        reply=schema.Changes,
        failures=(_GONE,),
        lingers=True,
    ),
    Operation(
        method="GET",
        path="/v1/changes/stream",
        handler=stream_changes,
        name="streamChanges",
        summary="Be sent what happens, as it happens",
        detail="Server-sent events, each with its cursor as the id, its type as the event and the change as JSON; the"
        " first one is `ready`. It goes on from `Last-Event-ID` after a break. Rights count as they are at each moment:"
        " it ends within three seconds of when the caller may not read any more.",
        scope="activities:read",
        query=schema.StreamQuery,
        reply=str,
        sends=(EVENTS,),
        heeds={_LAST: "The id of the last event that came; it goes before `since`."},
        failures=(_GONE,),
        lingers=True,
    ),
)
