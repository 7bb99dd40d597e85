"""Everything that can go wrong, in the domain's words; nobody below a dialect knows HTTP.

Each class says what it means to the caller. A dialect's ``envelope`` turns it into that vendor's error.
"""

from collections.abc import Callable
from typing import Literal, TypeVar

from msgspec import Struct, UnsetType

T = TypeVar("T")
ProblemKind = Literal["value", "type", "missing", "unknown", "short", "long", "few", "many", "small", "large"]


class Problem(Struct, frozen=True):
    """One thing wrong with the input: the field in the caller's own words, and what to do about it.

    ``field`` is a path such as ``participants[0].person_id``, or empty when the whole input is meant.
    ``kind`` lets a dialect choose its vendor's wording: ``unknown`` is a field nobody asked for. A text may be too
    ``short`` or ``long``, a list have too ``few`` or ``many`` entries, a number be too ``small`` or ``large``.
    """

    field: str
    message: str
    kind: ProblemKind = "value"


class DaylineError(Exception):
    """The root of all errors that Dayline raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DaylineError):
    """The input breaks a rule; ``problems`` name each field. Nothing was written."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.field}: {p.message}" if p.field else p.message for p in problems))
        self.problems = problems


class Unauthenticated(DaylineError):
    """The credential is missing, unknown, expired or revoked."""


class Forbidden(DaylineError):
    """The caller is known and may not do this."""


class NotFound(DaylineError):
    """No such thing for this caller: absent, in another account, or hidden from him alike."""


class Gone(DaylineError):
    """What was asked for was there once, and is not kept any more."""


class Conflict(DaylineError):
    """The write clashes with what is stored, such as an identity that is already taken.

    ``retry_after`` is in whole seconds, where the clash ends by itself.
    """

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Stale(DaylineError):
    """The write was meant for a revision that is no longer the stored one."""


class KeyReused(DaylineError):
    """An idempotency key came again with another request."""


class TooManyAttempts(DaylineError):
    """Nothing was tried, because too many attempts before have failed; ``retry_after`` is in whole seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DaylineError):
    """The database cannot do it now; nothing was written, and trying again later may work.

    ``retry_after`` is in whole seconds. ``full`` tells that the disk has no room.
    """

    def __init__(self, message: str, *, retry_after: int = 5, full: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.full = full


def invalid(field: str, message: str, kind: ProblemKind = "value") -> Invalid:
    """Build the error for a single field."""
    return Invalid(Problem(field, message, kind))


def parsed(text: str | None | UnsetType, field: str, parse: Callable[[str], T], message: str) -> T | None | UnsetType:
    """Read what a caller wrote, where he wrote something. Raises Invalid with this message where ``parse`` cannot."""
    if text is None or isinstance(text, UnsetType):
        return text
    try:
        return parse(text)
    except ValueError:
        raise invalid(field, message) from None
