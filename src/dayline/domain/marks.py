"""By what a person is found in texts, and how that is taken out of them. Pure.

It must never take out what is a part of somebody else's name.
"""

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final
from unicodedata import normalize

from msgspec import Struct

from dayline.domain import spelling
from dayline.domain.record import Ref
from dayline.domain.spelling import addresses_in, fold, is_called, is_enough, is_full, key_of, words_of

__all__ = ["ERASED", "Marks", "Traces", "fold"]

ERASED: Final = "[erased]"
_OVERLAP: Final = 4_096  # bytes: longer than anything that is looked for
_INSIDE: Final = bytes(range(0x80, 0xC0))  # of UTF-8 what no letter begins with
_decoder: Final = getincrementaldecoder("utf-8")


class Traces(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody was called: names, email addresses, telephone numbers, and the records that he was.

    What is ``shared`` somebody else has, too: it counts only where the person has a part. ``others`` are longer names,
    somebody else's, with one of his in them. What is ``former`` was not asked for, but learned from what was before,
    and may have been another's: it counts as what is shared does.
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
        shared = {fold(text) for text in (*traces.shared, *traces.former)}
        names = [name for name in sorted(traces.names, key=len, reverse=True) if is_enough(name)]
        names = [name for name in names if near or (is_full(name) and fold(name) not in shared)]
        addresses = chain.from_iterable(map(addresses_in, traces.emails))
        emails = [email for email in addresses if near or fold(email) not in shared]
        full, words = [name for name in names if is_full(name)], [name for name in names if len(words_of(name)) == 1]
        sure = [*map(spelling.address_pattern, emails), *map(spelling.full_pattern, full)]
        sure += _group(_TURNED, map(spelling.reversed_pattern, full))
        patterns = [*sure, *(spelling.name_pattern(name) for name in names if name not in (*full, *words))]
        patterns += _group(_WORD, map(spelling.name_pattern, words))
        if near:
            patterns += _group(_GLUED, map(spelling.glued_pattern, full))
            patterns += map(spelling.phone_pattern, traces.phones)
        self._as_written = re.compile("|".join(map(spelling.exact_pattern, words)) or _NOTHING)
        own = set(map(key_of, names))
        longer = [name for name in sorted(traces.others, key=len, reverse=True) if key_of(name) not in own]
        self._names, self._patterns, self._sure_patterns = names, patterns, sure
        numbers = filter(None, map(spelling.digits_of, traces.phones))
        self._beginning = spelling.beginning(chain(emails, chain.from_iterable(map(words_of, names))), numbers)
        self._emails, self._others = frozenset(map(fold, emails)), spelling.longer_pattern(longer)
        local = (email.partition("@")[0] for email in emails)
        self._sure_anchors = _anchors_of((*full, *local))
        phoned = ("",) if near and any(map(spelling.digits_of, traces.phones)) else ()
        self._anchors = tuple(dict.fromkeys((*self._sure_anchors, *_anchors_of(names), *phoned)))

    @cached_property
    def _wanted(self) -> re.Pattern[str]:
        return _compiled(self._patterns, "", self._beginning)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return _compiled(self._patterns, self._others, self._beginning)

    @cached_property
    def _sure(self) -> re.Pattern[str]:
        """Without single words: in a megabyte of anything two letters stand somewhere."""
        return _compiled(self._sure_patterns, self._others, self._beginning)

    def prepare(self) -> None:
        """Make the patterns, which with many longer names takes some time."""
        _ = self._wanted, self._pattern, self._sure

    def may_be_in(self, text: str) -> bool:
        """Whether it is worth a closer look: quick, and never False where there is something."""
        folded = text.lower() if text.isascii() else fold(text)
        return any(anchor in folded for anchor in self._anchors)

    def are_in(self, text: str) -> bool:
        """Whether the person is named in a text."""
        return self.may_be_in(text) and next(self._found(text), None) is not None

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        # Longer names, which may be many, are looked for only where there is something that they may hide.
        folded = fold(text)
        return self._spans(self._pattern, text, folded) if self._wanted.search(folded) else iter(())

    def _spans(self, pattern: re.Pattern[str], text: str, folded: str) -> Iterator[tuple[int, int]]:
        """Where he is named, as places in the folded text."""
        place = 0
        places: Sequence[int] = ()
        while found := pattern.search(folded, place):
            begin, place = found.span()
            if found.lastgroup == _OTHER:
                continue
            places = places or (_folded(text)[1] if found.lastgroup else ())
            if spelling.is_whole(folded, begin, place) and self._is_meant(found, text, places):
                yield begin, place
            else:
                place = begin + 1

    def _is_meant(self, found: re.Match[str], text: str, places: Sequence[int]) -> bool:
        """What the folded text does not tell: whether upper and lower case are as they must be."""
        if found.lastgroup is None:
            return True
        begin, end = places[found.start()], places[found.end()]
        if found.lastgroup == _WORD:
            return self._as_written.fullmatch(normalize("NFKD", text[begin:end])) is not None
        if found.lastgroup == _GLUED:
            return spelling.ends_a_word(text, end)
        return not spelling.is_between_names(text, begin, end)

    def are_in_file(self, pieces: Iterable[bytes]) -> bool | None:
        """Whether a file names the person in plain text; one that is no text, by an address or more than a word.

        None is for one that is no text, and may name him in its own way. It is looked at piece by piece, and never
        held as a whole.
        """
        tail, is_text, decoder = b"", True, _decoder("strict")
        for piece in chain(pieces, (b"",)):
            window = tail + piece
            if self._in_window(window, last=not piece):
                return True
            is_text = is_text and _is_text(decoder, piece)
            tail = window[-_OVERLAP:]
        return False if is_text else None

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
        return any(last or end < len(folded) for _, end in self._spans(pattern, text, folded))

    def are_all_of(self, name: str) -> bool:
        """Whether a name is the person's, with nothing before or behind it."""
        return fold(name.strip()) in self._emails or any(is_called(name, own) for own in self._names)

    def out_of(self, text: str) -> str:
        """The text without the person; the same one where he is not in it."""
        if not self.are_in(text):
            return text
        _, starts = _folded(text)
        pieces, last = list[str](), 0
        for begin, end in self._found(text):
            pieces += (text[last : starts[begin]], ERASED)
            last = max(last, starts[end])
        return "".join((*pieces, text[last:]))

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
_TURNED: Final = "turned"
_WORD: Final = "word"
_GLUED: Final = "glued"
_NOTHING: Final = "(?!)"


def _anchors_of(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(map(spelling.anchors, texts))))


def _compiled(patterns: Sequence[str], others: str, beginning: str = "") -> re.Pattern[str]:
    """Whatever begins first, and of what begins together the first of these: so a longer name hides the one in it."""
    wanted = "|".join(filter(None, patterns)) or _NOTHING
    return re.compile(f"(?P<{_OTHER}>{others})|{wanted}" if others else f"{beginning}(?:{wanted})")


def _is_text(decoder: IncrementalDecoder, piece: bytes) -> bool:
    """Whether a file goes on as text; an empty piece is its end."""
    try:
        return "\0" not in decoder.decode(piece, not piece)
    except UnicodeDecodeError:
        return False


def _group(name: str, patterns: Iterable[str]) -> list[str]:
    """Any of these under a name, by which it is looked at more closely."""
    wanted = "|".join(filter(None, patterns))
    return [f"(?P<{name}>{wanted})"] if wanted else []


def is_longer(name: str, own: str) -> bool:
    """Whether a name is another one in which this one would be found: a longer one, or the same words turned."""
    if not words_of(own) or is_called(name, own):
        return False
    return re.search(spelling.held_pattern(own), fold(name)) is not None


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text as it is compared, and for each of its places the place in the text."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    parts = [fold(letter) for letter in text]
    starts = [place for place, part in enumerate(parts) for _ in part]
    return "".join(parts), (*starts, len(text))
