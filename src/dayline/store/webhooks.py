"""Webhooks as they are read: one, a page of them, and those that are to be told of something."""

from sqlalchemy import BindParameter, and_, bindparam, exists, literal_column, select, update

from dayline.domain.audit import Deed
from dayline.domain.webhook import Webhook
from dayline.store.audit import told_if
from dayline.store.database import Database
from dayline.store.rows import sealed_text, webhook_of
from dayline.store.statement import Call, Statement, statement
from dayline.store.tables import users, webhooks

_account: BindParameter[int] = bindparam("account_id")
_at = webhooks.c
_found = select(_at.body, _at.sealed, _at.cursor, _at.missed).where(_at.account_id == _account)


def _page(*, of_face: bool) -> Statement:
    chosen = _found.where(_at.id > bindparam("after"))
    if of_face:
        chosen = chosen.where(_at.face == bindparam("face"))
    bounded = chosen.order_by(_at.id).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(bounded, "account_id", "after", "limit", *(("face",) if of_face else ()))


PAGE = {of_face: _page(of_face=of_face) for of_face in (False, True)}
ONE = statement(_found.where(_at.id == bindparam("webhook_id")), "account_id", "webhook_id")
BY_UUID = statement(_found.where(_at.uuid == bindparam("uuid")), "account_id", "uuid")
# Those of a user who has left rest until he is back, as paused ones do.
_owned = exists().where(
    users.c.account_id == _account, users.c.id == _at.owner_id, users.c.active == literal_column("1")
)
TOLD = and_(_at.active == literal_column("1"), _owned)
"""Whether a webhook is told anything now."""
ACTIVE = statement(_found.where(TOLD).order_by(_at.id), "account_id")
# Only as it was read: who changed it meanwhile has sealed it himself.
SEAL_ANEW = statement(
    update(webhooks)
    .where(_at.account_id == _account, _at.id == bindparam("webhook_id"), _at.sealed == bindparam("before"))
    .values(sealed=bindparam("after"))
    .returning(_at.id),
    *("account_id", "webhook_id", "before", "after"),
)


class Webhooks:
    """Every method raises Unavailable when it cannot be done now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, account_id: int, id_: int | str) -> Webhook | None:
        """The webhook with this id or UUID, with its sealed secrets."""
        call = Call(BY_UUID if isinstance(id_, str) else ONE, [(account_id, id_)])
        rows = await self._database.fetch(call)
        return webhook_of(*rows[0]) if rows else None

    async def page(self, account_id: int, face: str | None, limit: int, after: int) -> tuple[list[Webhook], bool]:
        """One page by id, those after this one, and whether there are more."""
        given = (account_id, after, limit + 1, *(() if face is None else (face,)))
        rows = await self._database.scan(Call(PAGE[face is not None], [given]))
        return [webhook_of(*row) for row in rows[:limit]], len(rows) > limit

    async def active(self, account_id: int) -> list[Webhook]:
        """Those that are to be told."""
        rows = await self._database.fetch(Call(ACTIVE, [(account_id,)]))
        return [webhook_of(*row) for row in rows]

    async def seal_anew(self, account_id: int, found: Webhook, sealed: dict[str, str], deed: Deed) -> None:
        """Put these sealed secrets in the place of those that were found, unless they were changed meanwhile."""
        row = (account_id, found.id, sealed_text(found.sealed), sealed_text(sealed))
        await self._database.run(lambda: told_if(account_id, Call(SEAL_ANEW, [row]), deed))
