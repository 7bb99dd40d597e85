"""All that is kept about a person, as a ZIP that is made while it is sent. It must never hold all of it at once.

What others said is in it too, where it is about him: whoever hands it over has to look at it first.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Final, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec
from msgspec import Struct

from dayline.domain.activity import Activity, Attachment
from dayline.domain.erasing import PEOPLE, Subject, traces_of
from dayline.domain.errors import NotFound, invalid
from dayline.domain.identity import Principal
from dayline.domain.marks import Traces
from dayline.domain.record import Record, RecordKey
from dayline.domain.time import format_instant
from dayline.service.erasing import Erasing
from dayline.service.erasing_work import PAGE, rows_with
from dayline.service.erasures import check_eraser
from dayline.service.person_lines import Lines
from dayline.service.units import deed_of
from dayline.store.store import Store
from dayline.store.sweep import Name, Row

Source: TypeAlias = AsyncGenerator[bytes, None]

_PIECE: Final = 1 << 20  # bytes of a file that are read at a time
ROOM: Final = 4 << 20  # characters of a table that are meant to be held at a time; a page is as long as that allows
_FIRST: Final = 8  # rows of the first page, before it is known how long they are
_NAME: Final = 120  # bytes of what a file is called, without its ending
_ENDING: Final = 16  # characters of one, beyond which it is none
_UNSAFE: Final = frozenset('/\\:*?"<>|')
_activity: Final = msgspec.json.Decoder(Activity)
_SOURCES: Final[tuple[tuple[str, Name, Callable[[Lines, Sequence[Row]], list[Any]]], ...]] = (
    ("activities.jsonl", "activities", Lines.activities),
    ("changes.jsonl", "changes", Lines.changes),
    ("other_records.jsonl", "records", Lines.named),
    ("filters.jsonl", "filters", Lines.named),
    ("deliveries.jsonl", "deliveries", Lines.deliveries),
    ("calls.jsonl", "remote_calls", Lines.named),
    ("attempts.jsonl", "remote_attempts", Lines.attempts),
    ("answers.jsonl", "idempotency", Lines.answers),
)
"""What is read for each file, and how its lines are chosen, in the order that ``Lines`` asks for."""
NOTES: Final = (
    "Instants are in milliseconds since 1970, UTC.",
    "activities.jsonl: `part` tells whether the person has a part in the activity, or is only named in it.",
    "The lines name other people, too: look at them before this file is handed over.",
    "What opens anything is left out: digests of tokens, and of URLs that may be a webhook's all behind the host.",
    "Not in here: backups, what webhooks were told and other systems were sent, and the program's own log output.",
)


class _Sink:
    """What the ZIP is written into; it is taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        """What was written since this was asked last."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class Report(Struct, frozen=True, kw_only=True):
    """What is in the ZIP: how many lines or files of each, and what was left out."""

    kind: str
    id: int
    made_at: str
    counts: dict[str, int]
    left: tuple[str, ...]
    notes: tuple[str, ...] = NOTES


class PersonExport:
    """The verb that takes out a person."""

    def __init__(self, store: Store, erasing: Erasing) -> None:
        self._store, self._erasing = store, erasing

    async def export(self, who: Principal, key: RecordKey) -> Source:
        """The bytes of the ZIP. What is wrong is told before the first: raises Forbidden, NotFound and Invalid.

        That it was asked for is in the audit by then.
        """
        check_eraser(who)
        if key.kind not in PEOPLE:
            raise invalid("kind", "Only a candidate or a contact is a person.")
        record = await self._store.record(who.account_id, key.kind, key.value)
        if record is None:
            raise NotFound("Record not found")
        now, what = self._store.clock(), f"{record.kind} {record.id}"
        await self._store.audit.note(
            who.account_id, deed_of(who, "person_export", "created", record.id, now, what=what)
        )
        return _Made(self._store, self._erasing, who.account_id, record).pieces()


class _Made:
    """One export under way."""

    def __init__(self, store: Store, erasing: Erasing, account_id: int, record: Record) -> None:
        self._store, self._erasing, self._account_id, self._record = store, erasing, account_id, record
        self._subject, self._left = Subject(Traces()), list[str]()
        self._sink, self._counts = _Sink(), Counter[str]()

    async def pieces(self) -> Source:
        """The ZIP, piece by piece. The first is there before it is known what else he was called."""
        with ZipFile(self._sink, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload] # it asks for no more
            archive.writestr(_named("record.json"), msgspec.json.encode(self._record))
            yield self._sink.taken()
            self._subject, left = await self._erasing.whom(self._account_id, traces_of(self._record))
            self._left += left
            for source in self._sources(archive):
                async with aclosing(source) as pieces:  # where nobody waits for the rest, it ends here and now
                    async for piece in pieces:
                        yield piece
            archive.writestr(_named("report.json"), msgspec.json.format(msgspec.json.encode(self._report())))
        yield self._sink.taken()

    def _sources(self, archive: ZipFile) -> Iterator[Source]:
        lines = Lines(self._account_id, self._subject)
        for name, table, choose in _SOURCES:
            yield self._lines(archive, name, table, partial(choose, lines))
        self._left += lines.left()
        yield self._files(archive)

    async def _lines(
        self, archive: ZipFile, name: str, table: Name, found: Callable[[Sequence[Row]], list[Any]]
    ) -> Source:
        """A file of JSON lines out of a table."""
        with archive.open(_named(name), "w", force_zip64=True) as lines:
            async for rows in self._pages(table):
                chosen = found(rows)
                for line in chosen:
                    lines.write(msgspec.json.encode(line) + b"\n")
                self._counts[name] += len(chosen)
                if piece := self._sink.taken():
                    yield piece

    async def _pages(self, table: Name) -> AsyncIterator[Sequence[Row]]:
        """All of a table, in pages that are short where its rows are long."""
        after: tuple[Any, ...] = ()
        most = _FIRST
        while rows := await self._store.sweep.page(self._account_id, table, after, most):
            yield rows
            after = rows[-1].key
            weight = sum(len(text or "") for row in rows for text in row.texts.values())
            most = page_length(most, len(rows), weight)

    async def _files(self, archive: ZipFile) -> Source:
        """The files on activities in which he has a part, which are looked for once more: nobody holds the list."""
        async for rows in self._pages("activities"):
            bodies = [row.texts["body"] for row in rows]
            near = (_activity.decode(bodies[place]) for place in rows_with(self._subject, bodies))
            for activity in filter(self._subject.has_part, near):
                for attachment in (one for one in activity.attachments if one.key):
                    async with aclosing(self._file(archive, activity.id, attachment)) as pieces:
                        async for piece in pieces:
                            yield piece

    async def _file(self, archive: ZipFile, activity_id: int, attachment: Attachment) -> Source:
        data = await self._store.files.open(self._account_id, attachment.key or "")
        if data is None:
            self._left.append(f"attachment {attachment.id}: its bytes are not here")
            return
        name = f"files/{activity_id}/{attachment.id}-{safe_name(attachment.name)}"
        with data, archive.open(_named(name), "w", force_zip64=True) as file:
            while piece := await asyncio.to_thread(data.read, _PIECE):
                file.write(piece)
                yield self._sink.taken()
        self._counts["files"] += 1

    def _report(self) -> Report:
        return Report(
            kind=self._record.kind,
            id=self._record.id,
            made_at=format_instant(self._store.clock()),
            counts=dict(self._counts),
            left=tuple(self._left),
        )


def _named(name: str) -> ZipInfo:
    """An entry of the first instant that a ZIP can tell: when it was made is in the report."""
    info = ZipInfo(name)
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
    return info


def page_length(most: int, rows: int, weight: int) -> int:
    """How many rows to ask for next, after a page of so many with so many characters: twice as many at the most."""
    return max(1, min(PAGE, 2 * most, ROOM * rows // weight if weight else PAGE))


def safe_name(name: str) -> str:
    """What somebody has called a file, as one that can be unpacked anywhere and leads nowhere else."""
    plain = "".join("_" if letter in _UNSAFE or not letter.isprintable() else letter for letter in name).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > _ENDING:
        stem, dot, ending = plain, "", ""
    return f"{stem.encode()[:_NAME].decode(errors='ignore')}{dot}{ending}"
