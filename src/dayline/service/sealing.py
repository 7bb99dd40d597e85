"""The secrets of integrated accounts and webhooks, sealed and opened all at once, and sealed anew when the key changes.

It must never keep a secret, nor begin a new key where something is sealed with one that is lost.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.audit import Deed
from dayline.domain.integrated import IntegratedAccount, IntegratedFilter
from dayline.domain.webhook import Webhook
from dayline.service.units import deed_of
from dayline.service.vault import Broken, NoKey, Place, Vault
from dayline.store.store import Store

Sealed: TypeAlias = IntegratedAccount | Webhook
_PIECE = 500  # rows that are read at a time


class Rekeyed(Struct, frozen=True):
    """What became of them: how many were sealed anew, were current already, and why others cannot be opened."""

    anew: int = 0
    current: int = 0
    closed: tuple[str, ...] = ()


class Sealing:
    """What is sealed of all integrated accounts and webhooks."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self.vault = store, vault

    async def sealed(self, account_id: int, id_: str, secrets: Mapping[str, str]) -> dict[str, str]:
        """The secrets of one, sealed; a key file is begun where nothing is sealed with another key. Raises NoKey."""
        if secrets and self.vault.keyring.may_be_made:
            async for _, found in self.everywhere():
                if found.sealed:
                    break  # a new key would hide that the one of these is lost
            else:
                self.vault.keyring.make()
        return self._seal_all(account_id, id_, secrets)

    def opened(self, account_id: int, found: Sealed) -> dict[str, str]:
        """The secrets of one by name. Raises NoKey and Broken."""
        opened, row = self.vault.open, _row_of(found)
        return {name: opened(Place(account_id, row, name), sealed) for name, sealed in found.sealed.items()}

    def is_current(self, found: Sealed) -> bool:
        """Whether all of its secrets are sealed with the first key. Raises NoKey and Broken."""
        return all(self.vault.is_current(sealed) for sealed in found.sealed.values())

    async def rekey(self, told: Callable[[int], None]) -> Rekeyed:
        """Seal with the first key whatever was sealed with another one, in every account. Raises NoKey, Unavailable.

        Each row goes by itself, and only as it was read; so it can be broken off and begun again, while others write.
        ``told`` is given how many rows more were looked at.
        """
        self.vault.keyring.held(anew=True)
        total = Rekeyed()
        async for account_id, found in self.everywhere():
            total = await self._rekeyed(account_id, found, total)
            told(1)
        return total

    async def everywhere(self) -> AsyncIterator[tuple[int, Sealed]]:
        """All that may have secrets, of all accounts, with the number of its account. For the operator alone."""
        for account in await self._store.accounts():
            async for webhook in self._webhooks(account.id):
                yield account.id, webhook
            after, more = 0, True
            while more:
                page, more = await self._store.integrated_accounts(account.id, IntegratedFilter(), _PIECE, after)
                for found in page:
                    yield account.id, found
                    after = found.number

    async def _webhooks(self, account_id: int) -> AsyncIterator[Webhook]:
        after, more = 0, True
        while more:
            page, more = await self._store.webhooks.page(account_id, None, _PIECE, after)
            for found in page:
                yield found
                after = found.id

    async def _rekeyed(self, account_id: int, found: Sealed, total: Rekeyed) -> Rekeyed:
        if self.is_current(found):
            return replace(total, current=total.current + 1)
        try:
            secrets = self.opened(account_id, found)
        except (NoKey, Broken) as error:
            return replace(total, closed=(*total.closed, error.message))
        sealed = self._seal_all(account_id, _row_of(found), secrets)
        after: Sealed | None
        if isinstance(found, Webhook):
            await self._store.webhooks.seal_anew(account_id, found, sealed, self._deed("webhook", found.id))
            after = await self._store.webhooks.one(account_id, found.id)
        else:
            deed = self._deed("integrated account", found.number)
            await self._store.seal_anew(account_id, found, sealed, deed)
            after = await self._store.integrated_account(account_id, found.id)
        if after is None or self.is_current(after):
            return replace(total, anew=total.anew + 1)
        return await self._rekeyed(account_id, after, total)  # changed meanwhile, by one who knows the old key alone

    def _deed(self, what: str, number: int) -> Deed:
        return deed_of(None, "sealing", "changed", number, self._store.clock(), what=f"{what} {number}")

    def _seal_all(self, account_id: int, id_: str, secrets: Mapping[str, str]) -> dict[str, str]:
        return {name: self.vault.seal(Place(account_id, id_, name), secret) for name, secret in secrets.items()}


def _row_of(found: Sealed) -> str:
    """What a sealed secret is bound to, beside its account and name."""
    return found.uuid if isinstance(found, Webhook) else found.id
