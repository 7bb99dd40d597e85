"""The bytes of attachments, looked through for a person. It must never change one: it finds, and tells."""

import asyncio
from functools import partial
from typing import Final

from dayline.domain.marks import Marks
from dayline.service.erasing_work import Run
from dayline.store.store import Store

_PIECE: Final = 1 << 16  # bytes that are looked at together
FILES: Final = 20  # in a piece of the job


class Attached:
    """The step of an erasure that looks through every file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def files(self, run: Run) -> None:
        """Tell of the files that name him on activities in which he has no part: they are others'."""
        last = int(run.after[0]) if run.after else 0
        found = await self._store.files_of(run.account_id, last, FILES)
        for id_, key in found:
            if await names_in(self._store, run.account_id, key, run.subject.far):
                activity = await self._store.activity_of(run.account_id, id_)
                where = "a deleted activity" if activity is None else f"activity {activity}"
                run.leave(f"attachment {id_} of {where} names the person in its text, and stays as it is")
            run.after = (id_,)
        run.over = len(found) < FILES


async def names_in(store: Store, account_id: int, key: str, marks: Marks) -> bool | None:
    """Whether a file names somebody in plain text; None where that cannot be told. It is read in a thread."""
    data = await store.files.open(account_id, key)
    if data is None:
        return False
    with data:
        return await asyncio.to_thread(marks.are_in_file, iter(partial(data.read, _PIECE), b""))
