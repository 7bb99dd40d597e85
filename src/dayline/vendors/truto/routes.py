"""Truto's unified ATS activities: the table of operations, and the credentials.

Follows Truto's page for creating activities and its API reference (read 2026-11-21).
"""

from typing import Final

from starlette.requests import Request

from dayline.domain.errors import Forbidden, Unauthenticated
from dayline.domain.identity import Principal
from dayline.kit.dialect import Dialect, Operation
from dayline.kit.wire import local_path
from dayline.vendors.truto import activities, schema
from dayline.vendors.truto.accounts.routes import OPERATIONS as ACCOUNTS
from dayline.vendors.truto.desk import Desk
from dayline.vendors.truto.errors import envelope, of_body
from dayline.vendors.truto.hearing import CALLED, heard
from dayline.vendors.truto.limits import POLICY
from dayline.vendors.truto.tongue import TONGUE
from dayline.vendors.truto.webhooks.routes import OPERATIONS as WEBHOOKS

ROOT: Final = "/unified/ats/activities"
META: Final = "/unified/meta/ats/{integration}"
_ID: Final = {"id": "The activity's id: that of the other system, or in Dayline's own store its UUID."}
_FORCE: Final = f"`{activities.SEND}` sends a note that an earlier request with the same key may have written."
_METHOD: Final = {"method": "`list`, `get`, `create`, `update` or `delete`."}
_INTEGRATION: Final = {"integration": "`ashby`, `lever`, `recruitee` or `dayline`."}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path=ROOT,
        handler=heard(activities.list_activities),
        name="listActivities",
        summary="List activities",
        detail="Of one candidate where the other system keeps them so; Dayline's own store has them all.",
        scope="activities:read",
        query=schema.ListQuery,
        reply=schema.ActivityList,
        failures=CALLED,
    ),
    Operation(
        method="POST",
        path=ROOT,
        handler=heard(activities.create_activity),
        name="createActivity",
        summary="Create an activity",
        detail="A note, or in Dayline's own store an email too. Which fields are needed and taken is told by `meta`.",
        scope="activities:write",
        query=schema.OneQuery,
        body=schema.ActivityRequest,
        extensions=frozenset(activities.OWN_FIELDS),
        reply=schema.Activity,
        status=201,
        failures=CALLED,
        envelope=of_body,
        heeds={activities.FORCE: _FORCE},
    ),
    Operation(
        method="GET",
        path=f"{ROOT}/meta/{{method}}",
        handler=heard(activities.describe_method),
        name="describeMethodOfAccount",
        summary="What a method needs for an integrated account",
        scope="activities:read",
        query=schema.ConnectionQuery,
        reply=schema.MethodMeta,
        path_help=_METHOD,
    ),
    Operation(
        method="GET",
        path=f"{ROOT}/{{integration}}/meta/{{method}}",
        handler=heard(activities.describe_method_of),
        name="describeMethod",
        summary="What a method needs for an integration",
        scope="activities:read",
        reply=schema.MethodMeta,
        path_help=_INTEGRATION | _METHOD,
    ),
    Operation(
        method="GET",
        path=f"{ROOT}/{{id}}",
        handler=heard(activities.get_activity),
        name="getActivity",
        summary="Get an activity",
        scope="activities:read",
        query=schema.GetQuery,
        reply=schema.Activity,
        path_help=_ID,
        failures=CALLED,
    ),
    Operation(
        method="PATCH",
        path=f"{ROOT}/{{id}}",
        handler=heard(activities.change_activity),
        name="updateActivity",
        summary="Change an activity of Dayline's own store",
        detail="What is left out stays, null clears, a list replaces the list.",
        scope="activities:write",
        query=schema.OneQuery,
        body=schema.ActivityRequest,
        extensions=frozenset(activities.OWN_FIELDS),
        reply=schema.Activity,
        path_help=_ID,
        failures=CALLED,
        envelope=of_body,
    ),
    Operation(
        method="DELETE",
        path=f"{ROOT}/{{id}}",
        handler=heard(activities.delete_activity),
        name="deleteActivity",
        summary="Delete an activity of Dayline's own store",
        scope="activities:write",
        query=schema.OneQuery,
        reply=schema.Deleted,
        path_help=_ID,
        failures=CALLED,
    ),
    Operation(
        method="GET",
        path=META,
        handler=heard(activities.describe_model),
        name="describeModel",
        summary="What all methods need for an integration",
        detail="As JSON, Markdown or a page.",
        scope="activities:read",
        query=schema.MetaQuery,
        reply=schema.ModelMeta,
        sends=("text/markdown", "text/html"),
        path_help=_INTEGRATION,
    ),
    *ACCOUNTS,
    *WEBHOOKS,
)


async def authenticate(request: Request, desk: Desk) -> Principal:
    """Find the caller by bearer token. Raises Unauthenticated, and Forbidden where a token of one account cannot go."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("Send an API token: Authorization: Bearer <token>")
    who = await desk.service.identities.principal(credential.strip(), integrated=True)
    if who.integrated_account_id is not None and not _reachable(local_path(request.scope)):
        raise Forbidden("A token for one integrated account cannot be used here.")
    return who


def _reachable(path: str) -> bool:
    """Whether a token for one integrated account may go there at all."""
    unified = path.startswith("/unified/") and not path.startswith("/unified/meta/")
    return unified or path == "/integrated-account/me"


DIALECT: Final = Dialect(
    name="truto",
    title="Truto unified ATS API",
    version="1.0.0",
    description="One API into customers' Ashby, Lever and Recruitee, and into Dayline's own store: Truto's unified"
    " ATS activities, the integrated accounts behind them, and webhooks.",
    operations=OPERATIONS,
    authenticate=authenticate,
    envelope=envelope,
    errors=(schema.Error,),
    claims=("/unified", "/integrated-account", "/integration", "/log", "/ping", "/webhook"),
    security_schemes={"bearer": {"type": "http", "scheme": "bearer"}},
    keyed=frozenset({"POST", "PATCH"}),
    limits=POLICY,
    tongue=TONGUE,
)
