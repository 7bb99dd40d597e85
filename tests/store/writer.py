"""A process that writes until it is killed, and notes each answer on the disk before it asks for the next one.

``python -m tests.store.writer DATABASE CREDENTIAL LEDGER``. A line of the ledger is an activity's id and revision.
"""

import asyncio
import os
import sys

from dayline.domain.draft import Draft, TypeKey
from dayline.domain.identity import Principal
from dayline.service import Service, Written
from dayline.store.open import open_store

TASKS = 6


def _state(written: Written) -> str:
    return f"{written.activity.id} {written.activity.revision}"


async def _write(service: Service, who: Principal, ledger: int) -> None:
    """Create, change and delete for ever, acknowledging each."""
    verbs = service.activities
    while True:
        created = await verbs.create(who, Draft(type=TypeKey("call", "type"), note="x" * 300), _state)
        _note(ledger, created)
        id_ = int(created.split()[0])
        _note(ledger, await verbs.change(who, id_, Draft(done=True, extras={"v": {"k": id_}}), _state))
        if id_ % 3 == 0:
            _note(ledger, await verbs.delete(who, id_, _state))


def _note(ledger: int, line: str) -> None:
    os.write(ledger, f"{line}\n".encode())  # in the kernel's hands: a kill of this process does not undo it


async def main(url: str, credential: str, path: str) -> None:
    service = Service(await open_store(url))
    who = await service.identities.principal(credential)
    ledger = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    await asyncio.gather(*(_write(service, who, ledger) for _ in range(TASKS)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
