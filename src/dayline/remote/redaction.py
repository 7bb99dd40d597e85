"""Takes a credential out of whatever another system says, which may repeat what it was sent. Pure.

It must run before anything of an answer is read, kept, logged or shown; of nothing else it takes anything away.
"""

from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from dayline.domain.integrated import redacted
from dayline.remote.connector import Answer, Json

_SHORTEST = 6  # what is shorter is no credential of any vendor, and may be any word


class Veil:
    """What must not be seen in an answer: secrets, headers that prove who calls, and what these are made of."""

    def __init__(self, secrets: Iterable[str], headers: Iterable[str]) -> None:
        """``headers`` are the values of those that may not be told."""
        given = {*secrets, *headers, *(value.partition(" ")[2] for value in headers)}
        pairs = {b64encode(f"{secret}:".encode()).decode() for secret in secrets}
        self._hidden = {word for word in given | pairs if len(word) >= _SHORTEST}
        self._quoted = self._hidden | {quote(word, safe="") for word in self._hidden}

    def text(self, text: str) -> str:
        """The text without them."""
        return redacted(text, self._quoted)

    def answer(self, answer: Answer) -> Answer:
        """The answer without them, however its JSON spells them."""
        document, body = self._document(answer.document, answer.body)
        return msgspec.structs.replace(
            answer,
            headers=tuple((name, redacted(value, self._quoted).replace("…", "...")) for name, value in answer.headers),
            body=self._bytes(body),
            document=document,
        )

    def _document(self, document: Json, body: bytes) -> tuple[Json, bytes]:
        """Look at the document as we would write it, where each text has one spelling."""
        if document is None:
            return document, body
        try:
            plain = clean = msgspec.json.encode(document)
        except (RecursionError, ValueError):  # so deep, or with such a number, that nobody reads it either
            return None, body
        for word in self._longest():
            clean = clean.replace(msgspec.json.encode(word)[1:-1], "…".encode())
        return (document, body) if clean == plain else (msgspec.json.decode(clean), clean)

    def _bytes(self, body: bytes) -> bytes:
        for word in self._longest():
            body = body.replace(word.encode(), "…".encode())
        return body

    def _longest(self) -> list[str]:
        return sorted(self._quoted, key=len, reverse=True)
