"""Which lines of what is kept are about a person, and how they are handed out. Pure.

It must never hand out what opens anything, nor what is only spelled as his name is.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from dayline.domain.activity import Activity
from dayline.domain.audit import place_of, without_secrets
from dayline.domain.erasing import Subject, mentioned
from dayline.domain.record import KINDS
from dayline.service.erasing_logs import answers_name, kept_anew, says
from dayline.service.erasing_work import Run, rows_with
from dayline.service.erasures import Work
from dayline.store.sweep import Row

_activity: Final = msgspec.json.Decoder(Activity)
_PLAIN: Final = frozenset(("activity", *KINDS))
"""What has nothing in it that opens anything."""
_DOORS: Final = frozenset(("url", "subscription_url", "target_url"))
"""As what callers are shown where a webhook leads."""


class Lines:
    """Chooses the lines. Activities are to be read first, then changes: they tell which logs are of his own."""

    def __init__(self, account_id: int, subject: Subject) -> None:
        # The questions that follow are the erasure's own, and are asked of one under way: of this nothing is written.
        self._run = Run(account_id, Work(erasure_id=0, user_id=0, traces=subject.traces))
        self._subject = subject
        self._own = set[int]()
        self._doubtful = 0

    def left(self) -> tuple[str, ...]:
        """What was left out, since nobody can tell whose it is."""
        if not self._doubtful:
            return ()
        return (
            f"{self._doubtful} stored answers have a name of the person's that may be another's, and were left out",
        )

    def activities(self, rows: Sequence[Row]) -> list[Any]:
        """Those in which he has a part, and those that name him and nobody else."""
        bodies, chosen = [row.texts["body"] for row in rows], []
        for place in rows_with(self._subject, bodies):
            activity = _activity.decode(bodies[place])
            if part := self._subject.has_part(activity):
                self._own.add(activity.id)
            if part or mentioned(activity, self._subject.far):
                chosen.append({"part": part, "activity": Raw(bodies[place].encode())})
        return chosen

    def changes(self, rows: Sequence[Row]) -> list[Any]:
        """What was before and after, of him and of what was about him."""
        near = set(rows_with(self._subject, [_states(row) for row in rows]))
        return [
            {"sequence": row.key[0], **row.beside, **_safe(row)}
            for place, row in enumerate(rows)
            if self._subject.is_record(row.beside["entity"], row.beside["entity_id"])
            or (place in near and self._is_his(row))
        ]

    def _is_his(self, row: Row) -> bool:
        """A few letters of his name are found in many a word: whether it really is about him."""
        if row.beside["entity"] == "activity":
            states = (_activity.decode(body) for body in row.texts.values() if body is not None)
            if any(map(self._subject.has_part, states)):
                self._own.add(row.beside["entity_id"])
                return True
        return self._subject.names_in(_states(row))

    def _erasure(self) -> Run:
        """What the erasure would know by now."""
        if len(self._run.own) != len(self._own):
            self._run.own = frozenset(self._own)
        return self._run

    def named(self, rows: Sequence[Row]) -> list[Any]:
        """Other records, filters and calls that name him and nobody else."""
        return [
            _line(row)
            for row in rows
            if not self._subject.is_record(str(row.key[0]), row.key[-1])
            and any(map(self._subject.far.are_in, _texts(row).values()))
        ]

    def deliveries(self, rows: Sequence[Row]) -> list[Any]:
        """What was sent and answered about him; of a URL what the audit tells of it."""
        run = self._erasure()
        return [
            {**_line(row), "url": place_of(row.texts["url"])}
            for row in rows
            if self._subject.is_record(row.beside["entity"], row.beside["entity_id"])
            or says(run, row.beside["entity"], row.beside["entity_id"], row.texts.values())
        ]

    def attempts(self, rows: Sequence[Row]) -> list[Any]:
        """Notes written elsewhere whose answers name him, or the keys under which they were asked for."""
        far = self._subject.far
        return [
            _line(row)
            for row in rows
            if self._subject.made_into(row.key[-1])
            or far.are_in(row.texts["fingerprint"])
            or kept_anew(row.texts["answer"], far) != row.texts["answer"]
        ]

    def answers(self, rows: Sequence[Row]) -> list[Any]:
        """Stored answers about him. One that an erasure would rather forget may be another's: those are counted."""
        run = self._erasure()
        found = [row for row in rows if answers_name(run, row)]
        sure = [row for row in found if self._answers_surely(row)]
        self._doubtful += len(found) - len(sure)
        return [{**_line(row), "body": _closed_in(_text(row.texts["body"]))} for row in sure]

    def _answers_surely(self, row: Row) -> bool:
        texts = _texts(row)
        if self._subject.made_into(str(row.key[0])) or any(map(self._subject.names_in, texts.values())):
            return True
        return _shows(_read(texts["body"]), self._own)


def _states(row: Row) -> str:
    return f"{row.texts['before']}{row.texts['after']}"


def _safe(row: Row) -> dict[str, Any]:
    """The states of a change, without what opens anything."""
    entity, states = row.beside["entity"], row.texts.items()
    if entity in _PLAIN:
        return {name: None if body is None else Raw(body.encode()) for name, body in states}
    return {name: body and without_secrets(entity, msgspec.json.decode(body)) for name, body in states}


def _line(row: Row) -> dict[str, Any]:
    return {"key": row.key, **row.beside, **_texts(row)}


def _texts(row: Row) -> dict[str, str]:
    return {name: _text(value) for name, value in row.texts.items()}


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _read(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _shows(value: Any, own: Collection[int]) -> bool:
    """Whether something read from JSON has in it one of these activities, as callers are shown it."""
    if isinstance(value, dict):
        if "subject" in value and value.get("id") in own:
            return True
        value = value.values()
    elif not isinstance(value, list):
        return False
    inner: Iterable[Any] = value
    return any(_shows(one, own) for one in inner)


def _closed_in(text: str) -> str:
    """An answer that tells of URLs no more than where they lead: one may be a webhook's, which is named for him."""
    read = _read(text)
    closed = _closed(read)
    return text if closed == read else msgspec.json.encode(closed).decode()


def _closed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _place(one) if name in _DOORS else _closed(one) for name, one in value.items()}
    return [_closed(one) for one in value] if isinstance(value, list) else value


def _place(value: Any) -> Any:
    return place_of(value) if isinstance(value, str) and "://" in value else value
