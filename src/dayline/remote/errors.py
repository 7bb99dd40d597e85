"""What can go wrong with a call to another system, so that a dialect can tell it in its own words."""

from typing import Literal

from dayline.domain.errors import DaylineError
from dayline.remote.connector import Answer, Refusal

Kind = Literal[
    "refused",  # the other system said no
    "unreachable",  # nothing was done: not sent, or a read without an answer
    "unknown",  # a write that may or may not have been done
    "unreadable",  # the answer says success, and cannot be read
]


class RemoteError(DaylineError):
    """A call to another system did not end well. ``status`` is what our caller gets.

    ``refusal`` and ``answer`` are there when the other system answered; ``replayed`` tells that it did so to an earlier
    request with the same key. ``retry_after`` is in whole seconds. ``too_long`` tells that the answer is longer than
    what is taken, so that asking for less may help.
    """

    def __init__(
        self,
        kind: Kind,
        status: int,
        message: str,
        *,
        refusal: Refusal | None = None,
        answer: Answer | None = None,
        retry_after: int | None = None,
        replayed: bool = False,
        too_long: bool = False,
    ) -> None:
        super().__init__(f"{kind}, {status}")  # the other system's words are for the caller, and for no log
        self.message = message
        self.kind, self.status, self.refusal, self.answer = kind, status, refusal, answer
        self.retry_after = retry_after if retry_after is not None or refusal is None else refusal.retry_after
        self.replayed, self.too_long = replayed, too_long


class NotSupported(DaylineError):
    """The other system has no such method, or this server does not know it."""
