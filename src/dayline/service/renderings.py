"""Renderings: the finished bytes of activities, kept so that a page is mapped and encoded once and not for each reader.

Never stale: the database says each time which revisions a page has, and whether a name has changed; the bytes of any
other revision are not looked at. Bounded in bytes, and lost with the process.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Raw, Struct

from dayline.counting import RENDERINGS
from dayline.domain.activity import Activity
from dayline.service.directory import Directory

T = TypeVar("T")
Names: TypeAlias = Literal["none", "attendees", "all"]
Version: TypeAlias = tuple[int, int]  # the activity's revision, and the account's directory revision
Shelf: TypeAlias = tuple[int, Hashable]  # the account, and the rendering's key

_HIT: Final = ("hit",)
_MISS: Final = ("miss",)
_OVERHEAD: Final = 300  # bytes that an entry takes beside its text


class Rendering(Struct, Generic[T], frozen=True):
    """How a dialect shows an activity. ``key`` holds all that decides the bytes beside the activity and its names.

    ``names`` says whose names ``show`` is given: those of attendees, or of everybody and everything that is mentioned.
    """

    key: Hashable
    show: Callable[[Activity, Directory], T]
    names: Names = "none"


class Place(Struct, frozen=True, array_like=True):
    """An activity on a page, and its revision."""

    id: int
    revision: int


class Renderings:
    """A bounded memory of bytes in two halves: what is not asked for while one half fills is forgotten with it."""

    def __init__(self, limit: int) -> None:
        """``limit`` is in bytes; 0 keeps nothing."""
        self._half = limit // 2
        self._young: dict[Shelf, dict[int, tuple[Version, Raw]]] = {}
        self._old: dict[Shelf, dict[int, tuple[Version, Raw]]] = {}
        self._bytes = 0

    def find(self, shelf: Shelf, places: Sequence[Place], directory: int) -> dict[int, Raw]:
        """The bytes of those that are kept in exactly this revision."""
        young, old = self._young.get(shelf, {}), self._old.get(shelf, {})
        found: dict[int, Raw] = {}
        for place in places:
            kept = young.get(place.id)
            if kept is None and (kept := old.get(place.id)) is not None:
                self._keep(shelf, place.id, kept)
            if kept is not None and kept[0] == (place.revision, directory):
                found[place.id] = kept[1]
        RENDERINGS.add(_HIT, len(found))
        RENDERINGS.add(_MISS, len(places) - len(found))
        return found

    def keep(self, shelf: Shelf, id_: int, version: Version, shown: object) -> Raw:
        """Encode what is shown, keep it, and give its bytes."""
        raw = Raw(msgspec.json.encode(shown))
        self._keep(shelf, id_, (version, raw))
        return raw

    def halves(self) -> tuple[dict[Shelf, dict[int, tuple[Version, Raw]]], ...]:
        """All that is kept."""
        return self._young, self._old

    def _keep(self, shelf: Shelf, id_: int, kept: tuple[Version, Raw]) -> None:
        self._bytes += len(memoryview(kept[1])) + _OVERHEAD
        if self._bytes > self._half:
            self._old, self._young, self._bytes = self._young, {}, 0
        self._young.setdefault(shelf, {})[id_] = kept
