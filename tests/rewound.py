"""A webhook that stands at an earlier change again. Dayline itself replays by a job, and moves no cursor back."""

from sqlalchemy import bindparam, update

from dayline.store.group import Steps
from dayline.store.statement import Call, statement
from dayline.store.statements import STIR
from dayline.store.store import Store
from dayline.store.tables import webhooks

_REWIND = statement(
    update(webhooks)
    .where(webhooks.c.account_id == bindparam("account_id"), webhooks.c.id == bindparam("webhook_id"))
    .values(cursor=bindparam("back_to")),
    *("account_id", "webhook_id", "back_to"),
)


async def rewind(store: Store, account_id: int, webhook_id: int, back_to: int) -> None:
    """Have a webhook told again of everything after this change."""

    def rewound() -> Steps[None]:
        yield Call(_REWIND, [(account_id, webhook_id, back_to)], many=True)
        yield Call(STIR, [(account_id, 0)], many=True)

    await store.database.run(rewound)
