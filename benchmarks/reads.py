"""The two reads that a database's limit is measured by: one body by primary key, and a page of one body column."""

from sqlalchemy import BigInteger, bindparam, literal_column, select

from dayline.store.statement import statement
from dayline.store.tables import LIVING, activities

_at = activities.c
_account = bindparam("account_id", type_=BigInteger)

GET = statement(
    select(_at.body).where(_at.account_id == _account, _at.id == bindparam("id", type_=BigInteger)), "account_id", "id"
)
LIST = statement(
    select(_at.id, _at.body)
    .where(
        _at.account_id == _account,
        _at.deleted_at == literal_column(str(LIVING)),
        _at.id > bindparam("after_id", type_=BigInteger),
    )
    .order_by(_at.id)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),
    "account_id",
    "after_id",
    "limit",
)
WARM_PAGES = 20  # how many different pages a warm list goes through, here and over HTTP
