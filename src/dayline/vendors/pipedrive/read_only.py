"""Fields that are only read: who sends back what he read has changed nothing, and whoever changed one is told so.

It must never write one of them.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from dayline.domain.activity import Activity
from dayline.domain.errors import Invalid, Problem
from dayline.domain.time import parse_instant

_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


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
    """As a text of a form, null where nothing is shown, and the same instant in another spelling, are the same."""
    if sent in (None, "") or shown in (None, ""):
        return sent in (None, "") and shown in (None, "")
    if isinstance(shown, bool):
        return _FLAGS.get(str(sent).lower()) is shown
    if name.endswith("_time"):
        return _second(sent) == _second(shown)
    return str(sent) == str(shown)


def _second(text: Any) -> int | str:
    """The second that an instant is in: no more of it is shown."""
    try:
        return parse_instant(str(text)) // 1000
    except ValueError:
        return str(text)
