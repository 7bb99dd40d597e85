"""What the store asks of a database, whichever it is. A write that returned is committed and on the disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

from dayline.store.group import Steps
from dayline.store.statement import Call, Rows
from dayline.store.unit import Unit

A = TypeVar("A")
T = TypeVar("T")
Told: TypeAlias = Callable[[int, int], None]  # how much is done, and of how much


class Database(Protocol):
    """A database that is open. Every method raises Unavailable when it cannot be done now."""

    async def fetch(self, call: Call) -> Rows:
        """Run a read that goes straight to its rows by key."""

    async def body(self, account_id: int, id_: int) -> str | None:
        """The document of an activity, or None: what is read most often."""

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
