"""A form is read alike however its bytes are cut into pieces."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dayline.kit.form import FormLimits, Parts, read_form

NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n\0'), min_size=1, max_size=20)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


class Memory:
    """A sink that tests can look into."""

    def __init__(self) -> None:
        self.data = b""
        self.finished = False

    async def write(self, chunk: bytes) -> None:
        self.data += chunk

    async def finish(self) -> None:
        self.finished = True

    async def discard(self) -> None:
        self.data = b""


def read(body: bytes, cuts: Sequence[int]) -> Parts:
    ends = sorted({cut % (len(body) + 1) for cut in cuts} | {len(body)})
    pieces = [body[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    limits = FormLimits(file=10_000, text=100_000)
    return asyncio.run(read_form(receive, b"XyZ", frozenset(("file",)), Memory, limits))


@settings(max_examples=150, deadline=None)
@given(
    texts=st.dictionaries(NAMES, TEXTS, max_size=4),
    file=st.none() | st.tuples(NAMES, st.binary(max_size=300)),
    cuts=st.lists(st.integers(0, 5_000), max_size=12),
)
def test_pieces_make_no_difference(texts: dict[str, str], file: tuple[str, bytes] | None, cuts: Sequence[int]) -> None:
    texts = {name: text for name, text in texts.items() if "XyZ" not in text}
    body = b"".join(
        b'--XyZ\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), text.encode())
        for name, text in texts.items()
    )
    if file is not None:
        head = b'--XyZ\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: text/html\r\n\r\n'
        body += head % file[0].encode() + file[1] + b"\r\n"
    parts = read(body + b"--XyZ--\r\n", cuts)
    assert parts.fields == texts
    assert {field: (upload.name, upload.size) for field, upload in parts.files.items()} == (
        {} if file is None else {"file": (file[0], len(file[1]))}
    )
    for upload in parts.files.values():
        assert isinstance(upload.sink, Memory)
        assert file is not None
        assert (upload.sink.data, upload.sink.finished) == (file[1], True)
    assert parts.identity() == read(body + b"--XyZ--\r\n", []).identity()
