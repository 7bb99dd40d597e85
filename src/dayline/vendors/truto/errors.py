"""Words a failure as Truto does: three fields always, and where it can be told, whose it is and what is behind it.

It must never quote what a client sent, nor give on a header of another system that could do harm here.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from dayline.kit.dialect import Failure, Headers, Reply
from dayline.vendors.truto import schema

_encode: Final = msgspec.json.Encoder().encode
_REASONS: Final = {413: "Payload Too Large", 422: "Unprocessable Entity"}  # Python's own words change with its version
_NAMELESS: Final = "Unknown Error"  # a status that is nobody's standard, as another system may answer
_TOO_MANY: Final = "More requests than are allowed: the message says of whom, Retry-After when to come back"
_MOST_TEXT: Final = 64 << 10  # bytes of another system's answer that is told in an error
_LACKING: Final = {"query": "missing_required_query_parameters", "body": "missing_required_body_fields"}
_WORDS: Final = {"query": "query parameters", "body": "body fields"}

Insights = Mapping[str, schema.Insight]


def reason(status: int) -> str:
    """The name of a status, of whatever kind: another system may have statuses of its own."""
    try:
        return _REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return _NAMELESS


def envelope(failure: Failure) -> Reply:
    """The answer to a failure of our own."""
    return _own(failure, "query")


def of_body(failure: Failure) -> Reply:
    """The same where what is missing is missing in the body, but for the connection."""
    return _own(failure, "body")


def _own(failure: Failure, where: str) -> Reply:
    lacking = [problem.field for problem in failure.problems if problem.kind == "missing"]
    insights = _insights(failure.status, lacking, where)
    told = ", ".join(f"{_WORDS[part]}: {', '.join(names)}" for part, names in _parts(lacking, where).items() if names)
    nothing_else = failure.status == 400 and lacking and len(lacking) == len(failure.problems)
    body = schema.Error(
        status_code=failure.status,
        error=reason(failure.status),
        message=f"Missing required {told}" if nothing_else else failure.message,
        details=schema.Details([schema.Fault(one.field, one.message) for one in failure.problems])
        if failure.problems
        else UNSET,
        truto_error_insight=dict(insights) or UNSET,
    )
    return Reply(failure.status, _encode(body))


def _parts(lacking: Sequence[str], where: str) -> dict[str, list[str]]:
    """The names of what is missing, by where; the connection is always named in the query."""
    query = [name for name in lacking if where == "query" or name == "integrated_account_id"]
    return {"query": query, "body": [name for name in lacking if name not in query]}


def _insights(status: int, lacking: Sequence[str], where: str) -> Insights:
    if status == 429:
        return {"rate_limit_error": schema.Insight(_TOO_MANY)}
    if status != 400:
        return {}
    return {
        _LACKING[part]: schema.Insight(f"These {_WORDS[part]} are required here", names)
        for part, names in _parts(lacking, where).items()
        if names
    }


def remote(
    status: int,
    message: str,
    *,
    raw: schema.Json | UnsetType = UNSET,
    missing_scopes: Sequence[str] = (),
    headers: Headers = (),
) -> Reply:
    """The answer to a failure of another system; ``raw`` is what it answered, where it did."""
    answered = not isinstance(raw, UnsetType)
    body = schema.Error(
        status_code=status,
        error=reason(status),
        message=message,
        truto_is_remote_error=True if answered else UNSET,
        raw_response=raw,
        truto_error_insight=dict(_remote_insights(status, missing_scopes, answered=answered)) or UNSET,
    )
    return Reply(status, _encode(body), headers)


def _remote_insights(
    status: int, missing_scopes: Sequence[str], *, answered: bool
) -> Iterator[tuple[str, schema.Insight]]:
    if status == 429:
        yield "rate_limit_error", schema.Insight("The other system limits how often this account may call it")
    if missing_scopes:
        lacking = {"missing_scopes": list(missing_scopes)}
        yield "forbidden_error", schema.Insight("The credential lacks these permissions", lacking)
    if answered:
        yield "remote_error", schema.Insight("The other system answered with an error")


def raw_of(document: schema.Json, body: bytes) -> schema.Json:
    """What another system answered: its document, or else the text, cut off where it is very long."""
    if document is not None or not body:
        return document
    return body[:_MOST_TEXT].decode("utf-8", "replace")
