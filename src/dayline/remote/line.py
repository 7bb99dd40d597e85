"""A line to one integrated account: sends a connector's requests, judges what comes back, and logs each call.

It must never tell a credential: not in an error, not in the log, not in what it says was sent.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.errors import Unavailable
from dayline.domain.integrated import IntegratedAccount, Status, redacted
from dayline.kit.client import Client, Got, NotSent, Request, Streamed, Torn
from dayline.remote.connector import Answer, Connection, Connector, Json, Outbound, Unreadable
from dayline.remote.errors import RemoteError
from dayline.service import Service

T = TypeVar("T")
_OPEN_HEADERS = frozenset({"accept", "content-type", "user-agent"})
_REDACTED = "[redacted]"
_REFUSED_BYTES = 1 << 20  # of the body of a refusal that comes as a stream


class Sent(Struct, frozen=True):
    """What was sent, for whoever looks for a fault: without any credential."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: Json


class Asked(Struct, frozen=True, kw_only=True):
    """A request on its way. ``values`` are what stands in its path, by the names that the log has instead."""

    operation: str
    outbound: Outbound
    values: Mapping[str, str | None] = {}
    request_id: str = ""


class Line(Struct, frozen=True, kw_only=True, eq=False):
    """An integrated account that was opened for some calls."""

    service: Service
    client: Client
    connector: Connector
    connection: Connection
    account_id: int
    account: IntegratedAccount
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Line(account={self.account!r})"

    async def ask(
        self, asked: Asked, read: Callable[[Answer], T], count: Callable[[T], int] | None = None
    ) -> tuple[Answer, T]:
        """Send a request and read its answer. Raises RemoteError."""
        begun, outbound = perf_counter(), asked.outbound
        answer: Answer | None = None
        try:
            answer = answer_of(await self.client.send(self._request(outbound)))
            await self._judge(answer, outbound)
            result = _read(answer, read, self.connector.label)
        except (NotSent, Torn) as error:
            self._log(asked, begun, None, error.message)
            raise _without_answer(error, outbound) from error
        except RemoteError as error:
            self._log(asked, begun, answer, error.message)
            raise
        self._log(asked, begun, answer, "", None if count is None else count(result))
        return answer, result

    @asynccontextmanager
    async def stream(self, asked: Asked) -> AsyncIterator[Streamed]:
        """Send a request, and give its answer in parts, unread. Raises RemoteError where the status tells a refusal."""
        begun = perf_counter()
        try:
            async with self.client.stream(self._request(asked.outbound)) as streamed:
                if streamed.status >= 400:
                    await self._judge(await _whole(streamed), asked.outbound)
                self._log(asked, begun, _head(streamed), "")
                yield streamed
        except (NotSent, Torn) as error:
            self._log(asked, begun, None, error.message)
            raise _without_answer(error, asked.outbound) from error

    def sent(self, outbound: Outbound) -> Sent:
        """What this request is, for whoever may not see its credential."""
        shown = ((name, value if name.lower() in _OPEN_HEADERS else _REDACTED) for name, value in _headers(outbound))
        return Sent(redacted(self._url(outbound), self.secrets.values()), outbound.method, tuple(shown), outbound.body)

    async def well(self) -> None:
        """Note that the credential is good, where that was in doubt."""
        if self.account.status != "active":
            await self._note("active", None)

    async def _judge(self, answer: Answer, outbound: Outbound) -> None:
        refusal = self.connector.refusal(answer)
        if refusal is None:
            return await self.well()
        if refusal.forbids:
            refusal = replace(refusal, missing_scopes=outbound.scopes)
        if refusal.reauthorize:
            await self._note("needs_reauth", refusal.message or f"{self.connector.label} refuses the credential.")
        # A server that fails may have written before it did.
        lost = outbound.writes and (answer.status >= 500 or refusal.status >= 500)
        message = refusal.message or f"{self.connector.label} refused this with status {answer.status}."
        if lost:
            raise RemoteError("unknown", 502, message, refusal=refusal, answer=answer)
        raise RemoteError("refused", refusal.status, message, refusal=refusal, answer=answer)

    async def _note(self, status: Status, error: str | None) -> None:
        with suppress(Unavailable):  # the next call finds it out again
            await self.service.integrated.note_status(
                self.account_id, self.account.id, status, error, revision=self.account.revision
            )

    def _request(self, outbound: Outbound) -> Request:
        return Request(
            method=outbound.method,
            url=self._url(outbound),
            key=f"{self.account_id}/{self.account.id}",
            headers=_headers(outbound),
            body=None if outbound.body is None else msgspec.json.encode(outbound.body),
            pace=(self.connector.pace.per_second, self.connector.pace.burst),
            again=not outbound.writes,
        )

    def _url(self, outbound: Outbound) -> str:
        query = f"?{urlencode(outbound.query)}" if outbound.query else ""
        return f"{self.connection.base_url}{outbound.path}{query}"

    def _log(
        self, asked: Asked, begun: float, answer: Answer | None, message: str, result_count: int | None = None
    ) -> None:
        self.service.remote_log.add(
            self.account_id,
            integrated_account_id=self.account.id,
            integration=self.account.integration,
            operation=asked.operation,
            method=asked.outbound.method,
            path=_template(asked.outbound.path, {**self.connection.context, **asked.values}),
            status=None if answer is None else answer.status,
            ms=round((perf_counter() - begun) * 1000),
            result_count=result_count,
            message=redacted(message, self.secrets.values()),
            request_id=asked.request_id,
        )


def answer_of(got: Got) -> Answer:
    """The answer with its document, if it is one of JSON."""
    return made_answer(got.status, got.headers, got.media_type, got.body)


def made_answer(status: int, headers: tuple[tuple[str, str], ...], media_type: str, body: bytes) -> Answer:
    """An answer of these parts; what does not call itself JSON is not read as such."""
    document = None
    if media_type.endswith(("/json", "+json")):
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            document = None
    return Answer(status=status, headers=headers, media_type=media_type, body=body, document=document)


def _read(answer: Answer, read: Callable[[Answer], T], label: str) -> T:
    try:
        return read(answer)
    except Unreadable as error:
        message = str(error)
        if answer.document is None and answer.body:
            message = f"{label}'s answer is no JSON document, but {answer.media_type or 'of no media type'}."
        raise RemoteError("unreadable", 502, message, answer=answer) from error


def _without_answer(error: NotSent | Torn, outbound: Outbound) -> RemoteError:
    lost = isinstance(error, Torn) and outbound.writes
    retry_after = error.retry_after if isinstance(error, NotSent) else None
    return RemoteError("unknown" if lost else "unreachable", error.status, error.message, retry_after=retry_after)


def _headers(outbound: Outbound) -> tuple[tuple[str, str], ...]:
    """The connector's, and those that every request has which it does not set itself."""
    named = {name.lower() for name, _ in outbound.headers}
    own = [("accept", "application/json")]
    if outbound.body is not None:
        own.append(("content-type", "application/json"))
    return (*outbound.headers, *(header for header in own if header[0] not in named))


def _template(path: str, values: Mapping[str, str | None]) -> str:
    """The path with the names of what stands in it instead."""
    named = {quote(value, safe=""): name for name, value in values.items() if value}
    return "/".join(f"{{{named[part]}}}" if part in named else part for part in path.split("/"))


def _head(streamed: Streamed) -> Answer:
    return Answer(status=streamed.status, headers=streamed.headers, media_type=streamed.media_type, body=b"")


async def _whole(streamed: Streamed) -> Answer:
    """The whole of a refusal, which is short; of a long one no more than its status counts."""
    body = b""
    async for part in streamed.parts:
        body += part
        if len(body) > _REFUSED_BYTES:
            body = b""
            break
    return made_answer(streamed.status, streamed.headers, streamed.media_type, body)
