"""A multipart form: its fields become the same Struct as a JSON body, its files go to the disk while they arrive.

It must never hold a file in memory, and never leave one behind when the request fails.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, ValidationError
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.types import Receive

from dayline.domain.errors import Invalid, Problem, invalid
from dayline.kit import wire
from dayline.kit.dialect import Failure, Refused, Sink, Upload
from dayline.kit.wording import problem_of

MAX_PARTS: Final = 100
_SLOWEST: Final = 64 << 10  # bytes a second that a client must reach with a large file
_MULTIPART: Final = b"multipart/form-data"


class FormLimits(Struct, frozen=True):
    """In bytes: for one file, and for everything else together."""

    file: int
    text: int


class Parts(Struct, frozen=True):
    """A form as it was read. What was sent twice is joined with commas, as in a query."""

    fields: dict[str, str]
    files: dict[str, Upload]

    def identity(self) -> bytes:
        """What makes two forms the same, though their boundaries differ."""
        files = {field: [upload.name, upload.digest] for field, upload in self.files.items()}
        return msgspec.json.encode([self.fields, files], order="sorted")

    async def discard(self) -> None:
        """Forget the files that nobody took."""
        for upload in self.files.values():
            await upload.sink.discard()


def boundary_of(headers: wire.RawHeaders) -> bytes | None:
    """The boundary of a multipart form, or None when the body is none. Raises Invalid when it has no boundary."""
    media_type, options = parse_options_header(headers.get(b"content-type", b""))
    if media_type.lower() != _MULTIPART:
        return None
    if not options.get(b"boundary"):
        raise invalid("", "the multipart form has no boundary")
    return options[b"boundary"]


async def read_form(
    receive: Receive, boundary: bytes, allowed: frozenset[str], open_sink: Callable[[], Sink], limits: FormLimits
) -> Parts:
    """Read a form; ``allowed`` are the fields that may be files.

    Raises Invalid for a broken form, Refused for one that is too large or too slow, and ClientDisconnect.
    """
    try:
        reader = _Reader(boundary, allowed, open_sink, limits)
    except FormParserError:
        raise invalid("", "the boundary of the multipart form cannot be one") from None
    seconds = wire.BODY_SECONDS + limits.file * len(allowed) / _SLOWEST
    try:
        async with asyncio.timeout(seconds):
            return await reader.read(receive)
    except TimeoutError:
        await reader.discard()
        raise Refused(Failure(408, "the form did not arrive in time", headers=wire.CLOSE)) from None
    except FormParserError:
        await reader.discard()
        raise invalid("", "broken multipart form") from None
    except BaseException:
        await reader.discard()
        raise


class _Part:
    """One part on its way. ``sink`` is there when it is a file."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.name = ""
        self.file_name: str | None = None
        self.sink: Sink | None = None
        self.data = bytearray()
        self.size = 0
        self.hash = hashlib.sha256()


class _Reader:
    """Drives the parser, whose callbacks can only note what happened; the notes are then worked off in turn."""

    def __init__(
        self, boundary: bytes, allowed: frozenset[str], open_sink: Callable[[], Sink], limits: FormLimits
    ) -> None:
        self._allowed, self._open_sink, self._limits = allowed, open_sink, limits
        self._notes: list[tuple[str, bytes]] = []
        self._header = bytearray()
        self._fields: dict[str, str] = {}
        self._files: dict[str, Upload] = {}
        self._part = _Part()
        self._parts = self._read = self._in_files = 0
        self._ended = False
        data = ("header_field", "header_value", "part_data")
        events = ("part_begin", "header_end", "headers_finished", "part_end", "end")
        callbacks: Any = {f"on_{name}": self._noted(name) for name in data}
        callbacks |= {f"on_{name}": self._marked(name) for name in events}
        self._parser = MultipartParser(boundary, callbacks)

    def _noted(self, name: str) -> Callable[[bytes, int, int], None]:
        return lambda chunk, start, end: self._notes.append((name, chunk[start:end]))

    def _marked(self, name: str) -> Callable[[], None]:
        return lambda: self._notes.append((name, b""))

    async def read(self, receive: Receive) -> Parts:
        async for chunk in wire.chunks(receive):
            self._read += len(chunk)
            self._parser.write(chunk)
            for name, data in self._notes:
                await self._took(name, data)
            self._notes.clear()
            if self._read - self._in_files > self._limits.text:
                raise wire.too_large(self._limits.text, "form without its files")
        if not self._ended:
            raise invalid("", "the multipart form ends too early")
        return Parts(self._fields, self._files)

    async def discard(self) -> None:
        sinks = [upload.sink for upload in self._files.values()]
        for sink in [*sinks, *([self._part.sink] if self._part.sink else [])]:
            await sink.discard()

    async def _took(self, name: str, data: bytes) -> None:
        match name:
            case "part_begin":
                self._begin()
            case "header_field":
                self._header += data
            case "header_value":
                key = bytes(self._header).lower()
                self._part.headers[key] = self._part.headers.get(key, b"") + data
            case "header_end":
                self._header.clear()
            case "headers_finished":
                self._open()
            case "part_data":
                await self._add(data)
            case "part_end":
                await self._close()
            case "end":
                self._ended = True

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise invalid("", f"a form has at most {MAX_PARTS} parts")
        self._part = _Part()

    def _open(self) -> None:
        part = self._part
        _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
        part.name = _text(options.get(b"name", b""), "")
        if not part.name:
            raise invalid("", "a part of the form has no name")
        if b"filename" in options:
            part.file_name = _text(options[b"filename"], part.name)
            self._check_file(part)
            part.sink = self._open_sink() if part.file_name else None

    def _check_file(self, part: _Part) -> None:
        if part.name not in self._allowed:
            raise invalid(part.name, "must not be a file", "type")
        if part.name in self._files:
            raise invalid(part.name, "only one file can be sent here")

    async def _add(self, data: bytes) -> None:
        part = self._part
        part.size += len(data)
        if part.sink is None:
            part.data += data
            return
        self._in_files += len(data)
        if part.size > self._limits.file:
            raise wire.too_large(self._limits.file, "file")
        part.hash.update(data)
        await part.sink.write(data)

    async def _close(self) -> None:
        part = self._part
        if part.sink is not None:
            await part.sink.finish()
            self._files[part.name] = Upload(part.file_name or "", part.sink, part.size, part.hash.hexdigest())
        elif part.file_name is None:  # a file without a name is an input in which nobody chose one
            text = _text(bytes(part.data), part.name)
            self._fields[part.name] = f"{self._fields[part.name]},{text}" if part.name in self._fields else text
        self._part = _Part()


def _text(raw: bytes, field: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise invalid(field, f"not valid UTF-8 at byte {error.start}") from None
    if "\0" in text:
        raise invalid(field, "must not contain NUL characters")
    return text


class FormReader:
    """Makes the body of an operation from a form's texts: ``"5"`` is a number there, ``"true"`` is true."""

    def __init__(self, kind: type[Struct], *, strict: bool, refused: frozenset[str] = frozenset()) -> None:
        self._kind = kind
        self._refused = refused
        self._known = {field.encode_name for field in msgspec.structs.fields(kind)} if strict else None

    def __call__(self, fields: Mapping[str, str]) -> Struct:
        known = self._known
        unknown = [] if known is None else [name for name in fields if name not in known or name in self._refused]
        if unknown:
            raise Invalid(*(Problem(name, "unknown field", "unknown") for name in unknown))
        try:
            return msgspec.convert(fields, self._kind, strict=False)
        except ValidationError as error:
            raise Invalid(problem_of(error)) from None
