"""What an account has chosen for itself: its zone, how long deleted things stay, its own limit on requests."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.identity import Account, AccountSettings, Principal, check_zone
from dayline.service.people import check_admin
from dayline.service.units import unit_of
from dayline.store.store import Store
from dayline.store.unit import Entry, Facts, Needs, Plan

A = TypeVar("A")


class SettingsChange(Struct, frozen=True, kw_only=True):
    """The settings that a write gives; what is UNSET stays as it is."""

    zone: str | UnsetType = UNSET
    retention_days: int | UnsetType = UNSET
    rate_limit: int | None | UnsetType = UNSET


class Preferences:
    """The verbs on an account's settings. ``render`` makes the answer, inside the transaction that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, who: Principal) -> Account:
        """The account with its settings."""
        return await self._store.account(who.account_id)

    async def change(self, who: Principal, change: SettingsChange, render: Callable[[Account], A]) -> A:
        """Change what is given. Raises Forbidden and Invalid."""
        check_admin(who)
        if change.zone is not UNSET:
            check_zone(change.zone)

        def plan(facts: Facts) -> Plan[Account]:
            before = facts.found.account
            assert before is not None
            after = replace(before, settings=_changed(before.settings, change))
            return Plan(() if after == before else (Entry("changed", before, after),), after)

        unit = unit_of(who, plan, render, needs=Needs(account=True), touches=frozenset(("account",)))
        return await self._store.write(unit)


def _changed(before: AccountSettings, change: SettingsChange) -> AccountSettings:
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    return replace(before, **given)
