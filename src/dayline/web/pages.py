"""The pages for people."""

from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from dayline.kit.dialect import Dialect


def pages(documents: Sequence[tuple[Dialect, dict[str, Any]]]) -> list[Route]:
    return []
