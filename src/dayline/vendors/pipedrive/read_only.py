"""Fields that are only read: who sends back what he read has changed nothing, and whoever changed one is told so.

It must never write one of them.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from dayline.domain.activity import Activity
from dayline.domain.errors import Invalid, Problem
from dayline.domain.time import parse_instant


def unchanged(body: Struct, names: tuple[str, ...], show: Callable[[Activity], Struct]) -> Callable[[Activity], None]:
    """What looks at the stored activity before it is written, and raises Invalid where one of these is another."""
    sent = {name: value for name in names if (value := getattr(body, name)) is not UNSET}

    def check(before: Activity) -> None:
        shown = show(before)
        changed = [name for name, value in sent.items() if not _same(name, value, getattr(shown, name))]
        if changed:
            raise Invalid(*(Problem(name, _told(getattr(shown, name))) for name in changed))

    return check if sent else _nothing


def _nothing(_: Activity) -> None:
    """Nothing was sent that is only read."""


def _told(value: Any) -> str:
    return f"This field is read-only, and is {msgspec.json.encode(value).decode()} now. Send that, or leave it out."


def _same(name: str, sent: Any, shown: Any) -> bool:
    """The same value, or the same instant in another spelling."""
    if name.endswith("_time") and isinstance(sent, str) and isinstance(shown, str):
        return _second(sent) == _second(shown)
    return type(sent) is type(shown) and bool(sent == shown)


def _second(text: str) -> int | str:
    """The second that an instant is in: no more of it is shown."""
    try:
        return parse_instant(text) // 1000
    except ValueError:
        return text
