"""Ashby's notes and refusals to and from the unified shape. Pure; the only file to open when a field is wrong.

A note that is asked to be anything but public must never become one that is not private.
"""

import datetime as dt
import re
from typing import Any, Final, TypeVar

from msgspec import UNSET, UnsetType, ValidationError, convert, to_builtins

from dayline.domain.errors import invalid
from dayline.domain.time import FIRST_INSTANT, LAST_INSTANT, parse_instant
from dayline.remote.connector import (
    Answer,
    Json,
    NewNote,
    Refusal,
    RemoteActivity,
    RemotePage,
    Unreadable,
    Wanted,
)
from dayline.vendors.ashby import schema

MAX_PAGE: Final = 100
LONGEST_MESSAGE: Final = 1000  # of a text that is not Ashby's envelope

# The words of ``errorInfo.code``, from the documented ones and by analogy; the first pattern that fits decides.
UNAUTHORIZED: Final = re.compile(r"unauthori[sz]ed|unauthenticated|(invalid|disabled|expired|revoked)_api_key")
STATUSES: Final[tuple[tuple[re.Pattern[str], int], ...]] = (
    (re.compile(r"(.*_)?not_found"), 404),
    (re.compile(r"missing_endpoint_permission|.*_not_allowed|.*private.*|forbidden"), 403),
    (re.compile(r"rate_?limit.*|too_many_requests"), 429),
    (re.compile(r"(.*_)?(internal|server|unknown)_error|.*time_?out|service_unavailable"), 502),  # Ashby's own fault
)
OTHERWISE: Final = 422  # a word that nobody knows is most likely one more validation
MISSING_PERMISSION: Final = "missing_endpoint_permission"
PRIVATE_FIELDS: Final = "privateFields"

_EPOCH: Final = dt.datetime(1970, 1, 1)
_SCOPE: Final = re.compile(r"\b[a-z]{2,40}(?:Read|Write)\b")

T = TypeVar("T")


def new_note(note: NewNote) -> Json:
    """Build the body that writes a note, always as plain text: nobody guesses HTML. Raises Invalid."""
    if not note.candidate_id.strip():
        raise invalid("candidate_id", "is required", "missing")
    if note.body is None or not note.body.strip():
        raise invalid("body", "is required by Ashby", "missing")
    request = schema.CreateNoteRequest(
        candidate_id=note.candidate_id,
        note=schema.NoteContent("text/plain", note.body),
        is_private=UNSET if note.visibility is None else note.visibility != "public",
        created_at=UNSET if note.created_at is None else write_instant(note.created_at),
    )
    return to_builtins(request)


def kept(note: NewNote) -> tuple[tuple[str, ...], ...]:
    """Name what ``remote_data`` must leave alone: whose note it is, and the privacy that was asked for."""
    whose = ("candidateId",)
    return (whose,) if note.visibility in (None, "public") else (whose, ("isPrivate",))


def page_request(wanted: Wanted) -> Json:
    """Build the body that asks for a page. Raises Invalid."""
    if not wanted.candidate_id.strip():
        raise invalid("candidate_id", "is required", "missing")
    request = schema.ListNotesRequest(
        candidate_id=wanted.candidate_id,
        limit=UNSET if wanted.limit is None else max(1, min(wanted.limit, MAX_PAGE)),
        cursor=_or_unset(wanted.cursor),
    )
    return to_builtins(request)


def read_one(document: Json, candidate_id: str) -> RemoteActivity:
    """Read the note that was written. Raises Unreadable."""
    return _activity(_convert(document, schema.Single).results, candidate_id)


def read_page(document: Json, wanted: Wanted) -> RemotePage:
    """Read a page; its cursor is None on the last one. Raises Unreadable, also where a cursor leads nowhere."""
    page = _convert(document, schema.Page)
    items = tuple(_activity(raw, wanted.candidate_id) for raw in page.results)
    if not page.more_data_available:
        return RemotePage(items, None)
    if not page.next_cursor:
        raise Unreadable("moreDataAvailable without a nextCursor")
    if page.next_cursor == wanted.cursor:
        raise Unreadable("nextCursor is the cursor that was sent, so the pages would never end")
    return RemotePage(items, page.next_cursor)


def read_refusal(answer: Answer) -> Refusal | None:
    """Tell whether Ashby refused, by its status or by what it says with 200."""
    failure = _failure(answer.document)
    if answer.status // 100 == 2 and failure is None:
        return None
    code, message = _told(failure) if failure is not None else ("", _text(answer))
    status = _status(answer, code)
    named = _missing(code, message) if status == 403 else ()
    return Refusal(
        status=status,
        message=message,
        reauthorize=status == 401,
        missing_scopes=named,
        forbids=status == 403 and code == MISSING_PERMISSION and not named,
        retry_after=answer.retry_after,
    )


def write_instant(ms: int) -> str:
    """Write an instant as Ashby does. Raises Invalid for one that has no four-digit year."""
    if not FIRST_INSTANT <= ms <= LAST_INSTANT:
        raise invalid("created_at", "must lie between the years 1 and 9999")
    return (_EPOCH + dt.timedelta(milliseconds=ms)).isoformat(timespec="milliseconds") + "Z"


def _activity(raw: dict[str, Any], candidate_id: str) -> RemoteActivity:
    note = _convert(raw, schema.Note)
    return RemoteActivity(
        id=note.id,
        candidate_id=candidate_id,
        actor_id=None if note.author is None else note.author.id,
        actor_type=None if note.author is None else "user",
        activity_type="note",
        body=note.content,
        visibility=None if note.is_private is None else "private" if note.is_private else "public",
        created_at=_instant(note.created_at),
        raw=raw,
    )


def _instant(text: str | None) -> int | None:
    """A time that cannot be read is unknown: it is no reason to hide the note, and it is still in ``raw``."""
    try:
        return None if text is None else parse_instant(text)
    except ValueError:
        return None


def _status(answer: Answer, code: str) -> int:
    if answer.status == 401 or UNAUTHORIZED.fullmatch(code):
        return 401
    if answer.status == 403 and not code and answer.media_type != "text/html":
        return 401  # a key that is wrong or switched off; what a key may not do has a code, and a page is not Ashby's
    if answer.status in (403, 429):
        return answer.status
    if answer.status >= 500 or answer.status // 100 == 3:
        return 502
    known = next((status for pattern, status in STATUSES if pattern.fullmatch(code)), None)
    if known is not None:
        return known
    return OTHERWISE if answer.status <= 400 else answer.status


def _missing(code: str, message: str) -> tuple[str, ...]:
    """What the key lacks, as far as Ashby says it; its switch for private fields has no word there, so it is ours."""
    if code == MISSING_PERMISSION:
        return tuple(dict.fromkeys(_SCOPE.findall(message)))
    return (PRIVATE_FIELDS,) if "private" in code else ()


def _failure(document: Json) -> schema.Failure | None:
    """Read the envelope of a failure; what only resembles one is still a failure, by what can be read of it."""
    if not isinstance(document, dict) or document.get("success") is not False:
        return None
    try:
        return convert(document, schema.Failure)
    except ValidationError:
        return schema.Failure(success=False)


def _told(failure: schema.Failure) -> tuple[str, str]:
    """The code and the message: of ``errorInfo``, or of the older ``errors``."""
    info = failure.error_info or schema.ErrorInfo()
    errors = failure.errors or []
    code = info.code or next(iter(errors), "")
    return code, info.message or ", ".join(errors) or code


def _text(answer: Answer) -> str:
    if not answer.media_type.startswith("text/plain"):
        return ""
    return answer.body[:LONGEST_MESSAGE].decode("utf-8", "replace").strip()


def _convert(document: Json, shape: type[T]) -> T:
    try:
        return convert(document, shape)
    except ValidationError as error:
        raise Unreadable(str(error)) from None


def _or_unset(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text
