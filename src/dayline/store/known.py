"""Records, users and types that the last writes looked up, kept so that the next ones need not ask for them.

Never stale: the account's directory revision goes up with each change and removal of one of these, in the same
transaction, and a group reads it under the account's lock. What is not there is not kept: it may come without a change
of the revision. Bounded in number, and lost with the process.
"""

from collections.abc import Collection, Hashable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
NameKind: TypeAlias = Literal["record", "user", "type"]

MOST: Final = 2_000  # in each half; a record takes about a kilobyte


class Known:
    """A bounded memory in two halves: what is not asked for while one half fills is forgotten with it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.age = 0  # how often everything was forgotten
        self._young: dict[Hashable, tuple[int, Any]] = {}
        self._old: dict[Hashable, tuple[int, Any]] = {}

    def at(self, account_id: int, directory: int) -> "Names":
        """What is known of an account that has this directory revision."""
        return Names(self, account_id, directory)

    def get(self, place: Hashable) -> tuple[int, Any] | None:
        """What is kept there, with the directory revision that it is of."""
        kept = self._young.get(place)
        if kept is None and (kept := self._old.get(place)) is not None:
            self.put(place, kept)
        return kept

    def put(self, place: Hashable, kept: tuple[int, Any]) -> None:
        """Keep this in place of what was there."""
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[place] = kept

    def forget(self) -> None:
        """Forget everything: a database that was away may come back as it was before."""
        self.age += 1
        self._young, self._old = {}, {}


class Names:
    """What is known of one account under one directory revision."""

    def __init__(self, known: Known, account_id: int, directory: int) -> None:
        self._known, self._account_id, self._directory, self._age = known, account_id, directory, known.age

    def find(self, kind: NameKind, keys: Collection[K]) -> dict[K, Any]:
        """Those of these that are known."""
        kept = ((key, self._known.get((self._account_id, kind, key))) for key in keys)
        return {key: one[1] for key, one in kept if one is not None and one[0] == self._directory}

    def keep(self, kind: NameKind, found: Mapping[K, V]) -> None:
        """Keep what was found; not in a memory that was emptied since, for another server may answer now."""
        if self._age != self._known.age:
            return
        for key, one in found.items():
            self._known.put((self._account_id, kind, key), (self._directory, one))
