"""A line to one integrated account: sends a connector's requests, judges what comes back, and logs each call.

It must never tell a credential: not in an error, not in the log, not in what it says was sent.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from time import perf_counter
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline import tracing
from dayline.counting import REMOTE_CALLS, REMOTE_SECONDS
from dayline.domain.errors import Unavailable
from dayline.domain.integrated import IntegratedAccount, Status
from dayline.kit.client import Client, NotSent, Request, Streamed, Torn
from dayline.remote.connector import Answer, Connection, Connector, Json, Outbound, Refusal
from dayline.remote.errors import Kind, RemoteError
from dayline.remote.reading import answer_of, beginning, head_of, made_answer, onward, read_as
from dayline.remote.redaction import Veil
from dayline.service import Service
from dayline.tracing import Span

T = TypeVar("T")
_OPEN_HEADERS = frozenset({"accept", "content-type", "user-agent"})
_REDACTED = "[redacted]"
_FEWER = "Ask for fewer at once: with a smaller limit, and with no filter but the candidate."
_REFUSED_BYTES = 1 << 20  # of the body of a refusal that comes as a stream, or of a single activity
_BEGUN_BYTES = 16 << 10  # of a stream that may turn out to be a refusal, whatever its status
_LOST = frozenset({408})  # and all from 500 on: a gateway may say so after the write


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
            with self._span(asked) as span:
                got = await self.client.send(self._request(outbound))
                _told(span, got.status)
            answer = self.veil(outbound).answer(answer_of(got))
            await self._judge(answer, outbound)
            result = read_as(answer, read, self.connector.label)
        except (NotSent, Torn) as error:
            failed = self._without_answer(error, asked)
            self._log(asked, begun, None, failed.message)
            raise failed from error
        except RemoteError as error:
            self._log(asked, begun, answer, error.message)
            raise
        self._log(asked, begun, answer, "", None if count is None else count(result))
        return answer, result

    @asynccontextmanager
    async def stream(self, asked: Asked) -> AsyncIterator[Streamed]:
        """Send a request, and give its answer in parts. Raises RemoteError for a refusal.

        A short one is read before, for a refusal may have any status; a long one is given unread.
        """
        begun, message = perf_counter(), ""
        head: Answer | None = None
        try:
            with self._span(asked) as span:
                async with self.client.stream(self._request(asked.outbound)) as streamed:
                    head = head_of(streamed)
                    _told(span, streamed.status)
                    yield await self._judged(streamed, asked)
        except (NotSent, Torn) as error:
            failed = self._without_answer(error, asked)
            message = failed.message
            raise failed from error
        except RemoteError as error:
            message = error.message
            raise
        finally:
            self._log(asked, begun, head, message)

    async def _judged(self, streamed: Streamed, asked: Asked) -> Streamed:
        """The stream from its begin on, unless what comes is a refusal."""
        refused = streamed.status >= 400
        most = _REFUSED_BYTES if refused or asked.operation == "get" else _BEGUN_BYTES
        body, whole = await beginning(streamed, most)
        if whole or refused:  # of a long refusal no more than its status counts
            answer = made_answer(streamed.status, streamed.headers, streamed.media_type, body if whole else b"")
            answer = self.veil(asked.outbound).answer(answer)
            await self._judge(answer, asked.outbound)
            body = answer.body
        return replace(streamed, parts=onward(body, streamed))

    def sent(self, outbound: Outbound) -> Sent:
        """What this request is, for whoever may not see its credential."""
        shown = ((name, value if name.lower() in _OPEN_HEADERS else _REDACTED) for name, value in _headers(outbound))
        return Sent(self.veil(outbound).text(self._url(outbound)), outbound.method, tuple(shown), outbound.body)

    async def well(self) -> None:
        """Note that the credential is good, where that was in doubt."""
        if self.account.status != "active":
            await self._note("active", None)

    def message(self, refusal: Refusal, answer: Answer) -> str:
        """The vendor's words, or ours where it has none."""
        return refusal.message or f"{self.connector.label} refused this with status {answer.status}."

    def veil(self, outbound: Outbound) -> Veil:
        """What is taken out of every answer to this request: the credential that it proves itself with."""
        closed = [value for name, value in outbound.headers if name.lower() not in _OPEN_HEADERS]
        return Veil(self.secrets.values(), closed)

    def _without_answer(self, error: NotSent | Torn, asked: Asked) -> RemoteError:
        message = self.veil(asked.outbound).text(error.message)
        if isinstance(error, NotSent):
            return RemoteError("unreachable", error.status, message, retry_after=error.retry_after)
        if error.too_long and asked.operation == "list":
            message = f"{message} {_FEWER}"
        kind: Kind = "unknown" if asked.outbound.writes else "unreachable"
        return RemoteError(kind, error.status, message, too_long=error.too_long)

    async def _judge(self, answer: Answer, outbound: Outbound) -> None:
        refusal = self.connector.refusal(answer)
        if refusal is None:
            return await self.well()
        if refusal.forbids:
            refusal = replace(refusal, missing_scopes=outbound.scopes)
        if refusal.reauthorize:
            await self._note("needs_reauth", refusal.message or f"{self.connector.label} refuses the credential.")
        # A server that fails may have written before it did.
        lost = outbound.writes and (answer.status in _LOST or answer.status >= 500 or refusal.status >= 500)
        message = self.message(refusal, answer)
        if lost:
            raise RemoteError("unknown", 502, message, refusal=refusal, answer=answer)
        raise RemoteError("refused", refusal.status, message, refusal=refusal, answer=answer)

    async def _note(self, status: Status, error: str | None) -> None:
        with suppress(Unavailable):  # the next call finds it out again
            await self.service.integrated.note_status(
                self.account_id, self.account.id, status, error, revision=self.account.revision, sent=self.secrets
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
            pauses=self.connector.pace.pauses,
        )

    def _span(self, asked: Asked) -> AbstractContextManager[Span]:
        return tracing.span(
            f"{self.account.integration} {asked.operation}",
            "client",
            dayline__integration=self.account.integration,
            dayline__operation=asked.operation,
            dayline__account=self.account_id,
            dayline__integrated_account=self.account.id,
            http__request__method=asked.outbound.method,
        )

    def _url(self, outbound: Outbound) -> str:
        query = f"?{urlencode(outbound.query)}" if outbound.query else ""
        return f"{self.connection.base_url}{outbound.path}{query}"

    def _log(
        self, asked: Asked, begun: float, answer: Answer | None, message: str, result_count: int | None = None
    ) -> None:
        integration, outcome = self.account.integration, _outcome(answer, message)
        REMOTE_CALLS.add((integration, asked.operation, outcome))
        REMOTE_SECONDS.of((integration, asked.operation)).add(perf_counter() - begun)
        self.service.remote_log.add(
            self.account_id,
            integrated_account_id=self.account.id,
            integration=integration,
            operation=asked.operation,
            method=asked.outbound.method,
            path=_template(asked.outbound.path, {**self.connection.context, **asked.values}),
            status=None if answer is None else answer.status,
            ms=round((perf_counter() - begun) * 1000),
            result_count=result_count,
            message=message,
            request_id=asked.request_id,
        )


def _told(span: Span, status: int) -> None:
    span.tell(http__response__status_code=status)
    if status >= 400:
        span.fail(str(status))


def _outcome(answer: Answer | None, message: str) -> str:
    if not message:
        return "ok"
    return "unanswered" if answer is None else "refused"


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
