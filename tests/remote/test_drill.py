"""1,000 notes for three vendors, one call in twenty of which goes wrong: each is there once, refused, or unknown.

The verdict is that of the sandboxes' ledgers, not of what we believe.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from msgspec import Struct

from dayline.domain.time import now_ms
from dayline.kit.client import Bounds
from dayline.remote.calls import Remote
from dayline.remote.connector import NewNote
from dayline.remote.errors import RemoteError
from dayline.remote.sandbox import FaultName
from dayline.service import Service
from tests.cast import Person
from tests.remote.house import SANDBOXES, Far, remote, sandboxes, text_of, write

SEED = 20_261_121
NOTES = 1_000
FAULTS: tuple[FaultName, ...] = (
    *("torn_before", "torn_after_write", "torn_midway", "hang", "hang_after_write", "500", "503", "429", "403"),
    *("wrong_content_type", "not_json", "too_big", "redirect"),
)
TRIES = 4
AT_ONCE = 24
BOUNDS = Bounds(seconds=2)


@pytest.fixture
def clock() -> Callable[[], int]:
    """The real one: a note is known by when it was written, too."""
    return now_ms


class Job(Struct, frozen=True):
    """A note to write, and how often its caller tries; some ask for a candidate that there is not."""

    far: Far
    text: str
    key: str
    tries: int
    known: bool

    @property
    def note(self) -> NewNote:
        nobody = "999999" if self.far.sandbox.vendor == "recruitee" else "00000000-0000-4000-8000-000000000000"
        return self.far.note(self.text) if self.known else self.far.note(self.text, candidate_id=nobody)


async def test_none_is_lost_and_none_is_there_twice(service: Service, alice: Person) -> None:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    names = sorted(SANDBOXES)
    async with sandboxes(service, alice, *names) as fars, remote(service, BOUNDS) as out:
        jobs = [_job(rng, fars[names[number % 3]], number) for number in range(NOTES)]
        for far in fars.values():
            _order(rng, far)
        room = asyncio.Semaphore(AT_ONCE)
        ends = await asyncio.gather(*(_tried(room, out, alice, job) for job in jobs))
        faults = sum(request.fault != "none" for far in fars.values() for request in far.sandbox.requests)
        counts = Counter(end for end, _ in ends)
        print(counts, f"{faults} faults")
        _judge(fars, jobs, ends)
        assert counts["written"] > NOTES * 0.9
        assert counts["refused"] >= sum(not job.known for job in jobs) * 0.9
        assert counts["unknown"] > 0
        assert faults >= NOTES // 25
        # Whatever is still unknown is found out when its caller comes again; but of a candidate whom the vendor does
        # not know, nobody can list the notes.
        unknown = [job for job, (end, _) in zip(jobs, ends, strict=True) if end == "unknown"]
        again = [(job, await _tried(room, out, alice, job)) for job in unknown]
        assert {end for job, (end, _) in again if job.known} == {"written"}
        _judge(fars, [job for job, _ in again], [end for _, end in again])


def _judge(fars: dict[str, Far], jobs: Sequence[Job], ends: Sequence[tuple[str, str]]) -> None:
    """Hold what callers were told against what there is."""
    ledger = Counter(text for far in fars.values() for text in far.texts)
    most = {"written": (1, 1), "refused": (0, 0), "unknown": (0, 1)}
    for job, (end, id_) in zip(jobs, ends, strict=True):
        least, at_most = most[end]
        assert least <= ledger[job.text] <= at_most, (job.text, end, id_)
    ids = {one.id: text_of(one.document) for far in fars.values() for one in far.sandbox.written}
    assert [ids[id_] for end, id_ in ends if end == "written"] == [
        job.text for job, (end, _) in zip(jobs, ends, strict=True) if end == "written"
    ]  # everybody was given his own


def _job(rng: random.Random, far: Far, number: int) -> Job:
    tries = 1 if rng.random() < 0.2 else TRIES
    return Job(far, f"Note {number}", f"key {number}", tries, known=rng.random() > 0.03)


def _order(rng: random.Random, far: Far) -> None:
    """One request in twenty fails, whatever it is; the last ones are needed to find out what became of the others."""
    for _ in range(NOTES // 3 - 10):
        far.sandbox.fail(rng.choice(FAULTS) if rng.random() < 0.05 else "none")


async def _tried(room: asyncio.Semaphore, out: Remote, who: Person, job: Job) -> tuple[str, str]:
    """Write a note as its caller does, who comes again with the same key; what he was told in the end, and the id."""
    end = "unknown"
    async with room:
        for _ in range(job.tries):
            try:
                outcome = await write(out, who, job.far, job.note, job.key)
            except RemoteError as error:
                end = "refused" if error.kind in ("refused", "unreachable") else "unknown"
                if end == "refused" and error.status == 404:
                    break
            else:
                return "written", outcome.activity.id
    return end, ""
