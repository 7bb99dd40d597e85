"""The domain's users as Pipedrive shows them. Pure."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from dayline.domain import identity as domain
from dayline.vendors.pipedrive.answers import v1_instant
from dayline.vendors.pipedrive.users import schema

_NOT_IN_DOMAINS: Final = re.compile(r"[^a-z0-9]+")
# Nobody can look a permission set up here; it only has to be the same for all who have the same.
_PERMISSIONS: Final = {
    (app, admin): str(uuid5(NAMESPACE_URL, f"dayline:permissions:{app}:{admin}"))
    for app in ("sales", "global")
    for admin in (False, True)
}


def show(user: domain.User, caller_id: int, now: int) -> schema.User:
    """The user as Pipedrive shows him to the caller; ``now`` is in ms UTC."""
    return schema.User(**_fields(user, caller_id, now))


def show_current(user: domain.User, account: domain.Account, now: int) -> schema.CurrentUser:
    """The caller as Pipedrive shows him to himself."""
    plain = _NOT_IN_DOMAINS.sub("-", account.name.lower()).strip("-")
    return schema.CurrentUser(
        **_fields(user, user.id, now),
        company_id=account.id,
        company_name=account.name,
        company_domain=plain or f"account-{account.id}",
    )


def _fields(user: domain.User, caller_id: int, now: int) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "activated": user.active,
        "created": v1_instant(user.created_at),
        "modified": v1_instant(user.updated_at),
        "access": _access(user.role == "admin"),
        "active_flag": user.active,
        "timezone_name": user.zone,
        "timezone_offset": _offset(user.zone, now),
        "is_you": user.id == caller_id,
    }


def _access(admin: bool) -> list[schema.UserAccess]:
    return [
        schema.UserAccess(app="sales", admin=admin, permission_set_id=_PERMISSIONS["sales", admin]),
        schema.UserAccess(app="global", admin=admin, permission_set_id=_PERMISSIONS["global", admin]),
    ]


def _offset(zone: str, now: int) -> str:
    moment = dt.datetime.fromtimestamp(now // 1000, ZoneInfo(zone))
    return moment.isoformat(timespec="minutes")[-6:]


def find(users: Iterable[domain.User], query: schema.FindQuery) -> list[domain.User]:
    """Those whose name, or email address, has the term in it."""
    term = query.term.casefold()
    return [user for user in users if term in (user.email if query.search_by_email else user.name).casefold()]
