"""What Ashby's sandbox shows: documents, pages, refusals. No state.

It must never be used to read what Ashby answers: that is the mapping's.
"""

import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, TypeAlias
from zlib import crc32

import msgspec

from dayline.remote.sandbox import Headers, Reply, Written, reply_json
from dayline.vendors.ashby import schema
from dayline.vendors.ashby.mapping import write_instant

Document: TypeAlias = dict[str, Any]

AUTHOR: Final = schema.Author("2f0d7a55-8f0e-4e0a-9e55-0b8a1d5f9a10", "Ada", "Byron", "ada@example.com")


class No(Exception):
    """A refusal with this code; the status is 200 unless it is about the key."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def candidate_document(id: str, name: str, at: int, email: str | None = None, phone: str | None = None) -> Document:
    """A candidate, made at that instant (ms UTC)."""
    address = {"value": email, "type": "Personal", "isPrimary": True} if email else None
    number = [{"value": phone, "type": "Personal", "isPrimary": True}] if phone else []
    return {
        "id": id,
        "name": name,
        "primaryEmailAddress": address,
        "emailAddresses": [address] if address else [],
        "phoneNumbers": number,
        "socialLinks": [],
        "tags": [],
        "applicationIds": [],
        "fileHandles": [],
        "customFields": [],
        "profileUrl": f"https://app.ashbyhq.com/candidates/{id}",
        "createdAt": write_instant(at),
        "updatedAt": write_instant(at),
    }


def note_document(content: str, private: bool, at: int, author: schema.Author = AUTHOR) -> Document:
    """A new note, of that instant (ms UTC)."""
    said = {"createdAt": write_instant(at), "isPrivate": private, "content": content}
    return {"id": str(uuid.uuid4()), **said, "author": msgspec.to_builtins(author)}


def cursor_of(candidate_id: str, place: int, hop: int) -> str:
    """A place in a candidate's notes as a short word. The hop is for a page that is empty: its word is a new one."""
    check = crc32(candidate_id.lower().encode()) & 0xFF
    packed = place.to_bytes(3, "big") + bytes((check, hop % 256))
    return urlsafe_b64encode(packed).decode().rstrip("=")


def place_of(candidate_id: str, cursor: str) -> tuple[int, int]:
    """Read a cursor: the place and the hop; without one it is the beginning. Raises No."""
    if not cursor:
        return 0, 0
    try:
        packed = urlsafe_b64decode(cursor + "=")
    except ValueError:
        packed = b""
    if len(packed) != 5 or cursor_of(candidate_id, place := int.from_bytes(packed[:3], "big"), packed[4]) != cursor:
        raise No("invalid_input", "The cursor is not valid")
    return place, packed[4]


def lacking(scope: str) -> No:
    """The refusal of a key that may not do this."""
    return No("missing_endpoint_permission", f"This API key lacks the permission {scope}", 403)


def done(results: Any, wrote: Written | None = None) -> Reply:
    """The answer with one thing."""
    return reply_json(200, {"success": True, "results": results}, headers=_traced(_request_id()), wrote=wrote)


def page(results: list[Document], cursor: str | None, token: str | None = None) -> Reply:
    """A page that goes on at the cursor, or the last one, with a token for what comes to be later."""
    begin = {"success": True, "results": results, "moreDataAvailable": cursor is not None}
    more = {"nextCursor": cursor} if cursor is not None else {"syncToken": token}
    return reply_json(200, begin | more, headers=_traced(_request_id()))


def refused(no: No, headers: Headers = ()) -> Reply:
    """The envelope of a refusal."""
    request_id = _request_id()
    info = {"code": no.code, "message": no.message, "requestId": request_id, "meta": {}}
    document = {"success": False, "errors": [no.code], "errorInfo": info}
    return reply_json(no.status, document, headers=(*_traced(request_id), *headers))


def plain(status: int, text: str) -> Reply:
    """What is said without the envelope."""
    return Reply(status, text.encode(), (("content-type", "text/plain; charset=utf-8"), *_traced(_request_id())))


def _traced(request_id: str) -> Headers:
    return (("x-ashby-request-id", request_id),)


def _request_id() -> str:
    """A word that looks like a ULID."""
    return f"01{uuid.uuid4().hex[:24].upper()}"
