"""What the operator may be told of this process, beside what its store knows. No behaviour."""

from msgspec import Struct

from dayline.counting.board import Board
from dayline.events.worker import Worker
from dayline.kit.client import Client


class Watch(Struct, frozen=True, eq=False):
    """``token`` is what whoever reads the metrics must have. ``board`` is there where several processes serve.

    ``worker`` is the one of this process, None where it has none. ``client`` calls customers' other systems.
    """

    token: str | None = None
    board: Board | None = None
    worker: Worker | None = None
    client: Client | None = None
    database: str = ""

    def __repr__(self) -> str:
        return f"Watch(database={self.database!r})"
