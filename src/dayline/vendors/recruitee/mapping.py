"""Recruitee's notes to and from the unified shape. Pure; the only file to open when a field is wrong.

A note that is asked to be anything but public must never become a public one: what has no equivalent is refused.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from msgspec import UNSET, Struct, UnsetType, ValidationError, convert

from dayline.domain.errors import invalid
from dayline.domain.time import parse_instant
from dayline.remote.connector import Json, NewNote, RemoteActivity, RemotePage, Unreadable, Visibility, Wanted
from dayline.vendors.recruitee import schema

PAGE: Final = 50  # Recruitee's most is not known
MAX_PAGE: Final = 100

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}")
_COMPANY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}")
_OFFSET: Final = re.compile(r"[0-9]{1,9}")
_CURSOR: Final = re.compile(rf"({_OFFSET.pattern})(?::(.+))?", re.DOTALL)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")  # none within another, so that no text takes long

T = TypeVar("T")


class Place(Struct, frozen=True):
    """Where a list goes on: how many notes come before, and which note was the first on the page before."""

    offset: int = 0
    first: str | None = None


def company(text: str | None) -> str:
    """Check the company's id or subdomain. Raises Invalid."""
    if text is None or _COMPANY.fullmatch(text) is None:
        raise invalid("company_id", "must be the number or the subdomain of the company in Recruitee")
    return text


def candidate(text: str) -> str:
    """Check a candidate's id. Raises Invalid."""
    if not text.strip():
        raise invalid("candidate_id", "is required", "missing")
    if _NUMBER.fullmatch(text) is None:
        raise invalid("candidate_id", "must be a number, as Recruitee's ids are")
    return text


def creation(note: NewNote) -> schema.Creation:
    """What a POST asks for. Raises Invalid."""
    if note.body is None or not note.body.strip():
        raise invalid("body", "is required", "missing")
    # As it is: whether Recruitee shows its text as HTML is not known, and remote_data can send HTML on purpose.
    return schema.Creation(schema.NewNote(body=note.body, visibility=_level(note.visibility)))


def kept(note: NewNote) -> tuple[tuple[str, ...], ...]:
    """Where a body says that its note is not public."""
    return () if note.visibility in {None, "public"} else (("note", "visibility"),)


def place_of(wanted: Wanted) -> Place:
    """Where the wanted page begins. Raises Invalid."""
    if wanted.cursor is None:
        return Place()
    match = _CURSOR.fullmatch(wanted.cursor)
    if match is None:
        raise invalid("next_cursor", "is not one that came with a list")
    return Place(int(match[1]), match[2])


def read_offset(told: str) -> str:
    """Read how many notes come before a page of Recruitee's own, which has no other cursor. Raises Invalid."""
    if _OFFSET.fullmatch(told) is None:
        raise invalid("next_cursor", "is here the number of notes that come before, such as 50")
    return told


def limit_of(wanted: Wanted) -> int:
    """How many notes Recruitee is asked for: always some, for only a page's length tells whether it is the last."""
    return PAGE if wanted.limit is None else min(max(wanted.limit, 1), MAX_PAGE)


def read_one(document: Json, candidate_id: str | None) -> RemoteActivity:
    """Read an envelope with a note. Raises Unreadable."""
    return _activity(_read(document, schema.One).note, candidate_id)


def read_page(document: Json, wanted: Wanted) -> RemotePage:
    """Read a page. Raises Unreadable.

    A page that begins as the one before ends the list: then the offset was not heeded, and going on would never end.
    """
    items = tuple(_activity(raw, wanted.candidate_id) for raw in _read(document, schema.Page).notes)
    place, limit = place_of(wanted), limit_of(wanted)
    if items and items[0].id == place.first:
        return RemotePage((), None)
    return RemotePage(items, f"{place.offset + limit}:{items[0].id}" if len(items) == limit else None)


def read_failure(document: Json) -> str:
    """Find what Recruitee says in the body of an error, in any of its shapes; empty where there is nothing."""
    told = document if isinstance(document, dict) else {}
    for key in ("error", "errors", "message"):
        if texts := [text for text in _texts(told.get(key)) if text]:
            return "; ".join(texts)
    return "; ".join(_fields(told.get("error_fields")))


def _texts(told: Json) -> Iterator[str]:
    """A text, an object with a message, or a list of such; whatever else a stranger may send has none."""
    for one in told if isinstance(told, list) else (told,):
        text = one.get("message") if isinstance(one, dict) else one
        if isinstance(text, str):
            yield text


def _fields(told: Json) -> Iterator[str]:
    for field, problems in told.items() if isinstance(told, dict) else ():
        yield from (f"{field} {problem}" for problem in _texts(problems))


def _level(visibility: Visibility | None) -> schema.Level | UnsetType:
    if visibility is None:
        return UNSET
    if visibility not in {"public", "private"}:
        raise invalid("visibility", "has no equivalent in Recruitee: a note there is public or private")
    return schema.Level(visibility)


def _read(document: Json, shape: type[T]) -> T:
    try:
        return convert(document, shape)
    except ValidationError as error:
        raise Unreadable(f"Recruitee's answer is not as expected: {error}") from None


def _activity(raw: dict[str, Any], candidate_id: str | None) -> RemoteActivity:
    note = _read(raw, schema.Note)
    return RemoteActivity(
        id=str(note.id),
        candidate_id=candidate_id,
        actor_id=None if note.admin_id is None else str(note.admin_id),
        actor_type=None if note.admin_id is None else "user",
        activity_type="note",
        body=_body(note),
        visibility=_visibility(note.visibility),
        created_at=_instant(note.created_at),
        updated_at=_instant(note.updated_at),
        raw=raw,
    )


def _body(note: schema.Note) -> str | None:
    if note.body is None and note.body_html is not None:
        return _plain(note.body_html)
    return note.body


def _plain(shown: str) -> str:
    """The text of HTML, for a note that has no other; it is never made into HTML again."""
    from html import unescape  # noqa: PLC0415 - its table of entities takes half a MiB, and few processes need it

    return unescape(_TAG.sub("", _BREAK.sub("\n", shown))).strip()


def _visibility(told: schema.Visibility | None) -> Visibility | None:
    if told is None:
        return None
    # Roles and chosen people are fewer than everybody, so that a level that we do not know is never called public.
    return "public" if told.level == "public" else "private"


def _instant(told: Any) -> int | None:
    """Read either spelling; a time that cannot be read is no reason to disown a note that exists."""
    try:
        return parse_instant(told.strip().removesuffix(" UTC")) if isinstance(told, str) else None
    except ValueError:
        return None
