"""Activities, records, users and types as Pipedrive's webhooks show them, in both versions. Pure."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec import Struct

from dayline.domain import activity as domain
from dayline.domain.activity import visible
from dayline.domain.identity import User
from dayline.domain.record import Kind, Record, Standing
from dayline.domain.time import format_instant
from dayline.domain.told import Thing
from dayline.domain.types import ActivityType
from dayline.domain.webhook import Webhook
from dayline.service import Directory
from dayline.vendors.pipedrive import mapping as v2
from dayline.vendors.pipedrive.answers import precise_instant
from dayline.vendors.pipedrive.lookups import mapping as lookups
from dayline.vendors.pipedrive.types import mapping as types
from dayline.vendors.pipedrive.users import mapping as users
from dayline.vendors.pipedrive.v1 import mapping as v1
from dayline.vendors.pipedrive.webhooks import events

_NOTHING_MORE: Final[frozenset[str]] = frozenset()
_ALONE: Final = Standing()


def data_of(thing: Thing, *, new: bool = False) -> events.Data:
    """A thing as version 2.0 shows it. In something new a missing time of day is null."""
    if isinstance(thing, domain.Activity):
        return _activity(thing, None if new else events.Clock())
    if isinstance(thing, Record):
        return _RECORDS[thing.kind](thing)
    assert isinstance(thing, User)
    return _user(thing)


def previous_of(before: Struct, after: Struct) -> dict[str, Any]:
    """The fields that changed, as they were."""
    return {
        name: value for name in before.__struct_fields__ if (value := getattr(before, name)) != getattr(after, name)
    }


def _activity(activity: domain.Activity, nothing: events.Clock | None) -> events.Activity:
    shown = v2.show(activity)
    return events.Activity(
        id=shown.id,
        active_flag=not shown.is_deleted,
        add_time=shown.add_time,
        busy_flag=shown.busy,
        deal_id=shown.deal_id,
        done=shown.done,
        due_date=shown.due_date,
        due_time=_clock(shown.due_time, nothing),
        duration=_clock(shown.duration, nothing),
        lead_id=shown.lead_id,
        location=shown.location,
        org_id=shown.org_id,
        owner_id=shown.owner_id,
        person_id=shown.person_id,
        public_description=shown.public_description or "",
        subject=shown.subject,
        type=shown.type,
        update_time=shown.update_time,
    )


def _clock(text: str | None, nothing: events.Clock | None) -> events.Clock | None:
    return nothing if text is None else events.Clock(value=text)


def _common(record: Record) -> dict[str, Any]:
    times = {"add_time": format_instant(record.created_at), "update_time": format_instant(record.updated_at)}
    return {"owner_id": record.owner_id, **times}


def _person(record: Record) -> events.Person:
    shown = lookups.show_person(record, _ALONE, _NOTHING_MORE)
    return events.Person(
        **_common(record),
        id=shown.id,
        name=shown.name,
        first_name=shown.first_name,
        last_name=shown.last_name,
        emails=shown.emails,
        phones=shown.phones,
    )


def _deal(record: Record) -> events.Deal:
    return events.Deal(**_common(record), id=record.id, title=record.name)


def _organization(record: Record) -> events.Organization:
    return events.Organization(**_common(record), id=record.id, name=record.name)


def _project(record: Record) -> Struct:
    return lookups.show_project(record, _ALONE, _NOTHING_MORE)


def _lead(record: Record) -> events.Lead:
    return events.Lead(
        add_time=precise_instant(record.created_at),
        id=record.uuid,
        owner_id=record.owner_id,
        title=record.name,
        update_time=precise_instant(record.updated_at),
    )


_RECORDS: Final[dict[Kind, Callable[[Record], Struct]]] = {
    "contact": _person,
    "deal": _deal,
    "lead": _lead,
    "organization": _organization,
    "project": _project,
}


def _user(user: User) -> events.User:
    shown = users.show(user, user.id, user.updated_at)
    return events.User(
        id=str(shown.id),
        default_currency=shown.default_currency,
        name=shown.name,
        email=shown.email,
        locale=shown.locale,
        active_flag=shown.active_flag,
        timezone_name=shown.timezone_name,
        created=shown.created,
        modified=shown.modified,
    )


def current_of(thing: Thing, account_id: int, webhook: Webhook, names: Directory) -> events.CurrentV1:
    """A thing as version 1.0 shows it: as API v1 does, a user as a list of one."""
    if isinstance(thing, domain.Activity):
        return v1.show(thing, account_id, names)
    if isinstance(thing, ActivityType):
        return types.show(thing)
    assert isinstance(thing, User)
    return [users.show(thing, webhook.owner_id, thing.updated_at)]


def permitted(thing: Thing, everybody: Iterable[User]) -> list[int]:
    """The users who may see it."""
    return [
        user.id
        for user in everybody
        if user.active
        and (not isinstance(thing, domain.Activity) or visible(thing, user.id, admin=user.role == "admin"))
    ]
