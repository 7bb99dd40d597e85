"""Changes as the native API words them. Pure; what is not the caller's to see is gone before it comes here."""

from typing import Any, Final

from dayline.domain.activity import Activity
from dayline.domain.errors import invalid
from dayline.domain.history import via_of
from dayline.domain.identity import User
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.record import KINDS, Record
from dayline.domain.time import format_instant
from dayline.domain.told import Thing, Told
from dayline.domain.types import ActivityType
from dayline.native.account.routes import show_type
from dayline.native.activities import mapping as activities
from dayline.native.changes import schema
from dayline.native.history.schema import Author
from dayline.native.integrated import mapping as integrated
from dayline.native.people.mapping import show_user
from dayline.native.records import mapping as records
from dayline.native.webhooks.face import type_of as type_of_activity
from dayline.service.changes import Start, Wants

_ACTIONS: Final = ("created", "changed", "deleted", "restored", "purged")
_OF_ACTIVITIES: Final = ("created", "updated", "done", "deleted", "restored", "purged")
_ENTITIES: Final = (*KINDS, "user", "type", "integrated_account")
_TYPES: Final[dict[str, frozenset[str]]] = {
    name: frozenset((*(f"{name}.{action}" for action in actions),))
    for names, actions in ((("activity",), _OF_ACTIVITIES), (_ENTITIES, _ACTIONS))
    for name in names
}


def read_since(text: str | None) -> Start:
    """Where to begin."""
    return None if text is None else "latest" if text == "latest" else int(text)


def read_types(text: str | None) -> Wants:
    """Which changes are asked for. Raises Invalid for a type that there is not."""
    if text is None:
        return _all
    chosen: set[str] = set()
    for name in (part.strip() for part in text.split(",")):
        types = _TYPES.get(name.partition(".")[0], frozenset())
        if name not in types and name not in _TYPES:
            raise invalid("types", f"there is no type {name[:50]!r}")
        chosen |= {name} if name in types else types
    return lambda told: type_of(told) in chosen


def type_of(told: Told) -> str:
    """The type of a change: of an activity as webhooks have it."""
    if told.entity != "activity":
        return f"{told.entity}.{told.action}"
    return type_of_activity(told) or f"activity.{'updated' if told.action == 'changed' else told.action}"


def show(told: Told, users: dict[int, User]) -> schema.Change:
    """The change as it is shown."""
    user, thing = users.get(told.user_id), told.thing
    return schema.Change(
        id=told.id,
        sequence=told.sequence,
        type=type_of(told),
        at=format_instant(told.at),
        user=None if user is None else Author(id=user.id, name=user.name),
        via=via_of(told.token_id, told.surface),
        surface=told.surface,
        entity_id=thing.id if isinstance(thing, IntegratedAccount) else told.entity_id,
        before=None if told.lost else _shown(told.before),
        after=_shown(told.after),
    )


def _all(_: Told) -> bool:
    return True


def _shown(thing: Thing | None) -> Any:
    """A thing as this API shows it, where it does."""
    match thing:
        case Activity():
            return activities.show(thing)
        case Record():
            return records.show(thing)
        case User():
            return show_user(thing)
        case ActivityType():
            return show_type(thing)
        case IntegratedAccount():
            return integrated.show_account(thing)
    return None
