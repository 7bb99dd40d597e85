"""The lines that were refused: a file of them all, and the first few to be shown. It must never grow in memory."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from dayline.domain.errors import Problem
from dayline.native.activities.table import guarded

SHOWN: Final = 20


class Refusals:
    """Writes ``FILE.refused.csv`` as they come, and no file when none does; one of an earlier run is removed first."""

    def __init__(self, source: Path, name: str = "external_id") -> None:
        """``name`` is what the lines are known by."""
        self.path = source.with_name(source.name + ".refused.csv")
        self.name = name
        self.count = 0
        self.shown: list[str] = []
        self._file: TextIO | None = None

    def __enter__(self) -> "Refusals":
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, line: int, external_id: str, problems: Sequence[Problem]) -> None:
        """Note one line. Raises OSError."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"line {line}: {'; '.join(map(_told, problems))}")
        if self._file is None:
            self._file = _open(self.path)
            csv.writer(self._file).writerow(("line", self.name, "field", "reason"))
        cells = [(line, _cell(external_id), _cell(one.field), _cell(one.message)) for one in problems]
        csv.writer(self._file).writerows(cells)


def _open(path: Path) -> TextIO:
    """A new file that only its owner can read, since there are people's names in it."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    return open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")


def _told(problem: Problem) -> str:
    return _printable(f"{problem.field}: {problem.message}" if problem.field else problem.message)


def _printable(text: str) -> str:
    """Nothing of the file may give orders to the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _cell(text: str) -> str:
    """Programs that show tables take a cell that begins so for a formula, and run it."""
    return guarded(text.replace("\0", "\\x00"))
