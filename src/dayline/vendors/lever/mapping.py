"""Lever's notes to and from the unified shape. Pure; the only file to open when a field is wrong.

A note that is asked to be anything but public must never become one that is not secret.
"""

from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from msgspec import UNSET, ValidationError, convert

from dayline.domain.errors import invalid
from dayline.domain.time import FIRST_INSTANT, LAST_INSTANT
from dayline.remote.connector import Json, NewNote, RemoteActivity, RemotePage, Unreadable, Visibility, Wanted
from dayline.vendors.lever import schema

MAX_PAGE: Final = 100

T = TypeVar("T")


def segment(field: str, text: str) -> str:
    """Write an id as one segment of a path. Raises Invalid for what would be another path."""
    if not text.strip():
        raise invalid(field, "is required", "missing")
    if not text.strip("."):
        raise invalid(field, "is not an id of Lever's")
    return quote(text, safe="")


def new_note(note: NewNote) -> schema.NewNote:
    """What a POST asks for. Lever has two levels, so that both of ours that are not public become secret."""
    return schema.NewNote(
        # Left out where there is none, or blanks alone: Lever says itself that it needs it, and we invent no text.
        value=note.body if note.body is not None and note.body.strip() else UNSET,
        secret=note.visibility not in {None, "public"},
        created_at=UNSET if note.created_at is None else note.created_at,
    )


def kept(note: NewNote) -> tuple[tuple[str, ...], ...]:
    """Where a body says that its note is not public."""
    return () if note.visibility in {None, "public"} else (("secret",),)


def page_query(wanted: Wanted) -> tuple[tuple[str, str], ...]:
    """How Lever is asked for a page: at most 100, after an offset that whoever sends it encodes."""
    query = []
    if wanted.limit is not None:
        query.append(("limit", str(min(max(wanted.limit, 1), MAX_PAGE))))
    if wanted.cursor is not None:
        query.append(("offset", wanted.cursor))
    return tuple(query)


def read_offset(told: str) -> str:
    """Read the offset that a page of Lever's own ends with. Raises Invalid."""
    try:
        return _decoded(told)
    except UnicodeDecodeError:
        raise invalid("next_cursor", "is not one that came with a list") from None


def read_one(document: Json, candidate_id: str | None, asked: Visibility | None = None) -> RemoteActivity:
    """Read an envelope with a note; ``asked`` tells apart the two levels that Lever keeps as one. Raises Unreadable."""
    raw = read(document, schema.One).data
    return _activity(raw, read(raw, schema.Note), candidate_id, asked)


def read_page(document: Json, wanted: Wanted) -> RemotePage:
    """Read a page without the notes that are deleted. Raises Unreadable."""
    page = read(document, schema.Page)
    notes = [(raw, read(raw, schema.Note)) for raw in page.data]
    there = tuple(_activity(raw, note, wanted.candidate_id) for raw, note in notes if note.deleted_at is None)
    return RemotePage(there, _cursor(page, wanted))


def is_deleted(document: Json) -> bool:
    """Whether an envelope holds a note that somebody has deleted."""
    data = document.get("data") if isinstance(document, dict) else None
    return isinstance(data, dict) and data.get("deletedAt") is not None


def read_failure(document: Json) -> str:
    """Find what Lever says in the body of an error; empty where there is nothing."""
    told = document if isinstance(document, dict) else {}
    return next((told[key] for key in ("message", "code") if isinstance(told.get(key), str)), "")


def read(document: Json, shape: type[T]) -> T:
    """Give a document its shape. Raises Unreadable, which says what is missing and nothing of what is there."""
    try:
        return convert(document, shape)
    except ValidationError as error:
        raise Unreadable(f"Lever's answer is not as expected: {error}") from None


def _activity(
    raw: dict[str, Any], note: schema.Note, candidate_id: str | None, asked: Visibility | None = None
) -> RemoteActivity:
    written, author = _written(note.fields), _author(note.user)
    return RemoteActivity(
        id=_id(note),
        candidate_id=candidate_id,
        actor_id=author,
        actor_type=None if author is None else "user",
        activity_type="note",
        body="\n\n".join(written) if written else None,
        parts=written if len(written) > 1 else (),
        visibility=_visibility(note.secret, asked),
        created_at=_instant(note.created_at),
        raw=raw,
    )


def _id(note: schema.Note) -> str:
    """The id: without it nobody could say which note this is. Raises Unreadable."""
    told = note.id or note.note_id
    if not told:
        raise Unreadable("Lever's answer is not as expected: a note has no id")
    return told


def _author(user: Any) -> str | None:
    """Who wrote it: an id, or the user with that id where the caller had it expanded."""
    told = user.get("id") if isinstance(user, dict) else user
    return told if isinstance(told, str) else None


def _written(fields: Any) -> tuple[str, ...]:
    there = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    values = [field.get("value") for field in there if field.get("type") == "note"]
    return tuple(value for value in values if isinstance(value, str))


def _visibility(secret: Any, asked: Visibility | None) -> Visibility | None:
    if not isinstance(secret, bool):
        return None
    if not secret:
        return "public"
    return "private" if asked == "private" else "admin_only"


def _instant(ms: Any) -> int | None:
    return int(ms) if isinstance(ms, int | float) and FIRST_INSTANT <= ms <= LAST_INSTANT else None


def _cursor(page: schema.Page, wanted: Wanted) -> str | None:
    if not page.has_next:
        return None
    if not page.next:
        raise Unreadable("Lever's answer says that there is more and not where")
    try:
        offset = _decoded(page.next)
    except UnicodeDecodeError:
        raise Unreadable("Lever's answer has an offset that cannot be decoded") from None
    if offset == wanted.cursor:
        raise Unreadable("Lever's answer leads to itself again")
    return offset


def _decoded(token: str) -> str:
    """Decoded once, for it comes encoded: sent as it is, a client would encode the percent signs again."""
    return unquote(token, errors="strict")
