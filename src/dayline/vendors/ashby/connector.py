"""How Ashby is called: every operation is a POST with a JSON body, and mostly answers 200, also when it refuses.

It must never do input or output, nor name a credential anywhere but in a header.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final

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
)
from dayline.vendors.ashby import mapping

FIELDS: Final = ("id", "candidate", "actor", "activity_type", "body", "visibility", "created_at", "remote_data")
FILTERS: Final = ("candidate_id", "actor", "activity_type", "created_at")
METHODS: Final[Mapping[Method, Support]] = {
    "list": Support(required=("candidate_id",), filters=FILTERS, fields=FIELDS),
    "create": Support(required=("candidate_id", "body"), supported=("visibility", "created_at"), fields=FIELDS),
}

READING: Final = ("candidatesRead",)
WRITING: Final = ("candidatesWrite",)
ABOUT_KEYS: Final = ("apiKeysRead",)


class Ashby:
    """Ashby as a connector."""

    name: Final = "ashby"
    label: Final = "Ashby"
    base_url: Final = "https://api.ashbyhq.com"
    asks: Final = (
        Ask(
            "api_key",
            "An API key of Ashby with candidatesRead, candidatesWrite and apiKeysRead;"
            " for private notes also with access to private fields.",
            secret=True,
        ),
    )
    methods: Final = METHODS
    pace: Final = Pace(per_second=10, burst=50)  # Ashby tells no limit but that of reports; this is a polite guess
    may_hide: Final = False  # a key without private fields cannot write a private note either

    def probe(self, connection: Connection) -> Outbound:
        return _post(connection, "apiKey.info", {}, scopes=ABOUT_KEYS)

    def create(self, connection: Connection, note: NewNote) -> Outbound:
        body = mapping.new_note(note)
        return _post(connection, "candidate.createNote", body, scopes=WRITING, writes=True, kept=mapping.kept(note))

    def ignored(self, note: NewNote) -> tuple[str, ...]:
        return ()

    def created(self, answer: Answer, note: NewNote) -> RemoteActivity:
        return mapping.read_one(answer.document, note.candidate_id)

    def enveloped(self, raw: Json) -> Json:
        return {"success": True, "results": raw}

    def list(self, connection: Connection, wanted: Wanted) -> Outbound:
        return _post(connection, "candidate.listNotes", mapping.page_request(wanted), scopes=READING)

    def listed(self, answer: Answer, wanted: Wanted) -> RemotePage:
        return mapping.read_page(answer.document, wanted)

    def read_cursor(self, told: str) -> str:
        return told

    def get(self, connection: Connection, candidate_id: str | None, id: str) -> Outbound:
        raise NotImplementedError("Ashby has no operation that reads one note")

    def got(self, answer: Answer, candidate_id: str | None) -> RemoteActivity:
        raise NotImplementedError("Ashby has no operation that reads one note")

    def refusal(self, answer: Answer) -> Refusal | None:
        return mapping.read_refusal(answer)


def _post(
    connection: Connection,
    operation: str,
    body: Json,
    *,
    scopes: tuple[str, ...],
    writes: bool = False,
    kept: tuple[tuple[str, ...], ...] = (),
) -> Outbound:
    return Outbound(
        method="POST",
        path=f"/{operation}",
        headers=(("authorization", _credential(connection)), ("accept", "application/json; version=1")),
        body=body,
        writes=writes,
        kept=kept,
        scopes=scopes,
    )


def _credential(connection: Connection) -> str:
    pair = f"{connection.context.get('api_key', '')}:"  # the key is the user, and there is no password
    return f"Basic {b64encode(pair.encode()).decode()}"


CONNECTOR: Final = Ashby()
