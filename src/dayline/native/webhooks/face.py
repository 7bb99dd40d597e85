"""What Dayline's own webhooks are sent: the activity before and after, signed as Standard Webhooks has it."""

import base64
import hmac
from typing import Final, cast

from dayline.domain.activity import Activity
from dayline.domain.time import format_instant
from dayline.domain.told import Told
from dayline.domain.webhook import Webhook
from dayline.events.face import Outgoing, Sending
from dayline.native.activities import schema
from dayline.native.activities.mapping import show
from dayline.native.answers import encode
from dayline.native.webhooks.events import ActivityEvent, ActivityStates, TestEvent, TestMessage
from dayline.native.webhooks.schema import EventType
from dayline.service import Service

NAME: Final = "dayline"
SECRET: Final = "secret"  # noqa: S105 - its name
FORMER: Final = "former"


class OwnFace:
    """How Dayline tells in its own words."""

    name = NAME

    def event(self, webhook: Webhook, told: Told) -> str | None:
        """The type of event, where the webhook asked for it."""
        type_ = type_of(told)
        return None if type_ is None or (webhook.events and type_ not in webhook.events) else type_

    async def render(self, service: Service, sending: Sending) -> Outgoing:
        """The event as JSON, with its signatures."""
        told = sending.told
        body = encode(_test(sending) if told is None else event_of(told))
        seconds = sending.now // 1000
        headers = (
            ("content-type", "application/json"),
            ("user-agent", "Dayline"),
            ("webhook-id", sending.id),
            ("webhook-timestamp", str(seconds)),
            ("webhook-signature", " ".join(_signatures(sending, seconds, body))),
        )
        return Outgoing(headers=headers, body=body)


def type_of(told: Told) -> str | None:
    """The type of event that a change is to who is told; None where it is not of an activity that he can see."""
    if told.entity != "activity" or told.thing is None or told.action == "purged":
        return None
    if told.action != "changed":
        return f"activity.{told.action}"
    done = isinstance(told.before, Activity) and isinstance(told.after, Activity)
    completed = done and not _done(told.before) and _done(told.after)
    return "activity.done" if completed else "activity.updated"


def event_of(told: Told) -> ActivityEvent:
    """The event as it is sent, of a change that is one."""
    before, after = (show(state) if isinstance(state, Activity) else None for state in (told.before, told.after))
    return ActivityEvent(
        type=cast(EventType, type_of(told)),
        timestamp=format_instant(told.at),
        id=told.id,
        sequence=told.sequence,
        surface=told.surface,
        user_id=told.user_id or None,
        data=ActivityStates(after=after, before=before, changed=_changed(before, after)),
    )


def _changed(before: schema.Activity | None, after: schema.Activity | None) -> list[str]:
    if before is None or after is None:
        return []
    return [name for name in schema.Activity.__struct_fields__ if getattr(before, name) != getattr(after, name)]


def _done(state: object) -> bool:
    return isinstance(state, Activity) and state.done


def _test(sending: Sending) -> TestEvent:
    said = TestMessage(message="This is a test: nothing has happened.")
    return TestEvent(timestamp=format_instant(sending.at), id=sending.id, data=said)


def _signatures(sending: Sending, seconds: int, body: bytes) -> list[str]:
    """One by each secret: the former one signs too, while receivers go over to the new one."""
    names = (SECRET, FORMER) if sending.webhook.until > sending.now else (SECRET,)
    signed = b"%s.%d.%s" % (sending.id.encode(), seconds, body)
    return [f"v1,{_signed(sending.secrets[name], signed)}" for name in names if name in sending.secrets]


def _signed(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()


FACE: Final = OwnFace()
