"""An urlencoded form as the body of an operation: ``people[0][id]=5`` is the id of the first of ``people``.

Whatever the bytes are, it must never let out any exception but Invalid.
"""

import re
from collections.abc import Collection, Iterator
from math import isfinite
from typing import Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import unquote_plus

import msgspec
from msgspec import Struct, ValidationError, inspect

from dayline.domain.errors import Invalid, Problem, invalid
from dayline.kit.hostile import MAX_DEPTH, MAX_INTEGER, OUT_OF_RANGE, TOO_DEEP, in_range, join
from dayline.kit.wire import RawHeaders
from dayline.kit.wording import problem_of

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 2_000

_NESTED: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DIGITS_KEPT: Final = 25
_NAMES: Final[frozenset[str]] = frozenset()
_MOST: Final = 20

T = TypeVar("T", bound=Struct)
Tree: TypeAlias = dict[str, Any]


def is_urlencoded(headers: RawHeaders) -> bool:
    """Tell whether the body is said to be an urlencoded form."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == MEDIA_TYPE.encode()


class UrlencodedReader(Generic[T]):
    """Reads the forms of one operation. All is text there: ``5`` is a number where one can be, ``1`` is true.

    Nothing is null where no empty text can be; where null cannot be either, the field may as well be missing. Under
    ``strict`` it refuses unknown fields and those in ``refused``.
    """

    def __init__(self, kind: type[T], *, strict: bool = False, refused: Collection[str] = _NAMES) -> None:
        self._kind, self._type = kind, inspect.type_info(kind)
        names = {field.encode_name for field in msgspec.structs.fields(kind)}
        self._known = names - frozenset(refused) if strict else None

    def __call__(self, raw: bytes) -> T:
        tree = _tree(raw)
        unknown = [] if self._known is None else [name for name in tree if name not in self._known]
        if unknown:
            raise Invalid(*(Problem(name, "unknown field", "unknown") for name in unknown[:_MOST]))
        try:
            return msgspec.convert(_fitted(tree, self._type, ""), self._kind, strict=False)
        except ValidationError as error:
            raise Invalid(problem_of(error)) from None


def _tree(raw: bytes) -> Tree:
    """The form's texts by their names, an object for each level of brackets."""
    tree: Tree = {}
    for name, text in _pairs(raw):
        *outer, last = _steps(name)
        node = tree
        for step in outer:
            node = node.setdefault(step or str(len(node)), {})
            if not isinstance(node, dict):
                raise invalid(name, "is also given as a single value")
        last = last or str(len(node))
        if isinstance(node.get(last), dict):
            raise invalid(name, "is also given in parts")
        node[last] = f"{node[last]},{text}" if last in node else text
    return tree


def _pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    try:
        pieces = raw.decode().split("&")
    except UnicodeDecodeError as error:
        raise invalid("", f"not valid UTF-8 at byte {error.start}") from None
    if len(pieces) > MAX_FIELDS:
        raise invalid("", f"a form has at most {MAX_FIELDS} fields")
    for piece in filter(None, pieces):
        name, _, text = piece.partition("=")
        yield _unquoted(name), _unquoted(text)


def _unquoted(text: str) -> str:
    try:
        plain = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise invalid("", "the form is not valid UTF-8") from None
    if "\0" in plain:
        raise invalid("", "must not contain NUL characters")
    return plain


def _steps(name: str) -> list[str]:
    """``people[0][id]`` is three steps; an empty one is the next of a list."""
    nested = _NESTED.fullmatch(name)
    if nested is None:
        return [name]
    steps = [nested[1], *nested[2][1:-1].split("][")]
    if len(steps) > MAX_DEPTH:
        raise invalid(nested[1], TOO_DEEP)
    return steps


def _fitted(value: Tree | str, kind: inspect.Type, path: str) -> Any:
    """The value as near to the type as text can come: lists where there are some, null for nothing."""
    options = list(_options(kind))
    if isinstance(value, str):
        return _fitted_text(value, options, path)
    for option in options:
        if isinstance(option, inspect.ListType):
            items = [value[step] for step in sorted(value, key=_place)]
            return [_fitted(item, option.item_type, join(path, place)) for place, item in enumerate(items)]
        if isinstance(option, inspect.StructType):
            known = {field.encode_name: field for field in option.fields}
            said = {
                name: item for name, item in value.items() if name in known and not _says_nothing(item, known[name])
            }
            return {name: _fitted(item, known[name].type, join(path, name)) for name, item in said.items()}
    return value


def _says_nothing(item: Tree | str, field: inspect.Field) -> bool:
    """Whether an empty text is meant for a field that can be neither that nor null, and may be missing."""
    can_be = (inspect.StrType, inspect.NoneType)
    return item == "" and not field.required and not any(isinstance(option, can_be) for option in _options(field.type))


def _place(step: str) -> int:
    """Where in a list a step stands; what is no number stays as it came, at the end."""
    return int(step) if step.isascii() and step.isdecimal() and len(step) < 10 else MAX_INTEGER


def _fitted_text(text: str, options: list[inspect.Type], path: str) -> str | None:
    texts = [option for option in options if isinstance(option, inspect.StrType)]
    if not text and not any(map(_may_be_empty, texts)) and any(isinstance(one, inspect.NoneType) for one in options):
        return None
    if texts:
        return text
    if any(isinstance(option, inspect.IntType | inspect.FloatType) for option in options) and not _storable(text):
        raise invalid(path, OUT_OF_RANGE)
    return text or None


def _may_be_empty(kind: inspect.StrType) -> bool:
    return not kind.min_length and (kind.pattern is None or re.search(kind.pattern, "") is not None)


def _storable(text: str) -> bool:
    if _INTEGER.fullmatch(text):
        return in_range(int(text[:_DIGITS_KEPT]))
    try:
        return isfinite(float(text))
    except ValueError:
        return True  # no number at all, which the reading itself refuses


def _options(kind: inspect.Type) -> Iterator[inspect.Type]:
    match kind:
        case inspect.Metadata():
            yield from _options(kind.type)
        case inspect.UnionType():
            for option in kind.types:
                yield from _options(option)
        case _:
            yield kind
