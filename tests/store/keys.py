"""Idempotency keys and the answers that are kept under them, as plain as they can be."""

from msgspec import Struct


class Sent(Struct, frozen=True):
    """A finished answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Key(Struct, frozen=True):
    """An idempotency key."""

    key: str
    fingerprint: str = "the same request"

    def replay(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Sent:
        """Give the stored answer again, marked as a repetition."""
        return Sent(status, (("replayed", "yes"), *headers), body)


def sent(_: object) -> Sent:
    """The answer to anything."""
    return Sent(200, (), b"done")
