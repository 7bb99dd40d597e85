"""What happened to an activity, as the change log tells it. Pure."""

from typing import Literal

from msgspec import Struct

from dayline.domain.activity import Activity, visible
from dayline.domain.origin import PAGE, WORKER

Via = Literal["token", "page", "command line", "worker"]
Action = Literal["created", "changed", "deleted", "restored", "purged"]


class Change(Struct, frozen=True):
    """One row of the change log. ``user_id`` is 0 for the command line, ``at`` in ms UTC."""

    sequence: int
    action: Action
    user_id: int
    token_id: int
    at: int
    surface: str
    before: Activity | None
    after: Activity | None

    @property
    def via(self) -> Via:
        """By what it came."""
        return via_of(self.token_id, self.surface)

    def shown_to(self, user_id: int, *, admin: bool) -> bool:
        """Whether a user may see what it changed: both what was there and what is."""
        states = (state for state in (self.before, self.after) if state is not None)
        return all(visible(state, user_id, admin=admin) for state in states)


def via_of(token_id: int, surface: str) -> Via:
    """By what a change came. A session at the page has a number below 0 in place of a token's."""
    if token_id:
        return "token" if token_id > 0 else "page"
    return "page" if surface == PAGE else "worker" if surface == WORKER else "command line"
