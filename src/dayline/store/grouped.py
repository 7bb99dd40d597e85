"""Counts and traces a group of writes, whichever database commits it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from dayline import tracing
from dayline.counting import GROUP_SECONDS, GROUP_SIZES
from dayline.store.unit import Unit

_SIZES, _SECONDS = GROUP_SIZES.of(), GROUP_SECONDS.of()


@contextmanager
def grouped(units: Sequence[Unit[Any, Any]]) -> Iterator[None]:
    """The time in which these are written and committed, and those who join them; what fails is not counted.

    The span hangs under the first one's, with links to those of the others.
    """
    if not units:
        yield
        return
    begun = perf_counter()
    first = next(_traces(units), "")
    with tracing.span("write group", parent=first) as span:
        try:
            yield
        finally:
            span.tell(dayline__writes=len(units))
            span.link(*(trace for trace in _traces(units) if trace != first))
    _SIZES.add(len(units))
    _SECONDS.add(perf_counter() - begun)


def _traces(units: Sequence[Unit[Any, Any]]) -> Iterator[str]:
    return (unit.trace for unit in units if unit.trace)
