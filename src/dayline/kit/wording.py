"""Says what was expected of a value, in words for the caller. It must never quote more of the input than its type."""

import re
from typing import Final

from msgspec import ValidationError, inspect

from dayline.domain.errors import Problem, ProblemKind
from dayline.kit.hostile import join

_LOCATED: Final = re.compile(r"(?P<text>.*?)(?: - at (?:`key` in )?`\$(?P<path>[^`]*)`)?", re.DOTALL)
_LACKING: Final = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_TYPES: Final = re.compile(r"`([^`]*)`")
_BOUND: Final = re.compile(r"Expected `(\w+)`(?: of length)? ([<>])=? ")
_BOUNDS: Final[dict[tuple[str, str], ProblemKind]] = {
    ("str", ">"): "short",
    ("str", "<"): "long",
    ("array", ">"): "few",
    ("array", "<"): "many",
    ("int", ">"): "small",
    ("int", "<"): "large",
    ("float", ">"): "small",
    ("float", "<"): "large",
}
_NAMES: Final[dict[type, str]] = {
    inspect.IntType: "int",
    inspect.FloatType: "number",
    inspect.DateTimeType: "date and time (RFC 3339)",
    inspect.DateType: "date (YYYY-MM-DD)",
    inspect.TimeType: "time (HH:MM:SS)",
    inspect.UUIDType: "UUID",
    inspect.BoolType: "true or false",
}


def problem_of(error: ValidationError) -> Problem:
    """Turn the decoder's sentence into a field and what was expected there."""
    text, path = _located(str(error))
    if lacking := _LACKING.fullmatch(text):
        return Problem(join(path, lacking[1]), "is required", "missing")
    if unknown := _UNKNOWN.fullmatch(text):
        return Problem(join(path, unknown[1]), "unknown field", "unknown")
    return Problem(path, _plain(text), kind_of(text))


def kind_of(complaint: str) -> ProblemKind:
    """Tell a wrong type from a right one with a bad value, and of that which bound it breaks, if it is one."""
    if complaint.startswith("Expected") and ", got `" in complaint:
        return "type"
    bound = _BOUND.match(complaint)
    return "value" if bound is None else _BOUNDS.get((bound[1], bound[2]), "value")


def describe(kind: inspect.Type) -> str:
    """Say what a parameter accepts, limits included, such as ``int from 1 to 500``."""
    match kind:
        case inspect.IntType() | inspect.FloatType():
            return _NAMES[type(kind)] + _limits(kind)
        case inspect.StrType():
            return "string" + _length(kind)
        case inspect.LiteralType() | inspect.EnumType():
            return f"one of {', '.join(_choices(kind))}"
        case inspect.UnionType():
            return " or ".join(describe(option) for option in kind.types if not isinstance(option, inspect.NoneType))
        case inspect.Metadata():
            return describe(kind.type)
        case _:
            return _NAMES.get(type(kind), "another value")


def _located(complaint: str) -> tuple[str, str]:
    located = _LOCATED.fullmatch(complaint)
    if located is None:
        return complaint, ""
    return located["text"], (located["path"] or "").removeprefix(".")


def _plain(text: str) -> str:
    words = _TYPES.sub(lambda quoted: quoted[1].replace(" | ", " or ").replace("str", "string"), text)
    return words[:1].lower() + words[1:]


def _limits(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge} to {kind.le}"
    bounds = {">=": kind.ge, ">": kind.gt, "<=": kind.le, "<": kind.lt}
    return "".join(f" {sign} {bound}" for sign, bound in bounds.items() if bound is not None)


def _length(kind: inspect.StrType) -> str:
    parts = [f"at least {kind.min_length} characters"] if kind.min_length is not None else []
    parts += [f"at most {kind.max_length} characters"] if kind.max_length is not None else []
    parts += [f"the pattern {kind.pattern}"] if kind.pattern is not None else []
    return f" of {' and '.join(parts)}" if parts else ""


def _choices(kind: inspect.LiteralType | inspect.EnumType) -> list[str]:
    values = kind.values if isinstance(kind, inspect.LiteralType) else (member.value for member in kind.cls)
    return sorted(map(str, values))
