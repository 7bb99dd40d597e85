"""Activities as a file: page by page, so that nobody has to hold them all. It must never end early without an error."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.errors import Forbidden
from dayline.domain.filter import Query
from dayline.domain.identity import User
from dayline.kit.dialect import Operation, Reply
from dayline.native.activities import mapping, schema
from dayline.native.activities.table import COLUMNS, cells_of
from dayline.native.answers import Asked, encode

PAGE: Final = 500
CSV, JSONL = "text/csv; charset=utf-8", "application/jsonl"
Call = Asked[schema.ExportQuery, None]


async def export_activities(call: Call) -> Reply:
    """Send all activities of a list. What is wrong with the request is told before the first byte."""
    if "records:read" not in call.who.scopes:
        raise Forbidden("the file names users, and the token lacks the scope records:read")
    query = replace(mapping.read_wanted(call.query), limit=PAGE)
    as_table = call.query.format == "csv"
    page = await call.service.activities.list(call.who, query)
    users = {user.id: user for user in await call.service.identities.users(call.who.account_id)} if as_table else {}
    saved_as = ("Content-Disposition", f'attachment; filename="activities.{call.query.format}"')
    rest = _rest(call, replace(query, cursor=page.cursor), users, as_table=as_table)
    head = _rows([COLUMNS]) if as_table else b""
    first = head + _piece(page.items, users, as_table=as_table)
    return Reply(200, first, (saved_as,), CSV if as_table else JSONL, stream=rest)


async def _rest(call: Call, query: Query, users: dict[int, User], *, as_table: bool) -> AsyncIterator[bytes]:
    while query.cursor is not None:
        page = await call.service.activities.list(call.who, query)
        if as_table and not {activity.owner_id for activity in page.items} <= users.keys():  # added meanwhile
            users = {user.id: user for user in await call.service.identities.users(call.who.account_id)}
        yield _piece(page.items, users, as_table=as_table)
        query = replace(query, cursor=page.cursor)


def _piece(activities: Sequence[Activity], users: dict[int, User], *, as_table: bool) -> bytes:
    if as_table:
        return _rows(cells_of(activity, users) for activity in activities)
    return b"".join(encode(mapping.show(activity)) + b"\n" for activity in activities)


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


OPERATION: Final = Operation(
    method="GET",
    path="/v1/activities/export",
    handler=export_activities,
    name="exportActivities",
    summary="Get a list of activities as a file",
    detail="All that the list finds, however many, as CSV or JSONL. Asks for the scope records:read too.",
    scope="activities:read",
    query=schema.ExportQuery,
    reply=str,
    sends=(CSV.partition(";")[0], JSONL),
)
