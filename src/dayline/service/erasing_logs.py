"""What the program wrote down by itself, without a person: the change log, stored answers, deliveries, calls, jobs.

Rows stay, as far as they tell that something was: that there was a change, that something was sent. It must never add
one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.erasing import Subject, without
from dayline.domain.marks import Marks
from dayline.service.erasing_work import Run, rows_with
from dayline.store.store import Store
from dayline.store.sweep import Name, Row

_activity: Final = msgspec.json.Decoder(Activity)
_BODIES: Final = ("error", "request_headers", "request_body", "response_headers", "response_body")


class Logs:
    """The steps of an erasure that write outside the change log, and in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def changes(self, run: Run, rows: Sequence[Row]) -> None:
        """What was before and after: nothing of the person and of what was his alone, all else without him."""
        near = set(rows_with(run.subject, [f"{row.texts['before']}{row.texts['after']}" for row in rows]))
        changed = []
        for place, row in enumerate(rows):
            entity = row.beside["entity"]
            if run.subject.is_record(entity, row.beside["entity_id"]):
                anew: dict[str, str | None] = {"before": None, "after": None}
            elif place in near:
                scrub = _state_of_activity if entity == "activity" else _state
                anew = {name: body and scrub(body, run.subject) for name, body in row.texts.items()}
            else:
                continue
            if anew != row.texts:
                changed.append((row, anew))
        await self._rewrite(run, "changes", "changes of the log", changed)

    async def keys(self, run: Run, rows: Sequence[Row]) -> None:
        """Stored answers that name him are forgotten, and with them what their keys are good for."""
        texts = [f"{row.texts['headers']}{row.texts['body'].decode(errors='replace')}" for row in rows]
        gone = [rows[place].key for place in rows_with(run.subject, texts)]
        await self._store.sweep.remove_keys(run.account_id, gone)
        run.count("idempotency keys erased", len(gone))

    async def deliveries(self, run: Run, rows: Sequence[Row]) -> None:
        """What was sent and answered about him, or about an activity that is gone, is told no more."""
        ids = {row.beside["entity_id"] for row in rows if row.beside["entity"] == "activity"}
        there = {one.id for one in await self._store.activities_by_id(run.account_id, ids)}
        near = set(rows_with(run.subject, ["\n".join(row.texts.values()) for row in rows]))
        changed = []
        for place, row in enumerate(rows):
            entity, entity_id = row.beside["entity"], row.beside["entity_id"]
            lost = entity == "activity" and entity_id not in there
            if place in near or lost or run.subject.is_record(entity, entity_id):
                anew = {**dict.fromkeys(_BODIES, ""), "url": run.subject.far.out_of(row.texts["url"])}
                if anew != row.texts:
                    changed.append((row, anew))
        await self._rewrite(run, "deliveries", "deliveries", changed)

    async def calls(self, run: Run, rows: Sequence[Row]) -> None:
        """What other systems said of him."""
        await self._rewrite(run, "remote_calls", "calls to other systems", _reworded(run.subject.far, rows))

    async def attempts(self, run: Run, rows: Sequence[Row]) -> None:
        """The answers that notes written elsewhere were given."""
        far, changed = run.subject.far, list[tuple[Row, Mapping[str, Any]]]()
        for row in rows:
            text = row.texts["answer"].decode(errors="replace")
            if far.may_be_in(text) and (anew := _in_json(text, far)) != text:
                changed.append((row, {"answer": anew.encode()}))
        await self._rewrite(run, "remote_attempts", "attempts at other systems", changed)

    async def jobs(self, run: Run, rows: Sequence[Row]) -> None:
        """What went wrong with jobs."""
        await self._rewrite(run, "jobs", "jobs", _reworded(run.subject.far, rows))

    async def _rewrite(self, run: Run, name: Name, what: str, changed: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
        if changed:
            await self._store.sweep.rewrite(run.account_id, name, changed)
            run.count(f"{what} changed", len(changed))


def _reworded(marks: Marks, rows: Sequence[Row]) -> list[tuple[Row, Mapping[str, Any]]]:
    anew = ((row, {name: marks.out_of(text) for name, text in row.texts.items()}) for row in rows)
    return [(row, texts) for row, texts in anew if texts != row.texts]


def _state_of_activity(body: str, subject: Subject) -> str | None:
    """A state of an activity without him; nothing where it was his alone."""
    activity = _activity.decode(body)
    if subject.has_part(activity) and subject.is_alone(activity):
        return None
    kept = without(activity, subject)
    return body if kept == activity else msgspec.json.encode(kept).decode()


def _state(body: str, subject: Subject) -> str | None:
    """A state of something else in other words; nothing where that does not help."""
    anew = _in_json(body, subject.far)
    return None if subject.far.are_in(anew) else anew


def _in_json(text: str, marks: Marks) -> str:
    """A text, read as JSON where it is that, in other words."""
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return marks.out_of(text)
    return msgspec.json.encode(marks.out_of_all(read)).decode()
