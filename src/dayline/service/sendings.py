"""What is sent to webhooks: a test, something again, and all that was sent already. It must never send by itself."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar
from uuid import uuid4

import msgspec

from dayline.domain.audit import Act
from dayline.domain.delivery import TEST, Delivery, DeliveryFilter
from dayline.domain.errors import Conflict, Forbidden, NotFound, Stale, invalid
from dayline.domain.filter import Page, Position, seal, unseal
from dayline.domain.identity import Principal
from dayline.domain.record import is_uuid, new_uuid
from dayline.domain.told import TWOFOLD, event_id
from dayline.domain.webhook import Webhook, check_webhooks_of, lane_of
from dayline.service.jobs import REPLAY, TASKS, Jobs, Send, Span, check_admin
from dayline.service.units import unit_of
from dayline.store.unit import Facts, Needs, Once, Plan

A = TypeVar("A")
V = TypeVar("V")

_MISSING: Final = "There is no webhook with this id."
_CUT: Final = "This change is not in the change log any more."


class Health(msgspec.Struct, frozen=True):
    """How a webhook is doing: what was sent last, how much waits, and since when it fails (ms UTC)."""

    last: Delivery | None
    waiting: int
    failing_since: int | None


NEVER_SENT: Final = Health(None, 0, None)


class Sendings(Jobs):
    """The verbs on what webhooks are sent. ``render`` makes the answer, inside the transaction that writes."""

    async def list(self, who: Principal, face: str | None, limit: int, after: int) -> tuple[list[Webhook], bool]:
        """Those that the caller may manage, by id from after this one on, and whether there are more.

        Of one face, or of every one.
        """
        found: list[Webhook] = []
        more = True
        while more and len(found) <= limit:
            page, more = await self._store.webhooks.page(who.account_id, face, limit, after)
            found += [one for one in page if _manages(who, one)]
            after = page[-1].id if page else after
        return found[:limit], more or len(found) > limit

    async def get(self, who: Principal, id_: int | str, face: str | None = None) -> Webhook:
        """The webhook with this id or UUID. Raises NotFound, also where the caller may not manage it."""
        found = await self._store.webhooks.one(who.account_id, id_)
        if found is None or face not in (None, found.face) or not _manages(who, found):
            raise NotFound(_MISSING)
        return found

    async def test(self, who: Principal, id_: int) -> str:
        """As ``ask_test`` does, without a key."""
        return await self.ask_test(who, id_, str)

    async def ask_test(self, who: Principal, id_: int, render: Callable[[str], A], once: Once[A] | None = None) -> A:
        """Have something sent that is no event, to see whether it arrives; the answer is of its id.

        Raises NotFound, and Conflict where nothing is sent at present.
        """
        made = new_uuid(self._store.clock())  # it tells when it was asked for, in each attempt alike
        job = self.job(Send(id_, test=made, again=True), made)
        act = Act(entity="delivery", action="created", entity_id=id_, details={"event": made})

        def plan(facts: Facts) -> Plan[str]:
            webhook = found_webhook(facts, id_)
            owner = facts.found.users.get(webhook.owner_id)
            if not webhook.active or owner is None or not owner.active:
                raise Conflict("This webhook is paused, or its owner is not active: nothing is sent to it.")
            return Plan((), made, jobs=(job,), acts=(act,))

        return await self._ask(who, await self.get(who, id_), plan, render, once)

    async def replay(self, who: Principal, id_: int, since: int) -> int:
        """As ``ask_replay`` does, without a key; give up to which."""
        return await self.ask_replay(who, id_, since, lambda span: span.until)

    async def ask_replay(
        self, who: Principal, id_: int, since: int, render: Callable[[Span], A], once: Once[A] | None = None
    ) -> A:
        """Tell a webhook again of every change after this one, each under its old id; the answer is of up to which.

        One that is paused is told once it goes on. Raises NotFound, and Invalid where the change log begins later.
        """
        found = await self.get(who, id_)
        await self.check_since(who, since)

        def plan(facts: Facts) -> Plan[Span]:
            span = Span(id_, since, found_webhook(facts, id_).cursor)
            job = self._made(REPLAY, TASKS, f"{id_}:{uuid4()}", msgspec.json.encode(span).decode(), since + 1)
            if span.until <= since:
                return Plan((), span)
            return Plan((), span, jobs=(job,), acts=(_again(id_, f"the changes {since + 1} to {span.until}"),))

        return await self._ask(who, found, plan, render, once)

    async def check_since(self, who: Principal, since: int) -> None:
        """Raise Invalid unless the change log has all that follows this change."""
        first = await self._store.feed.first(who.account_id)
        if since < 0 or since + 1 < first:
            raise invalid("since", f"The change log is kept from {first} on: say {first - 1}, or an instant.")
        if since > (last := await self._store.sequence(who.account_id)):
            raise invalid("since", f"The change log ends at {last}.")

    async def before(self, who: Principal, instant: int) -> int:
        """The number of the account's last change before an instant (ms UTC), of which nothing older is kept."""
        last = await self._store.sequence(who.account_id)
        return await self._store.feed.before(who.account_id, instant, last)

    async def send_again(self, who: Principal, id_: int, sequence: int) -> str:
        """Tell a webhook again of one change, under its old id, which is given. Raises NotFound."""
        found = await self.get(who, id_)
        changes = await self._store.feed.some(who.account_id, (sequence,))
        if not changes:
            raise NotFound(_CUT)
        parts = range(2 if changes[0].entity in TWOFOLD else 1)
        sends = [Send(id_, sequence, again=True, part=part) for part in parts]
        made = event_id(await self._store.feed.secret(who.account_id), sequence)
        return await self._ask(who, found, self._sending(sends, made), str, None)

    async def deliver_again(
        self, who: Principal, id_: int, delivery_id: str, render: Callable[[str], A], once: Once[A] | None = None
    ) -> A:
        """Send again what was sent, as it is seen now, under its old id, of which the answer is. Raises NotFound."""
        found, past = await self.get(who, id_), await self.delivery(who, id_, delivery_id)
        if past.event == TEST:
            return await self._ask(
                who, found, self._sending([Send(id_, test=past.event_id, again=True)], past.event_id), render, once
            )
        if not await self._store.feed.some(who.account_id, (past.sequence,)):
            raise NotFound(_CUT)
        part = int(past.event_id != event_id(await self._store.feed.secret(who.account_id), past.sequence))
        send = Send(id_, past.sequence, again=True, part=part)
        return await self._ask(who, found, self._sending([send], past.event_id), render, once)

    def _sending(self, sends: Sequence[Send], event: str) -> Callable[[Facts], Plan[str]]:
        jobs = tuple(self.job(send, f"{send.webhook_id}:{send.sequence}:{uuid4()}") for send in sends)

        def plan(facts: Facts) -> Plan[str]:
            webhook = found_webhook(facts, sends[0].webhook_id)
            return Plan((), event, jobs=jobs, acts=(_again(webhook.id, f"the event {event}"),))

        return plan

    async def _ask(
        self,
        who: Principal,
        webhook: Webhook,
        plan: Callable[[Facts], Plan[V]],
        render: Callable[[V], A],
        once: Once[A] | None,
    ) -> A:
        needs = Needs(webhooks=(webhook.id,), users=(webhook.owner_id,))
        return await self._store.write(unit_of(who, plan, render, needs=needs, once=once))

    async def delivery(self, who: Principal, id_: int, delivery_id: str) -> Delivery:
        """One thing that was sent to a webhook, with all that came back. Raises NotFound."""
        await self.get(who, id_)
        found = await self._store.deliveries.one(who.account_id, delivery_id) if is_uuid(delivery_id) else None
        if found is None or found.webhook_id != id_:
            raise NotFound("There is no delivery with this id to this webhook.")
        return found

    async def health(self, who: Principal, webhook: Webhook) -> Health:
        """How a webhook that the caller has got is doing."""
        last = await self.last(who, webhook.id)
        fails = last is not None and last.outcome != "delivered"
        since = await self._store.deliveries.failing_since(who.account_id, webhook.id) if fails else None
        return Health(last=last, waiting=await self.waiting(who, webhook.id), failing_since=since)

    async def deliveries(
        self, who: Principal, wanted: DeliveryFilter, limit: int, cursor: str | None
    ) -> Page[Delivery]:
        """One page of what was sent, the latest first. Raises NotFound, Forbidden, and Invalid for a wrong cursor."""
        if wanted.webhook_id is not None:
            await self.get(who, wanted.webhook_id)
        else:
            check_admin(who)
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


def _again(webhook_id: int, what: str) -> Act:
    return Act(entity="delivery", action="restored", entity_id=webhook_id, details={"what": what})


def found_webhook(facts: Facts, id_: int, revision: int | None = None) -> Webhook:
    """The webhook as a plan finds it. Raises NotFound, and Stale where it is another revision."""
    before = facts.found.webhooks.get(id_)
    if before is None:
        raise NotFound(_MISSING)
    if revision not in (None, before.revision):
        raise Stale(f"The stored revision is {before.revision}: read it again, and send your change for that.")
    return before


def _manages(who: Principal, webhook: Webhook) -> bool:
    try:
        check_webhooks_of(who, webhook.owner_id)
    except Forbidden:
        return False
    return True
