"""``dayline audit``: who did what, when, with which token and from where. It must never print a secret."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, cast

import msgspec
import typer

from dayline.cli.frame import AccountName, Database, NotSo, account_of, guarded, operator, plain, user_of, with_service
from dayline.cli.remote_log import instant
from dayline.domain.audit import AuditFilter
from dayline.domain.history import Via
from dayline.domain.origin import plain_address
from dayline.domain.time import now_ms
from dayline.native.audit.mapping import show_rows
from dayline.native.audit.schema import AuditRow
from dayline.service import Service

_PAGE = 200
_ENTITY = re.compile(r"([a-z_]{1,64})(?::([0-9]{1,15}))?")
_VIA = ("token", "page", "command line", "worker")
_HEAD = ("AT", "WHO", "BY", "FROM", "WHAT")
_WIDEST = (20, 28, 30, 39)  # columns of a terminal; the last one takes the rest


def audit(
    user: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only what this user did.")] = None,
    token: Annotated[int | None, typer.Option(metavar="ID", help="Only what was done with this token.")] = None,
    surface: Annotated[
        str | None, typer.Option(help="Only what came by this surface: pipedrive, atz, dayline, page, worker …")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Only what came from this network address; of commands, os:NAME.")
    ] = None,
    entity: Annotated[
        str | None, typer.Option(metavar="KIND[:ID]", help="Only what was done to these: token, activity:7, user:3 …")
    ] = None,
    action: Annotated[
        str | None, typer.Option(help="Only: created, changed, deleted, restored, purged or refused.")
    ] = None,
    via: Annotated[str | None, typer.Option(help=f"Only by way of: {', '.join(_VIA)}.")] = None,
    request: Annotated[str | None, typer.Option(metavar="ID", help="Only what this request did.")] = None,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="How far back: `30m`, `2h`, `7d`, or a date or instant (UTC).")
    ] = "7d",
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to then, and without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many, the latest.")] = 100,
    account: AccountName = None,
    database: Database = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, with what was changed.")] = False,
) -> None:
    """Tell who did what, the latest first: every write, every sign-in, every replay, from wherever it came.

    **Example:** `dayline audit --entity token --since 30d`
    """
    now = now_ms()
    kind, id_ = guarded(lambda: _entity(entity))
    wanted = AuditFilter(
        token_id=token,
        via=guarded(lambda: _via(via)),
        surface=surface,
        address=address and (plain_address(address) or address),
        request_id=request,
        action=action,
        entity=kind,
        entity_id=id_,
        since=guarded(lambda: instant(since, now)),
        until=None if until is None else guarded(lambda: instant(until, now)),
    )

    async def work(service: Service) -> list[AuditRow]:
        chosen = await account_of(service, account)
        who = None if user is None else (await user_of(service, chosen.id, user)).id
        asked = msgspec.structs.replace(wanted, user_id=who)
        found: list[AuditRow] = []
        async for page in service.audit.all(operator(chosen), asked, min(_PAGE, limit)):
            found += show_rows(page, cut=None if json else 0)
            if len(found) >= limit:
                break
        return found[:limit]

    rows = with_service(database, work)
    if json:
        for row in rows:
            typer.echo(msgspec.json.encode(row))
    else:
        typer.echo("\n".join(_table(rows)) if rows else f"Nothing of that was done since {since}.")


def _entity(text: str | None) -> tuple[str | None, int | None]:
    if text is None:
        return None, None
    match = _ENTITY.fullmatch(text)
    if match is None:
        raise NotSo(f"{text!r} is no kind of thing: say `token`, or `token:3` for a single one.")
    return match[1], None if match[2] is None else int(match[2])


def _via(text: str | None) -> Via | None:
    if text is not None and text not in _VIA:
        raise NotSo(f"{text!r} is no way in: say one of {', '.join(_VIA)}.")
    return cast(Via | None, text)


def _table(rows: Iterable[AuditRow]) -> Iterable[str]:
    """Columns as wide as what is in them, up to a bound."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [min(most, max(len(row[place]) for row in cells)) for place, most in enumerate(_WIDEST)]
    for row in cells:
        fixed = (_fitted(cell, width) for cell, width in zip(row, widths, strict=False))
        yield "  ".join((*fixed, row[-1]))


def _cells(row: AuditRow) -> tuple[str, ...]:
    by: Any = row.via if row.token is None else f"token {row.token.id} {row.token.name}".rstrip()
    if row.surface not in ("", row.via):
        by = f"{by}, {row.surface}"
    who = "" if row.user is None else row.user.name
    return tuple(plain(cell) for cell in (row.at, who, by, row.address, row.summary))


def _fitted(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else f"{cell[: width - 1]}…"
