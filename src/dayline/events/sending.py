"""Sends one thing to one webhook, and says how it went. It must never follow a redirect, nor log a credential."""

from asyncio import timeout
from contextlib import aclosing
from time import perf_counter
from typing import Final

from msgspec import Struct

from dayline import tracing
from dayline.counting import DELIVERIES, DELIVERY_LAG, DELIVERY_SECONDS
from dayline.domain.delivery import LONGEST_ANSWER, TEST, Delivery
from dayline.domain.record import new_uuid
from dayline.events.face import Outgoing, Sending
from dayline.kit.client import Client, NotSent, Request, Torn

_LONGEST_HEADERS: Final = 8_192  # characters that are kept of what came back
_BODY_SECONDS: Final = 2.0  # for the rest of an answer: what it says is of no weight


class Came(Struct, frozen=True):
    """What came back. ``status`` is None where nothing did; ``asked_ms`` is how long we are asked to wait."""

    status: int | None = None
    error: str = ""
    headers: str = ""
    body: str = ""
    asked_ms: int = 0
    ms: int = 0

    @property
    def well(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


async def send(client: Client, sending: Sending, outgoing: Outgoing) -> Came:
    """Send it once, and take no more of the answer than the log keeps."""
    request = Request(
        method="POST",
        url=sending.webhook.url,
        key=f"{sending.account_id}:{sending.webhook.lane}",
        headers=(*outgoing.headers, *outgoing.hidden),
        body=outgoing.body,
    )
    begun = perf_counter()
    with tracing.span(
        f"deliver {sending.webhook.face}",
        "client",
        dayline__account=sending.account_id,
        dayline__webhook=sending.webhook.uuid,
        dayline__event_id=sending.id,
        dayline__attempt=sending.attempt,
    ) as span:
        came = await _exchanged(client, request)
        span.tell(http__response__status_code=came.status)
        if not came.well:
            span.fail(came.error)
    return Came(came.status, came.error, came.headers, came.body, came.asked_ms, round((perf_counter() - begun) * 1000))


async def _exchanged(client: Client, request: Request) -> Came:
    status, headers, body, asked_ms = None, "", bytearray(), 0
    try:
        async with client.stream(request) as answer:
            status = answer.status
            headers = _plain("\n".join(f"{name}: {value}" for name, value in answer.headers)[:_LONGEST_HEADERS])
            asked_ms = _asked_ms(answer.headers)
            async with timeout(_BODY_SECONDS), aclosing(answer.parts) as parts:
                async for part in parts:
                    body += part[: LONGEST_ANSWER + 1]
                    if len(body) > LONGEST_ANSWER:
                        break
    except (NotSent, Torn) as failure:
        if status is None:
            return Came(error=_plain(failure.message))
        # What it has to say is said with the status, however its answer goes on.
    said = "" if 200 <= status < 300 else f"The receiver answered {status}."
    return Came(status, said, headers, _text(bytes(body)), asked_ms)


def logged(sending: Sending, outgoing: Outgoing, came: Came, event: str, *, given_up: bool) -> Delivery:
    """The line of the log."""
    told = sending.told
    return Delivery(
        id=new_uuid(sending.now),
        at=sending.now,
        webhook_id=sending.webhook.id,
        event_id=sending.id,
        event=TEST if told is None else event,
        entity="" if told is None else told.entity,
        entity_id=0 if told is None else told.entity_id,
        sequence=0 if told is None else told.sequence,
        attempt=sending.attempt,
        outcome="delivered" if came.well else "given up" if given_up else "failed",
        status=came.status,
        ms=came.ms,
        error=came.error,
        url=sending.webhook.url,
        request_headers="\n".join(
            (*(f"{name}: {value}" for name, value in outgoing.headers), *(f"{name}: …" for name, _ in outgoing.hidden))
        ),
        request_body=_text(outgoing.body, len(outgoing.body)),
        response_headers=came.headers,
        response_body=came.body,
    )


def count(face: str, line: Delivery, since: int) -> None:
    """Count an attempt. ``since`` is when what it tells happened, or was to be told again, in ms UTC."""
    DELIVERIES.add((face, line.outcome))
    DELIVERY_SECONDS.of((face,)).add(line.ms / 1000)
    if line.outcome == "delivered":
        DELIVERY_LAG.of((face,)).add(max(0, line.at + line.ms - since) / 1000)


def _asked_ms(headers: tuple[tuple[str, str], ...]) -> int:
    asked = next((value for name, value in headers if name == "retry-after"), "")
    return int(asked) * 1000 if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0


def _text(body: bytes, longest: int = LONGEST_ANSWER) -> str:
    return _plain(body[:longest].decode("utf-8", "replace"))


def _plain(text: str) -> str:
    """A text as both databases can keep it."""
    return text.replace("\x00", "\ufffd")
