"""The view of one activity in every dialect: the handler, and the operation over the dialects that there are."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.errors import Forbidden
from dayline.domain.fields import can_say, said
from dayline.kit.dialect import Dialect, NoQuery, Operation, Reply, Tongue
from dayline.native.activities.mapping import parse_id
from dayline.native.answers import Asked, encode, etag
from dayline.native.dialects import schema

Handler = Callable[[Asked[NoQuery, None]], Awaitable[Reply]]
Named = tuple[str, str, Tongue]


def operations(dialects: Sequence[Dialect]) -> tuple[Operation, ...]:
    """The operation that shows an activity as these dialects do, those that can."""
    speaking = tuple((one.name, one.title, one.tongue) for one in dialects if one.tongue is not None)
    return (
        Operation(
            method="GET",
            path="/v1/activities/{id}/dialects",
            handler=_side_by_side(speaking),
            name="getActivityDialects",
            summary="Show an activity as every dialect does",
            detail="Side by side, each with what is stored and it leaves out. Asks for the scope records:read too.",
            scope="activities:read",
            reply=schema.Renderings,
            path_help={"id": "The id or the UUID of the activity."},
        ),
    )


def _side_by_side(speaking: Sequence[Named]) -> Handler:
    async def get_dialects(call: Asked[NoQuery, None]) -> Reply:
        """Show one activity in every dialect."""
        if "records:read" not in call.who.scopes:
            raise Forbidden("the dialects name records and users, and the token lacks the scope records:read")
        activity = await call.service.activities.get(call.who, parse_id(call.path["id"]))
        shown = [await _rendering(call, activity, named) for named in speaking]
        view = schema.Renderings(id=activity.id, uuid=activity.uuid, revision=activity.revision, dialects=shown)
        return Reply(200, encode(view), (etag(activity.revision),))

    return get_dialects


async def _rendering(call: Asked[NoQuery, None], activity: Activity, named: Named) -> schema.Rendering:
    name, title, tongue = named
    shown = msgspec.Raw(await tongue.show(call.service, call.who, activity, call.base_url))
    return schema.Rendering(dialect=name, title=title, shown=shown, left_out=list(left_out(activity, tongue)))


def left_out(activity: Activity, tongue: Tongue) -> Iterator[str]:
    """What the activity says and the dialect does not, or not whole."""
    says, lacks = can_say(tongue.says), frozenset(tongue.lacks(activity))
    return (name for name in said(activity) if not says(name) or name in lacks)
