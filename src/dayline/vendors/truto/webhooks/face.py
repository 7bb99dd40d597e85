"""What Truto's webhooks are sent, and how it is signed.

It must never send a credential, nor anything of an activity beside what the webhook's owner may see.
"""

import hmac
from typing import Final

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.delivery import TEST
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.told import Told
from dayline.domain.webhook import Webhook
from dayline.events.face import Outgoing, Sending
from dayline.service import Service
from dayline.vendors.truto import local_mapping as own
from dayline.vendors.truto.accounts import mapping as accounts
from dayline.vendors.truto.mapping import Form, shaped
from dayline.vendors.truto.webhooks import mapping, schema

_encode: Final = msgspec.json.Encoder().encode
_TESTED: Final = {"foo": "bar"}
_AS_ASKED_FOR: Final = Form()  # as a GET without parameters shows it


class TrutoFace:
    """How Truto tells."""

    name = mapping.FACE

    def event(self, webhook: Webhook, told: Told) -> str | None:
        """The type of event, where the webhook asked for it."""
        type_ = mapping.type_of(told)
        return type_ if type_ is not None and mapping.wanted(webhook.events, type_) else None

    async def render(self, service: Service, sending: Sending) -> Outgoing:
        """The event as JSON, with its signature over these very bytes."""
        told, account_id = sending.told, sending.account_id
        event = schema.Event(
            id=sending.id,
            event=TEST if told is None else mapping.type_of(told) or "",
            payload=_TESTED if told is None else await _payload(service, account_id, told),
            environment_id=accounts.environment_id(account_id),
            webhook_id=sending.webhook.uuid,
            created_at=accounts.moment(sending.at),
        )
        body = _encode(event)
        headers = (
            ("content-type", "application/json"),
            ("user-agent", "truto"),
            ("x-truto-signature", signature(sending.secrets[mapping.SECRET], body)),
        )
        return Outgoing(headers=headers, body=body)


def signature(secret: str, body: bytes) -> str:
    """What proves that the body comes from who knows the secret."""
    return f"format=sha256,v={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"


async def _payload(service: Service, account_id: int, told: Told) -> schema.Json:
    thing = told.thing
    if isinstance(thing, IntegratedAccount):
        return {"id": thing.id} if told.after is None else accounts.show(thing, account_id)
    assert isinstance(thing, Activity)  # there is no event of anything else
    return schema.Records(
        integrated_account_id=own.ID,
        tenant_id=own.NAME,
        environment_integration_id=accounts.integration_id(own.NAME),
        resource=accounts.RESOURCE,
        records=[await _record(service, account_id, told, thing)],
    )


async def _record(service: Service, account_id: int, told: Told, activity: Activity) -> schema.Json:
    if not mapping.listed(told.after):
        return {"id": activity.uuid}
    return shaped(own.show(activity, await service.activities.names_in(account_id, [activity])), _AS_ASKED_FOR)


FACE: Final = TrutoFace()
