"""``dayline log``: what was called in other systems, and how that went. It must never show more than was logged."""

import re
from typing import Annotated

import msgspec
import typer

from dayline.cli.frame import AccountName, Database, NotSo, account_of, guarded, operator, plain, with_service
from dayline.domain.integrated import CallFilter, RemoteCall
from dayline.domain.time import DAY_MS, format_instant, now_ms, parse_instant
from dayline.service import Service

_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}
_PAGE = 500


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A call as ``--json`` prints it."""

    at: str
    integrated_account_id: str
    integration: str
    operation: str
    method: str
    path: str
    status: int | None
    ms: int
    result_count: int | None
    message: str
    request_id: str


def log(
    connection: Annotated[
        str | None, typer.Option(metavar="ID", help="Only calls for this integrated account.")
    ] = None,
    status: Annotated[int | None, typer.Option(min=100, max=599, help="Only answers with this status.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only calls that failed or were never answered.")] = False,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="How far back: `30m`, `2h`, `7d`, or a date or instant (UTC).")
    ] = "1d",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the latest.")] = 50,
    account: AccountName = None,
    database: Database = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
) -> None:
    """List calls to Ashby, Lever and Recruitee, the latest first: when, where, what, how it ended and how long it took.

    A running server writes them down within a second, and keeps them for `DAYLINE_LOG_DAYS` days. What was sent and
    answered is not in it, nor is any credential.

    **Example:** `dayline log --failed --since 2h`
    """
    wanted = CallFilter(
        integrated_account_id=connection, status=status, failed=failed, since=guarded(lambda: instant(since, now_ms()))
    )

    async def work(service: Service) -> list[RemoteCall]:
        who, found, cursor = operator(await account_of(service, account)), list[RemoteCall](), None
        while len(found) < limit:
            page = await service.remote_log.list(who, wanted, min(_PAGE, limit - len(found)), cursor)
            found += page.items
            cursor = page.cursor
            if cursor is None:
                break
        return found

    for call in with_service(database, work):
        typer.echo(msgspec.json.encode(_told(call)) if json else _line(call))


def instant(text: str, now: int) -> int:
    """Read ``2h``, a date or an instant, as ms UTC. Raises NotSo."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        return parse_instant(text)
    except ValueError:
        raise NotSo(f"{text!r} is no time: say 30m, 2h or 7d, or 2026-11-21 or 2026-11-21T14:30:00Z.") from None


def _told(call: RemoteCall) -> Told:
    same = {name: getattr(call, name) for name in Told.__struct_fields__}
    return Told(**{**same, "at": format_instant(call.at)})


def _line(call: RemoteCall) -> str:
    status = "no answer" if call.status is None else str(call.status)
    count = "" if call.result_count is None else f"{call.result_count}"
    return (
        f"{format_instant(call.at)}  {call.integrated_account_id}  {call.integration:<10} {call.operation:<18}"
        f" {status:<9} {call.ms:>6} ms {count:>5}  {plain(call.message)}"
    ).rstrip()
