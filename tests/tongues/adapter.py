"""What a tongue's file in this folder must tell: how the tests write, read and change activities in it, over HTTP."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import httpx2

from dayline.domain.activity import Activity
from dayline.domain.fields import can_say
from dayline.kit.dialect import Dialect
from tests.tongues.canon import Canon, row_of
from tests.tongues.world import World


class Adapter(ABC):
    """Inherit in the file that is called as the dialect, as ``Speaker``."""

    dialect: ClassVar[Dialect]
    changes: ClassVar[tuple[str, ...]] = ()
    """What can be changed by itself: names of fields, or what rows begin with; nothing, where nothing can be."""

    follows: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What a change of these changes beside them, by how its keys begin."""

    def __init__(self, world: World, client: httpx2.Client) -> None:
        self.world, self.client = world, client

    @abstractmethod
    def fit(self, wish: Activity) -> Activity:
        """As much of the wish as can be said here, and what becomes of the rest."""

    @abstractmethod
    def write(self, wish: Activity) -> int | str:
        """Create it, and give its id or uuid."""

    @abstractmethod
    def read(self, stored: Activity) -> Canon:
        """What is told of it to one who reads it here."""

    def change(self, stored: Activity, wish: Activity, name: str) -> None:
        """Make one thing what it is in the wish."""
        raise NotImplementedError

    def check(self, name: str, wish: Activity, before: Activity, after: Activity) -> None:
        """Look at what followed from a change, beside what is looked at in every tongue."""
        return

    def send_back(self, stored: Activity) -> bool:
        """Write all that can be read as it was read; False where that cannot be done."""
        return False

    def says(self, key: str, activity: Activity) -> bool:
        """Whether it is told here what this activity says there, whole."""
        tongue = self.dialect.tongue
        assert tongue is not None
        return can_say(tongue.says)(row_of(key)) and row_of(key) not in set(tongue.lacks(activity))
