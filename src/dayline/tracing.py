"""Spans: what a request, a group of writes, a delivery or a call was made of, where somebody wants to see it.

It must never load a library: ``telemetry`` does, when it is configured, and says here what makes the spans.
"""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["server", "client", "internal"]
Value: TypeAlias = str | int | float | bool
HEADER: Final = "traceparent"


class Span(Protocol):
    """Something that takes time. It ends with its block; an exception that leaves the block makes it a failed one."""

    def tell(self, **attributes: Value | None) -> None:
        """Say more of it; ``__`` in a name is a dot. What is None is not said."""

    def link(self, *others: str) -> None:
        """Say what else it was for: traceparents."""

    def fail(self, reason: str) -> None:
        """Say that it did not do what it was for."""


class Tracer(Protocol):
    """What makes spans."""

    def span(
        self, name: str, kind: Kind, parent: str, attributes: dict[str, Value | None]
    ) -> AbstractContextManager[Span]:
        """Begin a span under what is under way here, or under the parent, a traceparent, where one is given."""

    def carried(self) -> str:
        """The traceparent of what is under way here; empty where nothing is."""


class _Nothing:
    """The span that nobody wants to see."""

    def __enter__(self) -> "_Nothing":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        return None

    def tell(self, **attributes: Value | None) -> None:
        """Nobody listens."""

    def link(self, *others: str) -> None:
        """Nobody listens."""

    def fail(self, reason: str) -> None:
        """Nobody listens."""


NOTHING: Final = _Nothing()
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Have this make the spans of the process from now on, or nobody."""
    global _tracer  # noqa: PLW0603 - one for the process, as its log is
    _tracer = tracer


def wanted() -> bool:
    """Whether anybody wants to see spans."""
    return _tracer is not None


def span(
    name: str, kind: Kind = "internal", *, parent: str = "", **attributes: Value | None
) -> AbstractContextManager[Span]:
    """Begin a span; ``__`` in an attribute's name is a dot."""
    return NOTHING if _tracer is None else _tracer.span(name, kind, parent, attributes)


def carried() -> str:
    """The traceparent to hand on to others; empty where nobody wants to see spans."""
    return "" if _tracer is None else _tracer.carried()
