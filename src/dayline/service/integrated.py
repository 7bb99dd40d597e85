"""Integrated accounts: connect, list, change, disconnect; open one for a call; note how it stands.

Only admins manage them. Secrets come in here, are sealed before anything is written, and are given out by ``open``
alone, to whoever calls the vendor: they must never get into an answer, an error or a log.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from dayline.domain.errors import Forbidden, NotFound
from dayline.domain.filter import Page, Position, seal, unseal
from dayline.domain.identity import Principal
from dayline.domain.integrated import (
    TOKEN_MS,
    IntegratedAccount,
    IntegratedChange,
    IntegratedFilter,
    NewIntegrated,
    Status,
    change_account,
    check_base_url,
    check_manager,
    check_reach,
    check_secrets,
    make_account,
    reconnect,
    redacted,
    stand,
)
from dayline.domain.passes import Pass, write_pass
from dayline.domain.record import new_uuid
from dayline.service.identity import NOBODY
from dayline.service.sealing import Sealing
from dayline.service.units import unit_of
from dayline.service.vault import Vault
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Once, Plan, Unit

A = TypeVar("A")
Render = Callable[[IntegratedAccount], A]
Opened = tuple[IntegratedAccount, Mapping[str, str]]
_MISSING = "Integrated account not found"


class Integrated:
    """The verbs on integrated accounts. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self.sealing = store, Sealing(store, vault)

    async def list(
        self, who: Principal, wanted: IntegratedFilter, limit: int, cursor: str | None
    ) -> Page[IntegratedAccount]:
        """One page, the first connected first. Raises Forbidden, and Invalid for a cursor that is not of this list."""
        check_manager(who)
        scope = msgspec.json.encode(("integrated accounts", wanted))
        after = 0 if cursor is None else unseal(cursor, who.account_id, who.secret, scope).id
        found, more = await self._store.integrated_accounts(who.account_id, wanted, limit, after)
        if not more:
            return Page(tuple(found), None)
        last = found[-1].number
        return Page(tuple(found), seal(Position(last, last), who.account_id, who.secret, scope))

    async def get(self, who: Principal, id_: str) -> IntegratedAccount:
        """The integrated account with this uuid, for an admin and for who has a token for it. Raises NotFound."""
        if who.integrated_account_id is None:
            check_manager(who)
        check_reach(who, id_)
        return await self._stored(who.account_id, id_)

    async def create(
        self,
        who: Principal,
        new: NewIntegrated,
        render: Render[A],
        once: Once[A] | None = None,
        *,
        base_url: str | None = None,
    ) -> A:
        """Connect an account. Raises Forbidden, Invalid and NoKey.

        ``base_url`` is for the operator alone: whoever sets it says where credentials are sent.
        """
        check_manager(who)
        _check_base_url(who, base_url)
        if new.secrets:
            check_secrets(new.secrets)
        made = make_account(new, base_url, self._store.clock())
        id_ = new_uuid(self._store.clock())
        sealed = await self.sealing.sealed(who.account_id, id_, new.secrets)

        def plan(facts: Facts) -> Plan[IntegratedAccount]:
            now, number = facts.author.now, facts.counter.next_id("integrated_account")
            account = replace(made, number=number, id=id_, sealed=sealed, created_at=now, updated_at=now)
            return Plan((Entry("created", None, account),), account)

        return await self._store.write(unit_of(who, plan, render, needs=Needs(), once=once))

    async def change(
        self, who: Principal, id_: str, change: IntegratedChange, render: Render[A], once: Once[A] | None = None
    ) -> A:
        """Change what is no secret; also for who has a token for it. Raises Forbidden, NotFound and Invalid."""
        if who.integrated_account_id is None:
            check_manager(who)
        check_reach(who, id_)
        return await self._change(who, id_, render, lambda before, now: change_account(before, change, now), once)

    async def change_credentials(
        self,
        who: Principal,
        id_: str,
        secrets: Mapping[str, str],
        render: Render[A],
        once: Once[A] | None = None,
        *,
        change: IntegratedChange | None = None,
        base_url: str | None = None,
    ) -> A:
        """Lay these secrets over the ones there are: it is active again. Raises Forbidden, NotFound, Invalid, NoKey.

        What else changes does so in the same write, so that no call has a new credential and an old address, or the
        other way round. ``base_url`` is for the operator alone, as in ``create``; None leaves it as it is.
        """
        check_manager(who)
        _check_base_url(who, base_url)
        check_secrets(secrets)
        await self._stored(who.account_id, id_)
        sealed = await self.sealing.sealed(who.account_id, id_, secrets)

        def changed(before: IntegratedAccount, now: int) -> IntegratedAccount:
            after = before if change is None else change_account(before, change, now)
            after = after if base_url is None else replace(after, base_url=check_base_url(base_url))
            return replace(reconnect(after, sealed, now), revision=before.revision + 1)

        return await self._change(who, id_, render, changed, once)

    async def delete(self, who: Principal, id_: str, render: Render[A]) -> A:
        """Disconnect: the account and its secrets are gone for good. Raises Forbidden and NotFound."""
        check_manager(who)

        def plan(facts: Facts) -> Plan[IntegratedAccount]:
            before = _found(facts, id_)
            return Plan((Entry("deleted", before, None),), before)

        return await self._store.write(unit_of(who, plan, render, needs=Needs(integrated=(id_,)), touches=_own(id_)))

    async def delete_many(
        self, who: Principal, ids: Sequence[str], render: Callable[[tuple[str, ...]], A], once: Once[A] | None = None
    ) -> A:
        """Disconnect those of these that there are, in one write; gives their ids in the order named.

        Raises Forbidden, and NotFound where there is none of them.
        """
        check_manager(who)
        wanted = tuple(dict.fromkeys(ids))

        def plan(facts: Facts) -> Plan[tuple[str, ...]]:
            found = [before for id_ in wanted if (before := facts.found.integrated.get(id_)) is not None]
            if not found:
                raise NotFound(_MISSING)
            return Plan(tuple(Entry("deleted", one, None) for one in found), tuple(one.id for one in found))

        touches = frozenset(f"integrated:{id_}" for id_ in wanted)
        unit = unit_of(who, plan, render, needs=Needs(integrated=wanted), touches=touches, once=once)
        return await self._store.write(unit)

    async def open(self, account_id: int, id_: str) -> Opened:
        """The integrated account with its secrets by name, for one call to its vendor. Raises NotFound and Unavailable.

        Who may is for the caller to check, with ``check_reach``. The secrets are to be kept no longer than the call.
        """
        found = await self._stored(account_id, id_)
        return found, self.sealing.opened(account_id, found)

    async def note_status(
        self,
        account_id: int,
        id_: str,
        status: Status,
        last_error: str | None = None,
        *,
        revision: int | None = None,
        sent: Collection[str] | None = None,
    ) -> None:
        """Note how an account stands; what is so already is not written, nor what is gone.

        With ``revision``, only while it is in that one: an answer to credentials that were changed meanwhile says
        nothing about the new ones. Secrets are taken out of ``last_error``: those whose names are in ``sent``, or all.
        """
        found = await self._store.integrated_account(account_id, id_)
        if found is None or revision not in (None, found.revision):
            return
        if last_error is not None:
            known = self.sealing.opened(account_id, found)
            last_error = redacted(last_error, [known[name] for name in known if sent is None or name in sent])
        if stand(found, status, last_error, found.updated_at) is found:  # so that many refusals do not queue for a lock
            return

        def plan(facts: Facts) -> Plan[None]:
            before = facts.found.integrated.get(id_)
            if before is None or revision not in (None, before.revision):
                return Plan((), None)
            after = stand(before, status, last_error, facts.author.now)
            return Plan(() if after is before else (Entry("changed", before, after),), None)

        unit: Unit[None, None] = Unit(
            account_id=account_id,
            user_id=NOBODY,
            token_id=NOBODY,
            admin=True,
            needs=Needs(integrated=(id_,)),
            plan=plan,
            render=lambda _: None,
            touches=_own(id_),
        )
        await self._store.write(unit)

    async def token(self, who: Principal, id_: str) -> str:
        """A credential for this integrated account and nothing else, for 15 minutes. Raises Forbidden and NotFound.

        It ends with the token that asked for it, too.
        """
        check_manager(who)
        if who.token_id <= NOBODY:
            raise Forbidden("Such a token is asked for with a token of somebody's.")
        await self._stored(who.account_id, id_)
        given = Pass(who.token_id, id_, self._store.clock() + TOKEN_MS)
        return write_pass(who.account_id, who.secret, given)

    async def _stored(self, account_id: int, id_: str) -> IntegratedAccount:
        found = await self._store.integrated_account(account_id, id_)
        if found is None:
            raise NotFound(_MISSING)
        return found

    async def _change(
        self,
        who: Principal,
        id_: str,
        render: Render[A],
        changed: Callable[[IntegratedAccount, int], IntegratedAccount],
        once: Once[A] | None,
    ) -> A:
        def plan(facts: Facts) -> Plan[IntegratedAccount]:
            before = _found(facts, id_)
            after = changed(before, facts.author.now)
            return Plan(() if after is before else (Entry("changed", before, after),), after)

        unit = unit_of(who, plan, render, needs=Needs(integrated=(id_,)), touches=_own(id_), once=once)
        return await self._store.write(unit)


def _check_base_url(who: Principal, base_url: str | None) -> None:
    if base_url is not None and who.user_id != NOBODY:
        raise Forbidden("Only an operator can set a base URL, with `dayline connect`.")


def _found(facts: Facts, id_: str) -> IntegratedAccount:
    before = facts.found.integrated.get(id_)
    if before is None:
        raise NotFound(_MISSING)
    return before


def _own(id_: str) -> frozenset[str]:
    return frozenset((f"integrated:{id_}",))
