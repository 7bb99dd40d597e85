"""What the program wrote down by itself, without a person: the change log, stored answers, deliveries, calls, jobs.

Rows stay, as far as they tell that something was: that there was a change, that something was sent. It must never add
one, nor change what the log says of other people and of users.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.erasing import PEOPLE, Subject, without
from dayline.domain.marks import Marks
from dayline.domain.record import KINDS
from dayline.service.attempts import unnamed_key
from dayline.service.erasing_work import Run, rows_with
from dayline.store.store import Store
from dayline.store.sweep import Name, Row

_activity: Final = msgspec.json.Decoder(Activity)
_BODIES: Final = ("error", "request_headers", "request_body", "response_headers", "response_body")
_OTHERS: Final = frozenset((*PEOPLE, "user"))
_LATEST: Final = 1 << 62  # after every change
_NUMBER: Final = re.compile(r"\d{1,18}")


class Logs:
    """The steps of an erasure that write outside the change log, and in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def changes(self, run: Run, rows: Sequence[Row]) -> None:
        """What was before and after: nothing of the person and of what was his alone, all else without him."""
        subject, changed = run.subject, []
        near = set(rows_with(subject, [_states(row) for row in rows]))
        for place, row in enumerate(rows):
            entity, id_ = row.beside["entity"], row.beside["entity_id"]
            own = entity == "activity" and id_ in run.own
            if subject.is_record(entity, id_):
                anew: dict[str, str | None] = {"before": None, "after": None}
            elif entity in _OTHERS:
                if place in near and subject.far.are_in(_states(row)):
                    run.leave(f"the history of {entity} {id_} says the name or the address, and stays as it is")
                continue
            elif place in near or own:
                anew = {name: body and _state(entity, body, subject, own=own) for name, body in row.texts.items()}
            else:
                continue
            if anew != row.texts:
                changed.append((row, anew))
        await self._rewrite(run, "changes", "changes of the log", changed)
        named = [(row.key, "") for row in rows if subject.made_into(row.beside["request_id"])]
        await self._store.sweep.rename(run.account_id, "changes", named)
        run.count("request ids erased", len(named))

    async def meanwhile(self, run: Run, rows: Sequence[Row]) -> None:
        """Whether he was named anew since he is being erased."""
        for place in rows_with(run.subject, [row.texts["after"] or "" for row in rows]):
            entity, body = rows[place].beside["entity"], rows[place].texts["after"]
            if entity not in _OTHERS and _state(entity, body, run.subject, own=False) != body:
                run.again = True

    async def keys(self, run: Run, rows: Sequence[Row]) -> None:
        """Stored answers that name him are forgotten, and with them what their keys are good for."""
        gone = [row.key for row in rows if answers_name(run, row)]
        await self._store.sweep.remove_keys(run.account_id, gone)
        run.count("idempotency keys erased", len(gone))

    async def deliveries(self, run: Run, rows: Sequence[Row]) -> None:
        """What was sent and answered about him, or about an activity that went with him, is told no more."""
        went, changed = await self._went(run, rows), []
        for row in rows:
            entity, id_ = row.beside["entity"], row.beside["entity_id"]
            said = run.subject.is_record(entity, id_) or says(run, entity, id_, row.texts.values())
            if said or (entity == "activity" and id_ in went):
                anew = {**dict.fromkeys(_BODIES, ""), "url": run.subject.far.out_of(row.texts["url"])}
                if anew != row.texts:
                    changed.append((row, anew))
        await self._rewrite(run, "deliveries", "deliveries", changed)

    async def _went(self, run: Run, rows: Sequence[Row]) -> set[int]:
        """The activities that these are about and that went with him, each asked for once."""
        ids = {row.beside["entity_id"] for row in rows if row.beside["entity"] == "activity"}
        there = {one.id for one in await self._store.activities_by_id(run.account_id, ids)}
        return {id_ for id_ in ids - there if await self._went_with_him(run, id_)}

    async def _went_with_him(self, run: Run, activity_id: int) -> bool:
        """Whether an activity went in an erasure: of those that others purge the log says what they were."""
        if activity_id in run.own:
            return True
        last = await self._store.history(run.account_id, activity_id, _LATEST, 1)
        return any(one.action == "purged" and one.before is None for one in last)

    async def calls(self, run: Run, rows: Sequence[Row]) -> None:
        """What other systems said of him."""
        reworded = {row.key: texts for row, texts in _reworded(run.subject.far, rows)}
        for row in rows:
            if run.subject.made_into(row.texts["request_id"]):
                reworded[row.key] = {**reworded.get(row.key, row.texts), "request_id": ""}
        changed = [(row, reworded[row.key]) for row in rows if row.key in reworded]
        await self._rewrite(run, "remote_calls", "calls to other systems", changed)

    async def attempts(self, run: Run, rows: Sequence[Row]) -> None:
        """The answers that notes written elsewhere were given, and the keys under which they were asked for."""
        far, changed = run.subject.far, list[tuple[Row, Mapping[str, Any]]]()
        for row in rows:
            anew = {"fingerprint": far.out_of(row.texts["fingerprint"]), "answer": kept_anew(row.texts["answer"], far)}
            if anew != row.texts:
                changed.append((row, anew))
        await self._rewrite(run, "remote_attempts", "attempts at other systems", changed)
        keys = [(row.key, unnamed_key()) for row in rows if run.subject.made_into(row.key[-1])]
        under_way = await self._store.sweep.rename(run.account_id, "remote_attempts", keys)
        run.count("keys of attempts erased", len(keys) - under_way)
        if under_way:
            run.leave(
                "A note to another system is under way under a key that names the person: erase again in a minute."
            )

    async def jobs(self, run: Run, rows: Sequence[Row]) -> None:
        """What went wrong with jobs."""
        await self._rewrite(run, "jobs", "jobs", _reworded(run.subject.far, rows))

    async def _rewrite(self, run: Run, name: Name, what: str, changed: Sequence[tuple[Row, Mapping[str, Any]]]) -> None:
        if changed:
            await self._store.sweep.rewrite(run.account_id, name, changed)
            run.count(f"{what} changed", len(changed))


def _states(row: Row) -> str:
    return f"{row.texts['before']}{row.texts['after']}"


def says(run: Run, entity: str, entity_id: int, texts: Iterable[str]) -> bool:
    """Whether one of these names him; about an activity of his own a name counts that elsewhere may be another's."""
    own = entity == "activity" and entity_id in run.own
    return any(run.subject.names_in(text) or (own and run.subject.near.are_in(text)) for text in texts)


def answers_name(run: Run, row: Row) -> bool:
    """Whether a stored answer names him, or its key does; or is of an activity of his with a name of his in it."""
    text = row.texts["body"].decode(errors="replace")
    if run.subject.made_into(str(row.key[0])) or any(map(run.subject.names_in, (row.texts["headers"], text))):
        return True
    return run.subject.near.are_in(text) and not run.own.isdisjoint(map(int, _NUMBER.findall(text)))


def _reworded(marks: Marks, rows: Sequence[Row]) -> list[tuple[Row, Mapping[str, Any]]]:
    anew = ((row, {name: marks.out_of(text) for name, text in row.texts.items()}) for row in rows)
    return [(row, texts) for row, texts in anew if texts != row.texts]


def _state(entity: str, body: str, subject: Subject, *, own: bool) -> str | None:
    """A state without him; nothing where it was his alone. A record's email address and slug are its own, as today."""
    if entity != "activity":
        read = msgspec.json.decode(body)
        anew = subject.far.out_of_all(read)
        if entity in KINDS:
            anew |= {name: read[name] for name in ("email", "slug") if name in read}
        return body if anew == read else msgspec.json.encode(anew).decode()
    activity = _activity.decode(body)
    if subject.has_part(activity) and subject.is_alone(activity):
        return None
    kept = without(activity, subject, own=own)
    return body if kept == activity else msgspec.json.encode(kept).decode()


def kept_anew(answer: bytes, marks: Marks) -> bytes:
    """An answer without him, as an attempt keeps it: the body in it is in base64."""
    try:
        read = msgspec.json.decode(answer)
        body = msgspec.convert(read["body"], bytes, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError):
        text = answer.decode(errors="replace")
        return _in_json(text, marks).encode() if marks.may_be_in(text) else answer
    said = body.decode(errors="replace")
    anew = {**marks.out_of_all(read), "body": _in_json(said, marks).encode() if marks.are_in(said) else body}
    return answer if anew == {**read, "body": body} else msgspec.json.encode(anew)


def _in_json(text: str, marks: Marks) -> str:
    """A text, read as JSON where it is that, in other words."""
    try:
        read = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return marks.out_of(text)
    anew = marks.out_of_all(read)
    return text if anew == read else msgspec.json.encode(anew).decode()
