"""Who and what is in Lever's sandbox from the beginning, as documents on Lever's wire. Nobody here is anybody."""

from typing import Any, Final

KEYS_OWNER: Final = "be129d9b-50da-4485-9377-0d83e981f30b"
COLLEAGUE: Final = "3f6c1c8e-0a54-4c0e-9a51-7d3f0a1b2c4d"
TWICE: Final = "aa7e6d5c-7f3b-4b52-9c3e-2f0e6a1d9b10"  # a contact with two opportunities, and no candidate by itself
NOTED: Final = "c3b8a1f4-5d2e-4c7a-8e6f-1a9b0c2d3e4f"
MADE: Final = 1_780_000_000_000

Document = dict[str, Any]


def users() -> list[Document]:
    """The users: the first one owns the key."""
    return [_user(KEYS_OWNER, "Dana Ortiz", 0), _user(COLLEAGUE, "Femi Adeyemi", 1)]


def opportunities() -> list[Document]:
    """The opportunities: the first has notes, the other two are the same person's."""
    return [
        _opportunity(NOTED, "Ravi Shah", "5b4c3d2e-1f0a-4b9c-8d7e-6f5a4b3c2d1e", 0),
        _opportunity("6408dc54-7015-4e5b-8d60-23afff2b1efc", "Mina Park", TWICE, 1),
        _opportunity("0d5a7b1c-94e2-4f6b-8a3d-5c7e9f1b2d3a", "Mina Park", TWICE, 2),
    ]


def notes() -> list[Document]:
    """Notes of the first opportunity that were made by hand: one in two parts, one that is deleted."""
    first = field("Met at the fair", COLLEAGUE, MADE + 10_000)
    two = note("1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9", first, secret=False)
    two["fields"].append(field("Called back", KEYS_OWNER, MADE + 20_000, 3))
    gone = note("2c3d4e5f-6071-4829-93a4-b5c6d7e8f90a", field("By mistake", COLLEAGUE, MADE + 30_000), secret=True)
    return [two, gone | {"deletedAt": MADE + 40_000}]


def field(value: str, user: str, at: int, score: float | None = None) -> Document:
    """What somebody wrote."""
    return {
        "type": "note",
        "text": "Comment",
        "value": value,
        "score": score,
        "stage": "lead-reached-out",
        "user": user,
        "createdAt": at,
    }


def note(id: str, field: Document, *, secret: bool) -> Document:
    """A note with one thing written in it. Its own text is the title of the form."""
    at = field["createdAt"]
    return {
        "id": id,
        "text": "Note",
        "fields": [field],
        "user": field["user"],
        "secret": secret,
        "completedAt": at,
        "createdAt": at,
        "deletedAt": None,
    }


def _user(id: str, name: str, place: int) -> Document:
    email = f"{name.split(maxsplit=1)[0].lower()}@sandbox.example"
    return {"id": id, "name": name, "email": email, "accessRole": "super admin", "createdAt": MADE + place}


def _opportunity(id: str, name: str, contact: str, place: int) -> Document:
    return {
        "id": id,
        "name": name,
        "contact": contact,
        "stage": "lead-new",
        "emails": [f"{name.split(maxsplit=1)[0].lower()}@candidates.example"],
        "phones": [],
        "tags": [],
        "owner": KEYS_OWNER,
        "followers": [],
        "applications": [],
        "archived": None,
        "confidentiality": "non-confidential",
        "createdAt": MADE + place,
        "updatedAt": MADE + place,
        "lastInteractionAt": MADE + place,
    }
