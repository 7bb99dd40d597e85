"""What is done with activities: in a customer's own system, or in Dayline's own store where that is asked for.

It must never choose between them by anything but the integrated account.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final

import msgspec
from msgspec import UNSET

from dayline.domain.errors import Invalid, invalid
from dayline.domain.identity import Principal
from dayline.domain.integrated import check_reach
from dayline.kit.client import Streamed
from dayline.kit.dialect import Failure, NoQuery, Refused, Reply
from dayline.kit.params import Pairs
from dayline.remote.calls import Filters, Listed, Options, Outcome
from dayline.remote.connector import NewNote, RemoteActivity
from dayline.remote.errors import NotSupported
from dayline.service import Service
from dayline.vendors.truto import formats, local, mapping, meta, schema
from dayline.vendors.truto import local_mapping as own
from dayline.vendors.truto.desk import Asked, Desk, account_of
from dayline.vendors.truto.limits import spend

_encode: Final = msgspec.json.Encoder().encode
FORCE: Final = "Dayline-Force"
SEND: Final = "send"
OWN_FIELDS: Final = ("activity_type", "subject", "from", "to", "cc")
_NO_EMAILS: Final = "Other systems take notes here, and no emails: leave it out, or write to Dayline's own store."


async def list_activities(call: Asked[schema.ListQuery, None]) -> Reply:
    """List activities of candidates."""
    id_, query = await _account(call), call.query
    asked, form = mapping.read_asked(query), mapping.read_form(query)
    if id_ == own.ID:
        return await _own_list(call.service.service, call.who, asked, form)
    filters, options = _filters(asked), _options(call, query.remote_query)
    if form.format == "stream":
        return await _streamed(call.service.remote.stream_list(call.who, id_, filters, options))
    listed = await call.service.remote.list(call.who, id_, filters, options, whole=form.format == "raw")
    return formats.many(listed.items, listed.next_cursor, form, _made(listed))


async def _own_list(service: Service, who: Principal, asked: mapping.Asked, form: mapping.Form) -> Reply:
    """A page of Dayline's own store; of bytes that are kept, in the forms that a caller asks for page by page."""
    if form.format in ("unified", "normalized") and form.key_by is None:
        shown = await local.shown(service, who, asked, form)
        return Reply(200, _encode(mapping.page_of(shown.items, shown.cursor, len(shown.items))))
    page = await local.listed(service, who, asked)
    return formats.many(page.items, page.cursor, form)


async def get_activity(call: Asked[schema.GetQuery, None]) -> Reply:
    """Get one activity, where the system shows one by itself."""
    id_, query, activity_id = await _account(call), call.query, call.path["id"]
    form = mapping.read_form(query)
    if id_ == own.ID:
        return formats.one(200, await local.got(call.service.service, call.who, activity_id), form)
    candidate_id = mapping.candidate_of(query.candidate_id, query.candidate_id_nested)
    remote, options = call.service.remote, _options(call, query.remote_query)
    try:
        if form.format == "stream":
            return await _streamed(remote.stream_get(call.who, id_, activity_id, candidate_id, options))
        outcome = await remote.get(call.who, id_, activity_id, candidate_id, options)
    except NotSupported as error:
        raise _refused(f"{error.message} List the activities of a candidate instead.", "OPTIONS") from error
    return formats.one(200, outcome.activity, form, _made(outcome))


def _refused(message: str, allow: str) -> Refused:
    return Refused(Failure(405, message, headers=(("Allow", allow),)))


async def create_activity(call: Asked[schema.OneQuery, schema.ActivityRequest]) -> Reply:
    """Create an activity: a note, or in Dayline's own store an email too."""
    id_, form = await _account(call), mapping.read_form(call.query)
    if id_ == own.ID:
        ignored = own.ignored(call.body)

        def made(activity: RemoteActivity) -> Reply:
            return formats.one(201, activity, form, ignored=ignored)

        return await local.created(call.service.service, call.who, call.body, made, call.once)
    note, ignored = read_note(call.body)
    options, force = _options(call, call.query.remote_query, call.body), _forced(call.headers)
    try:
        outcome = await call.service.remote.create(call.who, id_, note, options, call.once, force=force)
    except Invalid:
        await _check_required(call, id_)
        raise
    reply = formats.one(201, outcome.activity, form, _made(outcome), (*outcome.ignored, *ignored))
    return _replayed(reply) if outcome.replayed else reply


async def _check_required(call: Asked[schema.OneQuery, schema.ActivityRequest], id_: str) -> None:
    """Raise Invalid with everything that is missing, where a connector tells the first alone."""
    found = await _integration(call.service, call.who, id_)
    mapping.check_required(call.body, found.methods["create"].required, found.label)


async def change_activity(call: Asked[schema.OneQuery, schema.ActivityRequest]) -> Reply:
    """Change the fields that are sent, in Dayline's own store."""
    await _own_only(call, "changed")
    form, ignored = mapping.read_form(call.query), own.ignored(call.body)

    def made(activity: RemoteActivity) -> Reply:
        return formats.one(200, activity, form, ignored=ignored)

    return await local.changed(call.service.service, call.who, call.path["id"], call.body, made, call.once)


async def delete_activity(call: Asked[schema.OneQuery, None]) -> Reply:
    """Delete an activity, in Dayline's own store."""
    await _own_only(call, "deleted")
    mapping.read_form(call.query)
    return await local.deleted(call.service.service, call.who, call.path["id"], _gone)


def _gone(id_: str) -> Reply:
    return Reply(200, _encode(schema.Deleted(id_)))


async def describe_method(call: Asked[schema.ConnectionQuery, None]) -> Reply:
    """Say what a method needs, takes and gives for an integrated account."""
    id_ = account_of(call.who, call.query.integrated_account_id)
    found = await _integration(call.service, call.who, id_)
    return Reply(200, _encode(meta.method_meta(found, call.path["method"])))


async def describe_method_of(call: Asked[NoQuery, None]) -> Reply:
    """Say what a method needs, takes and gives for an integration."""
    found = meta.integration(call.path["integration"], call.service.connectors)
    return Reply(200, _encode(meta.method_meta(found, call.path["method"])))


async def describe_model(call: Asked[schema.MetaQuery, None]) -> Reply:
    """Say what all methods need, take and give for an integration."""
    found = meta.integration(call.path["integration"], call.service.connectors)
    return meta.written(meta.model_meta(found), call.query.format)


async def _integration(desk: Desk, who: Principal, id_: str) -> meta.Integration:
    """The integration of an account. Raises NotFound, and Forbidden for a token of another one."""
    if id_ == own.ID:
        return meta.OWN
    check_reach(who, id_)
    account, _ = await desk.service.integrated.open(who.account_id, id_)
    return meta.integration(account.integration, desk.connectors)


async def _account(call: Asked[Any, Any]) -> str:
    """The integrated account of a request, which is charged for it. Raises Invalid, Forbidden and Refused (429)."""
    id_ = account_of(call.who, call.query.integrated_account_id)
    await spend(call.service.throttle, call.who, id_)
    return id_


async def _own_only(call: Asked[Any, Any], what: str) -> None:
    """Raise Refused (405) for an activity of another system, saying what to do."""
    id_ = await _account(call)
    if id_ == own.ID:
        return
    found = await _integration(call.service, call.who, id_)
    message = (
        f"Notes in {found.label} cannot be {what} here: do that in {found.label} itself. Only activities of Dayline's"
        f" own store can, with integrated_account_id={own.ID}."
    )
    raise _refused(message, "GET, HEAD, OPTIONS")


def read_note(body: schema.ActivityRequest) -> tuple[NewNote, tuple[str, ...]]:
    """The note for another system, and the fields that none of them takes. Raises Invalid, also for an email."""
    sent = mapping.given(body)
    if sent.get("activity_type") == "email":
        raise invalid("activity_type", _NO_EMAILS)
    note = NewNote(
        candidate_id=body.candidate_id if isinstance(body.candidate_id, str) else "",
        body=body.body if isinstance(body.body, str) else None,
        visibility=None if body.visibility is UNSET else body.visibility,
        created_at=mapping.read_moment(body.created_at, "created_at") if isinstance(body.created_at, str) else None,
    )
    return note, tuple(name for name in OWN_FIELDS if name in sent and name != "activity_type")


def _filters(asked: mapping.Asked) -> Filters:
    return Filters(
        candidate_id=asked.candidate_id or "",
        actor_id=asked.actor_id,
        actor_type=asked.actor_type,
        activity_type=asked.activity_type,
        created_at=asked.created_at,
        limit=asked.limit,
        cursor=asked.cursor,
    )


def _options(call: Asked[Any, Any], remote_query: Pairs, body: schema.ActivityRequest | None = None) -> Options:
    data = None if body is None or not isinstance(body.remote_data, dict) else body.remote_data
    return Options(remote_data=data, remote_query=remote_query, request_id=call.request_id)


def _forced(headers: Mapping[str, str]) -> bool:
    given = headers.get(FORCE)
    if given not in (None, SEND):
        raise invalid(FORCE, f"expected {SEND}")
    return given is not None


def _made(done: Outcome | Listed) -> formats.Call:
    return formats.Call(sent=done.sent, answer=done.answer)


def _replayed(reply: Reply) -> Reply:
    return msgspec.structs.replace(reply, headers=(*reply.headers, ("Idempotency-Replayed", "true")))


async def _streamed(opening: AbstractAsyncContextManager[Streamed]) -> Reply:
    """The answer of another system as it comes. It begins here, so that its refusal can still be told."""
    stack = AsyncExitStack()
    try:
        begun = await stack.enter_async_context(opening)
        rest = _parts(stack, begun)
        first = await anext(rest)
    except BaseException:
        await stack.aclose()
        raise
    kind = begun.media_type or "application/octet-stream"
    return Reply(begun.status, first, formats.forwarded(begun.headers), kind, stream=rest)


async def _parts(stack: AsyncExitStack, begun: Streamed) -> AsyncIterator[bytes]:
    """All parts, after an empty one with which it begins: what has begun is let go of in any case."""
    async with stack:
        yield b""
        async for part in begun.parts:
            yield part
