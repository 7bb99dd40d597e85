"""A change as somebody may be told of it: what was hidden from him before or after is not there. Pure."""

import hmac
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.activity import Activity, emptied, visible
from dayline.domain.audit import DEEDS
from dayline.domain.history import Action
from dayline.domain.identity import User
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.record import Record
from dayline.domain.types import ActivityType

Thing: TypeAlias = Activity | Record | User | ActivityType | IntegratedAccount
THINGS: Final[dict[str, type[Thing]]] = {
    "activity": Activity,
    "user": User,
    "type": ActivityType,
    "integrated_account": IntegratedAccount,
}
"""What the change log calls what somebody may be told of; every other name but those of secrets is a record's kind."""

SECRET: Final = frozenset({"token", "webhook", "filter", "account", "erasure"}) | DEEDS
"""What is nobody's to be told of but an admin's, who reads the audit."""

TWOFOLD: Final = frozenset({"integrated_account"})
"""Of what one change can be two events: who connects an account makes it, and has it ready to be called."""


class Logged(Struct, frozen=True, kw_only=True):
    """One row of the change log. ``at`` is in ms UTC. ``before`` and ``after`` are None where there was nothing, and
    both are where a person was erased or the log has been cut.
    """

    sequence: int
    entity: str
    entity_id: int
    action: Action
    user_id: int
    token_id: int
    at: int
    before: Thing | None
    after: Thing | None
    surface: str = ""
    address: str = ""
    request_id: str = ""


class Told(Struct, frozen=True, kw_only=True):
    """A change as one user sees it: what he comes to see is created for him, and what he loses sight of is deleted.

    ``id`` is a UUID, the same whenever and to whomever it is told. ``part`` is 1 in the second of two events that the
    change may be. Where he has ``lost`` it he may not see the activity today: ``before`` is then an empty one.
    """

    id: str
    sequence: int
    entity: str
    entity_id: int
    action: Action
    user_id: int
    token_id: int
    at: int
    before: Thing | None
    after: Thing | None
    surface: str = ""
    part: int = 0
    lost: bool = False

    @property
    def thing(self) -> Thing | None:
        """What it is about, in its latest state that may be seen."""
        return self.before if self.after is None else self.after


def event_id(secret: bytes, sequence: int, part: int = 0) -> str:
    """The id of the event that a change is, made of the account's secret, so that it is unique and always the same."""
    bits = hmac.digest(secret, b"event %d %d" % (sequence, part) if part else b"event %d" % sequence, "sha256")[:16]
    return str(UUID(bytes=bits, version=4))  # as good as random to whoever lacks the secret


def told_to(change: Logged, secret: bytes, user_id: int, *, admin: bool) -> Told | None:
    """The change as this user sees it; None where there is nothing to see of it."""
    if change.entity in SECRET or (change.entity == "integrated_account" and not admin):
        return None
    before, after = (_seen(state, user_id, admin=admin) for state in (change.before, change.after))
    action = change.action
    if change.entity == "activity" and before is None and after is None and not admin:
        return None  # hidden; or erased, and then nobody knows any more from whom it was
    if isinstance(change.after or change.before, Activity):
        if change.after is not None and after is None:
            action = "deleted"
        elif change.before is not None and before is None and change.action in ("changed", "restored"):
            action = "created" if change.action == "changed" else "restored"
    return Told(
        id=event_id(secret, change.sequence),
        sequence=change.sequence,
        entity=change.entity,
        entity_id=change.entity_id,
        action=action,
        user_id=change.user_id,
        token_id=change.token_id,
        at=change.at,
        before=before,
        after=after,
        surface=change.surface,
    )


def left_of(told: Told) -> Told | None:
    """What is told of an activity to somebody who may not see it today: that it is gone for him, or nothing.

    What he could see of it then is not repeated: of the activity there is its id, its type and whose it was.
    """
    last = told.thing
    if told.action not in ("deleted", "purged") or not isinstance(last, Activity):
        return None
    return replace(told, before=emptied(last), after=None, lost=True)


def parts_of(told: Told, secret: bytes) -> tuple[Told, ...]:
    """The events that a change may be, in their order."""
    if told.entity not in TWOFOLD:
        return (told,)
    return told, replace(told, id=event_id(secret, told.sequence, 1), part=1)


def _seen(state: Thing | None, user_id: int, *, admin: bool) -> Thing | None:
    return None if isinstance(state, Activity) and not visible(state, user_id, admin=admin) else state
