"""What the store asks of a database, whichever it is. A write that returned is committed and on the disk."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

from dayline.store.group import Steps
from dayline.store.statement import Asked, Call, Rows
from dayline.store.unit import Unit

A = TypeVar("A")
K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")
Told: TypeAlias = Callable[[int, int], None]  # how much is done, and of how much
Found: TypeAlias = tuple[str, int]  # the document of an activity, and the account's directory revision in that moment
Ask: TypeAlias = Callable[[int, list[K]], Awaitable[Mapping[K, V]]]
"""Reads what there is of these keys of an account."""


class Database(Protocol):
    """A database that is open. Every method raises Unavailable when it cannot be done now."""

    async def fetch(self, call: Asked) -> Rows:
        """Run a read that goes straight to its rows by key; or several as one."""

    async def activity(self, account_id: int, id_: int) -> Found | None:
        """What there is of an activity, or None: what is read most often."""

    async def shared(self, ask: Ask[K, V], account_id: int, keys: Collection[K]) -> Mapping[K, V]:
        """What ``ask`` finds of these keys; where it costs a round trip, it is asked once for all that wait."""

    async def bodies(self, account_id: int, ids: Sequence[int]) -> list[str]:
        """The documents of these activities, in no order."""

    async def last_change(self, account_id: int) -> tuple[int, int]:
        """The number of the account's last change, and when it was written, in ms UTC.

        Asked before each page, to know whether one that is kept holds. The two together are of one history: a database
        that was restored may count the same numbers once more, but later.
        """

    async def scan(self, call: Call, seconds: float | None = None) -> Rows:
        """Run a read that may have to look at many rows; it is ended after so long, or the statement time-out."""

    async def write(self, unit: Unit[Any, A]) -> A:
        """Run a unit of work together with others that wait, and return its answer. Raises what its plan raised."""

    async def run(self, steps: Callable[[], Steps[T]]) -> T:
        """Run steps alone in one transaction."""

    async def backup(self, target: Path, told: Told) -> None:
        """Copy the database as it is now into a new file, while others read and write. Tells pages done and in all."""

    async def wipe(self) -> None:
        """Leave nothing in the database's files of what was removed, as far as that is not the server's own work."""

    async def migrated(self) -> bool:
        """Whether the schema is the one that this program knows."""

    async def close(self) -> None:
        """Finish what was asked for, and let go."""
