"""A resolver over an address book that any key finds itself in, save those that are said to be missing."""

from dayline.domain.activity import Activity
from dayline.domain.draft import Author, Draft, TypeKey
from dayline.domain.errors import invalid
from dayline.domain.identity import UserKey
from dayline.domain.record import Kind, RecordKey, Ref
from dayline.domain.rules import change, create
from dayline.domain.types import BUILT_IN, TypeRef

CALL = TypeKey("call", "type")
ALICE, BOB = Author(1, 1_000), Author(2, 2_000)


class Book:
    """What exists: every built-in type, and every record and user whose number is below ``MISSING``."""

    MISSING = 900

    def record(self, key: RecordKey) -> Ref:
        if not isinstance(key.value, int) or key.value >= self.MISSING:
            raise invalid(key.field, "No such record.")
        return ref(key.kind, key.value)

    def user(self, key: UserKey) -> int:
        if key.id >= self.MISSING:
            raise invalid(key.field, "No such user.")
        return key.id

    def type(self, key: TypeKey) -> TypeRef:
        for type_ in BUILT_IN:
            if key.value in (type_.id, type_.key):
                return type_.ref
        raise invalid(key.field, "No such type.")


def ref(kind: Kind, id_: int = 1) -> Ref:
    return Ref(kind, id_, f"{kind}-{id_}", f"{kind}_{id_}")


def key(kind: Kind, id_: int = 1) -> RecordKey:
    return RecordKey(kind, id_, f"{kind}_id")


def contact(id_: int) -> RecordKey:
    return key("contact", id_)


def made(draft: Draft | None = None) -> Activity:
    """What Alice makes of a draft."""
    return create(draft or Draft(type=CALL), 1, "u", ALICE, Book())


def changed(before: Activity, draft: Draft, author: Author = BOB) -> Activity:
    """What Bob makes of an activity with a draft."""
    return change(before, draft, author, Book())
