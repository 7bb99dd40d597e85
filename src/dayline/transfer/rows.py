"""The rows of a CSV or JSONL file, each as a JSON object. It must never give up the file for one bad row."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from dayline.domain.errors import Problem
from dayline.transfer.lines import BadFile, Lines, Numbered

DELIMITERS: Final = (",", ";", "\t")
_NOT_UTF8: Final = re.compile("[\ud800-\udfff]")
_UNCLOSED: Final = "a quote is opened and not closed"
_DIGITS_KEPT: Final = 25  # enough to see that an id is too large


class Row(Struct, frozen=True):
    """One row, and the number of its first line: the JSON object that it says, and what is wrong with it already."""

    line: int
    said: bytes
    problem: Problem | None = None


class Table(Struct, frozen=True):
    """The header of a CSV file."""

    delimiter: str
    columns: tuple[str, ...]


def json_rows(lines: Lines) -> Iterator[Row]:
    """Each line that is not blank."""
    for number, text in lines:
        if len(text) == lines.longest:
            yield Row(number, b"", Problem("", _too_long(lines)))
        elif said := text.strip(" \t\r\n"):
            yield Row(number, said.encode("utf-8", "surrogateescape"))


def read_header(lines: Lines, known: Sequence[str]) -> Table:
    """Read the first line: the delimiter is the one that finds the most known columns. Raises BadFile."""
    _, text = next(lines, (0, ""))
    readings = [Table(delimiter, _names(text, delimiter)) for delimiter in DELIMITERS]
    table = max(readings, key=lambda reading: len({*reading.columns} & {*known}))
    told = f"The columns are {', '.join(known)}; the first line names those that are there."
    if not text.strip():
        raise BadFile(f"The file begins with no header. {told}")
    for column in table.columns:
        if column not in known:
            raise BadFile(f"There is no column {column[:50]!r}. {told}")
        if table.columns.count(column) > 1:
            raise BadFile(f"The column {column!r} is there twice.")
    return table


def csv_rows(lines: Lines, table: Table) -> Iterator[Row]:
    """Each row that is not blank. After a broken one the reading goes on with the very next line."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=table.delimiter, strict=True)
    broken = (0, 0)  # the first line of the last broken row, and the last line that it took with it
    while True:
        feed.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            first, *others = feed.taken
            lines.give_back(others)
            broken = (first[0], max(broken[1], feed.taken[-1][0]))
            yield Row(first[0], b"", Problem("", _worded(error)))
        else:
            if any(cells):
                number = feed.taken[0][0]
                yield _row(number, cells, table, rest_of=broken[0] if number <= broken[1] else None)


class _Feed:
    """Gives the CSV reader its lines, and remembers those of the row that it is at."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.taken: list[Numbered] = []
        self._length = 0

    def begin_row(self) -> None:
        """Forget the row before."""
        self.taken.clear()
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        self._length += len(line[1])
        # Without a bound, a quote that nobody closes would take the rest of the file with it.
        if self._length >= self._lines.longest:
            raise csv.Error(_too_long(self._lines) if len(self.taken) == 1 else _UNCLOSED)
        return line[1]


def _row(number: int, cells: list[str], table: Table, *, rest_of: int | None) -> Row:
    columns = table.columns
    pairs = {column: cell for column, cell in zip(columns, cells, strict=False) if cell}
    problem = next((Problem(name, "not valid UTF-8") for name, cell in pairs.items() if _NOT_UTF8.search(cell)), None)
    if rest_of is not None and len(cells) != len(columns):
        # It may be the end of a cell with a line break in it, and its parts would come into the wrong columns.
        problem = Problem(
            "", f"has {len(cells)} cells instead of {len(columns)}, and follows the broken line {rest_of}"
        )
    elif len(cells) > len(columns):
        problem = Problem("", f"has {len(cells)} cells, and the header has {len(columns)}")
    return Row(number, _json(pairs), problem)


def _json(pairs: dict[str, str]) -> bytes:
    """The row as a JSON object, so that both formats go through the same checks."""
    said: dict[str, str | int] = {**pairs}
    id_ = pairs.get("id", "")
    if id_.isascii() and id_.isdecimal():
        said["id"] = int(id_[:_DIGITS_KEPT])
    return json.dumps(said).encode()


def _names(text: str, delimiter: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in next(csv.reader([text], delimiter=delimiter), ()))


def _too_long(lines: Lines) -> str:
    return f"longer than {lines.longest:,} characters"


def _worded(error: csv.Error) -> str:
    words = str(error)
    return f"broken CSV: {_UNCLOSED if words == 'unexpected end of data' else words}"
