"""The statements about counted calls: added up in the database, because several processes count."""

from sqlalchemy import Table, bindparam, select

from dayline.store.statement import Insert, Statement, statement, written_rows
from dayline.store.tables import calls, metered_calls


def _add(table: Table) -> Statement:
    """Add to the rows with these keys, or begin them. Given the columns in the table's order."""
    return written_rows(table, lambda insert: _added(table, insert))


def _added(table: Table, insert: Insert) -> Insert:
    keys = sorted(key.name for key in table.primary_key)
    more, last = table.c.calls + insert.excluded.calls, insert.excluded.last_at
    return insert.on_conflict_do_update(index_elements=keys, set_={"calls": more, "last_at": last})


ADD = _add(metered_calls)
LIST = statement(
    select(*(column for column in metered_calls.columns if column.name != "account_id"))
    .where(metered_calls.c.account_id == bindparam("account_id"))
    .order_by(metered_calls.c.token_id, metered_calls.c.agent, metered_calls.c.called),
    "account_id",
)
ADD_SEEN = _add(calls)
SEEN = statement(
    select(*(column for column in calls.columns if column.name != "account_id"))
    .where(calls.c.account_id == bindparam("account_id"), calls.c.hour >= bindparam("since"))
    .order_by(calls.c.token_id, calls.c.surface, calls.c.hour),
    "account_id",
    "since",
)
OLD_SEEN = statement(
    calls.delete().where(calls.c.account_id == bindparam("account_id"), calls.c.hour < bindparam("before")),
    "account_id",
    "before",
)
