"""Sessions and passwords: the handlers, then the table of operations. Paths are below the mount ``/dayline``.

It must never let a token set a password or make a link: what these open would outlive it.
"""

from typing import Any, Final

from dayline.domain.identity import User
from dayline.domain.signing import Session
from dayline.domain.time import format_instant
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.names import parse_identity
from dayline.native.sessions import schema
from dayline.service.signing import check_signed_in


async def list_sessions(call: Asked[schema.SessionsQuery, None]) -> Reply:
    """List a user's sessions."""
    user_id = call.query.user_id or call.who.user_id
    found = await call.service.signing.sessions(call.who, user_id)
    shown = [_show(session, current=session.id == call.who.session) for session in found]
    return Reply(200, encode(schema.SessionList(data=shown)))


def _show(session: Session, *, current: bool) -> schema.Session:
    return schema.Session(
        id=session.id,
        user_id=session.user_id,
        created_at=format_instant(session.created_at),
        used_at=format_instant(session.used_at),
        expires_at=format_instant(session.expires_at),
        agent=session.agent,
        current=current,
    )


async def end_session(call: Asked[NoQuery, None]) -> Reply:
    """End a session."""
    await call.service.signing.end(call.who, call.path["id"])
    return Reply(204)


async def change_my_password(call: Asked[NoQuery, schema.OwnPassword]) -> Reply:
    """Change one's own password."""
    user = await call.service.people.get(call.who, call.who.user_id)
    await call.service.passwords.change_own(call.who, user, call.body.current, call.body.password)
    return Reply(204)


async def set_password(call: Asked[NoQuery, schema.NewPassword]) -> Reply:
    """Set a user's password."""
    check_signed_in(call.who)
    await call.service.passwords.set_for(call.who, await _user(call), call.body.password)
    return Reply(204)


async def make_link(call: Asked[NoQuery, None]) -> Reply:
    """Make a link that signs a user in once."""
    check_signed_in(call.who)
    credential, ends = await call.service.signing.invite(call.who, await _user(call))
    url = f"{call.base_url}/sign-in/{credential}"
    return Reply(200, encode(schema.Link(url=url, expires_at=format_instant(ends))))


async def _user(call: Asked[NoQuery, Any]) -> User:
    return await call.service.people.get(call.who, parse_identity(call.path["id"]))


_USER: Final = {"id": "The user's id, UUID or slug."}
_SIGNED_IN: Final = "Only for somebody who is signed in at the page, not with a token."

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/sessions",
        handler=list_sessions,
        name="listSessions",
        summary="List the browsers that are signed in",
        detail="The caller's own, or another user's for an admin.",
        scope="admin",
        query=schema.SessionsQuery,
        reply=schema.SessionList,
    ),
    Operation(
        method="DELETE",
        path="/v1/sessions/{id}",
        handler=end_session,
        name="endSession",
        summary="Sign a browser out",
        detail="At once, and everywhere. One's own, or anybody's for an admin.",
        scope="admin",
        reply=None,
        status=204,
        path_help={"id": "The session's id."},
    ),
    Operation(
        method="PUT",
        path="/v1/users/me/password",
        handler=change_my_password,
        name="changeMyPassword",
        summary="Change one's own password",
        detail=f"All other sessions end. {_SIGNED_IN}",
        scope="admin",
        body=schema.OwnPassword,
        reply=None,
        status=204,
    ),
    Operation(
        method="PUT",
        path="/v1/users/{id}/password",
        handler=set_password,
        name="setPassword",
        summary="Set another user's password",
        detail=f"For admins. The user's sessions end. {_SIGNED_IN}",
        scope="admin",
        body=schema.NewPassword,
        reply=None,
        status=204,
        path_help=_USER,
    ),
    Operation(
        method="PUT",
        path="/v1/users/{id}/link",
        handler=make_link,
        name="makeSignInLink",
        summary="Make a link that signs a user in once",
        detail=f"For admins, to let somebody else in; it lasts for a day. {_SIGNED_IN}",
        scope="admin",
        reply=schema.Link,
        path_help=_USER,
    ),
)
