"""What is to be done later: a job, when it is tried again, and when that ends. Pure."""

from random import uniform
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

State: TypeAlias = Literal["waiting", "held", "dead"]

SECOND: Final = 1_000
# After each failed try in ms: a day and some in all, as Svix has it.
PAUSES: Final = tuple(
    seconds * SECOND for seconds in (5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600)
)
_SPREAD: Final = 0.2  # so that what failed together is not tried again together
LONGEST_ASKED: Final = 3_600 * SECOND  # that a receiver may ask to be left alone for
LONGEST_ERROR: Final = 500  # characters


class Job(Struct, frozen=True, kw_only=True):
    """Something to be done. Instants in ms UTC.

    ``lane`` is what jobs wait for each other in; ``tries`` counts those that were begun. Only with ``fence`` can be
    said how it went: it is another one each time that somebody takes the job. ``due_at`` of one that is held is when
    it is anybody's again. ``sequence`` is the change that it needs.
    """

    id: str
    lane: str
    kind: str
    dedupe: str
    due_at: int
    state: State = "waiting"
    tries: int = 0
    fence: int = 0
    last_error: str = ""
    sequence: int | None = None
    payload: str = "{}"
    created_at: int = 0


class Ended(Struct, frozen=True, kw_only=True):
    """How a job that was held went: it is done and gone, or is to be as ``after`` is."""

    job: Job
    after: Job | None = None


def put_off(job: Job, until: int) -> Ended:
    """A job that was not begun, for anybody to take from then on (ms UTC)."""
    return Ended(job=job, after=replace(job, state="waiting", due_at=until))


def failed(job: Job, error: str, now: int, asked_ms: int = 0) -> Ended:
    """A job that failed: to be tried again later, or given up."""
    tries = job.tries + 1
    again = next_try(tries, now, asked_ms)
    told = {"tries": tries, "last_error": error[:LONGEST_ERROR]}
    if again is None:
        return Ended(job=job, after=replace(job, state="dead", due_at=now, **told))
    return Ended(job=job, after=replace(job, state="waiting", due_at=again, **told))


def next_try(tries: int, now: int, asked_ms: int = 0) -> int | None:
    """When to try again what has failed so many times, in ms UTC; None when it has been often enough.

    ``asked_ms`` is for how long a receiver asked to be left alone.
    """
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1] * uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - not a secret
    return now + max(int(pause), min(asked_ms, LONGEST_ASKED))
