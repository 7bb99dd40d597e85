"""What happened: the handlers, then the table of operations. Paths are below the mount ``/dayline``."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.history import Change
from dayline.domain.identity import User
from dayline.domain.time import format_instant
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.activities.mapping import parse_id, show
from dayline.native.answers import Asked, encode
from dayline.native.history import schema

# They follow from the change itself, which says when and by whom it was.
_APART: Final = frozenset(("revision", "updated_at", "editor_id"))


async def get_latest(call: Asked[NoQuery, None]) -> Reply:
    """Tell where the change log ends."""
    return Reply(200, encode(schema.Latest(sequence=await call.service.history.latest(call.who))))


async def get_history(call: Asked[schema.HistoryQuery, None]) -> Reply:
    """Tell what happened to an activity."""
    activity = await call.service.activities.get(call.who, parse_id(call.path["id"]))
    past = await call.service.history.of(call.who, activity, call.query.limit, call.query.cursor)
    shown = [_show(change, past.users) for change in past.page.items]
    return Reply(200, encode(schema.History(data=shown, next_cursor=past.page.cursor)))


def _show(change: Change, users: dict[int, User]) -> schema.Change:
    user = users.get(change.user_id)
    return schema.Change(
        sequence=change.sequence,
        at=format_instant(change.at),
        user=None if user is None else schema.Author(id=user.id, name=user.name),
        via=change.via,
        action=change.action,
        fields=list(_fields(change)) if change.action == "changed" else [],
    )


def _fields(change: Change) -> Iterator[schema.FieldChange]:
    if change.before is None or change.after is None:
        return
    before, after = _plain(change.before), _plain(change.after)
    for name, value in after.items():
        if name not in _APART and before[name] != value:
            yield schema.FieldChange(name=name, before=before[name], after=value)


def _plain(activity: Activity) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(show(activity))
    return plain


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/changes/latest",
        handler=get_latest,
        name="getLatestChange",
        summary="Get the number of the last change",
        detail="It costs next to nothing: ask again and again, and read anew when it has gone up.",
        scope="activities:read",
        reply=schema.Latest,
    ),
    Operation(
        method="GET",
        path="/v1/activities/{id}/history",
        handler=get_history,
        name="getActivityHistory",
        summary="Tell what happened to an activity",
        detail="By whom, when, by which way, and which fields it changed. The latest first.",
        scope="activities:read",
        query=schema.HistoryQuery,
        reply=schema.History,
        path_help={"id": "The id or the UUID of the activity."},
    ),
)
