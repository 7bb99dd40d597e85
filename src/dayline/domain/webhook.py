"""A webhook: who is told of what, where, and in whose words. Pure.

No secret is ever here: ``sealed`` holds what only ``service/vault.py`` can open, and it is no part of the document.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.errors import Forbidden, invalid
from dayline.domain.identity import Principal
from dayline.domain.record import Ref
from dayline.domain.told import Told

LONGEST_URL: Final = 2_048
LONGEST_NAME: Final = 255
MOST_WANTED: Final = 100  # owners, and records, of a webhook
MOST_OF_USER: Final = 40


class Webhook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who is told. Instants in ms UTC.

    ``face`` is the dialect in whose words; it is told what ``owner_id`` may see. ``events`` are types of events as the
    face calls them, ``owners`` those of activities, ``records`` what they hang on; an empty one does not choose.
    ``extras`` are what only the face knows. Where there is a secret ``former``, it signs too, ``until`` then.
    ``cursor`` is the last change that was looked at, and ``missed`` the last one that was not kept until then, 0 for
    none; ``secrets_set_at`` is when other secrets were put in, 0 for never.
    """

    id: int
    uuid: str
    face: str
    owner_id: int
    url: str
    name: str = ""
    active: bool = True
    events: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    records: tuple[Ref, ...] = ()
    extras: dict[str, str] = {}
    secret_names: tuple[str, ...] = ()
    secrets_set_at: int = 0
    until: int = 0
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0
    sealed: dict[str, str] = {}
    cursor: int = 0
    missed: int = 0

    def __repr__(self) -> str:
        return f"Webhook(id={self.id!r}, face={self.face!r}, active={self.active!r})"  # a URL may carry a credential

    @property
    def lane(self) -> str:
        """Where its deliveries wait for each other."""
        return lane_of(self.id)

    def chooses(self, told: Told) -> bool:
        """Whether this is by owner and record one of the things that it is told of."""
        if not self.owners and not self.records:
            return True
        things = [thing for thing in (told.before, told.after) if isinstance(thing, Activity)]
        owned = not self.owners or any(thing.owner_id in self.owners for thing in things)
        return owned and (not self.records or any(ref in self.records for thing in things for ref in thing.links()))


class NewWebhook(Struct, frozen=True, kw_only=True):
    """A webhook to be made. ``secrets`` are sealed before anything is written. ``owner_id`` None is the caller."""

    face: str
    url: str
    owner_id: int | None = None
    name: str = ""
    active: bool = True
    events: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    records: tuple[Ref, ...] = ()
    extras: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"NewWebhook(face={self.face!r})"


class WebhookChange(Struct, frozen=True, kw_only=True):
    """What a write changes of a webhook; what is UNSET stays as it is."""

    url: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    events: tuple[str, ...] | UnsetType = UNSET
    owners: tuple[int, ...] | UnsetType = UNSET
    records: tuple[Ref, ...] | UnsetType = UNSET


def lane_of(id_: int) -> str:
    """The lane of a webhook's deliveries."""
    return f"webhook:{id_}"


def change_webhook(before: Webhook, change: WebhookChange, now: int) -> Webhook:
    """Make what ``before`` becomes; the same one when nothing differs. Raises Invalid."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if all(getattr(before, name) == value for name, value in given.items()):
        return before
    after = replace(before, **given, revision=before.revision + 1, updated_at=now)
    check_webhook(after)
    return after


def check_webhook(webhook: Webhook | NewWebhook) -> None:
    """Raise Invalid unless this can be one; where its URL leads is for others to check."""
    if not webhook.url or len(webhook.url) > LONGEST_URL:
        raise invalid("url", f"This value should be a URL of at most {LONGEST_URL} characters.")
    if len(webhook.name) > LONGEST_NAME:
        raise invalid("name", f"This value should have at most {LONGEST_NAME} characters.")
    for name in ("owners", "records", "events"):
        if len(getattr(webhook, name)) > MOST_WANTED:
            raise invalid(name, f"This should have at most {MOST_WANTED} entries.")


def check_webhooks_of(who: Principal, owner_id: int) -> None:
    """Raise Forbidden unless the caller may manage this user's webhooks: an admin everybody's, a member his own."""
    if who.integrated_account_id is not None:
        raise Forbidden("A token for one integrated account cannot do this.")
    if owner_id != who.user_id and not (who.is_admin and "admin" in who.scopes):
        raise Forbidden("Only an admin of the account, with a token of the scope admin, may do this for others.")
