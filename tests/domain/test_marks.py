"""How a person is found in texts: in any case and spelling of the same name, and in no word of somebody else's."""

import pytest

from dayline.domain.marks import ERASED, Marks, Traces, is_longer
from dayline.domain.spelling import addresses_in, is_called, is_full

JANE = Traces(names=("Jane Roe", "Zoë Müller-Groß"), emails=("Jane.Roe@Example.com",), phones=("+49 170 1234567",))
CHINESE, CHER = Traces(names=("王小明",)), Traces(names=("Cher",))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call JANE  ROE now", f"Call {ERASED} now"),
        ("jane_roe_cv.pdf", f"{ERASED}_cv.pdf"),
        ("Roe, Jane", ERASED),
        ("met Roe Jane", f"met {ERASED}"),
        ("Roe_Jane.pdf, roe_jane_cv.pdf", f"{ERASED}.pdf, {ERASED}_cv.pdf"),
        ("<b>Jane</b> Roe; Jane <b>Roe</b>", f"<b>{ERASED}; {ERASED}</b>"),
        ("<td>Jane</td>\n  <td>Roe</td>", f"<td>{ERASED}</td>"),
        (f"Jane{' ' * 20}Roe, Jane\r\n\tRoe", f"{ERASED}, {ERASED}"),
        ("Jane Roes CV", f"{ERASED} CV"),
        ("Tom Roe, Jane Roe", f"Tom Roe, {ERASED}"),
        ("Tom Roe, Jane Poe", "Tom Roe, Jane Poe"),
        ("Jane <jane@x.test>, Roe <roe@x.test>", "Jane <jane@x.test>, Roe <roe@x.test>"),
        ("/in/jane-roe?x=Jane%20Roe", f"/in/{ERASED}?x={ERASED}"),
        ("Jane\u00a0Roe's", f"{ERASED}'s"),
        ("ZOE\u0308 MÜLLER GROSS", ERASED),
        ("<jane.roe@example.com>", f"<{ERASED}>"),
        ("mailto:JANE.ROE%40EXAMPLE.COM", f"mailto:{ERASED}"),
        ("twice jane roe, jane roe", f"twice {ERASED}, {ERASED}"),
        *((text, text) for text in ("Jane Roeder", "Mary-Jane Rowe", "Jane Roess", "Jane said. And Roe?", "", "[]")),
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
    assert Marks(CHER, near=True).out_of("Cher, Cherry, cher, Cher") == f"{ERASED}, Cherry, cher, {ERASED}"
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


@pytest.mark.parametrize("name", ["- -", "...", "?"])
def test_no_name_is_nobody_elses(name: str) -> None:
    assert not is_called("Mara Quell", name)
    assert not is_longer("Mara Quell", name)


def test_what_is_deep_inside() -> None:
    marks = Marks(JANE, near=False)
    given = {"a": ["x", {"Jane Roe": ("jane roe", 1, None, True)}]}
    assert marks.out_of_all(given) == {"a": ["x", {ERASED: [ERASED, 1, None, True]}]}


def test_bytes_of_files() -> None:
    marks = Marks(JANE, near=True)
    assert marks.are_in_file([b"\x00\xff PDF jane ROE \x80"])
    assert marks.are_in_file(["Zoë Müller-Groß".encode()])
    assert marks.are_in_file(["für Ö".encode()[:2], "für Ö".encode()[2:]]) is False
    for data in (b"\x00 PDF", b"PDF \xff", "Jürgen".encode("latin-1"), "Jane".encode("utf-16"), b"cut off \xc3"):
        assert marks.are_in_file([data]) is None


def test_in_what_is_no_text_a_word_alone_is_chance() -> None:
    marks = Marks(Traces(names=("Alf", "Ann Lee"), emails=("ann@lee.test",)), near=True)
    noise = bytes(range(256)) * 40 + b" Alf \xff"
    assert not marks.are_in_file([noise])
    assert marks.are_in_file([noise + b" Ann Lee \x80"])
    assert marks.are_in_file([noise + b" ANN@lee.test \x80"])
    assert marks.are_in_file([b"for Alf, as agreed"])


def test_a_longer_name_is_another() -> None:
    marks = Marks(Traces(names=("Ann Lee",)), near=False)
    assert [marks.are_all_of(name) for name in ("Ann Lee", " ann  lee ", "Mary Ann Lee", "Ann Lee-Smith", "Ann")] == [
        True, True, False, False, False,
    ]  # fmt: skip


BRIEN = Traces(names=("Zoë O'Brien", 'Joe "Mac" Roe'), emails=("o'brien+hr@x.test",))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Zoë O\u2019Brien", ERASED),
        ("ZOË O`BRIEN", ERASED),
        (r"Zo\u00eb O\u0027Brien", ERASED),
        (r"Zo\\u00cb O\'Brien", ERASED),
        ("Zo%C3%AB%20O%27Brien", ERASED),
        ("zoe%CC%88+o%E2%80%99brien", ERASED),
        ("Zo&euml;&nbsp;O&rsquo;Brien", ERASED),
        ("Zo&#235; &nbsp;O&#039;Brien", ERASED),
        ("Zoë \u00a0 O'Brien", ERASED),
        (r"said\nZoë\u00a0O'Brien\tand", rf"said\n{ERASED}\tand"),
        (r"{\"a\": \"Joe \\\"Mac\\\" Roe\"}", rf"{{\"a\": \"{ERASED}\"}}"),
        (r"\u003co'brien+hr@x.test\u003e", rf"\u003c{ERASED}\u003e"),
        ("to=o%27brien%2Bhr%40x.test&", f"to={ERASED}&"),
    ],
)
def test_however_it_is_written(text: str, left: str) -> None:
    marks = Marks(BRIEN, near=False)
    assert marks.out_of(text) == left
    assert marks.are_in(text)


def test_with_another_accent_it_is_another_name() -> None:
    marks = Marks(Traces(names=("Ann Lee", "\u0930\u093e\u092e \u0926\u0947\u0935")), near=False)
    others = (
        "Ann Le\u00e9",
        "Ann Lee\u0301",
        "\u00c9ann Lee",
        "\u0930\u093e\u092e \u0926\u0947\u0935\u0940",
        r"Ann Lee\u0301",
    )
    assert [marks.out_of(text) for text in others] == list(others)
    assert marks.out_of("Ann Lee\u2019s") == f"{ERASED}\u2019s"
    assert marks.out_of("\u0930\u093e\u092e \u0926\u0947\u0935 ji") == f"{ERASED} ji"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("?", "why?"),
        ("A", "A plan"),
        ("IT", "IT and it"),
        ("Will", "he will, WILL he"),
        ("A B", "Vitamins A, B"),
        ("\u738b", "\u738b"),
    ],
)
def test_what_is_no_name_stays_near_her_too(name: str, text: str) -> None:
    assert Marks(Traces(names=(name,)), near=True).out_of(text) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Will", "Will"),
        ("Zo\u00eb", "Zo\u00eb"),
        ("Zo\u00eb", "Zoe\u0308"),
        ("Zo\u00eb", r"Zo\u00EB"),
        ("Gro\u00df", "Gro\u00df"),
        ("O'Brien", "O\u2019Brien"),
        ("\u738b\u5c0f", "\u738b\u5c0f"),
    ],
)
def test_one_word_as_it_is_written(name: str, text: str) -> None:
    marks = Marks(Traces(names=(name,)), near=True)
    assert marks.out_of(f"({text}, and again {text})") == f"({ERASED}, and again {ERASED})"


def test_many_words_take_little_time() -> None:
    """Whatever is between them is read in one way: a text made to be slow is not."""
    marks = Marks(JANE, near=True)
    for text in ("jane " + " " * 200_000, "jane<b" * 30_000, "jane ,.-" * 30_000, "roe<" * 50_000, "Jane \n" * 30_000):
        assert marks.out_of(text) == text


def test_run_together_it_counts_near_her_alone() -> None:
    traces = Traces(names=("Jane Roe", "Jo Anna"))
    assert Marks(traces, near=True).out_of("janeroe.pdf, Joanna") == f"{ERASED}.pdf, Joanna"
    assert Marks(traces, near=False).out_of("janeroe.pdf") == "janeroe.pdf"
    near = Marks(traces, near=True)
    assert near.out_of("JaneRoeCV.pdf, RoeJane.pdf") == f"{ERASED}CV.pdf, {ERASED}.pdf"
    for text in ("janeroe@other.test", "JaneRoeder.pdf", "JANEROEDER", "janeroe7@other.test", "JaneRoeCV@other.test"):
        assert near.out_of(text) == text


@pytest.mark.parametrize(
    ("name", "full"),
    [
        *((name, False) for name in ("A B", "Bo Li", "J. Roe", "Cher", "-")),
        *((name, True) for name in ("Bo Lee", "Jane Roe", "\u738b \u5c0f\u660e")),
    ],
)
def test_what_is_hardly_anything_else(name: str, full: bool) -> None:
    assert is_full(name) is full
    assert Marks(Traces(names=(name,)), near=False).are_in(f"({name})") is full


def test_a_longer_name_of_somebody_else_is_left() -> None:
    traces = Traces(names=("Ann Lee",), others=("Mary Ann Lee", "Ann Lee-Smith"))
    marks = Marks(traces, near=True)
    text = "Mary Ann  Lee, mary_ann_lee.pdf, Ann Lee-Smith"
    assert marks.out_of(text) == text
    assert not marks.are_in(text)
    assert marks.out_of("Mary, Ann Lee and Ann Lee Smithers") == f"Mary, {ERASED} and {ERASED} Smithers"
    assert [is_longer(name, "Ann Lee") for name in ("Mary Ann Lee", "Ann Lee", "ANN-LEE", "Joann Lee", "Lee Ann")] == [
        True, False, False, False, True,
    ]  # fmt: skip


def test_a_longer_name_that_is_hers_too_counts_near_her() -> None:
    traces = Traces(names=("Ann Lee", "Ann Lee Smith"), shared=("Ann Lee Smith",), others=("Ann Lee Smith",))
    assert Marks(traces, near=True).out_of("Ann Lee Smith") == ERASED
    assert Marks(traces, near=False).out_of("Ann Lee Smith") == "Ann Lee Smith"


def test_a_shared_address_counts_near_her_alone() -> None:
    shared = Traces(emails=("info@acme.test",), shared=("info@acme.test",))
    assert Marks(shared, near=True).out_of("info@acme.test") == ERASED
    assert Marks(shared, near=False).out_of("info@acme.test") == "info@acme.test"


def test_the_addresses_in_a_field() -> None:
    given = "Jane <Jane@x.test>; 'j.roe@y.test', mailto:o'brien@z.test."
    assert addresses_in(given) == ("jane@x.test", "j.roe@y.test", "o'brien@z.test")
    assert addresses_in("all, me@, @home") == ()


@pytest.mark.parametrize("size", [97, 500, 4_096, 1 << 16])
def test_in_pieces_of_a_file_as_in_the_whole(size: int) -> None:
    marks = Marks(JANE, near=False)
    for text, there in (("é" * 9_000 + " Zoë Müller-Groß " + "é" * 9_000, True), ("x Jane Roeder " * 2_000, False)):
        data = text.encode()
        assert marks.are_in_file(data[at : at + size] for at in range(0, len(data), size)) is there
