"""``dayline webhooks pause``, ``resume``, ``rotate``, ``resend``, ``delete``: what becomes of one that there is.

It must never show a secret but a new one.
"""

from typing import Annotated, Final

import msgspec
import typer

from dayline.cli.deliveries import Id, Json
from dayline.cli.frame import AccountName, Database, account_of, operator, with_service
from dayline.domain.time import format_instant
from dayline.domain.webhook import Webhook, WebhookChange
from dayline.native.webhooks import mapping
from dayline.native.webhooks.face import FORMER, SECRET
from dayline.service import Service
from dayline.service.webhooks import NEVER_SENT, new_signing_secret

KEEP: Final = "Keep it: it is sealed and cannot be shown again. How to verify with it: docs/webhooks.md"


def pause_webhook(id_: Id, account: AccountName = None, database: Database = None) -> None:
    """Send nothing to a webhook until it is resumed.

    What happens meanwhile is not lost: it is told once the webhook goes on, as far back as the change log is kept. What
    is being sent at this moment still arrives. A replay waits, too, and a test is refused.

    **Example:** `dayline webhooks pause 3`
    """
    _set_active(id_, active=False, account=account, database=database)
    typer.echo(f"Webhook {id_} is paused. It goes on where it was with: dayline webhooks resume {id_}")


def resume_webhook(id_: Id, account: AccountName = None, database: Database = None) -> None:
    """Go on with a webhook that was paused, where it was: it is told first of what happened meanwhile.

    Should that not be wanted, remove it and make another, which is told of what happens from then on.

    **Example:** `dayline webhooks resume 3`
    """
    _set_active(id_, active=True, account=account, database=database)
    typer.echo(f"Webhook {id_} goes on. See how it is doing with: dayline webhooks show {id_}")


def _set_active(id_: int, *, active: bool, account: str | None, database: str | None) -> None:
    async def work(service: Service) -> None:
        who = operator(await account_of(service, account))
        await service.webhooks.change(who, id_, WebhookChange(active=active), lambda _: None)

    with_service(database, work)


def rotate_secret(id_: Id, account: AccountName = None, database: Database = None, json: Json = False) -> None:
    """Sign with another secret from now on, which is shown this once.

    For 24 hours each event carries the signature by the former secret too. So nothing has to be done at the same
    moment: rotate, give the receiver the new secret, and see with `dayline webhooks test` that it is taken. Has the
    former one leaked, rotate twice: then it ends at once. Only for webhooks in Dayline's own words; others are given
    their secrets in the API where they were made.

    **Example:** `dayline webhooks rotate 3`
    """

    secret = new_signing_secret()

    async def work(service: Service) -> Webhook:
        who = operator(await account_of(service, account))
        mapping.check_own(await service.webhooks.get(who, id_))
        return await service.webhooks.rotate(who, id_, secret, (SECRET, FORMER), lambda changed: changed, None)

    changed = with_service(database, work)
    if json:
        typer.echo(msgspec.json.encode(mapping.issued(mapping.show(changed, NEVER_SENT), secret)))
        return
    typer.echo(f"  secret    {secret}")
    typer.echo(f"            {KEEP}")
    typer.echo(f"  former    signs too until {format_instant(changed.until)}")
    typer.echo(f"  try       dayline webhooks test {id_}")


def resend(
    id_: Id,
    delivery: Annotated[
        str, typer.Argument(metavar="DELIVERY", help="Its id, as `dayline webhooks deliveries ID --json` shows it.")
    ],
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Send a delivery again, under the id that its event had, as the webhook's owner may see it now.

    **Example:** `dayline webhooks resend 3 0198f2c4-6b1e-7c3a-9f00-2f1d6a1b7c55`
    """

    async def work(service: Service) -> str:
        who = operator(await account_of(service, account))
        return await service.webhooks.deliver_again(who, id_, delivery, str)

    event = with_service(database, work)
    typer.echo(f"Event {event} is sent again. How it went: dayline webhooks deliveries {id_} --event {event}")


def delete_webhook(id_: Id, account: AccountName = None, database: Database = None) -> None:
    """Remove a webhook with all that waits for it, for good.

    **Example:** `dayline webhooks delete 3`
    """

    async def work(service: Service) -> Webhook:
        return await service.webhooks.delete(operator(await account_of(service, account)), id_, lambda gone: gone)

    typer.echo(f"Webhook {with_service(database, work).id} is gone. What was sent to it stays in the log.")
