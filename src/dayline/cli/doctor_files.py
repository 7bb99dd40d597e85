"""What ``dayline doctor`` looks at in the folder of attachments."""

import os
from collections.abc import AsyncIterator

from dayline.app import store_of
from dayline.cli.finding import Finding
from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.service import Service
from dayline.store.store import Store

_SHOWN = 3


async def examine_files(settings: Settings) -> Finding:
    """Whether every attachment's file is there, and others can be stored."""
    try:
        store = await store_of(settings)
    except DaylineError as error:
        return Finding("fail", "attachments", error.message)
    try:
        return await _examine(store)
    except DaylineError as error:
        return Finding("fail", "attachments", error.message)
    finally:
        await store.close()


async def _examine(store: Store) -> Finding:
    folder = store.files.folder
    missing = [key async for key in _missing(store)]
    if missing:
        named = ", ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        return Finding(
            "fail",
            "attachments",
            f"{len(missing):,} files are not in {folder}: {named}",
            "bring them from a backup, or set DAYLINE_FILES to the folder that has them",
        )
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("fail", "attachments", f"{there} cannot be written", "give the server's user the right to")
    return Finding("ok", "attachments", f"every file is in {folder}")


async def _missing(store: Store) -> AsyncIterator[str]:
    service = Service(store)
    for account in await store.accounts():
        async for key in service.attachments.missing(account.id):
            yield key
