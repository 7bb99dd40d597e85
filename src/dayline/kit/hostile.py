"""Finds what valid JSON may hold and the two databases would treat differently, and fields that nobody knows.

It must never run on an ordinary body: ``suspicious`` decides from the raw bytes, at a few microseconds a kilobyte.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from msgspec import inspect

from dayline.domain.errors import Problem, invalid

MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**63 - 1
TOO_DEEP: Final = f"nested deeper than {MAX_DEPTH} levels"
OUT_OF_RANGE: Final = "integer out of range, expected at most 63 bits"

_BAD_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Nineteen digits in a row may go beyond 63 bits. Folding all digits to zero finds them faster than a pattern does.
_FOLD_DIGITS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER: Final = b"0" * 19
_DIGITS_KEPT: Final = 25

Shape = dict[str, "Shape | None"]
"""The fields of a struct by their names on the wire; None where anything goes below."""


def suspicious(raw: bytes) -> bool:
    """Tell whether the body needs a look at every value. False alarms are fine, misses are not."""
    return (
        _BAD_ESCAPE.search(raw) is not None
        or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
        or _LONG_NUMBER in raw.translate(_FOLD_DIGITS)
    )


def refuse_hostile(raw: bytes) -> None:
    """Raise Invalid with the path of the first NUL, lone surrogate, oversized integer or too deep nesting.

    Broken JSON passes: the typed decoder names its position.
    """
    try:
        tree = json.loads(raw, parse_int=_clipped_int)
    except RecursionError:
        raise invalid("", TOO_DEEP) from None
    except ValueError:
        return
    _check(tree, "", 0)


def _clipped_int(digits: str) -> int:
    """Parse no more than is needed to see that the number is too big: long ones are slow, and refused by Python."""
    return int(digits[:_DIGITS_KEPT])


def _check(value: Any, path: str, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, int):
        if not in_range(value):
            raise invalid(path, OUT_OF_RANGE)
    elif isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            raise invalid(path, TOO_DEEP)
        for key, item in _items(value):
            if isinstance(key, str):
                _check_text(key, path)
            _check(item, join(path, key), depth + 1)


def _check_text(text: str, path: str) -> None:
    if "\0" in text:
        raise invalid(path, "must not contain NUL characters")
    if not text.isascii() and _SURROGATE.search(text):
        raise invalid(path, "must not contain half of a surrogate pair")


def _items(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
    return value.items() if isinstance(value, dict) else enumerate(value)


def in_range(value: int) -> bool:
    """Tell whether both databases can hold the integer."""
    return -MAX_INTEGER - 1 <= value <= MAX_INTEGER


def join(path: str, key: str | int) -> str:
    """Append a field's name or a list's index to a path such as ``participants[0].person_id``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def shape_of(kind: inspect.Type, seen: dict[type, Shape] | None = None) -> Shape | None:
    """Give the known fields of the struct inside a type, through lists and options."""
    seen = {} if seen is None else seen
    match kind:
        case inspect.StructType():
            return _struct_shape(kind, seen)
        case inspect.ListType() | inspect.VarTupleType():
            return shape_of(kind.item_type, seen)
        case inspect.Metadata():
            return shape_of(kind.type, seen)
        case inspect.UnionType():
            shapes = [shape for option in kind.types if (shape := shape_of(option, seen)) is not None]
            return shapes[0] if len(shapes) == 1 else None
        case _:
            return None


def _struct_shape(kind: inspect.StructType, seen: dict[type, Shape]) -> Shape:
    if kind.cls not in seen:
        shape = seen[kind.cls] = {}
        shape |= {kind.tag_field: None} if kind.tag_field else {}
        shape |= {field.encode_name: shape_of(field.type, seen) for field in kind.fields}
    return seen[kind.cls]


def unknown_fields(value: Any, shape: Shape | None, path: str = "") -> list[Problem]:
    """Name every field of the decoded JSON that the shape does not have."""
    if shape is None:
        return []
    if isinstance(value, list):
        return [p for index, item in enumerate(value) for p in unknown_fields(item, shape, join(path, index))]
    if not isinstance(value, dict):
        return []
    problems = [Problem(join(path, key), "unknown field", "unknown") for key in value if key not in shape]
    for key in value.keys() & shape.keys():
        problems += unknown_fields(value[key], shape[key], join(path, key))
    return problems
