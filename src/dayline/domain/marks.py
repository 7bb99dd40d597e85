"""By what a person is found in texts, and how that is taken out of them. Pure.

It must never take out what is a part of somebody else's name.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final

from msgspec import Struct

from dayline.domain import spelling
from dayline.domain.record import Ref
from dayline.domain.spelling import addresses_in, fold, is_full, key_of, words_of

__all__ = ["ERASED", "Marks", "Traces", "fold"]

ERASED: Final = "[erased]"
_OVERLAP: Final = 4_096  # bytes: longer than anything that is looked for
_INSIDE: Final = bytes(range(0x80, 0xC0))  # of UTF-8 what no letter begins with
_decoder: Final = getincrementaldecoder("utf-8")


class Traces(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody was called: names, email addresses, telephone numbers, and the records that he was.

    What is ``shared`` somebody else has, too: it counts only where the person has a part. ``others`` are longer names,
    somebody else's, with one of his in them. What is ``former`` was not asked for, but learned from what was before.
    """

    refs: tuple[Ref, ...] = ()
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    former: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Traces({len(self.names)} names, {len(self.emails)} addresses)"  # it may be logged

    def joined(self, other: "Traces") -> "Traces":
        """Both of them, each thing once."""
        both = {name: _each_once((*getattr(self, name), *getattr(other, name))) for name in _WORDS}
        return Traces(refs=tuple(dict.fromkeys((*self.refs, *other.refs))), **both)

    def without(self, what: str) -> "Traces":
        """The same without a name or an address."""
        kept = {name: tuple(one for one in getattr(self, name) if one != what) for name in _WORDS}
        return Traces(refs=self.refs, **kept)


_WORDS: Final = ("names", "emails", "phones", "shared", "others", "former")


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for text in texts:
        if text.strip():
            found.setdefault(fold(text), text)
    return tuple(found.values())


class Marks:
    """Traces, ready to be looked for: ``near`` where the person has a part, else what is nobody else's alone."""

    def __init__(self, traces: Traces, *, near: bool) -> None:
        shared = {fold(text) for text in traces.shared}
        names = [name for name in sorted(traces.names, key=len, reverse=True) if words_of(name)]
        names = [name for name in names if near or (is_full(name) and fold(name) not in shared)]
        addresses = chain.from_iterable(map(addresses_in, traces.emails))
        emails = [email for email in addresses if near or fold(email) not in shared]
        full = [name for name in names if is_full(name)]
        sure = [*map(spelling.address_pattern, emails), *map(spelling.name_pattern, full)]
        sure += map(spelling.reversed_pattern, full)
        patterns = [*sure, *(spelling.name_pattern(name) for name in names if name not in full)]
        if near:
            patterns += [*map(spelling.glued_pattern, full), *map(spelling.phone_pattern, traces.phones)]
        own = set(map(key_of, names))
        longer = [name for name in sorted(traces.others, key=len, reverse=True) if key_of(name) not in own]
        self._patterns, self._sure_patterns = patterns, sure
        self._others = spelling.longer_pattern(longer)
        local = (email.partition("@")[0] for email in emails)
        self._sure_anchors = _anchors_of((*full, *local))
        phoned = ("",) if near and any(map(spelling.digits_of, traces.phones)) else ()
        self._anchors = tuple(dict.fromkeys((*self._sure_anchors, *_anchors_of(names), *phoned)))

    @cached_property
    def _wanted(self) -> re.Pattern[str]:
        return _compiled(self._patterns, "")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return _compiled(self._patterns, self._others)

    @cached_property
    def _sure(self) -> re.Pattern[str]:
        """Without single words: in a megabyte of anything two letters stand somewhere."""
        return _compiled(self._sure_patterns, self._others)

    def may_be_in(self, text: str) -> bool:
        """Whether it is worth a closer look: quick, and never False where there is something."""
        folded = text.lower() if text.isascii() else fold(text)
        return any(anchor in folded for anchor in self._anchors)

    def are_in(self, text: str) -> bool:
        """Whether the person is named in a text."""
        return self.may_be_in(text) and next(self._found(fold(text)), None) is not None

    def _found(self, folded: str) -> Iterator[re.Match[str]]:
        # Longer names, which may be many, are looked for only where there is something that they may hide.
        return _found(self._pattern, folded) if self._wanted.search(folded) else iter(())

    def are_in_file(self, pieces: Iterable[bytes]) -> bool:
        """Whether a file names the person in plain text; one that is no text, by an address or more than a word.

        It is looked at piece by piece, and never held as a whole.
        """
        tail = b""
        for piece in chain(pieces, (b"",)):
            window = tail + piece
            if self._in_window(window, last=not piece):
                return True
            tail = window[-_OVERLAP:]
        return False

    def _in_window(self, window: bytes, *, last: bool) -> bool:
        anchors, lowered = self._sure_anchors if b"\0" in window else self._anchors, window.lower()
        if not any(not anchor.isascii() or anchor.encode() in lowered for anchor in anchors):
            return False
        text = _decoder("replace").decode(window.lstrip(_INSIDE), last)
        if not self.may_be_in(text):
            return False
        pattern = self._sure if "\0" in text or "\ufffd" in text else self._pattern
        folded = fold(text)
        # What ends where the piece does may go on in the next one, which begins with it.
        return any(last or found.end() < len(folded) for found in _found(pattern, folded))

    def are_all_of(self, name: str) -> bool:
        """Whether a name is the person's, with nothing before or behind it."""
        found = self._pattern.fullmatch(fold(name.strip())) if self.may_be_in(name) else None
        return found is not None and found.lastgroup != _OTHER

    def out_of(self, text: str) -> str:
        """The text without the person; the same one where he is not in it."""
        if not self.are_in(text):
            return text
        folded, starts = _folded(text)
        pieces, last = list[str](), 0
        for found in self._found(folded):
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


_OTHER: Final = "other"
_NOTHING: Final = "(?!)"


def _anchors_of(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(map(spelling.anchors, texts))))


def _compiled(patterns: Sequence[str], others: str) -> re.Pattern[str]:
    """Whatever begins first, and of what begins together the first of these: so a longer name hides the one in it."""
    wanted = "|".join(filter(None, patterns)) or _NOTHING
    return re.compile(f"(?P<{_OTHER}>{others})|{wanted}" if others else wanted)


def _found(pattern: re.Pattern[str], folded: str) -> Iterator[re.Match[str]]:
    found = (one for one in pattern.finditer(folded) if one.lastgroup != _OTHER)
    return (one for one in found if spelling.is_whole(folded, *one.span()))


def is_longer(name: str, own: str) -> bool:
    """Whether a name is another one with this one in it."""
    if not words_of(own) or key_of(name) == key_of(own):
        return False
    return re.search(spelling.longer_pattern([own]), fold(name)) is not None


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text as it is compared, and for each of its places the place in the text."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    parts = [fold(letter) for letter in text]
    starts = [place for place, part in enumerate(parts) for _ in part]
    return "".join(parts), (*starts, len(text))
