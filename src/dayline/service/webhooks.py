"""Webhooks: make, list, change, remove; tell one again; what was sent to it, and what could not be.

A member manages his own and an admin everybody's. Secrets come in here, are sealed before anything is written, and are
given out by ``opened`` alone, to what sends. It must never send anything itself.
"""

from collections.abc import Callable, Mapping, Sequence
from secrets import token_urlsafe
from typing import Final, TypeVar
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from dayline.domain.delivery import Delivery, DeliveryFilter
from dayline.domain.errors import Conflict, Forbidden, NotFound, invalid
from dayline.domain.filter import Page, Position, seal, unseal
from dayline.domain.identity import Principal
from dayline.domain.job import Job
from dayline.domain.record import new_uuid
from dayline.domain.told import event_id
from dayline.domain.webhook import (
    MOST_OF_USER,
    NewWebhook,
    Webhook,
    WebhookChange,
    change_webhook,
    check_webhook,
    check_webhooks_of,
    lane_of,
)
from dayline.service.sealing import Sealing
from dayline.service.units import unit_of
from dayline.store.jobs import Counted
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan

A = TypeVar("A")
Render = Callable[[Webhook], A]
Check = Callable[[str], None]

DELIVER: Final = "deliver"
REPLAY: Final = "replay"
TASKS: Final = "tasks"
"""The lane of what is done one after the other, and for nobody outside."""

_MISSING: Final = "There is no webhook with this id."


class Send(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job to deliver is about: a webhook, and the change that it is told of; 0 for a test with an id of its own.

    ``again`` tells one that was asked for apart from one that follows from a change.
    """

    webhook_id: int
    sequence: int = 0
    test: str = ""
    again: bool = False


class Span(msgspec.Struct, frozen=True):
    """What a job to replay is about: the changes after one, up to another."""

    webhook_id: int
    after: int
    until: int


def anywhere(_: str) -> None:
    """Let a URL lead anywhere: for who cannot know better; what sends looks again."""


class Webhooks:
    """The verbs on webhooks. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store, sealing: Sealing, check_url: Check = anywhere) -> None:
        """``check_url`` raises Invalid for a URL that may not be called."""
        self._store, self._sealing, self._check_url = store, sealing, check_url

    async def list(self, who: Principal, face: str | None, limit: int, after: int) -> tuple[list[Webhook], bool]:
        """Those that the caller may manage, by id from after this one on, and whether there are more.

        Of one face, or of every one.
        """
        found, more = await self._store.webhooks.page(who.account_id, face, limit, after)
        return [one for one in found if _manages(who, one)], more

    async def get(self, who: Principal, id_: int | str, face: str | None = None) -> Webhook:
        """The webhook with this id or UUID. Raises NotFound, also where the caller may not manage it."""
        found = await self._store.webhooks.one(who.account_id, id_)
        if found is None or face not in (None, found.face) or not _manages(who, found):
            raise NotFound(_MISSING)
        return found

    async def create(self, who: Principal, new: NewWebhook, render: Render[A], once: Once[A] | None = None) -> A:
        """Make a webhook, which is told of what is written from now on. Raises Forbidden, Invalid, Conflict and NoKey.

        Nobody has more than 40.
        """
        owner_id = who.user_id if new.owner_id is None else new.owner_id
        check_webhooks_of(who, owner_id)
        check_webhook(new)
        self._check_url(new.url)
        await self._check_room(who, owner_id)
        uuid = new_uuid(self._store.clock())
        sealed = await self._sealing.sealed(who.account_id, uuid, new.secrets)

        def plan(facts: Facts) -> Plan[Webhook]:
            user = facts.found.users.get(owner_id)
            if user is None or not user.active:
                raise invalid("user_id", "No user with this id exists.")
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

        needs = Needs(users=(owner_id,))
        return await self._store.write(unit_of(who, plan, render, needs=needs, once=once))

    async def change(
        self, who: Principal, id_: int, change: WebhookChange, render: Render[A], once: Once[A] | None = None
    ) -> A:
        """Change a webhook; one that was paused goes on where it was. Raises Forbidden, NotFound and Invalid."""
        if isinstance(change.url, str):
            self._check_url(change.url)
        return await self._change(who, id_, render, lambda before, now: change_webhook(before, change, now), once)

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
        found = await self.get(who, id_)
        sealed = await self._sealing.sealed(who.account_id, found.uuid, secrets)

        def changed(before: Webhook, now: int) -> Webhook:
            return replace(
                before,
                sealed=sealed,
                secret_names=tuple(sorted(sealed)),
                until=until,
                revision=before.revision + 1,
                updated_at=now,
            )

        return await self._change(who, id_, render, changed, once)

    async def delete(self, who: Principal, id_: int, render: Render[A]) -> A:
        """Remove a webhook with all that waits for it; what was sent stays in the log. Raises NotFound."""
        await self.get(who, id_)

        def plan(facts: Facts) -> Plan[Webhook]:
            before = _found(facts, id_)
            return Plan((Entry("deleted", before, None),), before)

        answer = await self._store.write(unit_of(who, plan, render, needs=Needs(webhooks=(id_,)), touches=_own(id_)))
        await self._store.jobs.drop(who.account_id, lane_of(id_))
        return answer

    def opened(self, account_id: int, webhook: Webhook) -> dict[str, str]:
        """Its secrets by name, for one sending. Raises NoKey and Broken."""
        return self._sealing.opened(account_id, webhook)

    async def test(self, who: Principal, id_: int) -> str:
        """Have something sent that is no event, to see whether it arrives; give its id. Raises NotFound."""
        found = await self.get(who, id_)
        made = str(uuid4())
        await self._store.jobs.put(who.account_id, [self.job(Send(found.id, test=made, again=True), made)])
        self._store.written(who.account_id)
        return made

    async def replay(self, who: Principal, id_: int, since: int) -> int:
        """Tell a webhook again of every change after this one, each under its old id; give up to which.

        Raises NotFound, and Invalid where the change log begins only later.
        """
        found = await self.get(who, id_)
        first, last = await self._store.feed.first(who.account_id), await self._store.sequence(who.account_id)
        if since < 0 or since + 1 < first:
            raise invalid("since", f"The change log is kept from {first} on.")
        until = min(found.cursor, last)
        span = msgspec.json.encode(Span(found.id, since, until)).decode()
        job = self._made(REPLAY, TASKS, f"{found.id}:{uuid4()}", span, since + 1)
        await self._store.jobs.put(who.account_id, [job])
        self._store.written(who.account_id)
        return until

    async def send_again(self, who: Principal, id_: int, sequence: int) -> str:
        """Tell a webhook again of one change, under its old id, which is given. Raises NotFound."""
        found = await self.get(who, id_)
        if not await self._store.feed.some(who.account_id, (sequence,)):
            raise NotFound("This change is not in the change log any more.")
        await self._store.jobs.put(
            who.account_id, [self.job(Send(found.id, sequence, again=True), f"{found.id}:{sequence}:{uuid4()}")]
        )
        self._store.written(who.account_id)
        return event_id(who.secret, sequence)

    async def deliveries(
        self, who: Principal, wanted: DeliveryFilter, limit: int, cursor: str | None
    ) -> Page[Delivery]:
        """One page of what was sent, the latest first. Raises NotFound, Forbidden, and Invalid for a wrong cursor."""
        if wanted.webhook_id is not None:
            await self.get(who, wanted.webhook_id)
        else:
            _check_admin(who)
        scope = msgspec.json.encode(("deliveries", wanted))
        after = None if cursor is None else unseal(cursor, who.account_id, who.secret, scope)
        place = None if after is None else (after.id, str(after.value))
        found, more = await self._store.deliveries.page(who.account_id, wanted, limit, place)
        if not more:
            return Page(tuple(found), None)
        last = Position(found[-1].id, found[-1].at)
        return Page(tuple(found), seal(last, who.account_id, who.secret, scope))

    async def last(self, who: Principal, id_: int) -> Delivery | None:
        """What was sent last to a webhook that the caller has got."""
        return await self._store.deliveries.last(who.account_id, id_)

    async def waiting(self, who: Principal, id_: int, most: int = 10_000) -> int:
        """How many things a webhook is still to be told of, counted up to ``most``."""
        return await self._store.jobs.waiting(who.account_id, lane_of(id_), most)

    async def jobs(self, who: Principal, state: str, lane: str | None, limit: int, after: str) -> Sequence[Job]:
        """Jobs in a state by id, from after this one on. Raises Forbidden."""
        _check_admin(who)
        return await self._store.jobs.page(who.account_id, state, lane, limit, after)

    async def job_counts(self, who: Principal) -> Sequence[Counted]:
        """How many jobs there are, by lane, kind and state. Raises Forbidden."""
        _check_admin(who)
        return await self._store.jobs.counts(who.account_id)

    async def revive(self, who: Principal, job_id: str) -> None:
        """Try again what has been given up. Raises Forbidden, NotFound, and Conflict where it is not given up."""
        _check_admin(who)
        if await self._store.jobs.one(who.account_id, job_id) is None:
            raise NotFound("There is no job with this id.")
        if not await self._store.jobs.revive(who.account_id, job_id, self._store.clock()):
            raise Conflict("This job is not given up: it is tried by itself.")
        self._store.written(who.account_id)

    def job(self, send: Send, dedupe: str) -> Job:
        """A job to deliver, due now."""
        payload = msgspec.json.encode(send).decode()
        return self._made(DELIVER, lane_of(send.webhook_id), dedupe, payload, send.sequence or None)

    def _made(self, kind: str, lane: str, dedupe: str, payload: str, sequence: int | None) -> Job:
        now = self._store.clock()
        return Job(
            id=new_uuid(now),
            lane=lane,
            kind=kind,
            dedupe=dedupe,
            due_at=now,
            sequence=sequence,
            payload=payload,
            created_at=now,
        )

    async def _check_room(self, who: Principal, owner_id: int) -> None:
        found, _ = await self._store.webhooks.page(who.account_id, None, 10_000, 0)
        if sum(one.owner_id == owner_id for one in found) >= MOST_OF_USER:
            raise Conflict(f"A user has at most {MOST_OF_USER} webhooks: remove one first.")

    async def _change(
        self,
        who: Principal,
        id_: int,
        render: Render[A],
        changed: Callable[[Webhook, int], Webhook],
        once: Once[A] | None,
    ) -> A:
        await self.get(who, id_)

        def plan(facts: Facts) -> Plan[Webhook]:
            before = _found(facts, id_)
            after = changed(before, facts.author.now)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        return await self._store.write(
            unit_of(who, plan, render, needs=Needs(webhooks=(id_,)), touches=_own(id_), once=once)
        )


def new_signing_secret() -> str:
    """A secret to sign with, of 192 random bits, as Standard Webhooks writes them."""
    bits = token_urlsafe(24)
    return f"whsec_{bits.replace('-', '+').replace('_', '/')}"


def _manages(who: Principal, webhook: Webhook) -> bool:
    try:
        check_webhooks_of(who, webhook.owner_id)
    except Forbidden:
        return False
    return True


def _check_admin(who: Principal) -> None:
    if who.integrated_account_id is not None or not (who.is_admin and "admin" in who.scopes):
        raise Forbidden("Only an admin of the account, with a token of the scope admin, may do this.")


def _found(facts: Facts, id_: int) -> Webhook:
    before = facts.found.webhooks.get(id_)
    if before is None:
        raise NotFound(_MISSING)
    return before


def _own(id_: int) -> frozenset[str]:
    return frozenset((f"webhook:{id_}",))
