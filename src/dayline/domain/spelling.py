"""In how many ways a name or an address may be written, as patterns over folded text. Pure.

It must never hold a part of a longer word for the whole: who is called Ann is not in a planner.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final
from unicodedata import category, normalize

_UNDIVIDED: Final = "\u2e80"  # from here on: Chinese, Japanese, Korean
_APOSTROPHES: Final = "'\u2019\u2018\u02bc\u00b4\u2032`"
_PLAIN: Final = dict.fromkeys(map(ord, _APOSTROPHES), "'")
_FEWEST_LETTERS: Final = 5  # of a name that is looked for everywhere
_FEWEST_NEAR: Final = 3  # of one that is looked for where the person has a part
_FEWEST_DIGITS: Final = 6

_BLANK: Final = r"\s|[\u00ad\u200b]|%20|%a0|%c2%a0|&(?:nbsp|#160|#xa0|#32|shy);|\\+(?:[nrt]|u00a0)"
_TAG: Final = r"<[^<>@]{1,100}>"  # no address: "Jane <jane@x.test>, Roe" are two
_MARK: Final = rf"(?:[_.+,\u2010-\u2015-]|%2[cde]|%5f|{_TAG})(?:{_BLANK}){{0,20}}"
# In a text, a file's name or a link. Its parts begin in different ways: it is read in one way only, and so it is quick.
_BETWEEN: Final = rf"(?:(?:{_BLANK}){{1,20}}(?:{_MARK}){{0,4}}|(?:{_MARK}){{1,4}})"
_COMMA: Final = rf"(?:{_BLANK}){{0,3}}(?:,|%2c|&#44;)(?:\+|{_BLANK}){{0,3}}"
_APART: Final = rf"(?:[().\-/\u2010-\u2015]|{_BLANK}){{0,3}}"  # the digits of a number
# A longer name: a comma would end it.
_WITHIN: Final = rf"(?:(?:{_BLANK}|{_TAG})+|[_.+\u2010-\u2015-])"
_WORD: Final = re.compile(r"[^\s,_.\u2010-\u2015-]+")
_ADDRESS: Final = re.compile(r"""[^\s@<>()\[\]{},;:"|\\]+@[^\s@<>()\[\]{},;:"|\\]+""")

# What may stand before a name without being a part of it, though it ends in a letter: a line's end or a mark, escaped.
_ESCAPED: Final = r"(?<=\\[nrt])|(?<=\\u00[0-3][0-9a-f])|(?<=\\u00a0)|(?<=\\u20[0-9a-f]{2})|(?<=%[0-3][0-9a-f])"
_BEFORE: Final = rf"(?:(?<![^\W_])|{_ESCAPED})"
_ACCENT: Final = r"\\+u0[1-9a-f]|\\+u00[c-f]|%(?:c[3-9a-f]|d[0-9a-f])%"  # escaped
_AFTER: Final = rf"(?![^\W_]|{_ACCENT})"
_AFTER_FULL: Final = f"s?{_AFTER}"
_BEFORE_ADDRESS: Final = rf"(?:(?<![\w.+-])|{_ESCAPED})"
_AFTER_ADDRESS: Final = r"(?![\w-]|\.\w)"
_NO_ADDRESS: Final = r"(?![\w.+-]{0,64}(?:@|%40))"
_WORD_BEFORE: Final = re.compile(r"(?<![^\W_])([^\W\d_])[^\W_]*\.?[ \t]{1,3}$")
_WORD_AFTER: Final = re.compile(r"[ \t]{1,3}([^\W\d_])")
_NEAR_BY: Final = 60


def fold(text: str) -> str:
    """A text as it is compared: whatever its case, and however its letters are put together."""
    return normalize("NFKD", text).casefold()


def words_of(name: str) -> list[str]:
    """The words of a name."""
    return _WORD.findall(normalize("NFC", name))


def key_of(name: str) -> str:
    """What two spellings of the same name have in common."""
    return fold(" ".join(words_of(name)).translate(_PLAIN))


def addresses_in(text: str) -> tuple[str, ...]:
    """The email addresses in a text: a field for one may have a name beside it, or several."""
    return tuple(dict.fromkeys(found.strip("'.").lower() for found in _ADDRESS.findall(text)))


def digits_of(phone: str) -> str:
    """The digits of a telephone number; nothing where there are too few to be anybody's."""
    digits = "".join(re.findall(r"\d", fold(phone)))
    return digits if len(digits) >= _FEWEST_DIGITS else ""


def is_full(name: str) -> bool:
    """Whether a name has two words, divided by a blank, that are no initials: it is hardly anything else then."""
    sizes = [size for part in name.split() if (size := _size(part)) > 1]
    return len(sizes) > 1 and sum(sizes) >= _FEWEST_LETTERS


def is_enough(name: str) -> bool:
    """Whether a name has letters enough to be looked for at all: "?" and "IT" stand in anybody's texts."""
    return sum(map(_size, words_of(name))) >= _FEWEST_NEAR


def _size(part: str) -> int:
    """How many letters a word has; a Chinese, Japanese or Korean one says as much as two."""
    return sum(1 + (letter >= _UNDIVIDED) for letter in normalize("NFC", part) if category(letter)[0] in "LMN")


def name_pattern(name: str) -> str:
    """A name, however its words are divided."""
    return _whole(name, _BETWEEN)


def full_pattern(name: str) -> str:
    """The same of a full name, of which there may be a genitive without an apostrophe, too."""
    return _whole(name, _BETWEEN, after=_AFTER_FULL)


def held_pattern(name: str) -> str:
    """In whatever way this name would be found in somebody else's."""
    return f"{full_pattern(name)}|{reversed_pattern(name)}" if is_full(name) else name_pattern(name)


def exact_pattern(word: str) -> str:
    """A name of one word in the case in which it is written, over a text that is not folded."""
    return "".join(
        letter
        if letter.isascii() and letter.isalnum()
        else f"(?i:{_letter(letter)}|{re.escape(normalize('NFKD', letter))})"
        for letter in words_of(word)[0]
    )


def words_pattern(names: Sequence[str]) -> str:
    """Any word of these names that has letters enough."""
    words = dict.fromkeys(word for name in names for word in words_of(name) if _size(word) >= _FEWEST_NEAR)
    return "|".join(map(name_pattern, words)) or "(?!)"


def longer_pattern(names: Sequence[str]) -> str:
    """Any of these names as one would write it; "Mary, Ann Lee" are two people. Nothing where there is none."""
    whole = "|".join(_whole(name, _WITHIN, "", "") for name in names)
    return f"{_BEFORE}(?:{whole}){_AFTER}" if whole else ""


def reversed_pattern(name: str) -> str:
    """As lists have it: the last name, perhaps a comma, and the others; but not where the last name comes again."""
    first, second = (_BETWEEN.join(map(_spelled, part)) for part in _turned(name))
    return f"{_BEFORE}{first}(?:{_COMMA}|{_BETWEEN}){second}{_AFTER_FULL}(?!{_BETWEEN}{first}{_AFTER})"


def is_called(name: str, own: str) -> bool:
    """Whether a name is this one and no more, though its words are divided otherwise; "Lee, Ann" is "Ann Lee"."""
    last, comma, first = name.partition(",")
    turned = key_of(f"{first} {last}") if comma else ""
    return bool(wanted := key_of(own)) and wanted in (key_of(name), turned)


def glued_pattern(name: str) -> str:
    """Its words run together; nothing where one is so short that another name might come of it."""
    words = words_of(name)
    if len(words) == 1 or any(_size(word) <= 2 for word in words):
        return ""
    last, others = _turned(name)
    ways = dict.fromkeys("".join(map(_spelled, given)) for given in (words, [*last, *others]))
    return f"{_BEFORE}(?:{'|'.join(ways)})(?!{_ACCENT}){_NO_ADDRESS}"


def ends_a_word(text: str, end: int) -> bool:
    """Whether words that are run together end there: only a capital may follow, as in `JaneRoeCV`."""
    after = text[end : end + 1]
    return not after.isalnum() or (after.isupper() and text[end - 1].islower())


def is_between_names(text: str, begin: int, end: int) -> bool:
    """Whether a name that is turned stands between capitals: "Tom Roe, Jane Poe" are two others."""
    beside = _WORD_BEFORE.search(text, max(0, begin - _NEAR_BY), begin), _WORD_AFTER.match(text, end)
    return all(word is not None and word[1].isupper() for word in beside)


def address_pattern(address: str) -> str:
    """An address, also as a link has it."""
    return _BEFORE_ADDRESS + _spelled(address) + _AFTER_ADDRESS


def phone_pattern(phone: str) -> str:
    """Its digits, however they are divided; nothing where there are too few."""
    digits = _APART.join(digits_of(phone))
    return rf"(?<!\d)(?:\+|%2b)?{digits}(?!\d)" if digits else ""


def beginning(words: Iterable[str], phones: Iterable[str]) -> str:
    """A pattern for the letters with which these may begin, so that all other places in a text cost next to nothing."""
    firsts = {word[0].lower() for word in words}
    if not all(first.isascii() and first.isalnum() for first in firsts):
        return ""  # it may be written in other ways, too
    firsts |= {sign for digits in phones for sign in ("+", "%", digits[0])}
    return f"(?=[{''.join(sorted(firsts))}])" if firsts else ""


def anchors(text: str) -> tuple[str, ...]:
    """What stands in a text, folded, in whatever way this name or address is written in it: one of these."""
    composed = normalize("NFC", text)
    runs = re.findall(r"[A-Za-z0-9]{2,}", composed)
    if runs:
        return (max(runs, key=len).lower(),)
    first = next((letter for letter in composed if letter.isalnum()), None)
    if first is None:
        return ("",)
    ways = dict.fromkeys((*_cases(first), *normalize("NFD", first)[1:]))
    return tuple(form for one in ways for form in _forms(one))


def _turned(name: str) -> tuple[list[str], list[str]]:
    *others, last = (part for part in name.split() if words_of(part))
    return words_of(last), words_of(" ".join(others))


def _whole(name: str, between: str, before: str = _BEFORE, after: str = _AFTER) -> str:
    words = words_of(name)
    # In scripts without blanks between words a name stands within other letters.
    before = before if fold(words[0])[0] < _UNDIVIDED else ""
    return before + between.join(map(_spelled, words)) + (after if fold(words[-1])[-1] < _UNDIVIDED else "")


def _spelled(word: str) -> str:
    return "".join(map(_letter, normalize("NFC", word)))


@cache
def _letter(letter: str) -> str:
    """One letter: itself, and where it is no plain one, as JSON, a link and HTML have it."""
    if letter.isascii() and letter.isalnum():
        return letter.lower()
    same = _APOSTROPHES if letter in _APOSTROPHES else _cases(letter)
    forms = [re.escape(form).replace(r"\\u", r"\\+u") for one in same for form in _forms(one)]
    parts = normalize("NFD", letter)
    forms += ["".join(map(_letter, parts))] if len(parts) > 1 else []
    quoted = r"\\*" if letter in "\"'\\" else ""
    return f"{quoted}(?:{'|'.join(dict.fromkeys(forms))})"


def _cases(letter: str) -> Sequence[str]:
    return [one for one in dict.fromkeys((letter, letter.lower(), letter.upper())) if len(one) == 1]


@cache
def _forms(letter: str) -> tuple[str, ...]:
    from html.entities import codepoint2name  # noqa: PLC0415 - most processes never erase anybody

    point, units = ord(letter), letter.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
    linked = "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
    name = "apos" if letter == "'" else codepoint2name.get(point)
    named = () if name is None else (f"&{name.lower()};",)
    return (fold(letter), escaped, linked, f"&#{point};", f"&#{point:03};", f"&#x{point:x};", *named)


def is_whole(folded: str, begin: int, end: int) -> bool:
    """Whether what stands there is no part of a word by an accent or a vowel sign beside it: that is another letter."""
    if end < len(folded) and _is_sign(folded[end]):
        return False
    return begin == 0 or folded[begin] >= _UNDIVIDED or not _is_sign(folded[begin - 1])


def _is_sign(letter: str) -> bool:
    return category(letter).startswith("M")
