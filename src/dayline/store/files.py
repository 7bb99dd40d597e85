"""The bytes of attachments, in a folder: fsynced before the row that names them, gone after it.

A file stays under ``incoming`` until its row is committed, and is then moved to its place; so a crash leaves either a
row whose file ``path`` finds, or a file without a row that ``unsettled`` lists. It never decides what is kept.
"""

import asyncio
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from weakref import WeakValueDictionary

from dayline.domain.errors import Unavailable

_INCOMING: Final = "incoming"
_BUFFER: Final = 1 << 20  # bytes that are gathered before a thread writes them
_HEAD: Final = 4096  # bytes by which the type of a file can be told


class Files:
    """A folder of files, by account and random key. ``owner`` tells this database's arrivals from another one's."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.folder = folder
        self._arrivals = folder / _INCOMING / owner
        self._under_way: WeakValueDictionary[str, Incoming] = WeakValueDictionary()

    def receive(self) -> "Incoming":
        """A place for a new file, which has its key from the beginning."""
        key = secrets.token_hex(16)
        self._under_way[key] = incoming = Incoming(self._arrivals / key)
        return incoming

    def keep(self, keys: Iterable[str]) -> None:
        """From now on rows may name these files: whether they do, only the database knows."""
        for key in keys:
            if (incoming := self._under_way.get(key)) is not None:
                incoming.keep()

    async def open(self, account_id: int, key: str) -> BinaryIO | None:
        """The bytes, open for reading, so that they stay even if they are removed now; None where they are not."""
        return await asyncio.to_thread(self._open, account_id, key)

    def _open(self, account_id: int, key: str) -> BinaryIO | None:
        for _ in range(2):  # it may be moved from the one place to the other while it is looked for
            try:
                return self.path(account_id, key).open("rb")
            except OSError:
                continue
        return None

    def path(self, account_id: int, key: str) -> Path:
        """Where the bytes are."""
        settled = self._place(account_id, key)
        if settled.exists():
            return settled
        return next((self.folder / _INCOMING).glob(f"*/{key}"), settled)

    async def settle(self, account_id: int, keys: Iterable[str]) -> None:
        """Move files whose rows are committed to their place. What cannot be moved now is found where it is."""
        if keys := tuple(keys):  # most writes have none, and a thread costs them more than their statements
            await asyncio.to_thread(self._settle, account_id, keys)

    async def remove(self, account_id: int, keys: Iterable[str]) -> set[str]:
        """Remove files that no row needs any more; give the keys of those that could not be removed."""
        keys = tuple(keys)
        return await asyncio.to_thread(self._remove, account_id, keys) if keys else set()

    async def unsettled(self, seconds: float, now: float) -> list[str]:
        """Keys of files that arrived longer ago than that and are not in their place; ``now`` is a Unix time."""
        return await asyncio.to_thread(self._unsettled, now - seconds)

    def _place(self, account_id: int, key: str) -> Path:
        return self.folder / str(account_id) / key[:2] / key

    def _settle(self, account_id: int, keys: tuple[str, ...]) -> None:
        for key in keys:
            place = self._place(account_id, key)
            try:
                _make_folder(place.parent)
                (self._arrivals / key).replace(place)
                _sync(place.parent)
            except OSError:
                continue

    def _remove(self, account_id: int, keys: tuple[str, ...]) -> set[str]:
        left = set()
        for key in keys:
            try:
                self._place(account_id, key).unlink(missing_ok=True)
                (self._arrivals / key).unlink(missing_ok=True)
            except OSError:
                left.add(key)
        return left

    def _unsettled(self, before: float) -> list[str]:
        with _told("The folder of attachments could not be read"):
            if not self._arrivals.is_dir():
                return []
            return [entry.name for entry in os.scandir(self._arrivals) if entry.stat().st_mtime < before]


class Incoming:
    """A file that is being received: a sink for the kit, and then a key for a row."""

    def __init__(self, path: Path) -> None:
        self.key = path.name
        self.head = b""
        self._path = path
        self._file: BinaryIO | None = None
        self._gathered = bytearray()
        self._kept = False
        self._work: asyncio.Future[None] | None = None

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raises Unavailable when the disk is full."""
        if len(self.head) < _HEAD:
            self.head += chunk[: _HEAD - len(self.head)]
        self._gathered += chunk
        if len(self._gathered) >= _BUFFER:
            await self._do(self._flush)

    async def finish(self) -> None:
        """Put what was taken on the disk for good. Raises Unavailable."""
        await self._do(self._finish)

    def keep(self) -> None:
        """Leave it where it is, whoever discards it."""
        self._kept = True

    async def discard(self) -> None:
        """Forget the file, unless it is kept."""
        if not self._kept:
            await self._do(self._discard)

    async def _do(self, work: Callable[[], None]) -> None:
        """One after the other in a thread, each to its end: a cancelled request does not stop what is being written."""
        if self._work is not None and not self._work.done():
            await asyncio.wait((self._work,))
        self._work = asyncio.ensure_future(asyncio.to_thread(work))
        await asyncio.shield(self._work)

    def _flush(self) -> None:
        with _told("The attachment could not be stored"):
            if self._file is None:
                _make_folder(self._path.parent)
                descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                self._file = os.fdopen(descriptor, "wb", buffering=0)
            left = memoryview(bytes(self._gathered))
            while left:
                left = left[self._file.write(left) :]
            self._gathered.clear()

    def _finish(self) -> None:
        self._flush()
        assert self._file is not None
        with _told("The attachment could not be stored"):
            os.fsync(self._file.fileno())
            self._file.close()
            _sync(self._path.parent)

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)


def mirror(source: Path, target: Path, told: Callable[[int], None]) -> int:
    """Bring the files that ``target`` lacks, and tell the bytes of each; give their number. Raises Unavailable.

    A file never changes under its name, so one that is there is the same one.
    """
    brought = 0
    with _told("The attachments could not be copied"):
        for path in sorted(source.rglob("*")) if source.is_dir() else ():
            place = target / path.relative_to(source)
            if path.is_file() and not place.exists() and _bring(path, place):
                told(place.stat().st_size)
                brought += 1
    return brought


def _bring(path: Path, place: Path) -> bool:
    """A second name for the same bytes where the file system can do that, else a copy, there whole or not at all.

    Tell whether the file was still there.
    """
    _make_folder(place.parent)
    try:
        os.link(path, place)
    except FileNotFoundError:  # removed in this moment
        return False
    except OSError:
        unfinished = place.with_name(f".{place.name}")
        shutil.copyfile(path, unfinished)
        unfinished.chmod(0o600)
        with unfinished.open("rb") as copy:
            os.fsync(copy.fileno())
        unfinished.replace(place)
    _sync(place.parent)
    return True


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Make an operating system's error one that callers are told. Raises Unavailable."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise Unavailable(f"{what}: {error.strerror}.", full=full) from error


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they are there after a crash too."""
    missing = [folder, *folder.parents]
    missing = missing[: next(place for place, above in enumerate(missing) if above.exists())]
    for made in reversed(missing):
        made.mkdir(mode=0o700, exist_ok=True)
        _sync(made.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
