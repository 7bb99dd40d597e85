"""Ashby in memory, as far as notes need it: keys with permissions, candidates, notes, and its way of saying no.

Follows the contract page; what nobody has documented is marked as our guess. It proves consistency, not truth.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, TypeVar

import msgspec
from msgspec import UNSET, Struct

from dayline.domain.time import now_ms, parse_instant
from dayline.remote.sandbox import Known, Received, Reply, Sandbox, Written
from dayline.vendors.ashby import schema
from dayline.vendors.ashby.answers import (
    AUTHOR,
    Document,
    No,
    candidate_document,
    cursor_of,
    done,
    lacking,
    note_document,
    page,
    place_of,
    plain,
    refused,
)
from dayline.vendors.ashby.mapping import MAX_PAGE, write_instant
from dayline.vendors.ashby.stripping import stripped

T = TypeVar("T")

SCOPES: Final = ("candidatesRead", "candidatesWrite", "organizationRead", "apiKeysRead")
BEGUN: Final = 1_779_926_400_000  # 2026-05-28T00:00:00Z, when all that is there from the beginning was made
PEOPLE: Final = (
    ("f9e52a51-a075-4116-a7b8-484deba69004", "Grace Murray"),
    ("0d9c1f3e-52a7-4c0b-8d0e-6a4f0f6f2b11", "Katherine Coleman"),
    ("b7a4de90-3c1d-4f57-9b7e-2f8f5d1f7c22", "Zoë Łukasiewicz"),
)
NOTES: Final = (
    ("Phone screen went well", False),
    ("Asks for 20 % more than we offer", True),
    ("Comes by on Monday", False),
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Key(Struct):
    """An API key: what it may do, and the person whom it writes as."""

    title: str = "Sandbox"
    scopes: tuple[str, ...] = SCOPES
    private_fields: bool = True
    enabled: bool = True
    author: schema.Author = AUTHOR


class _Named(Struct):
    id: str


class _OfUser(Struct, rename="camel"):
    user_id: str


class _NewCandidate(Struct, rename="camel"):
    name: str
    email: str | None = None
    phone_number: str | None = None


class _Candidate(Struct):
    document: Document
    notes: list[Document]


class AshbySandbox(Sandbox):
    """Ashby's API for one organization. ``keys`` may be added to and changed."""

    vendor: ClassVar[str] = "ashby"

    def seed(self) -> None:
        self.keys = {
            self.key: Key(),
            f"{self.key}-read": Key("Reads only", ("candidatesRead", "apiKeysRead")),
            f"{self.key}-plain": Key("Without private fields", private_fields=False),
            f"{self.key}-off": Key("Switched off", enabled=False),
        }
        self._people = {id: _Candidate(candidate_document(id, name, BEGUN), []) for id, name in PEOPLE}
        self._people[PEOPLE[0][0]].notes += [
            note_document(text, private, BEGUN + hour * 3_600_000) for hour, (text, private) in enumerate(NOTES, 9)
        ]

    def candidates(self) -> tuple[Known, ...]:
        return tuple(Known(id, one.document["name"]) for id, one in self._people.items())

    def context(self) -> Mapping[str, str]:
        return {"api_key": self.key}

    def example(self, url: str) -> str:
        body = f'{{"candidateId": "{PEOPLE[0][0]}"}}'
        return f"curl -u {self.key}: {url}/candidate.listNotes -H 'content-type: application/json' -d '{body}'"

    def answer(self, request: Received) -> Reply:
        found = OPERATIONS.get(request.path.removeprefix("/"))
        if found is None or request.method != "POST":
            return plain(404, "Not Found")  # our guess
        pair = request.basic()
        if pair is None or not pair[0]:
            return plain(401, "Unauthorized")
        scope, operation = found
        try:
            return operation(self, self._admitted(pair, scope), request.body)
        except No as no:
            return refused(no)

    def refusal(self, status: int, request: Received) -> Reply:
        if status == 403:
            return refused(lacking(OPERATIONS.get(request.path.removeprefix("/"), ("candidatesWrite",))[0]))
        if status == 429:
            return refused(No("rate_limit_exceeded", "Too many requests", 429), (("retry-after", "2"),))
        return plain(status, {401: "Unauthorized", 500: "Internal Server Error"}.get(status, "Service Unavailable"))

    def empty_page(self, request: Received) -> Reply | None:
        pair = request.basic()
        if request.path != "/candidate.listNotes" or pair is None:
            return None
        try:
            self._admitted(pair, "candidatesRead")
            asked = _read(request.body, schema.ListNotesRequest)
            place, hop = place_of(asked.candidate_id, asked.cursor or "")
        except No as no:
            return refused(no)
        return page([], cursor_of(asked.candidate_id, place, hop + 1))

    def create_note(self, key: Key, body: bytes) -> Reply:
        asked = _read(body, schema.CreateNoteRequest)
        candidate = self._candidate(asked.candidate_id)
        private = asked.is_private is True
        if private and not key.private_fields:
            raise No("private_notes_not_allowed", "This API key cannot access private fields")  # the code is our guess
        note = note_document(_content(asked.note), private, _created_at(asked), key.author)
        candidate.notes.append(note)
        return done(note, Written(note["id"], asked.candidate_id, note))

    def list_notes(self, key: Key, body: bytes) -> Reply:
        asked = _read(body, schema.ListNotesRequest)
        notes = self._candidate(asked.candidate_id).notes
        limit = MAX_PAGE if asked.limit is UNSET else asked.limit
        if not 1 <= limit <= MAX_PAGE:
            raise No("invalid_input", f"limit must be between 1 and {MAX_PAGE}")
        begin = place_of(asked.candidate_id, asked.cursor or asked.sync_token or "")[0]
        end = min(begin + limit, len(notes))
        shown = [note for note in notes[begin:end] if key.private_fields or not note["isPrivate"]]
        token = cursor_of(asked.candidate_id, end, 0)
        return page(shown, token) if end < len(notes) else page(shown, None, token)

    def create_candidate(self, _: Key, body: bytes) -> Reply:
        asked = _read(body, _NewCandidate)
        made = candidate_document(str(uuid.uuid4()), asked.name, now_ms(), asked.email, asked.phone_number)
        self._people[made["id"]] = _Candidate(made, [])
        return done(made)

    def candidate_info(self, _: Key, body: bytes) -> Reply:
        return done(self._candidate(_read(body, _Named).id).document)

    def user_info(self, _: Key, body: bytes) -> Reply:
        wanted = _read(body, _OfUser).user_id
        user = next((key.author for key in self.keys.values() if key.author.id == wanted), None)
        if user is None:
            raise No("user_not_found", "User not found")
        more = {"globalRole": "Organization Admin", "isEnabled": True, "updatedAt": write_instant(BEGUN)}
        return done(msgspec.to_builtins(user) | more)

    def api_key_info(self, key: Key, _: bytes) -> Reply:
        return done({"title": key.title, "createdAt": write_instant(BEGUN), "scopes": key.scopes})

    def _admitted(self, pair: tuple[str, str], scope: str) -> Key:
        key = self.keys.get(pair[0]) if not pair[1] else None
        if key is None or not key.enabled:
            raise No("unauthorized", "The API key is not valid", 403)  # the code is our guess
        if scope not in key.scopes:
            raise lacking(scope)
        return key

    def _candidate(self, id: str) -> _Candidate:
        if _UUID.fullmatch(id) is None:
            raise No("invalid_input", "candidateId must be a UUID")
        found = self._people.get(id.lower())
        if found is None:
            raise No("candidate_not_found", "Candidate not found")  # by analogy with application_not_found
        return found


OPERATIONS: Final[dict[str, tuple[str, Callable[[AshbySandbox, Key, bytes], Reply]]]] = {
    "apiKey.info": ("apiKeysRead", AshbySandbox.api_key_info),
    "candidate.create": ("candidatesWrite", AshbySandbox.create_candidate),
    "candidate.createNote": ("candidatesWrite", AshbySandbox.create_note),
    "candidate.info": ("candidatesRead", AshbySandbox.candidate_info),
    "candidate.listNotes": ("candidatesRead", AshbySandbox.list_notes),
    "user.info": ("organizationRead", AshbySandbox.user_info),
}


def _read(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise No("invalid_input", f"Request payload is malformed: {error}") from None


def _content(note: schema.NoteContent | str) -> str:
    if isinstance(note, str):
        return note
    return stripped(note.value) if note.type == "text/html" else note.value


def _created_at(asked: schema.CreateNoteRequest) -> int:
    if not isinstance(asked.created_at, str):
        return now_ms()
    try:
        return parse_instant(asked.created_at)
    except ValueError:
        raise No("invalid_input", "createdAt must be a date-time") from None
