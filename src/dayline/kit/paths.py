"""Finds the resource of a path among a dialect's templates, in as many steps as the path has segments."""

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_NO_NAMES: Final[dict[str, str]] = {}


class Paths(Generic[T]):
    """A tree of segments: ``/activities/{id}`` and ``/activities/collection`` share their first one.

    A fixed segment goes before a parameter, which is never empty; a parameter takes the whole segment.
    """

    def __init__(self, templates: Mapping[str, T]) -> None:
        self._root: _Node[T] = _Node()
        for template, value in templates.items():
            names = tuple(part[1:-1] for part in template.split("/") if part.startswith("{"))
            node = self._root
            for part in template.split("/"):
                node = node.below("" if part.startswith("{") else part, parameter=part.startswith("{"))
            node.found = (value, names)

    def find(self, path: str) -> tuple[T | None, dict[str, str]]:
        """What belongs to the path, and the texts of its parameters; None where nothing does."""
        parts = path.split("/")
        found = self._root.find(parts, 0, [])
        if found is None:
            return None, _NO_NAMES
        (value, names), texts = found
        return value, dict(zip(names, texts, strict=True))


class _Node(Generic[T]):
    """What may follow the segments so far, and what they belong to when nothing does."""

    __slots__ = ("fixed", "found", "parameter")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.found: tuple[T, tuple[str, ...]] | None = None

    def below(self, part: str, *, parameter: bool) -> "_Node[T]":
        """The node for a segment, made when it is the first of its kind."""
        if not parameter:
            return self.fixed.setdefault(part, _Node())
        if self.parameter is None:
            self.parameter = _Node()
        return self.parameter

    def find(
        self, parts: list[str], place: int, texts: list[str]
    ) -> tuple[tuple[T, tuple[str, ...]], list[str]] | None:
        """Look along the fixed segments first, and where they lead nowhere along the parameter."""
        if place == len(parts):
            return None if self.found is None else (self.found, texts)
        part = parts[place]
        fixed = self.fixed.get(part)
        found = None if fixed is None else fixed.find(parts, place + 1, texts)
        if found is None and part and self.parameter is not None:
            found = self.parameter.find(parts, place + 1, [*texts, part])
        return found
