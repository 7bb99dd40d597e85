"""How Lever is called, after its data API v1: notes are kept by opportunity, so a candidate's id is an opportunity's.

It must never do input or output, nor name a credential anywhere but in a header.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

from msgspec import to_builtins

from dayline.remote.connector import (
    Answer,
    Ask,
    Connection,
    Json,
    Method,
    NewNote,
    Outbound,
    Pace,
    Refusal,
    RemoteActivity,
    RemotePage,
    Support,
    Wanted,
    handed_on,
)
from dayline.vendors.lever import mapping

FIELDS: Final = ("id", "candidate", "actor", "activity_type", "body", "visibility", "created_at", "remote_data")
FILTERS: Final = ("candidate_id", "actor", "activity_type", "created_at")
METHODS: Final[Mapping[Method, Support]] = {
    "list": Support(required=("candidate_id",), filters=FILTERS, fields=FIELDS),
    "get": Support(required=("candidate_id",), fields=FIELDS),
    "create": Support(required=("candidate_id",), supported=("body", "visibility", "created_at"), fields=FIELDS),
}

READING: Final = ("notes:read:admin",)
WRITING: Final = ("notes:write:admin",)
THREAD: Final = "note_id"  # adds to a note that is there, which decides by itself who sees it
AUTHOR: Final = "perform_as"
SHOWING: Final = ("expand", "include")  # how much of the note is answered

_SCOPE: Final = re.compile(r"\b[a-z_]{1,40}:(?:read|write|access):admin\b")


class Lever:
    """Lever as a connector."""

    name: Final = "lever"
    label: Final = "Lever"
    base_url: Final = "https://api.lever.co/v1"
    asks: Final = (
        Ask("api_key", "An API key of Lever, with the right to read users and to read and write notes.", secret=True),
    )
    methods: Final = METHODS
    pace: Final = Pace(per_second=10, burst=20, pauses=(1, 2, 4))
    may_hide: Final = True  # a secret note, from a key without confidential:access:admin

    def probe(self, connection: Connection) -> Outbound:
        return _ask(connection, "/users", (("limit", "1"),), scopes=("users:read:admin",))

    def create(self, connection: Connection, note: NewNote) -> Outbound:
        return Outbound(
            method="POST",
            path=_notes(note.candidate_id),
            headers=_credential(connection),
            body=to_builtins(mapping.new_note(note)),
            writes=True,
            kept=mapping.kept(note),
            kept_query=() if note.visibility in {None, "public"} else (THREAD,),
            harmless_query=(AUTHOR, *SHOWING),
            scopes=WRITING,
        )

    def ignored(self, note: NewNote) -> tuple[str, ...]:
        return ()

    def created(self, answer: Answer, note: NewNote) -> RemoteActivity:
        return mapping.read_one(answer.document, note.candidate_id, note.visibility)

    def enveloped(self, raw: Json) -> Json:
        return {"data": raw}

    def list(self, connection: Connection, wanted: Wanted) -> Outbound:
        return _ask(connection, _notes(wanted.candidate_id), mapping.page_query(wanted))

    def listed(self, answer: Answer, wanted: Wanted) -> RemotePage:
        return mapping.read_page(answer.document, wanted)

    def read_cursor(self, told: str) -> str:
        return mapping.read_offset(told)

    def get(self, connection: Connection, candidate_id: str | None, id: str) -> Outbound:
        return _ask(connection, f"{_notes(candidate_id or '')}/{mapping.segment('id', id)}")

    def got(self, answer: Answer, candidate_id: str | None) -> RemoteActivity:
        return mapping.read_one(answer.document, candidate_id)

    def refusal(self, answer: Answer) -> Refusal | None:
        if answer.status // 100 == 2:
            # A single note that is deleted is still shown by Lever; whoever asks for it is told what a list tells.
            return Refusal(status=404, message="The note is deleted") if mapping.is_deleted(answer.document) else None
        return _refusal(answer)


def _notes(candidate_id: str) -> str:
    return f"/opportunities/{mapping.segment('candidate_id', candidate_id)}/notes"


def _ask(
    connection: Connection, path: str, query: tuple[tuple[str, str], ...] = (), scopes: tuple[str, ...] = READING
) -> Outbound:
    return Outbound(method="GET", path=path, query=query, headers=_credential(connection), scopes=scopes)


def _credential(connection: Connection) -> tuple[tuple[str, str], ...]:
    pair = f"{connection.context.get('api_key', '')}:"  # the key is the user, and there is no password
    return (("authorization", f"Basic {b64encode(pair.encode()).decode()}"),)


def _refusal(answer: Answer) -> Refusal:
    message = mapping.read_failure(answer.document)
    named = tuple(dict.fromkeys(_SCOPE.findall(message))) if answer.status == 403 else ()
    return Refusal(
        status=handed_on(answer.status),
        message=message,
        reauthorize=answer.status == 401,
        missing_scopes=named,
        forbids=answer.status == 403 and not named and answer.media_type != "text/html",  # such a page is not Lever's
        retry_after=_pause(answer),
    )


def _pause(answer: Answer) -> int | None:
    """Lever's bucket gets ten drops a second, and mostly it does not say how long to wait."""
    told = answer.header("retry-after")
    return 1 if told is None and answer.status == 429 else answer.retry_after


CONNECTOR: Final = Lever()
