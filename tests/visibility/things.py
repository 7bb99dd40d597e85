"""Something new of each kind that a place can name, and how it goes. It must never make the same thing twice."""

import time
from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attachment
from dayline.domain.attaching import Attach, Detach, NewAttachment
from dayline.domain.condition import Group
from dayline.domain.delivery import TEST, Delivery
from dayline.domain.draft import Draft, TypeKey
from dayline.domain.erasure import Erasure
from dayline.domain.identity import Token, User, UserChange
from dayline.domain.integrated import NewIntegrated
from dayline.domain.record import Record, RecordDraft, RecordKey, new_uuid
from dayline.domain.saved import SavedFilter
from dayline.domain.types import ActivityType, TypeChange
from dayline.domain.webhook import NewWebhook, Webhook
from dayline.service.filters import NewFilter
from dayline.service.identity import NOBODY, NewUser
from dayline.service.tokens import NewToken
from dayline.service.types import NewType
from dayline.service.webhooks import Send
from dayline.store.deliveries import ADD, rows_of
from tests.cast import Person
from tests.house import Town

_numbers = count(1)


class Connected(Struct, frozen=True):
    """An integrated account, by the name that callers know it by, and whose it is in their own words."""

    uuid: str
    external_id: str


class Sent(Struct, frozen=True):
    """A delivery to a person's own webhook, and its event as the receiver knows it."""

    uuid: str
    external_id: str


class GivenUp(Struct, frozen=True):
    """A task, which callers know as a job: one that nobody tries any more, and the webhook that it is for."""

    uuid: str
    webhook_id: int


def thing(town: Town, who: Person, names: str, **fields: Any) -> Any:  # noqa: PLR0911 - one for each kind
    """Something new of somebody's."""
    service, number = town.service, next(_numbers)
    if names in ("activity", "attachment"):
        links = (Attach(NewAttachment(name="Link", url="https://ex.example/a")),) if names == "attachment" else ()
        draft = Draft(type=TypeKey("call", "type"), subject=f"Of {who.name}", attachments=links, **fields)
        made = town.wait(service.activities.create(who.principal, draft, lambda written: written.activity))
        return made.attachments[0] if links else made
    if names == "user":
        new = NewUser(name=f"Somebody {number}", email=f"somebody{number}@example.com")
        return town.wait(service.identities.add_user(who.account_id, new))
    if names == "token":
        new_token = NewToken(user_id=who.user_id, name=f"Token {number}")
        return town.wait(service.tokens.create(who.principal, new_token, lambda token: token))[0]
    if names == "type":
        return town.wait(service.types.create(who.principal, NewType(label=f"Type {number}"), lambda type_: type_))
    if names == "filter":
        filter_ = NewFilter(name=f"Filter {number}", where=Group("all", (Group("all", ()), Group("any", ()))))
        return town.wait(service.filters.create(who.principal, filter_, lambda saved: saved))
    if names == "integrated":
        return _connected(town, who, f"tenant-{number}")
    if names.endswith(" webhook"):
        return _webhook(town, who, names.partition(" ")[0])
    if names == "delivery":
        return _sent(town, who)
    if names == "task":
        return _given_up(town, who)
    if names == "erasure":
        return _erased(town, who, f"Whoever {number}")
    draft_ = RecordDraft(kind=names, name=f"Something {number}", external_id=f"external-{number}")  # type: ignore[arg-type]
    return town.wait(service.records.create(who.principal, draft_, lambda record: record))


def _connected(town: Town, who: Person, tenant_id: str) -> Connected:
    """A connection to where nobody is; only an operator may say where that is."""
    new = NewIntegrated(integration="ashby", tenant_id=tenant_id, secrets={"api_key": "k"})
    operator, nowhere = replace(who.principal, user_id=NOBODY, token_id=NOBODY), "http://127.0.0.1:9"
    made = town.service.integrated.create(
        operator, new, lambda account: Connected(account.id, account.tenant_id), base_url=nowhere
    )
    return town.wait(made)


def _webhook(town: Town, who: Person, face: str) -> Webhook:
    """A webhook that is paused, so that nothing is sent to anybody."""
    new = NewWebhook(face=face, url="https://hooks.example.com", active=False)
    return town.wait(town.service.webhooks.create(who.principal, new, lambda webhook: webhook))


@cache
def own_webhook(town: Town, who: Person) -> Webhook:
    """The one webhook of somebody's to which all was sent that was sent."""
    return _webhook(town, who, "dayline")


def _sent(town: Town, who: Person) -> Sent:
    """A test that arrived."""
    now, texts = town.service.store.clock(), ("request_headers", "request_body", "response_headers", "response_body")
    made = Delivery(
        id=new_uuid(now),
        at=now,
        webhook_id=own_webhook(town, who).id,
        event_id=str(uuid4()),
        event=TEST,
        entity="",
        entity_id=0,
        sequence=0,
        attempt=1,
        outcome="delivered",
        status=200,
        ms=1,
        error="",
        url="https://hooks.example.com",
        **dict.fromkeys(texts, f"Of {who.name}"),
    )
    # An id tells the instant that it was made in, and a delivery is looked for there.
    town.wait(town.service.store.jobs.end(who.account_id, [], ADD, rows_of(who.account_id, [made])))
    return Sent(made.id, made.event_id)


def _given_up(town: Town, who: Person) -> GivenUp:
    webhook = _webhook(town, who, "dayline")
    job = town.service.webhooks.job(Send(webhook.id, test=str(uuid4()), again=True), str(uuid4()))
    town.wait(town.service.store.jobs.put(who.account_id, [replace(job, state="dead", tries=8)]))
    return GivenUp(job.id, webhook.id)


def _erased(town: Town, who: Person, name: str) -> Erasure:
    """An erasure that is done, so that it writes no more."""
    person = town.wait(
        town.service.records.create(who.principal, RecordDraft(kind="contact", name=name), lambda record: record.id)
    )
    erasures, key = town.service.erasures, RecordKey("contact", person, "id")
    erasure = town.wait(erasures.request(who.principal, key, name, lambda erasure: erasure))
    for _ in range(600):
        if town.wait(erasures.get(who.principal, erasure.id)).state == "done":
            return erasure
        time.sleep(0.05)
    raise AssertionError("nobody erases")


def delete(town: Town, gone: Any) -> None:
    """Delete it, revoke it, or make it inactive: whatever there is for its kind."""
    service, alice = town.service, town.alice.principal
    match gone:
        case Activity():
            town.wait(service.activities.delete(alice, gone.id, lambda written: written))
        case Record():
            town.wait(service.records.delete(alice, RecordKey(gone.kind, gone.id, "id"), lambda record: record))
        case User():
            town.wait(service.people.change(alice, gone.id, UserChange(active=False), lambda user: user))
        case Token():
            town.wait(service.tokens.revoke(alice, gone.id, lambda token: token))
        case ActivityType():
            town.wait(service.types.change(alice, gone.id, TypeChange(active=False), lambda type_: type_))
        case Attachment():
            held = town.wait(service.attachments.find(alice, gone.id))
            detach = Draft(attachments=(Detach(gone.id),))
            town.wait(service.activities.change(alice, held.activity.id, detach, lambda written: written))
        case Connected():
            town.wait(service.integrated.delete(alice, gone.uuid, lambda account: account))
        case Webhook():
            town.wait(service.webhooks.delete(alice, gone.id, lambda webhook: webhook))
        case GivenUp():
            town.wait(service.webhooks.delete(alice, gone.webhook_id, lambda webhook: webhook))
        case SavedFilter():
            town.wait(service.filters.delete(alice, gone.id, lambda saved: saved))
