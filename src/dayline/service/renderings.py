"""Renderings: the finished bytes of activities, kept so that a page is mapped and encoded once and not for each reader.

Never stale: the database says each time whether anything has been written to the account, and if so which revisions a
page has, and whether a name has changed; the bytes of any other revision are not looked at. Bounded in bytes, and lost
with the process.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Raw, Struct

from dayline.counting import RENDERINGS
from dayline.domain.activity import Activity
from dayline.domain.condition import Group
from dayline.domain.filter import Page, Query
from dayline.service.directory import Directory
from dayline.store.lists import Viewer

T = TypeVar("T")
Names: TypeAlias = Literal["none", "attendees", "all"]
Version: TypeAlias = tuple[int, int, int]  # the activity's revision, when it was written, and the directory revision
Shelf: TypeAlias = tuple[int, Hashable]  # the account, and the rendering's key
Place: TypeAlias = tuple[int, int, int]  # an activity on a page, its revision, and when it was written
Mark: TypeAlias = tuple[int, int]  # an account's last change: its number, and when it was written

_HIT: Final = ("hit",)
_MISS: Final = ("miss",)
_OVERHEAD: Final = 300  # bytes that an entry takes beside its text
_OF_A_PAGE: Final = 2_000  # the same of a whole page, beside what its query says


class Rendering(Struct, Generic[T], frozen=True):
    """How a dialect shows an activity. ``key`` holds all that decides the bytes beside the activity and its names.

    ``names`` says whose names ``show`` is given: those of attendees, or of everybody and everything that is mentioned.
    """

    key: Hashable
    show: Callable[[Activity, Directory], T]
    names: Names = "none"


class Asked(Struct, frozen=True):
    """A page that somebody asks for: all that decides what is on it, beside what is stored.

    ``where`` are the conditions of its filter as they are now: what today is, is not in the query. ``secret`` is what
    the cursor is signed with, ``key`` that of the rendering.
    """

    viewer: Viewer
    secret: bytes
    query: Query
    where: Group | None
    key: Hashable


_Kept: TypeAlias = tuple[Version, Raw]


class _KeptPage(Struct, frozen=True):
    """A page, its account's last change before it was read, and how many bytes it counts for."""

    mark: Mark
    page: Page[Raw]
    size: int


class _Half:
    """One half of the memory: activities, and whole pages of them."""

    def __init__(self) -> None:
        self.activities: dict[Shelf, dict[int, _Kept]] = {}
        self.pages: dict[Asked, _KeptPage] = {}


class Renderings:
    """A bounded memory of bytes in two halves: what is not asked for while one half fills is forgotten with it."""

    def __init__(self, limit: int) -> None:
        """``limit`` is in bytes; 0 keeps nothing."""
        self._half = limit // 2
        self._young, self._old = _Half(), _Half()
        self._bytes = 0

    def find(self, shelf: Shelf, places: Sequence[Place], directory: int) -> dict[int, Raw]:
        """The bytes of those that are kept in exactly this revision."""
        young, old = self._young.activities.get(shelf, {}), self._old.activities.get(shelf, {})
        found: dict[int, Raw] = {}
        for id_, revision, at in places:
            kept = young.get(id_)
            if kept is None and (kept := old.get(id_)) is not None:
                self._keep(shelf, id_, kept)
            if kept is not None and kept[0] == (revision, at, directory):
                found[id_] = kept[1]
        RENDERINGS.add(_HIT, len(found))
        RENDERINGS.add(_MISS, len(places) - len(found))
        return found

    def keep(self, shelf: Shelf, id_: int, version: Version, shown: object) -> Raw:
        """Encode what is shown, keep it, and give its bytes."""
        raw = Raw(msgspec.json.encode(shown))
        self._keep(shelf, id_, (version, raw))
        return raw

    def find_page(self, asked: Asked, mark: Mark) -> Page[Raw] | None:
        """The whole page, if this is still its account's last change."""
        kept = self._young.pages.get(asked) or self._old.pages.get(asked)
        if kept is None or kept.mark != mark:
            return None
        if asked not in self._young.pages:
            self._keep_page(asked, kept)
        RENDERINGS.add(_HIT, len(kept.page.items))
        return kept.page

    def keep_page(self, asked: Asked, mark: Mark, page: Page[Raw]) -> None:
        """Keep a page that was read after this change.

        Its activities may be forgotten before it is, so that it counts as if their bytes were its own.
        """
        size = _OF_A_PAGE + len(msgspec.json.encode(asked.query)) + sum(len(memoryview(item)) for item in page.items)
        if size <= self._half:
            self._keep_page(asked, _KeptPage(mark, page, size))

    def _keep_page(self, asked: Asked, kept: _KeptPage) -> None:
        if (before := self._young.pages.pop(asked, None)) is not None:
            self._bytes -= before.size
        self._make_room(kept.size)
        self._young.pages[asked] = kept

    def halves(self) -> tuple[_Half, ...]:
        """All that is kept."""
        return self._young, self._old

    def _keep(self, shelf: Shelf, id_: int, kept: _Kept) -> None:
        self._make_room(len(memoryview(kept[1])) + _OVERHEAD)
        self._young.activities.setdefault(shelf, {})[id_] = kept

    def _make_room(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._half:
            self._old, self._young, self._bytes = self._young, _Half(), size
