"""A server that does whatever a test has it do, byte for byte, on the test's own loop. It must never leave loopback."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[["Line"], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Line:
    """One connection, after its request has been read."""

    def __init__(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request, self._reader, self._writer = request, reader, writer
        self.sent = 0

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()
        self.sent += len(data)

    async def hang(self) -> None:
        """Wait until the client is gone."""
        while await self._reader.read(1 << 16):
            pass

    def reset(self) -> None:
        """End the connection at once, with nothing after it."""
        self._writer.transport.abort()


class Far:
    """The server: what it was asked, and how often it was connected to."""

    def __init__(self, behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self._behave, self._tls = behave, tls
        self.connections = 0
        self.requests: list[bytes] = []
        self.lines: list[Line] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                line = Line(await _request(reader), reader, writer)
                self.requests.append(line.request)
                self.lines.append(line)
                await self._behave(line)
        writer.close()


@asynccontextmanager
async def far(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Far]:
    """Serve on a free port, and end every connection at the end."""
    server = Far(behave)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(server.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0")
    return head + await reader.readexactly(int(length))


def answering(*answers: bytes) -> Behaviour:
    """Give these answers, one a request; the last one for good."""
    left = list(answers)

    async def behave(line: Line) -> None:
        await line.send(left.pop(0) if len(left) > 1 else left[0])

    return behave


def answer(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    """An answer with this body."""
    lines = (f"HTTP/1.1 {status} Said", "content-type: application/json", f"content-length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The two ends of a TLS connection to this name: the server's, and that of a client who trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(text + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    trusting = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return server, trusting
