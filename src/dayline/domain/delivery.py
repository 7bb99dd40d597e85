"""What was sent to a webhook and what came back, as it is logged. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

Outcome: TypeAlias = Literal["delivered", "failed", "given up"]
LONGEST_ANSWER = 4_096  # characters that are kept of what came back
TEST = "test"  # the event of one that was asked for to see whether it arrives


class Delivery(Struct, frozen=True, kw_only=True):
    """One attempt. ``at`` is when it began, in ms UTC, and ``ms`` how long it took; ``attempt`` counts from 1.

    ``status`` is the receiver's, None where there was no answer; ``error`` what went wrong, in words. ``event_id`` is
    the same for each attempt and each replay. Header lines are ``name: value``, and tell no credential.
    """

    id: str
    at: int
    webhook_id: int
    event_id: str
    event: str
    entity: str
    entity_id: int
    sequence: int
    attempt: int
    outcome: Outcome
    status: int | None
    ms: int
    error: str
    url: str
    request_headers: str
    request_body: str
    response_headers: str
    response_body: str


class DeliveryFilter(Struct, frozen=True, kw_only=True):
    """Which deliveries; what is None does not matter. Instants in ms UTC, from ``since`` on and before ``until``."""

    webhook_id: int | None = None
    event_id: str | None = None
    outcome: Outcome | None = None
    since: int | None = None
    until: int | None = None
