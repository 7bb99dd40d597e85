"""How a person is found in texts: in any case and spelling of the same name, and in no word of somebody else's."""

import pytest

from dayline.domain.marks import ERASED, Marks, Traces

JANE = Traces(names=("Jane Roe", "Zoë Müller-Groß"), emails=("Jane.Roe@Example.com",), phones=("+49 170 1234567",))
CHINESE, CHER = Traces(names=("王小明",)), Traces(names=("Cher",))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call JANE  ROE now", f"Call {ERASED} now"),
        ("jane_roe_cv.pdf", f"{ERASED}_cv.pdf"),
        ("Roe, Jane", ERASED),
        ("/in/jane-roe?x=Jane%20Roe", f"/in/{ERASED}?x={ERASED}"),
        ("Jane\u00a0Roe's", f"{ERASED}'s"),
        ("ZOE\u0308 MÜLLER GROSS", ERASED),
        ("<jane.roe@example.com>", f"<{ERASED}>"),
        ("mailto:JANE.ROE%40EXAMPLE.COM", f"mailto:{ERASED}"),
        ("twice jane roe, jane roe", f"twice {ERASED}, {ERASED}"),
        *((text, text) for text in ("Jane Roeder", "Mary-Jane Rowe", "Roe Jane", "Jane said. And Roe?", "", "[]")),
        *((text, text) for text in ("xjane.roex@example.com", "janeroe@example.com")),
    ],
)
def test_what_names_her_anywhere(text: str, left: str) -> None:
    marks = Marks(JANE, near=False)
    assert marks.out_of(text) == left
    assert marks.are_in(text) == (left != text)


@pytest.mark.parametrize("text", ["0170/1234567", "+491701234567", "+49 (170) 123-45-67"])
def test_a_number_counts_near_her_alone(text: str) -> None:
    whole = text.startswith("+")  # another way to dial it is another text
    assert (Marks(JANE, near=True).out_of(text) == ERASED) == whole
    assert Marks(JANE, near=False).out_of(text) == text


def test_one_word_counts_near_her_alone() -> None:
    assert Marks(CHER, near=True).out_of("Cher, Cherry, cher") == f"{ERASED}, Cherry, {ERASED}"
    assert Marks(CHER, near=False).out_of("Cher") == "Cher"
    assert Marks(CHINESE, near=True).out_of("与王小明会面") == f"与{ERASED}会面"


def test_a_shared_name_counts_near_her_alone() -> None:
    shared = Traces(names=("Jane Roe",), shared=("JANE ROE",))
    assert Marks(shared, near=True).out_of("jane roe") == ERASED
    assert Marks(shared, near=False).out_of("jane roe") == "jane roe"


def test_of_nobody_nothing_is_found() -> None:
    for near in (True, False):
        marks = Marks(Traces(names=("", " ", "...", "- -"), emails=("", "all", "-"), phones=("12",)), near=near)
        assert not marks.are_in("anything at all")
        assert marks.out_of("anything . at all 12") == "anything . at all 12"


def test_what_is_deep_inside() -> None:
    marks = Marks(JANE, near=False)
    given = {"a": ["x", {"Jane Roe": ("jane roe", 1, None, True)}]}
    assert marks.out_of_all(given) == {"a": ["x", {ERASED: [ERASED, 1, None, True]}]}


def test_bytes_of_files() -> None:
    marks = Marks(JANE, near=True)
    assert marks.are_in_bytes(b"\x00\xff PDF jane ROE \x80")
    assert marks.are_in_bytes("Zoë Müller-Groß".encode())
    assert not marks.are_in_bytes(b"\x00\xff PDF")


def test_in_what_is_no_text_a_word_alone_is_chance() -> None:
    marks = Marks(Traces(names=("Al", "Ann Lee"), emails=("ann@lee.test",)), near=True)
    noise = bytes(range(256)) * 40 + b" al \xff"
    assert not marks.are_in_bytes(noise)
    assert marks.are_in_bytes(noise + b" Ann Lee \x80")
    assert marks.are_in_bytes(noise + b" ANN@lee.test \x80")
    assert marks.are_in_bytes(b"for Al, as agreed")


def test_a_longer_name_is_another() -> None:
    marks = Marks(Traces(names=("Ann Lee",)), near=False)
    assert [marks.are_all_of(name) for name in ("Ann Lee", " ann  lee ", "Mary Ann Lee", "Ann Lee-Smith", "Ann")] == [
        True, True, False, False, False,
    ]  # fmt: skip
