"""Webhooks: make, change, remove, and give them other secrets.

A member manages his own and an admin everybody's. Secrets come in here, are sealed before anything is written, and are
given out by ``opened`` alone, to what sends.
"""

from collections.abc import Callable, Mapping, Sequence
from secrets import token_urlsafe
from typing import Final, TypeVar

from msgspec.structs import replace

from dayline.domain.errors import Conflict, invalid
from dayline.domain.identity import Principal
from dayline.domain.record import new_uuid
from dayline.domain.time import DAY_MS
from dayline.domain.webhook import (
    MOST_OF_USER,
    NewWebhook,
    Webhook,
    WebhookChange,
    change_webhook,
    check_webhook,
    check_webhooks_of,
)
from dayline.service.jobs import DELIVER, REPLAY, TASKS, JobCount, Send, Span
from dayline.service.sealing import Sealing
from dayline.service.sendings import NEVER_SENT, Health, Sendings, found_webhook
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

__all__ = [
    "DELIVER",
    "NEVER_SENT",
    "REPLAY",
    "TASKS",
    "Health",
    "JobCount",
    "Send",
    "Span",
    "Webhooks",
    "anywhere",
    "new_signing_secret",
]

A = TypeVar("A")
Render = Callable[[Webhook], A]
Check = Callable[[str], None]

FORMER_MS: Final = DAY_MS
"""For so long a former secret signs too."""


def anywhere(_: str) -> None:
    """Let a URL lead anywhere: for who cannot know better; what sends looks again."""


class Webhooks(Sendings):
    """The verbs on webhooks. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store, sealing: Sealing, check_url: Check = anywhere) -> None:
        """``check_url`` raises Invalid for a URL that may not be called."""
        super().__init__(store)
        self._sealing, self._check_url = sealing, check_url

    async def create(self, who: Principal, new: NewWebhook, render: Render[A], once: Once[A] | None = None) -> A:
        """Make a webhook, which is told of what is written from now on. Raises Forbidden, Invalid, Conflict and NoKey.

        Nobody has more than 40.
        """
        owner_id = who.user_id if new.owner_id is None else new.owner_id
        check_webhooks_of(who, owner_id)
        check_webhook(new)
        self._check_url(new.url)
        uuid = new_uuid(self._store.clock())
        sealed = await self._sealing.sealed(who.account_id, uuid, new.secrets)

        def plan(facts: Facts) -> Plan[Webhook]:
            user = facts.found.users.get(owner_id)
            if user is None or not user.active:
                raise invalid("user_id", "No user with this id exists.")
            if facts.found.webhooks_of.get(owner_id, 0) >= MOST_OF_USER:
                raise Conflict(f"A user has at most {MOST_OF_USER} webhooks: remove one first.")
            _check_owners(facts, new.owners)
            now = facts.author.now
            made = Webhook(
                id=facts.counter.next_id("webhook"),
                uuid=uuid,
                face=new.face,
                owner_id=owner_id,
                url=new.url,
                name=new.name,
                active=new.active,
                events=new.events,
                owners=new.owners,
                records=new.records,
                extras=dict(new.extras),
                secret_names=tuple(sorted(sealed)),
                sealed=sealed,
                cursor=facts.counter.sequence,
                created_at=now,
                updated_at=now,
            )
            return Plan((Entry("created", None, made),), made)

        # In turn: each counts those of the one before.
        touches = frozenset((f"webhooks of {owner_id}",))
        needs = Needs(users=(owner_id, *new.owners), webhooks_of=(owner_id,))
        return await self._store.write(unit_of(who, plan, render, needs=needs, touches=touches, once=once))

    async def change(
        self,
        who: Principal,
        id_: int,
        change: WebhookChange,
        render: Render[A],
        once: Once[A] | None = None,
        *,
        revision: int | None = None,
    ) -> A:
        """Change a webhook; one that was paused goes on where it was. Raises Forbidden, NotFound, Invalid and Stale."""
        if isinstance(change.url, str):
            self._check_url(change.url)
        owners = change.owners if isinstance(change.owners, tuple) else ()

        def changed(before: Webhook, facts: Facts) -> Webhook:
            _check_owners(facts, owners)
            return change_webhook(before, change, facts.author.now)

        return await self._change(who, id_, render, changed, once, users=owners, revision=revision)

    async def change_secrets(
        self,
        who: Principal,
        id_: int,
        secrets: Mapping[str, str],
        render: Render[A],
        once: Once[A] | None = None,
        *,
        until: int = 0,
    ) -> A:
        """Put these secrets in the place of the ones there are, the former ones signing too until then (ms UTC)."""
        return await self._put_secrets(who, await self.get(who, id_), secrets, until, render, once)

    async def rotate(
        self, who: Principal, id_: int, secret: str, names: tuple[str, str], render: Render[A], once: Once[A] | None
    ) -> A:
        """Sign with this secret from now on, and for a day with the one until now too.

        ``names`` are what the face calls the two. Raises NotFound, Conflict, NoKey and Broken.
        """
        (current, former), found = names, await self.get(who, id_)
        opened = self.opened(who.account_id, found)
        kept = {former: opened[current]} if current in opened else {}
        until = self._store.clock() + FORMER_MS
        return await self._put_secrets(who, found, {current: secret, **kept}, until, render, once)

    async def _put_secrets(
        self,
        who: Principal,
        found: Webhook,
        secrets: Mapping[str, str],
        until: int,
        render: Render[A],
        once: Once[A] | None,
    ) -> A:
        sealed = await self._sealing.sealed(who.account_id, found.uuid, secrets)

        def changed(before: Webhook, facts: Facts) -> Webhook:
            if before.sealed != found.sealed:
                raise Conflict("Its secrets were changed at the same time: try again.")
            now = facts.author.now
            told = {"secret_names": tuple(sorted(sealed)), "secrets_set_at": now, "until": until}
            return replace(before, sealed=sealed, revision=before.revision + 1, updated_at=now, **told)

        return await self._change(who, found.id, render, changed, once)

    async def delete(self, who: Principal, id_: int, render: Render[A], *, revision: int | None = None) -> A:
        """Remove a webhook with all that waits for it; what was sent stays in the log. Raises NotFound and Stale."""
        await self.get(who, id_)

        def plan(facts: Facts) -> Plan[Webhook]:
            before = found_webhook(facts, id_, revision)
            return Plan((Entry("deleted", before, None),), before)

        return await self._store.write(unit_of(who, plan, render, needs=Needs(webhooks=(id_,)), touches=_own(id_)))

    def opened(self, account_id: int, webhook: Webhook) -> dict[str, str]:
        """Its secrets by name, for one sending. Raises NoKey and Broken."""
        return self._sealing.opened(account_id, webhook)

    async def _change(
        self,
        who: Principal,
        id_: int,
        render: Render[A],
        changed: Callable[[Webhook, Facts], Webhook],
        once: Once[A] | None,
        *,
        users: tuple[int, ...] = (),
        revision: int | None = None,
    ) -> A:
        await self.get(who, id_)

        def plan(facts: Facts) -> Plan[Webhook]:
            before = found_webhook(facts, id_, revision)
            after = changed(before, facts)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        needs = Needs(webhooks=(id_,), users=users)
        return await self._store.write(unit_of(who, plan, render, needs=needs, touches=_own(id_), once=once))


def new_signing_secret() -> str:
    """A secret to sign with, of 192 random bits, as Standard Webhooks writes them."""
    bits = token_urlsafe(24)
    return f"whsec_{bits.replace('-', '+').replace('_', '/')}"


def _check_owners(facts: Facts, owners: Sequence[int]) -> None:
    for place, user_id in enumerate(owners):
        if user_id not in facts.found.users:
            raise invalid(f"owners[{place}]", "No user with this id exists.")


def _own(id_: int) -> frozenset[str]:
    return frozenset((f"webhook:{id_}",))
