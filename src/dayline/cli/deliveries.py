"""``dayline webhooks deliveries``: what was sent to a webhook, and what came back. It must never show a credential."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from dayline.cli.frame import AccountName, Database, account_of, guarded, operator, plain, with_service
from dayline.cli.remote_log import instant
from dayline.domain.delivery import Delivery, DeliveryFilter, Outcome
from dayline.domain.time import format_instant, now_ms
from dayline.native.webhooks import mapping
from dayline.service import Service

_PAGE = 500
Id = Annotated[int, typer.Argument(metavar="ID", help="Its id, as `dayline webhooks list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, as the API has it.")]


class Ending(StrEnum):
    """How a delivery may end."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given-up"


_OUTCOMES: dict[Ending, Outcome] = {
    Ending.DELIVERED: "delivered",
    Ending.FAILED: "failed",
    Ending.GIVEN_UP: "given up",
}


def list_deliveries(
    id_: Id,
    outcome: Annotated[Ending | None, typer.Option(help="Only those that ended so.")] = None,
    event: Annotated[str | None, typer.Option(metavar="ID", help="Only of this event.")] = None,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="How far back: `30m`, `2h`, `7d`, or a date or instant (UTC).")
    ] = "1d",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the latest.")] = 50,
    full: Annotated[bool, typer.Option("--full", help="With what was sent and what came back.")] = False,
    account: AccountName = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """List what was sent to a webhook, the latest first: when, what, how it ended, how long it took.

    **Example:** `dayline webhooks deliveries 3 --outcome failed --full`
    """
    begin = guarded(lambda: instant(since, now_ms()))
    ended = None if outcome is None else _OUTCOMES[outcome]
    wanted = DeliveryFilter(webhook_id=id_, event_id=event, outcome=ended, since=begin)

    async def work(service: Service) -> list[Delivery]:
        who, found, cursor = operator(await account_of(service, account)), list[Delivery](), None
        while len(found) < limit:
            page = await service.webhooks.deliveries(who, wanted, min(_PAGE, limit - len(found)), cursor)
            found += page.items
            cursor = page.cursor
            if cursor is None:
                break
        return found

    for one in with_service(database, work):
        if json:
            typer.echo(msgspec.json.encode(mapping.show_whole(one) if full else mapping.show_delivery(one)))
        else:
            typer.echo("\n".join((_sent(one), *(_whole(one) if full else ()))))


def _sent(one: Delivery) -> str:
    status = "no answer" if one.status is None else str(one.status)
    return (
        f"{format_instant(one.at)}  {one.event:<18} {one.outcome:<9} {status:<9} {one.ms:>6} ms  attempt {one.attempt}"
        f"  {one.event_id}  {plain(one.error)}"
    ).rstrip()


def _whole(one: Delivery) -> list[str]:
    """The request and the answer, a mark before each line of either."""
    lines = [f"  > POST {plain(one.url)}"]
    for mark, headers, body in (
        (">", one.request_headers, one.request_body),
        ("<", one.response_headers, one.response_body),
    ):
        lines += [
            f"  {mark} {plain(line)}" for line in (*headers.splitlines(), *([""] if body else ()), *body.splitlines())
        ]
    return lines
