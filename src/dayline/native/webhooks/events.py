"""What Dayline's own webhooks are sent, as receivers read it. No behaviour."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from dayline.kit.dialect import Notice
from dayline.native.activities import schema
from dayline.native.webhooks.schema import EventType

EVENTS: Final[dict[EventType, str]] = {
    "activity.created": "A new activity, or one that the webhook's owner may see from now on.",
    "activity.updated": "Any change, but for the one that completes it.",
    "activity.done": "A change that completes it.",
    "activity.deleted": "Deleted, or out of the sight of the webhook's owner.",
    "activity.restored": "Back from being deleted.",
}
Id = Annotated[
    str, Meta(description="A UUID: the same in each attempt and each replay, as it is in the header `webhook-id`.")
]


class ActivityStates(Struct, frozen=True, kw_only=True):
    """The activity as it is and as it was; ``changed`` names the fields that differ."""

    after: Annotated[schema.Activity | None, Meta(description="null where there is nothing to see any more.")]
    before: Annotated[
        schema.Activity | None,
        Meta(
            description="null where there was nothing to see. Of what the webhook's owner may not see any more there"
            " are the ids, the type and whose it was."
        ),
    ]
    changed: list[str]


class ActivityEvent(Struct, frozen=True, kw_only=True):
    """What has happened to an activity."""

    type: EventType
    timestamp: Annotated[str, Meta(description="When it happened.")]
    id: Id
    sequence: Annotated[
        int, Meta(description="The number of the change: of two events of an activity, the later one has the higher.")
    ]
    surface: Annotated[str, Meta(description="The API it was written through; empty where that is not known.")]
    user_id: Annotated[int | None, Meta(description="Who did it; null where it was nobody of the account.")]
    data: ActivityStates


class TestMessage(Struct, frozen=True, kw_only=True):
    """That this is a test."""

    message: str


class TestEvent(Struct, frozen=True, kw_only=True, tag_field="type", tag="test"):
    """A test, which somebody has asked for."""

    timestamp: Annotated[str, Meta(description="When it was asked for.")]
    id: Id
    data: TestMessage


_HEADERS: Final = {
    "webhook-id": "The event's id: skip what has come before.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970; refuse what is older than five minutes.",
    "webhook-signature": "`v1,` and the HMAC-SHA256 in base64 over `<webhook-id>.<webhook-timestamp>.<body>`, once for"
    " each secret that counts, with blanks in between: as Standard Webhooks has it, whose libraries verify it.",
}
_ANSWER: Final = "Any 2xx within 15 seconds says that it has come; after anything else it is sent again, for a day."


def _notice(name: str, meaning: str, body: type[Struct]) -> Notice:
    return Notice(name=name, summary=meaning, body=body, headers=_HEADERS, answer=_ANSWER)


NOTICES: Final = (
    *(_notice(name, meaning, ActivityEvent) for name, meaning in EVENTS.items()),
    _notice("test", "A test, which somebody has asked for: nothing has happened.", TestEvent),
)
