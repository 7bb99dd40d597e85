"""A folder in which the processes of one server leave their numbers for each other.

What was told once must never be told as less: whoever tells writes his own numbers down before, and those of a process
that has ended are kept.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec
from msgspec import Struct

from dayline.counting import REQUESTS, begin_anew
from dayline.counting.snapshot import Snapshot, merged, take

SECONDS: Final = 1.0
_GONE: Final = "gone"
_ENDING: Final = ".json"


class _Gone(Struct):
    """What processes that have ended counted, and the names of the files in which they had."""

    names: list[str]
    snapshot: Snapshot


class Board:
    """Made by the first process, before there are others; it takes the board down, with the block."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dayline-"))

    def __enter__(self) -> "Board":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, snapshot: Snapshot) -> None:
        """Leave this process's numbers. A folder that is away, or a full disk, harms nobody."""
        with suppress(OSError):
            self._put(f"{os.getpid()}-{_birth(os.getpid())}{_ENDING}", msgspec.json.encode(snapshot))

    def read(self) -> Snapshot:
        """The numbers of all processes together, those that have ended too."""
        while True:
            try:
                return self._read()
            except FileNotFoundError:
                if not self._folder.is_dir():
                    return take()

    def ended(self, pid: int) -> None:
        """Keep what a process counted that has ended. For the first process alone."""
        with suppress(OSError):
            files = sorted(self._folder.glob(f"{pid}-*{_ENDING}"))
            if files:
                before = self._gone()
                found = [_snapshot(file) for file in files]
                kept = merged((), (before.snapshot, *found))
                self._put(_GONE, msgspec.json.encode(_Gone([file.name for file in files], kept)))
                for file in files:
                    file.unlink()

    def _read(self) -> Snapshot:
        # In this order: what ends meanwhile is missing here, and all is read again, or is among those that are gone.
        files = sorted(self._folder.glob(f"*{_ENDING}"))
        gone = self._gone()
        return merged([_snapshot(file) for file in files if file.name not in gone.names], (gone.snapshot,))

    def _gone(self) -> _Gone:
        try:
            return msgspec.json.decode((self._folder / _GONE).read_bytes(), type=_Gone)
        except FileNotFoundError:
            return _Gone([], Snapshot())

    def _put(self, name: str, content: bytes) -> None:
        """Whole or not at all, for whoever reads meanwhile."""
        new = self._folder / f"{name}.new"
        new.write_bytes(content)
        new.replace(self._folder / name)


@asynccontextmanager
async def counted_on(board: Board | None) -> AsyncIterator[None]:
    """Leave this process's numbers on the board each second, where they have changed, and at the end of the block."""
    if board is None:
        yield
        return
    begin_anew()
    writing = asyncio.create_task(_write_on(board))
    try:
        yield
    finally:
        writing.cancel()
        board.write(take())


async def _write_on(board: Board) -> None:
    before: object = None
    while True:
        snapshot = take()
        now = (snapshot.counters[REQUESTS.name], snapshot.histograms)
        if now != before:
            board.write(snapshot)
        before = now
        await asyncio.sleep(SECONDS)


def _snapshot(file: Path) -> Snapshot:
    return msgspec.json.decode(file.read_bytes(), type=Snapshot)


_births: dict[int, int] = {}


def _birth(pid: int) -> int:
    """Tells two processes apart that had the same number, one after the other."""
    return _births.setdefault(pid, time.time_ns())
