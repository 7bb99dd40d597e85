"""Typed input from untrusted bytes: a query string or a JSON body becomes a Struct.

Whatever the bytes are, it must never let out any exception but Invalid, which names each field in the caller's words.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from math import isfinite
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import unquote_plus

import msgspec
from msgspec import DecodeError, Meta, Struct, ValidationError, inspect

from dayline.domain.errors import Invalid, Problem, invalid
from dayline.kit.hostile import (
    MAX_INTEGER,
    OUT_OF_RANGE,
    TOO_DEEP,
    in_range,
    refuse_hostile,
    shape_of,
    suspicious,
    unknown_fields,
)
from dayline.kit.wording import describe, kind_of, problem_of

Id = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
"""A record's number, as both databases can hold it."""

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""A parameter that takes any names in brackets: of ``passed[a]=1&passed[b][]=2`` it is ``a`` with 1 and ``b[]`` with 2.

They come in the order in which they were sent; one that is sent twice is there twice.
"""

T = TypeVar("T", bound=Struct)

_NAMES: Final[frozenset[str]] = frozenset()
_NONE: Final[Mapping[str, Collection[str]]] = {}
# The answer must not grow with what a hostile client sends.
_MOST: Final = 20


class QueryReader(Generic[T]):
    """Reads query strings of one operation; all that depends on the type alone is done when it is made.

    ``refused`` are fields of the type to be treated as unknown, ``ignored`` are parameters that others read. By what
    ``eclipses`` others, these are ignored, whatever they say. A ``tolerant`` one ignores all that nobody knows.
    """

    def __init__(
        self,
        kind: type[T],
        *,
        refused: Collection[str] = _NAMES,
        ignored: Collection[str] = _NAMES,
        eclipses: Mapping[str, Collection[str]] = _NONE,
        tolerant: bool = False,
    ) -> None:
        self._kind, self._tolerant = kind, tolerant
        self._ignored, self._eclipses = frozenset(ignored), eclipses
        fields = {f.encode_name: f for f in msgspec.structs.fields(kind) if f.encode_name not in refused}
        self._open = {name: known.name for name, known in fields.items() if is_open(known)}
        self._fields = {name: known for name, known in fields.items() if name not in self._open}
        self._bare: T | None = None  # what an empty query is read as, once it has been

    def __call__(self, raw: bytes) -> T:
        if raw:
            return self._read_open(raw) if self._open else self._read(_folded(_pairs(raw)))
        if self._bare is None:
            self._bare = self._read({})
        return self._bare

    def _read_open(self, raw: bytes) -> T:
        """Take what is in the brackets of an open parameter out of the query, and read the rest."""
        rest: list[tuple[str, str]] = []
        taken: dict[str, list[tuple[str, str]]] = {}
        for name, value in _pairs(raw):
            within = _within(name, self._open)
            if within is None:
                rest.append((name, value))
            elif "\0" in name + value:
                raise invalid(name.partition("\0")[0], "must not contain NUL characters")
            else:
                taken.setdefault(self._open[within[0]], []).append((within[1], value))
        query = self._read(_folded(rest))
        return msgspec.structs.replace(query, **{name: tuple(pairs) for name, pairs in taken.items()})

    def _read(self, values: dict[str, str]) -> T:
        ignored = self._ignored.union(*(hidden for name, hidden in self._eclipses.items() if name in values))
        if self._tolerant:
            values = {name: value for name, value in values.items() if name in self._fields}
        if not ignored.isdisjoint(values):
            values = {name: value for name, value in values.items() if name not in ignored}
        if values.keys() <= self._fields.keys() and "\0" not in "".join(values.values()):
            try:
                return self._sound(msgspec.convert(values, self._kind, strict=False))
            except ValidationError as error:
                raise Invalid(*(self._problems(values) or [problem_of(error)])) from None
        raise Invalid(*self._problems(values))

    def _sound(self, query: T) -> T:
        """Refuse the numbers that lax reading lets through and the databases do not hold."""
        if not all(map(_storable, msgspec.structs.astuple(query))):
            names = (name for name, known in self._fields.items() if not _storable(getattr(query, known.name)))
            raise invalid(next(names), OUT_OF_RANGE)
        return query

    def _problems(self, values: dict[str, str]) -> list[Problem]:
        unknown = [self._unknown(name) for name in values if name not in self._fields]
        found = unknown + [p for name, known in self._fields.items() if (p := _parameter_problem(name, known, values))]
        return found[:_MOST]

    def _unknown(self, name: str) -> Problem:
        head = name.partition("[")[0]
        if head in self._open:
            return Problem(head, f"expected {head}[name]=value", "type")
        return Problem(name, "unknown parameter", "unknown")


class BodyReader(Generic[T]):
    """Reads JSON bodies of one operation. Under ``strict`` it refuses unknown fields and those in ``refused``."""

    def __init__(self, kind: type[T], *, strict: bool = False, refused: Collection[str] = _NAMES) -> None:
        self._decode: Callable[[bytes], T] = msgspec.json.Decoder(kind).decode
        known = shape_of(inspect.type_info(kind)) or {}
        self._shape = {name: shape for name, shape in known.items() if name not in refused} if strict else None

    def __call__(self, raw: bytes) -> T:
        _check_bytes(raw)
        if suspicious(raw):
            refuse_hostile(raw)
        try:
            body = self._decode(raw)
            if self._shape is not None and (problems := unknown_fields(msgspec.json.decode(raw), self._shape)):
                raise Invalid(*problems[:_MOST])
        except ValidationError as error:
            raise Invalid(problem_of(error)) from None
        except DecodeError as error:
            raise invalid("", f"broken JSON: {_broken(error)}") from None
        except RecursionError:  # the look above should have found it, but Pythons count native frames differently
            raise invalid("", TOO_DEEP) from None
        return body


def read_query(raw: bytes, kind: type[T]) -> T:
    """Read a query string leniently (``"5"`` is a number); a repeated parameter is joined with commas.

    Raises Invalid for unknown, missing and ill-typed parameters, all of them at once.
    """
    return QueryReader(kind)(raw)


def read_body(raw: bytes, kind: type[T], *, strict: bool = False) -> T:
    """Read a JSON object with strict types. Raises Invalid for the first thing wrong, or for all unknown fields."""
    return BodyReader(kind, strict=strict)(raw)


def is_open(known: msgspec.structs.FieldInfo) -> bool:
    """Tell whether a field is a parameter with any names in brackets."""
    kind = inspect.type_info(known.type)
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind == inspect.type_info(Pairs)


def _within(name: str, known: Collection[str]) -> tuple[str, str] | None:
    """The open parameter, and what is in its brackets: ``passed[a][b]`` is ``a[b]`` of ``passed``."""
    head, bracket, rest = name.partition("[")
    inner, closed, after = rest.partition("]")
    if head not in known or not (bracket and closed and inner) or after[:1] not in ("", "["):
        return None
    return head, inner + after


def _folded(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        pieces = [piece.partition("=") for piece in raw.decode().split("&") if piece]
        return [(_unquoted(name), _unquoted(value)) for name, _, value in pieces]
    except UnicodeDecodeError:
        raise invalid("", "the query is not valid UTF-8") from None


def _unquoted(text: str) -> str:
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _storable(value: Any) -> bool:
    if type(value) is int:
        return in_range(value)
    return type(value) is not float or isfinite(value)


def _parameter_problem(name: str, known: msgspec.structs.FieldInfo, values: dict[str, str]) -> Problem | None:
    if name not in values:
        return Problem(name, "is required", "missing") if known.required else None
    if "\0" in values[name]:
        return Problem(name, "must not contain NUL characters")
    try:
        msgspec.convert(values[name], known.type, strict=False)
    except ValidationError as error:
        return Problem(name, f"expected {describe(inspect.type_info(known.type))}", kind_of(str(error)))
    return None


def _check_bytes(raw: bytes) -> None:
    if not raw:
        raise invalid("", "expected a JSON object, got an empty body")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise invalid("", f"not valid UTF-8 at byte {error.start}") from None


def _broken(error: DecodeError) -> str:
    return str(error).removeprefix("JSON is malformed: ").replace("Input data was truncated", "it ends too early")
