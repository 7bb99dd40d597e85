"""``dayline webhooks``: who is told of what happens, and how that goes. It must never show a secret but a new one."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from dayline.cli.deliveries import Id, Json, list_deliveries
from dayline.cli.frame import (
    AccountName,
    Database,
    NotSo,
    account_of,
    fail,
    operator,
    plain,
    user_of,
    with_service,
)
from dayline.cli.remote_log import instant
from dayline.cli.webhook_changes import KEEP, delete_webhook, pause_webhook, resend, resume_webhook, rotate_secret
from dayline.domain.delivery import Delivery, DeliveryFilter
from dayline.domain.errors import NotFound, invalid
from dayline.domain.identity import Principal
from dayline.domain.record import KINDS, RecordKey, Ref
from dayline.domain.time import format_instant, now_ms
from dayline.domain.webhook import NewWebhook, Webhook
from dayline.native.names import parse_identity
from dayline.native.webhooks import mapping
from dayline.native.webhooks.events import EVENTS
from dayline.native.webhooks.face import NAME, SECRET
from dayline.service import Service
from dayline.service.webhooks import Health, Span, new_signing_secret

webhooks = typer.Typer(help="Who is told of what happens: make, try and watch webhooks.", no_args_is_help=True)
_PAGE = 500
_LOOK_EVERY = 0.2  # seconds
Told = tuple[Webhook, Health]


@webhooks.command("list")
def list_webhooks(
    face: Annotated[str | None, typer.Option(help="Only those in this dialect's words, such as `pipedrive`.")] = None,
    account: AccountName = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """List webhooks: id, state, dialect, how many deliveries wait, where they go, and since when one fails."""

    async def work(service: Service) -> list[Told]:
        who = operator(await account_of(service, account))
        found, after, more = list[Webhook](), 0, True
        while more:
            page, more = await service.webhooks.list(who, face, _PAGE, after)
            found += page
            after = page[-1].id if page else after
        return [(one, await service.webhooks.health(who, one)) for one in found]

    for told in with_service(database, work):
        typer.echo(msgspec.json.encode(mapping.show(*told)) if json else _line(*told))


@webhooks.command("create")
def create_webhook(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent: https, and a public address.")],
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Whose it is: it is told of what this user may see.")],
    name: Annotated[str, typer.Option(help="To know it again in the list.")] = "",
    event: Annotated[
        list[str] | None, typer.Option(help=f"Only this type, all when left out: {', '.join(EVENTS)}. Can be repeated.")
    ] = None,
    owner: Annotated[
        list[str] | None, typer.Option(metavar="EMAIL", help="Only activities of this user. Can be repeated.")
    ] = None,
    record: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:ID", help="Only activities on this record, such as deal:17. Can be repeated."),
    ] = None,
    account: AccountName = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Make a webhook in Dayline's own words, and print the secret that signs. It is shown this once.

    **Example:** `dayline webhooks create https://example.com/hook --user ann@acme.example --event activity.done`
    """
    secret, events = new_signing_secret(), tuple(dict.fromkeys(event or ()))

    async def work(service: Service) -> Webhook:
        chosen = await account_of(service, account)
        who = operator(chosen)
        new = NewWebhook(
            face=NAME,
            url=url,
            owner_id=(await user_of(service, chosen.id, user)).id,
            name=name,
            events=events,
            owners=tuple([(await user_of(service, chosen.id, email)).id for email in owner or ()]),
            records=tuple([await _ref(service, who, text) for text in record or ()]),
            secrets={SECRET: secret},
        )
        return await service.webhooks.create(who, new, lambda made: made)

    unknown = [type_ for type_ in events if type_ not in EVENTS]
    if unknown:
        fail(f"There is no event {unknown[0]!r}; there is {', '.join(EVENTS)}.")
    made = with_service(database, work)
    if json:
        typer.echo(msgspec.json.encode(mapping.issued(mapping.show(made, Health(None, 0, None)), secret)))
        return
    typer.echo(f"  webhook   {made.id}")
    typer.echo(f"  secret    {secret}")
    typer.echo(f"            {KEEP}")
    typer.echo(f"  try       dayline webhooks test {made.id}")


async def _ref(service: Service, who: Principal, text: str) -> Ref:
    kind, _, name = text.partition(":")
    known = next((one for one in KINDS if one == kind and name), None)
    if known is None:
        raise invalid("--record", f"expected KIND:ID as in deal:17, the kind one of {', '.join(KINDS)}")
    try:
        return (await service.records.get(who, RecordKey(known, parse_identity(name), "record"))).ref
    except NotFound:
        raise NotSo(f"There is no {kind} {name}.") from None


@webhooks.command("show")
def show_webhook(id_: Id, account: AccountName = None, database: Database = None, json: Json = False) -> None:
    """Show one with how it is doing, all but its secret, which nobody can see again."""

    async def work(service: Service) -> Told:
        who = operator(await account_of(service, account))
        found = await service.webhooks.get(who, id_)
        return found, await service.webhooks.health(who, found)

    shown = mapping.show(*with_service(database, work))
    if json:
        typer.echo(msgspec.json.encode(shown))
        return
    fields = msgspec.to_builtins(shown)
    for name, value in (fields | fields.pop("health")).items():
        if value not in (None, "", []):
            typer.echo(f"  {name:<22} {plain(_words(value))}")


@webhooks.command("test")
def try_webhook(
    id_: Id,
    wait: Annotated[
        float, typer.Option(min=0, max=600, metavar="SECONDS", help="How long to wait for what comes.")
    ] = 20.0,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Send a test that is signed as any event, and say how it went.

    A running `dayline serve` or `dayline worker` sends it.

    **Example:** `dayline webhooks test 3`
    """

    async def work(service: Service) -> Delivery | None:
        who = operator(await account_of(service, account))
        event_id, until = await service.webhooks.test(who, id_), time.monotonic() + wait
        while True:
            wanted = DeliveryFilter(webhook_id=id_, event_id=event_id)
            page = await service.webhooks.deliveries(who, wanted, 1, None)
            if page.items or time.monotonic() >= until:
                return page.items[0] if page.items else None
            await asyncio.sleep(_LOOK_EVERY)

    sent = with_service(database, work)
    if sent is None:
        fail("It has not been sent yet: is `dayline serve`, or `dayline worker`, running on this database?")
    if sent.outcome != "delivered":
        fail(f"It did not arrive: {plain(sent.error)} It is tried again: dayline webhooks deliveries {id_}")
    typer.echo(f"It arrived: {sent.status} after {sent.ms} ms (event {sent.event_id}).")


@webhooks.command("replay")
def replay_webhook(
    id_: Id,
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="From where on: `2h`, `7d`, a date or instant (UTC), or `change:1234`.")
    ],
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Tell a webhook again of what happened, each event under the id that it had, so that receivers know it again.

    **Example:** `dayline webhooks replay 3 --since 2h`
    """

    async def work(service: Service) -> Span:
        who = operator(await account_of(service, account))
        number = since.removeprefix("change:")
        if number != since and number.isascii() and number.isdecimal() and len(number) < 19:
            after = int(number)
        else:
            after = await service.webhooks.before(who, instant(since, now_ms()))
        return await service.webhooks.ask_replay(who, id_, after, lambda span: span)

    span = with_service(database, work)
    count = max(span.until - span.after, 0)
    typer.echo(f"{count:,} changes after change:{span.after} are looked at again, up to change:{span.until}.")


webhooks.command("deliveries")(list_deliveries)
webhooks.command("resend")(resend)
webhooks.command("pause")(pause_webhook)
webhooks.command("resume")(resume_webhook)
webhooks.command("rotate")(rotate_secret)
webhooks.command("delete")(delete_webhook)


def _line(webhook: Webhook, health: Health) -> str:
    state = "failing" if health.failing_since is not None else "active"
    fails = "" if health.failing_since is None else f"  failing since {format_instant(health.failing_since)}"
    missed = f"  missed what was up to change:{webhook.missed}" if webhook.missed else ""
    name = f"  {plain(webhook.name)}" if webhook.name else ""
    return (
        f"{webhook.id:>4}  {state if webhook.active else 'paused':<8} {webhook.face:<10} {health.waiting:>6} waiting"
        f"  {plain(webhook.url)}{name}{fails}{missed}"
    )


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {told}" for name, told in value.items() if told not in (None, ""))
    return _listed(value) if isinstance(value, list) else str(value)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(f"{one['kind']}:{one['id']}" if isinstance(one, dict) else str(one) for one in values)
