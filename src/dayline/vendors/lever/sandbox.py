"""Lever in memory, as far as its notes go: written from the same pages as the connector, so that it proves that we are
consistent, and not what Lever does. The texts of its errors are ours.
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote
from uuid import uuid4

import msgspec
from msgspec import Struct

from dayline.domain.time import now_ms
from dayline.kit.pace import Paces
from dayline.remote.sandbox import Headers, Known, Received, Reply, Sandbox, Written, reply_json
from dayline.vendors.lever import people

HEADERS: Final[Headers] = (("server", "lever-data-api"), ("x-lever-region", "global"))
PER_SECOND: Final = 10
BURST: Final = 20
ROUNDING: Final = 1e-6  # seconds: tenths do not add up exactly
PAGE: Final = 100
FAILURES: Final = {
    401: ("Unauthorized", "Invalid API key"),
    403: ("Forbidden", "This API key may not do this"),
    429: ("TooManyRequests", "Too many requests"),
    500: ("InternalServerError", "Something went wrong"),
    503: ("ServiceUnavailable", "Lever is not available"),
}

Document = dict[str, Any]


class _NewNote(Struct, frozen=True, rename="camel"):
    """The body of a POST; of a PUT the value alone counts."""

    value: str = ""
    secret: bool = False
    score: float | None = None
    notify_followers: bool = False
    created_at: int | None = None


class _Offset(Struct, frozen=True, array_like=True):
    """Where a page begins: after what was made then and has that id."""

    version: int
    created_at: int
    id: str


class _No(Exception):
    """The answer is no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = reply_json(status, {"code": code, "message": message}, headers=HEADERS)


class LeverSandbox(Sandbox):
    """A Lever account with some opportunities. Where it is ``limited``, its bucket runs empty as Lever's does."""

    vendor: ClassVar[str] = "lever"
    base_path: ClassVar[str] = "/v1"

    def __init__(
        self, key: str = "sandbox-key", *, limited: bool = False, clock: Callable[[], float] = monotonic
    ) -> None:
        self._limited, self._clock = limited, clock
        super().__init__(key)

    def seed(self) -> None:
        self._paces = Paces(self._clock)
        self._opportunities = {one["id"]: one for one in people.opportunities()}
        self._users = {one["id"]: one for one in people.users()}
        self._notes: dict[str, dict[str, Document]] = {id: {} for id in self._opportunities}
        self._by_hand: set[str] = set()
        for note in people.notes():
            self._notes[people.NOTED][note["id"]] = note
            self._by_hand.add(note["id"])

    def candidates(self) -> tuple[Known, ...]:
        return tuple(Known(one["id"], one["name"]) for one in self._opportunities.values())

    def context(self) -> Mapping[str, str]:
        return {"api_key": self.key}

    def example(self, url: str) -> str:
        return f"curl -u {self.key}: {url}/opportunities/{people.NOTED}/notes"

    def refusal(self, status: int, request: Received) -> Reply:
        return _No(status, *FAILURES[status]).reply

    def empty_page(self, request: Received) -> Reply | None:
        if request.method != "GET" or not request.path.endswith("/notes"):
            return None
        try:
            place = _offset(request) or _Offset(3, 1 << 53, "")
        except _No as no:
            return no.reply
        # The next page begins where this one should have; its offset looks different: what leads to itself is a loop.
        token = _token(_Offset(place.version + 1, place.created_at, place.id))
        return reply_json(200, {"data": [], "hasNext": True, "next": token}, headers=HEADERS)

    def answer(self, request: Received) -> Reply:
        if request.basic() != (self.key, ""):
            return self.refusal(401, request)
        if self._limited and self._paces.take(self.key, PER_SECOND, BURST, ROUNDING) > ROUNDING:
            return self.refusal(429, request)
        try:
            return self._shown(request, self._route(request))
        except _No as no:
            return no.reply

    def _route(self, request: Received) -> Reply:
        match request.method, request.segments:
            case "GET", ("v1", "users"):
                return _page(request, self._users.values())
            case "GET", ("v1", "users", id):
                return _one(_found(self._users, id, "User"))
            case "GET", ("v1", ("opportunities" | "candidates")):
                return _page(request, self._opportunities.values())
            case "GET", ("v1", ("opportunities" | "candidates"), id):
                return _one(_found(self._opportunities, id, "Opportunity"))
            case _, ("v1", ("opportunities" | "candidates"), id, "notes", *rest):
                return self._noted(request, id, _found(self._notes, id, "Opportunity"), rest)
        raise _No(404, "ResourceNotFound", "No such route")

    def _shown(self, request: Received, reply: Reply) -> Reply:
        """The reply with the users in it that are asked for by ``expand``, and with no more than ``include`` names."""
        expanded, included = _named(request, "expand"), _named(request, "include")
        if not reply.body or not (expanded or included):
            return reply

        def shown(one: Document) -> Document:
            users = {name: self._users[one[name]] for name in expanded if one.get(name) in self._users}
            return {name: value for name, value in (one | users).items() if not included or name in included}

        answer = msgspec.json.decode(reply.body)
        data = answer["data"]
        answer["data"] = [shown(one) for one in data] if isinstance(data, list) else shown(data)
        return msgspec.structs.replace(reply, body=msgspec.json.encode(answer))

    def _noted(self, request: Received, opportunity: str, notes: dict[str, Document], rest: list[str]) -> Reply:
        match request.method, rest:
            case "GET", []:
                return _page(request, notes.values())
            case "POST", []:
                return self._post(request, opportunity, notes)
            case "GET", [id]:
                return _one(_found(notes, id, "Note"))
            case "PUT", [id]:
                note = self._own(notes, id)
                note["fields"] = [note["fields"][0] | {"value": _read(request).value}, *note["fields"][1:]]
                return _one(note)
            case "DELETE", [id]:
                self._own(notes, id)["deletedAt"] = now_ms()
                return Reply(204, headers=HEADERS)
        raise _No(404, "ResourceNotFound", "No such route")

    def _post(self, request: Received, opportunity: str, notes: dict[str, Document]) -> Reply:
        given, query = _read(request), request.query
        user = query.get("perform_as", people.KEYS_OWNER)
        if user not in self._users:
            raise _No(400, "BadRequestError", "perform_as is not a user")
        at = now_ms() if given.created_at is None else given.created_at
        field = people.field(given.value, user, at, given.score)
        if thread := query.get("note_id"):
            note = _found(notes, thread, "Note")
            note["fields"] = [*note["fields"], field]
        else:
            note = people.note(str(uuid4()), field, secret=given.secret)
            notes[note["id"]] = note
        wrote = Written(note["id"], opportunity, dict(note))
        return reply_json(201, {"data": note | {"noteId": note["id"]}}, headers=HEADERS, wrote=wrote)

    def _own(self, notes: dict[str, Document], id: str) -> Document:
        """A note that may be changed: there, and not made by hand."""
        note: Document = _found(notes, id, "Note")
        if note["deletedAt"] is not None:
            raise _No(404, "ResourceNotFound", "Note was not found")
        if id in self._by_hand:
            raise _No(400, "BadRequestError", "Only notes that were made through the API can be changed")
        return note


def _named(request: Received, name: str) -> list[str]:
    """Every value of a name in the query, in which there may be several with commas between them."""
    given = parse_qsl(request.target.partition("?")[2])
    return [one for key, value in given if key == name for one in value.split(",")]


def _found(some: Mapping[str, Any], id: str, what: str) -> Any:
    if id not in some:
        raise _No(404, "ResourceNotFound", f"{what} was not found")
    return some[id]


def _read(request: Received) -> _NewNote:
    if "json" not in (request.header("content-type") or ""):
        raise _No(400, "BadRequestError", "The body must be JSON")
    try:
        given = msgspec.json.decode(request.body, type=_NewNote)
    except msgspec.DecodeError as error:
        raise _No(400, "BadRequestError", str(error)) from None
    if not given.value.strip():
        raise _No(400, "BadRequestError", "value is required")
    return given


def _one(document: Document) -> Reply:
    return reply_json(200, {"data": document}, headers=HEADERS)


def _page(request: Received, documents: Any) -> Reply:
    """The newest first; the offset comes percent-encoded, and is not there on the last page."""
    limit, after = _limit(request), _offset(request)
    rest = sorted(documents, key=_place)
    if after is not None:
        rest = [one for one in rest if _place(one) > (-after.created_at, after.id)]
    answer: Document = {"data": rest[:limit], "hasNext": len(rest) > limit}
    if answer["hasNext"]:
        last = rest[limit - 1]
        answer["next"] = _token(_Offset(3, last["createdAt"], last["id"]))
    return reply_json(200, answer, headers=HEADERS)


def _place(document: Document) -> tuple[int, str]:
    return (-document["createdAt"], document["id"])


def _limit(request: Received) -> int:
    told = request.query.get("limit", str(PAGE))
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= PAGE):
        raise _No(400, "InvalidArgument", f"limit must be between 1 and {PAGE}")
    return int(told)


def _offset(request: Received) -> _Offset | None:
    """Read the offset, decoded once: one that was encoded twice is none."""
    told = request.query.get("offset")
    if told is None:
        return None
    try:
        return msgspec.json.decode(told, type=_Offset)
    except msgspec.DecodeError:
        raise _No(400, "InvalidArgument", "Invalid offset token") from None


def _token(place: _Offset) -> str:
    return quote(msgspec.json.encode(place), safe="")
