"""The statements about counted calls: added up in the database, because several processes count."""

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from dayline.store.statement import Insert, Statement, arrays, statement
from dayline.store.tables import v1_calls

_KEYS = ("account_id", "token_id", "agent", "called")


def _add() -> Statement:
    """Add to the rows with these keys, or begin them. Given the columns in the table's order."""
    names = tuple(column.name for column in v1_calls.columns)
    one = sqlite.insert(v1_calls).values({name: bindparam(name) for name in names})
    given = arrays(v1_calls, names)
    many = postgresql.insert(v1_calls).from_select(names, select(*(given.c[name] for name in names)))
    return Statement(_added(one), names, _added(many))


def _added(insert: Insert) -> Insert:
    more, last = v1_calls.c.calls + insert.excluded.calls, insert.excluded.last_at
    return insert.on_conflict_do_update(index_elements=_KEYS, set_={"calls": more, "last_at": last})


ADD = _add()
LIST = statement(
    select(*(column for column in v1_calls.columns if column.name != "account_id"))
    .where(v1_calls.c.account_id == bindparam("account_id"))
    .order_by(v1_calls.c.token_id, v1_calls.c.agent, v1_calls.c.called),
    "account_id",
)
