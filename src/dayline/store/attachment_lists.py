"""An account's attachments in several orders, and the activity that one belongs to. Pages are numbered by offset.

An attachment whose activity is deleted is in none of these, as long as it is.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, literal_column, select
from sqlalchemy.sql import ClauseElement

from dayline.domain.filter import Sort
from dayline.store.lists import Viewer
from dayline.store.statement import Call, Statement, statement
from dayline.store.statements import seen_by
from dayline.store.tables import LIVING, activities, attachments

_account: ColumnElement[int] = bindparam("account_id")
_at = attachments.c


def list_attachments(viewer: Viewer, sort: Sort, limit: int, offset: int) -> Call:
    """One page and a row more, which tells whether there is another page. Rows are (id, activity's id)."""
    asked = (viewer.account_id, viewer.user_id, int(viewer.admin), limit + 1, offset)
    return Call(LISTS[sort], [asked])


def _living() -> Select[Any]:
    """The attachments of the account whose activities live."""
    theirs = and_(activities.c.account_id == _at.account_id, activities.c.id == _at.activity_id)
    found = select(_at.id, _at.activity_id).join(activities, theirs)
    kept = _at.gone == literal_column("0")
    return found.where(_at.account_id == _account, kept, activities.c.deleted_at == literal_column(str(LIVING)))


def _list(column: ColumnElement[int], descending: bool) -> Statement:
    def page() -> ClauseElement:
        seen = seen_by(bindparam("admin", type_=BigInteger) == literal_column("1"), bindparam("user_id"))
        keys = (key.desc() if descending else key.asc() for key in (column, _at.id))
        return _living().where(seen).order_by(*keys).limit(bindparam("limit")).offset(bindparam("offset"))

    return statement(page, "account_id", "user_id", "admin", "limit", "offset")


LISTS: dict[Sort, Statement] = {
    Sort(field, descending): _list(column, descending)  # type: ignore[arg-type]
    for field, column in (("id", _at.id), ("updated_at", _at.updated_at))
    for descending in (False, True)
}
WHOSE = statement(_living().where(_at.id == bindparam("id")), "account_id", "id")
