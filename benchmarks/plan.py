"""How much is measured: everything, or less of it."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

Told: TypeAlias = Callable[[str, float], None]  # what is being done, and how many seconds of the plan are behind


class Plan(Struct, frozen=True, kw_only=True):
    """``seconds`` is how long one load lasts. ``sizes`` are those of the growth, in activities.

    ``sparse``: surfaces beside the first are asked by the largest number of clients only.
    """

    rounds: int
    seconds: int
    clients: tuple[int, ...]
    workers: tuple[int, ...]
    activities: int
    sizes: tuple[int, ...]
    growth_rounds: int
    growth_seconds: int
    imported: int  # records, in the bulk import
    sparse: bool = False


WHOLE = Plan(
    rounds=3,
    seconds=3,
    clients=(1, 8, 32),
    workers=(1, 2),
    activities=100_000,
    sizes=(10_000, 100_000, 1_000_000, 3_000_000),
    growth_rounds=3,
    growth_seconds=2,
    imported=100_000,
)
SHORT = Plan(
    rounds=1,
    seconds=1,
    clients=(1, 32),
    workers=(1,),
    activities=10_000,
    sizes=(10_000, 50_000),
    growth_rounds=1,
    growth_seconds=1,
    imported=10_000,
    sparse=True,
)
SMALLEST = Plan(
    rounds=1,
    seconds=1,
    clients=(8,),
    workers=(1,),
    activities=4_000,
    sizes=(3_000, 4_000),
    growth_rounds=1,
    growth_seconds=1,
    imported=2_000,
    sparse=True,
)


def expected(plan: Plan, name: str, surfaces: int) -> float:
    """About how many seconds a part takes, as ``Told`` counts them; for the progress bar alone."""
    operations, pages = 5, 30  # the operations of a database; the pages of all filters
    loads = {clients: surfaces if not plan.sparse or clients == max(plan.clients) else 1 for clients in plan.clients}
    once = sum(loads.values())
    match name:
        case "sqlite":
            return plan.rounds * 4 * (1 + once * plan.seconds)
        case "postgresql":
            all_ = sum(loads[clients] for workers in plan.workers for clients in plan.clients if clients >= workers)
            return plan.activities / 10_000 + plan.rounds * operations * plan.seconds * (all_ + len(plan.clients))
        case "import":
            return plan.imported / 100_000 + plan.rounds * plan.imported * (1 / 50_000 + 2 / 5_000)
        case "where" | "remote" | "telling":
            return 1 + plan.rounds * (7 if name == "telling" else 13) * plan.seconds
        case "peers":
            return 3 + plan.rounds * 3 * 4 * (plan.seconds + 1)
    return plan.sizes[-1] / 10_000 + len(plan.sizes) * plan.growth_rounds * (8 * plan.growth_seconds + pages)
