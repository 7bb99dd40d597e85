"""In whose words a webhook is told: what a dialect must be able to do for it."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from dayline.domain.record import made_at
from dayline.domain.told import Told
from dayline.domain.webhook import Webhook
from dayline.service import Service


class Sending(Struct, frozen=True, kw_only=True):
    """One thing to be sent, once. ``attempt`` counts from 1, ``now`` is in ms UTC, ``secrets`` are by name.

    ``told`` is None for a test. ``id`` is the event's, the same in each attempt and each replay.
    """

    webhook: Webhook
    id: str
    told: Told | None
    attempt: int
    now: int
    account_id: int
    secrets: Mapping[str, str]

    @property
    def at(self) -> int:
        """When it happened or, of a test, was asked for, in ms UTC: the same in each attempt and each replay."""
        if self.told is not None:
            return self.told.at
        try:
            return made_at(self.id) if UUID(self.id).version == 7 else self.now
        except ValueError:
            return self.now


class Outgoing(Struct, frozen=True, kw_only=True):
    """What goes out. ``hidden`` are the headers that no log may show."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    hidden: tuple[tuple[str, str], ...] = ()


class Face(Protocol):
    """A dialect, as far as it tells."""

    @property
    def name(self) -> str:
        """What webhooks call it."""

    def event(self, webhook: Webhook, told: Told) -> str | None:
        """What the dialect calls this event, or None where the webhook is not to be told of it."""

    async def render(self, service: Service, sending: Sending) -> Outgoing:
        """Make what is sent. Whatever it raises counts as an attempt that failed."""
