"""By what a person is found in texts, and how that is taken out of them. Pure.

It must never take out a part of a longer word: who is called Ann is not in a planner.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final
from unicodedata import normalize

from msgspec import Struct

from dayline.domain.record import Ref

ERASED: Final = "[erased]"
_BETWEEN: Final = r"(?:[\s_.+,-]|%20){1,3}"  # the words of a name, in a text, a file's name or a link
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
_BEFORE_ADDRESS, _AFTER_ADDRESS = r"(?<![\w.+-])", r"(?![\w-]|\.\w)"
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_FEWEST_DIGITS: Final = 6
_UNDIVIDED: Final = "\u2e80"  # from here on: Chinese, Japanese, Korean


class Traces(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody was called: names, email addresses, telephone numbers, and the records that he was.

    Of names that are ``shared`` somebody else has the same: they count only where the person has a part.
    """

    refs: tuple[Ref, ...] = ()
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Traces({len(self.names)} names, {len(self.emails)} addresses)"  # it may be logged

    def joined(self, other: "Traces") -> "Traces":
        """Both of them, each thing once."""
        return Traces(
            refs=tuple(dict.fromkeys((*self.refs, *other.refs))),
            names=_each_once((*self.names, *other.names)),
            emails=_each_once((*self.emails, *other.emails)),
            phones=_each_once((*self.phones, *other.phones)),
            shared=_each_once((*self.shared, *other.shared)),
        )


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple({fold(text): text for text in texts if text.strip()}.values())


def fold(text: str) -> str:
    """A text as it is compared: whatever its case, and however its letters are put together."""
    return normalize("NFKD", text).casefold()


class Marks:
    """Traces, ready to be looked for: ``near`` where the person has a part, else what is nobody else's alone."""

    def __init__(self, traces: Traces, *, near: bool) -> None:
        shared = {fold(name) for name in traces.shared}
        names = [name for name in traces.names if near or (_is_long(name) and fold(name) not in shared)]
        patterns = [(_name_pattern(words), max(words, key=len)) for name in names if (words := _words(name))]
        patterns += [(_reversed_pattern(name), max(_words(name), key=len)) for name in names if _is_long(name)]
        emails = [fold(email.strip()) for email in traces.emails if is_address(email)]
        patterns += [(_address_pattern(email), email.partition("@")[0]) for email in emails]
        self._sure = [_name_pattern(_words(name)) for name in names if _is_long(name)]
        self._sure += [*(_reversed_pattern(name) for name in names if _is_long(name)), *map(_address_pattern, emails)]
        if near:
            patterns += [(pattern, "") for phone in traces.phones if (pattern := _phone_pattern(phone))]
        patterns.sort(key=lambda item: len(item[0]), reverse=True)
        self._anchors = tuple({anchor for _, anchor in patterns})
        self._patterns = tuple(pattern for pattern, _ in patterns)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self._patterns))

    def may_be_in(self, text: str) -> bool:
        """Whether it is worth a closer look: quick, and never False where there is something."""
        folded = text.lower() if text.isascii() else fold(text)
        return any(anchor in folded for anchor in self._anchors)

    def are_in(self, text: str) -> bool:
        """Whether the person is named in a text."""
        return self.may_be_in(text) and self._pattern.search(_folded(text)[0]) is not None

    def are_in_bytes(self, data: bytes) -> bool:
        """Whether a file names the person in plain text; one that is no text, by an address or more than a word."""
        lowered = data.lower()
        forms = (normalize(form, anchor) for anchor in self._anchors if anchor for form in ("NFC", "NFD"))
        if not any(form.encode() in lowered for form in forms):
            return False
        text = data.decode(errors="replace")
        if "\0" not in text and "\ufffd" not in text:
            return self.are_in(text)
        # In a megabyte of anything two letters stand somewhere.
        return bool(self._sure) and re.search("|".join(self._sure), _folded(text)[0]) is not None

    def are_all_of(self, name: str) -> bool:
        """Whether a name is the person's, with nothing before or behind it."""
        return self.may_be_in(name) and self._pattern.fullmatch(_folded(name.strip())[0]) is not None

    def out_of(self, text: str) -> str:
        """The text without the person; the same one where he is not in it."""
        if not self.may_be_in(text):
            return text
        folded, starts = _folded(text)
        pieces, last = list[str](), 0
        for found in self._pattern.finditer(folded):
            begin, end = starts[found.start()], starts[found.end()]
            pieces += (text[last:begin], ERASED)
            last = max(last, end)
        return "".join((*pieces, text[last:])) if pieces else text

    def out_of_all(self, value: Any) -> Any:
        """Something read from JSON without the person, keys and all."""
        match value:
            case str():
                return self.out_of(value)
            case list() | tuple():
                return [self.out_of_all(item) for item in value]
            case dict():
                return {self.out_of(key): self.out_of_all(item) for key, item in value.items()}
            case _:
                return value


def is_address(text: str) -> bool:
    """Whether this can be somebody's email address: what else stands in such a field may be any word."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text as it is compared, and for each of its places the place in the text."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    parts = [fold(letter) for letter in text]
    starts = [place for place, part in enumerate(parts) for _ in part]
    return "".join(parts), (*starts, len(text))


def _words(name: str) -> list[str]:
    return re.findall(r"[^\s,_.-]+", fold(name))


def _is_long(name: str) -> bool:
    """Whether it has two words that are divided by a blank, so that it is hardly something else."""
    return len([part for part in name.split() if _words(part)]) > 1


def _name_pattern(words: Sequence[str]) -> str:
    whole = _BETWEEN.join(map(re.escape, words))
    # In scripts without blanks between words a name stands within other letters.
    before = _BEFORE if words[0][0] < _UNDIVIDED else ""
    return before + whole + (_AFTER if words[-1][-1] < _UNDIVIDED else "")


def _reversed_pattern(name: str) -> str:
    """As lists have it: the last name, a comma, and the others."""
    *others, last = (part for part in name.split() if _words(part))
    first, second = (_BETWEEN.join(map(re.escape, _words(part))) for part in (last, " ".join(others)))
    return rf"{_BEFORE}{first}\s*,\s*{second}{_AFTER}"


def _address_pattern(email: str) -> str:
    """Also as a link has it."""
    return _BEFORE_ADDRESS + re.escape(email).replace("@", "(?:@|%40)") + _AFTER_ADDRESS


def _phone_pattern(phone: str) -> str:
    """Its digits, however they are divided; nothing where there are too few to be anybody's."""
    digits = re.findall(r"\d", fold(phone))
    if len(digits) < _FEWEST_DIGITS:
        return ""
    return r"(?<!\d)\+?" + r"[\s().\-/]{0,3}".join(digits) + r"(?!\d)"
