"""What happened to an activity, out of the change log. It must never show what the caller could not see then."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.filter import Page, Position, seal, unseal
from dayline.domain.history import Change
from dayline.domain.identity import Principal, User
from dayline.store.store import Store

_LAST = (1 << 63) - 1


class Past(Struct, frozen=True):
    """A page of changes, the latest first, and the users who made them."""

    page: Page[Change]
    users: dict[int, User]


class History:
    """The verbs on the change log."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def latest(self, who: Principal) -> int:
        """The number of the account's last change: whoever asks again sees whether there was one since."""
        return await self._store.sequence(who.account_id)

    async def of(self, who: Principal, activity: Activity, limit: int, cursor: str | None) -> Past:
        """One page of what happened to an activity that the caller may see. Raises Invalid for another list's cursor.

        What he could not see at the time is told without what was there.
        """
        scope = msgspec.json.encode(("history", activity.id))
        before = _LAST if cursor is None else unseal(cursor, who.account_id, who.secret, scope).id
        found = await self._store.history(who.account_id, activity.id, before, limit + 1)
        changes = tuple(_as_seen(change, who) for change in found[:limit])
        last = changes[-1].sequence if len(found) > limit else None
        following = None if last is None else seal(Position(last, last), who.account_id, who.secret, scope)
        users = await self._store.users_by_id(who.account_id, {change.user_id for change in changes})
        return Past(Page(changes, following), {user.id: user for user in users})


def _as_seen(change: Change, who: Principal) -> Change:
    shown = change.shown_to(who.user_id, admin=who.is_admin)
    return change if shown else replace(change, before=None, after=None)
