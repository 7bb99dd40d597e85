"""How Recruitee is called, after clients of its API, for it publishes little: notes of a candidate of one company.

It must never do input or output, nor name a credential anywhere but in a header.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import to_builtins

from dayline.domain.errors import invalid
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
    Unreadable,
    Wanted,
    handed_on,
)
from dayline.vendors.recruitee import mapping

FIELDS: Final = (
    "id",
    "candidate",
    "actor",
    "activity_type",
    "body",
    "visibility",
    "created_at",
    "updated_at",
    "remote_data",
)
FILTERS: Final = ("candidate_id", "actor", "activity_type", "created_at")
METHODS: Final[Mapping[Method, Support]] = {
    "list": Support(required=("candidate_id",), filters=FILTERS, fields=FIELDS),
    "create": Support(required=("candidate_id", "body"), supported=("visibility",), fields=FIELDS),
}
NO_SINGLE: Final = "Recruitee is not known to show a single note"


class Recruitee:
    """Recruitee as a connector."""

    name: Final = "recruitee"
    label: Final = "Recruitee"
    base_url: Final = "https://api.recruitee.com"
    asks: Final = (
        Ask("api_key", "A personal API token of Recruitee; every note is written in its owner's name.", secret=True),
        Ask("company_id", "The company's number or subdomain in Recruitee."),
    )
    methods: Final = METHODS
    pace: Final = Pace(per_second=1.5, burst=10)  # 100 in the first minute, the lower of two hearsay limits
    may_hide: Final = False

    def probe(self, connection: Connection) -> Outbound:
        return _ask(connection, "/admins", (("limit", "1"),))

    def create(self, connection: Connection, note: NewNote) -> Outbound:
        body, path = mapping.creation(note), _notes(note.candidate_id)
        return Outbound(
            method="POST",
            path=_company(connection) + path,
            headers=_credential(connection),
            body=to_builtins(body),
            writes=True,
            kept=mapping.kept(note),
        )

    def ignored(self, note: NewNote) -> tuple[str, ...]:
        return () if note.created_at is None else ("created_at",)

    def created(self, answer: Answer, note: NewNote) -> RemoteActivity:
        return mapping.read_one(answer.document, note.candidate_id)

    def enveloped(self, raw: Json) -> Json:
        return {"note": raw}

    def list(self, connection: Connection, wanted: Wanted) -> Outbound:
        place = mapping.place_of(wanted)
        query = (("limit", str(mapping.limit_of(wanted))), ("offset", str(place.offset)))
        return _ask(connection, _notes(wanted.candidate_id), query)

    def listed(self, answer: Answer, wanted: Wanted) -> RemotePage:
        return mapping.read_page(answer.document, wanted)

    def read_cursor(self, told: str) -> str:
        return mapping.read_offset(told)

    def get(self, connection: Connection, candidate_id: str | None, id: str) -> Outbound:
        raise invalid("id", NO_SINGLE)

    def got(self, answer: Answer, candidate_id: str | None) -> RemoteActivity:
        raise Unreadable(NO_SINGLE)

    def refusal(self, answer: Answer) -> Refusal | None:
        if answer.status // 100 == 2:
            return None
        return Refusal(
            status=handed_on(answer.status),
            message=mapping.read_failure(answer.document),
            # A 403 is no sign of a bad token: it also answers a wrong company, and what the token's owner may not see.
            reauthorize=answer.status == 401,
            retry_after=answer.retry_after,
        )


def _notes(candidate_id: str) -> str:
    return f"/candidates/{mapping.candidate(candidate_id)}/notes"


def _ask(connection: Connection, path: str, query: tuple[tuple[str, str], ...]) -> Outbound:
    return Outbound(method="GET", path=_company(connection) + path, query=query, headers=_credential(connection))


def _company(connection: Connection) -> str:
    return f"/c/{mapping.company(connection.context.get('company_id'))}"


def _credential(connection: Connection) -> tuple[tuple[str, str], ...]:
    token = connection.context.get("api_key", "")
    if not token.isascii() or not token.isprintable():
        raise invalid("api_key", "cannot be a token of Recruitee: it has characters that no header can carry")
    return (("authorization", f"Bearer {token}"),)


CONNECTOR: Final = Recruitee()
