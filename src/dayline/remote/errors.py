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
    request with the same key. ``retry_after`` is in whole seconds.
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
    ) -> None:
        super().__init__(message)
        self.kind, self.status, self.refusal, self.answer = kind, status, refusal, answer
        self.retry_after = retry_after if retry_after is not None or refusal is None else refusal.retry_after
        self.replayed = replayed


class NotSupported(DaylineError):
    """The other system has no such method, or this server does not know it."""
