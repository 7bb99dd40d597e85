"""What ``dayline doctor`` looks at where credentials are sealed: the key, its file, and whether it opens them all."""

from pathlib import Path

from dayline.app import keyring_of, service_of, store_of
from dayline.cli.finding import Finding
from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.domain.webhook import Webhook
from dayline.service import Service
from dayline.service.vault import Broken, Keyring, NoKey

_SHOWN = 3


async def examine_vault(settings: Settings) -> Finding:
    """Whether there is a key where one is needed, nobody else can read it, and everything sealed can be opened."""
    try:
        keyring = keyring_of(settings)
        store = await store_of(settings)
        try:
            return await _examine(service_of(store, settings, keyring), keyring)
        finally:
            await store.close()
    except DaylineError as error:
        return Finding("fail", "credentials", error.message)


async def _examine(service: Service, keyring: Keyring) -> Finding:
    opened, old, closed = await _counts(service)
    if closed:
        named = ", ".join(closed[:_SHOWN]) + (" …" if len(closed) > _SHOWN else "")
        return Finding(
            "fail",
            "credentials",
            f"of {len(closed):,} integrated accounts they cannot be opened: {named}",
            "bring back the key that they were sealed with, or `dayline connect … --again ID`",
        )
    if not keyring.there:
        advice = "" if keyring.may_be_made else "before you connect an account, set DAYLINE_SECRET_KEY"
        return Finding(
            "ok", "credentials", f"nothing is sealed, and there is no key yet{': ' if advice else ''}{advice}"
        )
    if keyring.path is not None and keyring.path.stat().st_mode & 0o077:
        return _readable(keyring.path)
    if old:
        return Finding("warn", "credentials", f"{old:,} are sealed with an old key", "run `dayline rekey`")
    where = keyring.path or "DAYLINE_SECRET_KEY"
    return Finding(
        "ok",
        "credentials",
        f"of {opened:,} accounts and webhooks, with the key of {where}; keep a copy of it",
    )


def _readable(path: Path) -> Finding:
    return Finding("fail", "credentials", f"others can read the key {path}", f"chmod 600 {path}")


async def _counts(service: Service) -> tuple[int, int, list[str]]:
    """How many can be opened, how many of them are sealed with an old key, and the ids of those that cannot."""
    sealing, opened, old, closed = service.integrated.sealing, 0, 0, list[str]()
    async for account_id, found in sealing.everywhere():
        try:
            sealing.opened(account_id, found)
            current = sealing.is_current(found)
        except (NoKey, Broken):
            closed.append(f"webhook {found.id}" if isinstance(found, Webhook) else found.id)
        else:
            opened, old = opened + 1, old + (not current)
    return opened, old, closed
