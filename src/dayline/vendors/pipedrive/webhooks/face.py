"""How Pipedrive tells: its payloads 1.0 and 2.0, with basic authentication where a webhook has it.

The vendor signs nothing, and version 1.0 has no id of the event: here it is in the header ``webhook-id`` of both.
"""

import base64
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from dayline.domain.activity import Activity
from dayline.domain.told import Thing, Told
from dayline.domain.webhook import Webhook
from dayline.events.face import Outgoing, Sending
from dayline.service import Directory, Service
from dayline.service.writes import Write
from dayline.vendors.pipedrive.answers import encode, precise_instant
from dayline.vendors.pipedrive.webhooks import events, mapping, things

TEST: Final = "test"
_NO_NAMES: Final = Directory({}, {})


class PipedriveFace:
    """What Pipedrive's webhooks are sent."""

    name = mapping.NAME

    def event(self, webhook: Webhook, told: Told) -> str | None:
        """Such as ``change.activity``, or in version 1.0 ``updated.activity``."""
        words = mapping.words_of(webhook, told)
        return None if words is None else ".".join(words)

    async def render(self, service: Service, sending: Sending) -> Outgoing:
        """The event as JSON."""
        old = mapping.version_of(sending.webhook) == "1.0"
        body = await (_first(service, sending) if old else _second(service, sending))
        headers = (
            ("content-type", "application/json"),
            ("user-agent", "Dayline"),
            ("webhook-id", sending.id),
        )
        return Outgoing(headers=headers, body=encode(body), hidden=_authorization(sending.secrets))


def _authorization(secrets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if not secrets.keys() & {mapping.USER, mapping.PASSWORD}:
        return ()
    pair = f"{secrets.get(mapping.USER, '')}:{secrets.get(mapping.PASSWORD, '')}"
    return (("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)


class _Told(Struct, frozen=True):
    """What both versions say of an event."""

    action: str
    object: str
    entity_id: str
    user_id: int | None
    at: int
    page: bool
    write: Write


async def _what(service: Service, sending: Sending) -> _Told:
    told = sending.told
    if told is None:
        return _Told(TEST, TEST, "0", None, sending.at, False, Write(sending.id, several=False))
    action, object_ = mapping.words_of(sending.webhook, told) or ("", "")
    write = await service.writes.of(sending.account_id, told.sequence) or Write(told.id, several=False)
    user_id = told.user_id or None
    return _Told(action, object_, mapping.identity_of(told), user_id, told.at, told.token_id < 0, write)


async def _second(service: Service, sending: Sending) -> events.Event:
    """Version 2.0."""
    webhook, what = sending.webhook, await _what(service, sending)
    meta = events.Meta(
        action=what.action,
        entity=what.object,
        entity_id=what.entity_id,
        company_id=str(sending.account_id),
        user_id=None if what.user_id is None else str(what.user_id),
        id=sending.id,
        correlation_id=what.write.id,
        is_bulk_edit=what.write.several,
        timestamp=precise_instant(what.at),
        webhook_id=str(webhook.id),
        webhook_owner_id=str(mapping.maker_of(webhook)),
        change_source="app" if what.page else "api",
        attempt=sending.attempt,
        host=webhook.extras.get("host", ""),
    )
    after, before = (None, None) if sending.told is None else mapping.states(sending.told, what.action)
    if after is None or before is None:
        data = None if after is None else things.data_of(after, new=what.action == "create")
        return events.Event(meta, data, None if before is None else things.data_of(before))
    data, former = things.data_of(after), things.data_of(before)
    return events.Event(meta, data, things.previous_of(former, data))


async def _first(service: Service, sending: Sending) -> events.EventV1:
    """Version 1.0."""
    webhook, what, told = sending.webhook, await _what(service, sending), sending.told
    after, before = (None, None) if told is None else mapping.states(told, what.action)
    there = [thing for thing in (after, before) if thing is not None]
    names = await _names(service, sending, there)
    everybody = await service.identities.users(sending.account_id) if there else []
    meta = events.MetaV1(
        action=what.action,
        object=what.object,
        id=int(what.entity_id),
        company_id=sending.account_id,
        user_id=what.user_id,
        host=webhook.extras.get("host", ""),
        timestamp=what.at // 1000,
        timestamp_micro=what.at * 1000,
        permitted_user_ids=things.permitted(there[0], everybody) if there else [],
        is_bulk_update=what.write.several,
        webhook_id=str(webhook.id),
        change_source="app" if what.page else "api",
    )
    current, previous = (
        None if thing is None else things.current_of(thing, sending.account_id, webhook, names)
        for thing in (after, before)
    )
    return events.EventV1(
        event=f"{what.action}.{what.object}",
        retry=sending.attempt - 1,
        meta=meta,
        current=current,
        previous=previous,
    )


async def _names(service: Service, sending: Sending, there: list[Thing]) -> Directory:
    """The names behind the ids in activities, where whoever made the webhook could read records."""
    activities = [thing for thing in there if isinstance(thing, Activity)]
    if not activities:
        return _NO_NAMES
    named = _NO_NAMES
    if "names" in sending.webhook.extras:
        named = await service.activities.names_in(sending.account_id, activities)
    kinds = {type_.key: type_ for type_ in await service.types.every(sending.account_id)}
    return Directory(named.records, named.users, kinds)


FACE: Final = PipedriveFace()
