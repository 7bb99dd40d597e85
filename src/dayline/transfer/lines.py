"""The lines of a text file with their numbers. It must never hold more of the file than a row may be long."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from os import SEEK_CUR, fstat, lseek
from pathlib import Path
from typing import Final, TypeAlias

from dayline.domain.errors import DaylineError

LONGEST: Final = 65_536  # characters of a row: several times what its fields may hold, every one of them escaped
Numbered: TypeAlias = tuple[int, str]


class BadFile(DaylineError):
    """The file cannot be read as what it is said to be; the message says why."""


class Lines:
    """Numbered lines, ends included; one longer than ``longest`` is cut there. Lines may be given back, to come again.

    Bytes that are no UTF-8 come as lone surrogates, so that they spoil nothing but their own line.
    """

    def __init__(self, file: TextIOWrapper, ends: str, longest: int = LONGEST) -> None:
        self._file, self._ends, self.longest = file, ends, longest
        self._again: deque[Numbered] = deque()
        self._number = 0

    def __iter__(self) -> Iterator[Numbered]:
        return self

    def __next__(self) -> Numbered:
        if self._again:
            return self._again.popleft()
        text = rest = self._file.readline(self.longest)
        if not text:
            raise StopIteration
        while len(rest) == self.longest and rest[-1] not in self._ends:
            rest = self._file.readline(self.longest)
        self._number += 1
        return self._number, text

    def give_back(self, lines: Sequence[Numbered]) -> None:
        """Have these lines come again, before all others."""
        self._again.extendleft(reversed(lines))

    def size(self) -> int:
        """The size of the file in bytes."""
        return fstat(self._file.fileno()).st_size

    def position(self) -> int:
        """How many bytes of the file were read, which is up to a buffer more than was given out; 0 for a pipe."""
        return lseek(self._file.fileno(), 0, SEEK_CUR) if self._file.seekable() else 0


@contextmanager
def open_lines(path: Path, *, ends: str, longest: int = LONGEST) -> Iterator[Lines]:
    """Open a file in UTF-8, with a byte order mark or without; ``ends`` are the characters that end a line.

    ``longest`` is in characters. Raises OSError.
    """
    newline = "" if "\r" in ends else "\n"
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline=newline) as file:
        yield Lines(file, ends, longest)
