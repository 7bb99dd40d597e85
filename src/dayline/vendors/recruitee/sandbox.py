"""Recruitee in memory, as far as its notes go: written from the same pages as the connector, so that it proves that we
are consistent, and not what Recruitee does, which publishes little.
"""

import html
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from dayline.domain.time import format_instant, now_ms
from dayline.remote.sandbox import Headers, Json, Known, Received, Reply, Sandbox, Written, reply_json

COMPANY: Final = ("126786", "sandbox-co")  # by number or by subdomain
STRANGERS: Final = ("200001", "strangers")  # a company that there is, and that the token is not of
OWNER: Final = 771
PEOPLE: Final = {41922: "Ravi Shah", 41923: "Mina Park", 41924: "Ines Weber"}
NOTED: Final = 41922
LEVELS: Final = ("public", "private", "roles", "admins")
FIRST_NOTE: Final = 90112
PAGE: Final = 50
FAILURES: Final[Mapping[int, tuple[Json, Headers]]] = {
    401: ({"error": "Unauthorized"}, ()),
    403: ({"error": ["You are not authorized to perform this action"]}, ()),
    429: ({"error": "Too many requests"}, (("retry-after", "3"),)),
    500: ({"error": "Internal server error"}, ()),
    503: ({"error": "Service unavailable"}, ()),
}

Document = dict[str, Any]


class _Seen(Struct, frozen=True):
    level: str = "public"


class _Note(Struct, frozen=True):
    body: str | None | UnsetType = UNSET
    visibility: _Seen | UnsetType = UNSET


class _Given(Struct, frozen=True):
    """The body of a POST or PATCH. One that cannot be read has no note in it, as forms of that framework have it."""

    note: _Note | None = None


class _No(Exception):
    """The answer is no."""

    def __init__(self, status: int, document: Json, headers: Headers = ()) -> None:
        super().__init__(status)
        self.reply = reply_json(status, document, headers=headers)


class RecruiteeSandbox(Sandbox):
    """A company with some candidates. ``heeds_offset`` can be taken away, for Recruitee may not heed it for notes."""

    vendor: ClassVar[str] = "recruitee"

    def __init__(self, key: str = "sandbox-key", *, heeds_offset: bool = True) -> None:
        self.heeds_offset = heeds_offset
        super().__init__(key)

    def seed(self) -> None:
        self._next = FIRST_NOTE
        self._notes: dict[int, list[Document]] = {id: [] for id in PEOPLE}
        self._notes[NOTED] = [_old(90003, 3), _old(90002, 2), _old(90001, 1)]

    def candidates(self) -> tuple[Known, ...]:
        return tuple(Known(str(id), name) for id, name in PEOPLE.items())

    def context(self) -> Mapping[str, str]:
        return {"api_key": self.key, "company_id": COMPANY[0]}

    def example(self, url: str) -> str:
        return f"curl -H 'Authorization: Bearer {self.key}' {url}/c/{COMPANY[0]}/candidates/{NOTED}/notes"

    def refusal(self, status: int, request: Received) -> Reply:
        document, headers = FAILURES[status]
        return reply_json(status, document, headers=headers)

    def answer(self, request: Received) -> Reply:
        if request.bearer() != self.key:
            return self.refusal(401, request)
        try:
            return self._route(request)
        except _No as no:
            return no.reply

    def _route(self, request: Received) -> Reply:
        match request.method, request.segments:
            case _, ("c", company, *rest) if company not in COMPANY:
                # A wrong company does not look like a wrong token.
                if company in STRANGERS and "notes" in rest:
                    raise _No(403, *FAILURES[403])
                raise _No(422, {"error": ["Company id is invalid"]})
            case "GET", ("c", _, "admins"):
                admin = {"id": OWNER, "name": "Dana Ortiz", "email": "dana@sandbox.example", "role": "admin"}
                return reply_json(200, {"admins": [admin]})
            case "GET", ("c", _, "candidates"):
                everybody = [_person(id) for id in PEOPLE]
                return reply_json(200, {"candidates": _cut(everybody, request)})
            case "GET", ("c", _, "candidates", id):
                self._of(id)
                return reply_json(200, {"candidate": _person(int(id)), "references": []})
            case "GET", ("c", _, "candidates", id, "notes"):
                return self._list(request, self._of(id))
            case "POST", ("c", _, "candidates", id, "notes"):
                return self._post(request, id, self._of(id))
            case (("PATCH" | "DELETE"), ("c", _, "notes", id)):
                return self._change(request, id)
        raise _No(404, {"error": "Not found"})

    def _of(self, candidate: str) -> list[Document]:
        """A candidate's notes, the newest first."""
        notes = self._notes.get(int(candidate)) if candidate.isascii() and candidate.isdigit() else None
        if notes is None:
            raise _No(404, {"error": "Candidate not found"})
        return notes

    def _list(self, request: Received, notes: list[Document]) -> Reply:
        return reply_json(200, {"notes": _cut(notes, request, heeded=self.heeds_offset)})

    def _post(self, request: Received, candidate: str, notes: list[Document]) -> Reply:
        given = _read(request)
        if given.body is UNSET or not (given.body or "").strip():
            raise _blank("body")
        level = "public" if given.visibility is UNSET else given.visibility.level
        note = _note(self._next, str(given.body), level, _now())
        self._next += 1
        notes.insert(0, note)
        return reply_json(201, {"note": note}, wrote=Written(str(note["id"]), candidate, dict(note)))

    def _change(self, request: Received, id: str) -> Reply:
        notes, note = next(
            ((notes, note) for notes in self._notes.values() for note in notes if str(note["id"]) == id), ([], None)
        )
        if note is None:
            raise _No(404, {"error": "Note not found"})
        if request.method == "DELETE":
            notes.remove(note)
            return Reply(204, headers=())
        given = _read(request)
        if given.body is not UNSET:
            if not (given.body or "").strip():
                raise _blank("body")
            note |= {"body": given.body, "body_html": _shown(str(given.body))}
        if given.visibility is not UNSET:
            note["visibility"] = {"level": given.visibility.level}
        note["updated_at"] = _now()
        return reply_json(200, {"note": note})


def _read(request: Received) -> _Note:
    try:
        given = msgspec.json.decode(request.body, type=_Given)
    except msgspec.DecodeError:
        given = _Given()
    if given.note is None or "json" not in (request.header("content-type") or ""):
        raise _blank("note")
    if given.note.visibility is not UNSET and given.note.visibility.level not in LEVELS:
        raise _No(422, {"errors": [{"code": "inclusion", "message": "Visibility level is not included in the list"}]})
    return given.note


def _blank(field: str) -> _No:
    fields = {field: ["can't be blank"]}
    return _No(422, {"error": [f"{field.capitalize()} can't be blank"], "error_fields": fields})


def _cut(some: list[Document], request: Received, *, heeded: bool = True) -> list[Document]:
    limit, offset = _number(request, "limit", PAGE), _number(request, "offset", 0)
    start = offset if heeded else 0
    return some[start : start + limit]


def _number(request: Received, name: str, usual: int) -> int:
    told = request.query.get(name, str(usual))
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise _No(422, {"errors": [{"code": "invalid", "message": f"{name} is not a number"}]})
    return int(told)


def _person(id: int) -> Document:
    return {
        "id": id,
        "name": PEOPLE[id],
        "emails": [f"{PEOPLE[id].split()[0].lower()}@candidates.example"],
        "phones": [],
        "placements": [],
        "admin_id": OWNER,
        "created_at": "2026-05-01T09:00:00.000Z",
    }


def _note(id: int, body: str, level: str, at: str) -> Document:
    return {
        "id": id,
        "admin_id": OWNER,
        "body": body,
        "body_html": _shown(body),
        "attachments": [],
        "replies": [],
        "visibility": {"level": level},
        "created_at": at,
        "updated_at": at,
    }


def _old(id: int, day: int) -> Document:
    """A note from before, whose time is in the newer spelling, and which only some roles see."""
    return _note(id, f"Talked on day {day}", "roles", f"2026-05-{day:02d} 08:30:00 UTC")


def _shown(body: str) -> str:
    return f"<p>{html.escape(body, quote=False).replace(chr(10), '<br>')}</p>"


def _now() -> str:
    ms = now_ms()
    return f"{format_instant(ms)[:-1]}.{ms % 1000:03d}Z"
