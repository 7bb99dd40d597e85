"""``dayline pipedrive v1-report``: who has still to move to Pipedrive's API v2, and how."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated

import typer

from dayline.cli.frame import AccountName, Database, account_of, plain, with_service
from dayline.domain.metered import Metered
from dayline.domain.time import DAY_MS, format_instant
from dayline.service import Service
from dayline.vendors.pipedrive.migration import FIELDS, replacement

pipedrive = typer.Typer(help="What is about Pipedrive's surface alone.", no_args_is_help=True)


@pipedrive.command("v1-report")
def v1_report(
    days: Annotated[int, typer.Option(min=1, max=36_500, help="Who called in so many days up to now.")] = 30,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Say who still calls Pipedrive's API v1, which v2 call replaces each, and which fields change their names.

    Callers are told apart by token and User-Agent. A running server writes down what it counts once a minute.

    **Example:** `dayline pipedrive v1-report --days 7`
    """

    async def work(service: Service) -> list[str]:
        chosen = await account_of(service, account)
        since = service.store.clock() - days * DAY_MS
        calls = [call for call in await service.meter.calls(chosen.id) if call.last_at >= since]
        whose = await _owners(service, chosen.id)
        return list(_report(f"Account {chosen.name!r}", days, calls, whose))

    for line in with_service(database, work):
        typer.echo(line)


async def _owners(service: Service, account_id: int) -> dict[int, str]:
    """Each token as people know it."""
    people = {user.id: user.email for user in await service.identities.users(account_id)}
    tokens = await service.identities.tokens(account_id)
    return {token.id: f"token {token.id} {plain(token.name)!r} of {people[token.user_id]}" for token in tokens}


def _report(account: str, days: int, calls: Sequence[Metered], whose: dict[int, str]) -> Iterator[str]:
    clients = [(key, list(rows)) for key, rows in groupby(calls, key=lambda call: (call.token_id, call.agent))]
    if not clients:
        yield f"{account}: nobody called API v1 in the last {days} days."
        return
    many = "1 client" if len(clients) == 1 else f"{len(clients)} clients"
    yield f"{account}: {many} called API v1 in the last {days} days."
    for (token_id, agent), rows in clients:
        yield from ("", f"{plain(agent) or '(no User-Agent)'}, with {whose.get(token_id, f'token {token_id}')}")
        for row in rows:
            yield from _told(row)
    replaced = (replacement(call.called) for call in calls)
    if any(found is not None and found.activity for found in replaced):
        yield from ("", "What changes in an activity:")
        yield from (f"  {old:<50}  {new}" for old, new in FIELDS)


def _told(call: Metered) -> Iterator[str]:
    first, last = (format_instant(at)[:10] for at in (call.first_at, call.last_at))
    times = "once" if call.calls == 1 else f"{call.calls:,} times"
    yield f"  {call.called}  {times}, {first}" + (f" to {last}" if last != first else "")
    found = replacement(call.called)
    if found is None:
        yield "    stays: the vendor has no v2 call for it"
        return
    yield f"    is now {found.call}"
    yield from (f"      {change}" for change in found.parameters)
