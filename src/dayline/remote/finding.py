"""Looks for a note that may have been written: by its candidate, what it says, and when. Pure; instants in ms UTC.

It must never take a note that somebody else wrote for ours, nor say that there is none unless that is sure.
"""

import hashlib
import re
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.remote.connector import Answer, Connection, Connector, Json, NewNote, Outbound, RemoteActivity
from dayline.remote.merging import Path, at, leaves, same

Clean = Callable[[str], str]
_MARK = "The text of the note goes here: 5f1e6c1b"
_TAG = re.compile(r"<[^<>]*>")
_CLOSE_MS = 10_000  # how far two clocks may be apart where the other one has been read
_FAR_MS = 120_000  # and where it has not
_DOUBT_MS = 3_600_000  # a clock may have been set in between: what is so near is not surely another's
_SAME_MS = 1_000  # a vendor may keep whole seconds of an instant that it was given


class Sought(Struct, frozen=True, kw_only=True):
    """What the note looks like. ``text`` is None where it cannot be told from the request.

    ``moved`` tells that the caller's own words changed where or how it was written, so that not to see it says nothing;
    ``loose`` that there were such words at all, one of which may be its time. ``public`` is None where they say who may
    see it. ``hideable`` tells that it is one that we may not be shown, unless we are shown others that are not public.
    ``clean`` is what every answer has gone through: a text that quotes our credential reads otherwise behind it.
    """

    text: str | None
    created_at: int | None
    public: bool | None
    moved: bool
    loose: bool
    hideable: bool
    digest: str
    clean: Clean


class Seen(Struct, frozen=True):
    """What was seen of a candidate's notes: those that are the one, if nobody else has them, and those that may be.

    ``sure`` tells that there can be no other.
    """

    notes: tuple[RemoteActivity, ...]
    doubtful: tuple[RemoteActivity, ...]
    sure: bool


def sought(
    connector: Connector, connection: Connection, note: NewNote, plain: Outbound, sent: Outbound, clean: Clean
) -> Sought:
    """What to look for after this request; ``plain`` is it without the caller's own words."""
    place = _place_of_text(connector, connection, note)
    text = None if place is None else _text_at(sent.body, place)
    words = None if text is None else _bare(clean(text), clean)
    kept = [(path, value) for path, value in leaves(plain.body) if path != place]
    asked = [one for one in sent.query if one[0] not in plain.harmless_query]
    levels = connector.create(connection, replace(note, visibility="private")).kept
    own_level = any(not same(at(sent.body, path), at(plain.body, path)) for path in levels)
    public = None if own_level else note.visibility in (None, "public")
    return Sought(
        text=words,
        created_at=note.created_at,
        public=public,
        moved=asked != list(plain.query) or any(not same(at(sent.body, path), value) for path, value in kept),
        loose=asked != list(plain.query) or sent.body != plain.body,
        hideable=connector.may_hide and public is not True,
        digest=_digest(note.candidate_id, sent.body if words is None else words),
        clean=clean,
    )


def seen(wanted: Sought, items: Iterable[RemoteActivity], first_at: int, now: int, clock: int | None) -> Seen:
    """Which of a candidate's notes may be the one, first sent at ``first_at``.

    ``clock`` is the vendor's at the instant ``now`` of ours, if it is known.
    """
    if wanted.text is None:
        return Seen((), (), False)
    items = tuple(items)
    alike = [item for item in items if _alike(wanted, item)]
    ahead = 0 if clock is None else clock - now

    def within(at: int | None, ms: int) -> bool:
        return at is not None and first_at - ms <= at - ahead <= now + ms

    def asked_for(at: int | None) -> bool:
        return at is not None and wanted.created_at is not None and abs(at - wanted.created_at) <= _SAME_MS

    close = _FAR_MS if clock is None else _CLOSE_MS
    timely = [item for item in alike if asked_for(item.created_at) or within(item.created_at, close)]
    certain = tuple(item for item in timely if _has_level(wanted, item) and _first(wanted, item) == wanted.text)
    doubtful = tuple(
        item
        for item in alike
        if item not in certain and (wanted.loose or item.created_at is None or within(item.created_at, _DOUBT_MS))
    )
    shown = not wanted.hideable or any(_is_public(item) is False for item in items)
    return Seen(certain, doubtful, shown and not wanted.moved)


def _alike(wanted: Sought, item: RemoteActivity) -> bool:
    """Whether this may be the note: it has the words, or begins with them, and its level is not surely another."""
    texts = [_bare(text, wanted.clean) for text in item.parts or (item.body or "",)]
    level = wanted.loose or _is_public(item) in (None, wanted.public)
    return level and any(text == wanted.text or text.startswith(f"{wanted.text} ") for text in texts)


def _first(wanted: Sought, item: RemoteActivity) -> str:
    """What a note says that others may have added to."""
    return _bare(next(iter(item.parts), item.body or ""), wanted.clean)


def _has_level(wanted: Sought, item: RemoteActivity) -> bool:
    return wanted.public is not None and _is_public(item) is wanted.public


def _is_public(item: RemoteActivity) -> bool | None:
    return None if item.visibility is None else item.visibility == "public"


def clock_of(answer: Answer) -> int | None:
    """The vendor's clock as it stood when it answered; in whole seconds, so half of one is added."""
    try:
        return int(parsedate_to_datetime(answer.header("date") or "").timestamp() * 1000) + 500
    except (ValueError, OverflowError):
        return None


def _place_of_text(connector: Connector, connection: Connection, note: NewNote) -> Path | None:
    marked = connector.create(connection, replace(note, body=_MARK))
    return next((path for path, value in leaves(marked.body) if value == _MARK), None)


def _text_at(document: Json, place: Path) -> str | None:
    """The text there; the caller may have put a plain one higher up, where the vendor takes both."""
    for name in place:
        if not isinstance(document, dict):
            break
        document = document.get(name)
    return document if isinstance(document, str) else None


def _bare(text: str, clean: Clean) -> str:
    """The words alone: a vendor may keep a text as HTML, or strip what it does not know.

    They are cleaned once more, for what was a mark of HTML before may belong to a credential.
    """
    from html import unescape  # noqa: PLC0415 - its table of entities takes half a MiB, and few processes need it

    return clean(" ".join(_TAG.sub(" ", unescape(text)).split()))


def _digest(candidate_id: str, what: Json) -> str:
    return hashlib.sha256(msgspec.json.encode((candidate_id, what))).hexdigest()
