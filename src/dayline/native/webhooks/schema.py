"""Webhooks, what was sent to them, and jobs on the native API's wire. No behaviour.

Instants are ``YYYY-MM-DDTHH:MM:SSZ``. A secret is in the answer that makes it, and in no other.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.domain.delivery import Outcome
from dayline.domain.job import State
from dayline.domain.webhook import LONGEST_NAME, LONGEST_URL, MOST_WANTED
from dayline.native.activities.schema import Id, Moment, RecordName, RecordRef

EventType = Literal["activity.created", "activity.updated", "activity.done", "activity.deleted", "activity.restored"]
Cursor = Annotated[str | None, Meta(description="`next_cursor` of the page before.")]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_URL,
        description="Where events are sent, with POST. It needs https and a public address, unless the operator allows"
        " another with DAYLINE_OUTBOUND_ALLOW. Redirects are not followed.",
        examples=["https://example.com/hooks/dayline"],
    ),
]
Name = Annotated[str, Meta(max_length=LONGEST_NAME, description="To know it again in the list.")]
Active = Annotated[
    bool,
    Meta(description="Whether it is told. One that was paused goes on where it was: what it missed is `missed_until`."),
]
Events = Annotated[list[EventType], Meta(max_length=MOST_WANTED, description="Only events of these types; empty: all.")]
Owners = Annotated[
    list[Id],
    Meta(max_length=MOST_WANTED, description="Only activities that one of these users owns or owned; empty: all."),
]
Records = Annotated[
    list[RecordName],
    Meta(max_length=MOST_WANTED, description="Only activities that hang or hung on one of these records; empty: all."),
]
Secret = Annotated[
    str,
    Meta(
        max_length=100,
        description="What signs: `whsec_` and 24 to 64 bytes in base64. Made up when left out.",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    ),
]
Shown = Annotated[
    str | None,
    Meta(description="What signs. It is shown this once: a repetition by its Idempotency-Key has null in its place."),
]


class NewWebhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to be made: only the URL is required. It is told of what its owner may see."""

    url: Url
    name: Name = ""
    active: Active = True
    events: Events = []
    owners: Owners = []
    records: Records = []
    secret: Secret | UnsetType = UNSET
    user_id: Annotated[
        Id | UnsetType, Meta(description="Whose it is; another's for admins. The caller's own when left out.")
    ] = UNSET


class WebhookPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays. Of one in another dialect's words, only the name and `active`."""

    url: Url | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    active: Active | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    owners: Owners | UnsetType = UNSET
    records: Records | UnsetType = UNSET


class NewSecret(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The secret that signs from now on."""

    secret: Secret | UnsetType = UNSET


class LastDelivery(Struct, frozen=True, kw_only=True):
    """What was sent last."""

    id: str
    at: str
    outcome: Outcome
    status: Annotated[int | None, Meta(description="The receiver's; null where there was no answer.")]
    error: str


class Health(Struct, frozen=True, kw_only=True):
    """How a webhook is doing."""

    last_delivery: LastDelivery | None
    waiting: Annotated[
        int, Meta(description="Deliveries that are still to be made or made again, counted up to 10,000.")
    ]
    failing_since: Annotated[
        str | None,
        Meta(description="When the first delivery failed after the last that arrived; null when all is well."),
    ]


class Webhook(Struct, frozen=True, kw_only=True):
    """Somebody who is told."""

    id: int
    uuid: str
    face: Annotated[
        str,
        Meta(description="The dialect in whose words: `dayline`; others are made in their own APIs, and listed here."),
    ]
    user_id: Annotated[int, Meta(description="It is told of what this user may see.")]
    url: str
    name: str
    active: bool
    events: Annotated[list[str], Meta(description="As its dialect calls them.")]
    owners: list[int]
    records: list[RecordRef]
    former_secret_until: Annotated[str | None, Meta(description="Until then the secret before signs too.")]
    looked_at: Annotated[int, Meta(description="The number of the last change that was looked at for it.")]
    missed_until: Annotated[
        int | None,
        Meta(
            description="The number of the last change that was cut from the change log while it was paused, and that"
            " it will not be told of; null where there is none."
        ),
    ]
    health: Health
    revision: Annotated[int, Meta(description="Goes up with each change; the ETag of the webhook.")]
    created_at: str
    updated_at: str


class IssuedWebhook(Webhook, frozen=True, kw_only=True):
    """A webhook with its new secret."""

    secret: Shown


class ListQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of webhooks."""

    face: Annotated[
        Annotated[str, Meta(max_length=50)] | None, Meta(description="Only those in this dialect's words.")
    ] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor = None


class WebhookPage(Struct, frozen=True, kw_only=True):
    """One page of webhooks by id; ``next_cursor`` is null on the last."""

    data: list[Webhook]
    next_cursor: str | None


class Told(Struct, frozen=True, kw_only=True):
    """What will be sent: look for it among the deliveries by its event's id."""

    event_id: str


class Replay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where to tell again."""

    since: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | Moment,
        Meta(description="The number of a change, after which to begin, or an instant (RFC 3339), from which on."),
    ]


class PreviewQuery(Struct, frozen=True, kw_only=True):
    """From where it would be told again."""

    since: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=50,
            description="The number of a change, after which to begin, or an instant (RFC 3339), from which on.",
            examples=["4711"],
        ),
    ]


class Preview(Struct, frozen=True, kw_only=True):
    """What a replay would be: of the changes after ``since``, up to ``until``."""

    since: int
    until: int
    events: Annotated[int, Meta(description="How many would be sent, counted up to 1,000.")]
    more: Annotated[bool, Meta(description="Whether there may be more: not all changes were looked at.")]


class Replayed(Struct, frozen=True, kw_only=True):
    """What will be looked at again: the changes after ``since``, up to ``until``. Later ones are told anyway."""

    since: int
    until: int
    changes: Annotated[int, Meta(description="How many they are, whether or not the webhook is told of each.")]


class DeliveriesQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of deliveries."""

    outcome: Annotated[
        Outcome | None, Meta(description="`failed` ones are tried again, `given up` was the last try.")
    ] = None
    event_id: Annotated[Annotated[str, Meta(max_length=100)] | None, Meta(description="Only of this event.")] = None
    since: Moment | None = None
    until: Annotated[Moment | None, Meta(description="Only before then.")] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor = None


class Delivery(Struct, frozen=True, kw_only=True):
    """One attempt to deliver."""

    id: str
    at: str
    event_id: Annotated[str, Meta(description="The same for each attempt and each replay.")]
    type: Annotated[str, Meta(description="As the webhook's dialect calls it; `test` for a test.")]
    sequence: Annotated[int | None, Meta(description="The number of the change; null for a test.")]
    entity: Annotated[str | None, Meta(description="What kind of thing it is about.")]
    entity_id: int | None
    attempt: Annotated[int, Meta(description="Counts from 1.")]
    outcome: Outcome
    status: Annotated[int | None, Meta(description="The receiver's; null where there was no answer.")]
    ms: Annotated[int, Meta(description="How long it took.")]
    error: Annotated[str, Meta(description="What went wrong; empty when nothing did.")]


class DeliveryPage(Struct, frozen=True, kw_only=True):
    """One page of deliveries, the latest first; ``next_cursor`` is null on the last."""

    data: list[Delivery]
    next_cursor: str | None


class Message(Struct, frozen=True, kw_only=True):
    """A request or an answer. Where a header is a credential, it has `…` for a value."""

    headers: Annotated[list[str], Meta(description="Lines of `name: value`.")]
    body: str


class WholeDelivery(Delivery, frozen=True, kw_only=True):
    """One attempt to deliver, with what was sent and the begin of what came back."""

    url: str
    request: Message
    response: Message


class EventMeaning(Struct, frozen=True, kw_only=True):
    """A type of event."""

    type: EventType
    meaning: str


class EventList(Struct, frozen=True, kw_only=True):
    """Every type of event that Dayline's own webhooks are told of."""

    data: list[EventMeaning]


class JobsQuery(Struct, frozen=True, kw_only=True):
    """The parameters of the list of jobs."""

    state: Annotated[State, Meta(description="`waiting` for its time, `held` by a worker, or `dead`: given up.")] = (
        "dead"
    )
    lane: Annotated[
        Annotated[str, Meta(max_length=100)] | None, Meta(description="Only of this lane, such as `webhook:3`.")
    ] = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Cursor = None


class Job(Struct, frozen=True, kw_only=True):
    """Something that is to be done."""

    id: str
    lane: Annotated[str, Meta(description="What jobs wait for each other in: a webhook's, or `tasks`.")]
    kind: str
    state: State
    tries: Annotated[int, Meta(description="How often it was begun and failed.")]
    due_at: Annotated[str, Meta(description="When it is tried; of one that is held, when another may take it.")]
    last_error: str
    sequence: Annotated[int | None, Meta(description="The number of the change that it is about.")]
    created_at: str


class JobCount(Struct, frozen=True, kw_only=True):
    """How many jobs of a lane and kind are in a state."""

    lane: str
    kind: str
    state: State
    jobs: int
    first_due: Annotated[str, Meta(description="When the first of them is due.")]


class JobPage(Struct, frozen=True, kw_only=True):
    """One page of jobs, the oldest first; ``next_cursor`` is null on the last. ``counts`` are of all there are."""

    data: list[Job]
    next_cursor: str | None
    counts: list[JobCount]
