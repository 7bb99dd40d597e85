"""Activities of Dayline's own store as those of an integration called ``dayline``, and what is written there. Pure.

A note is a note, an email an email; of other types the unified model knows none.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from dayline.domain.activity import Activity
from dayline.domain.condition import FOREVER, Condition, Group, Span
from dayline.domain.draft import Attendance, Draft, Relate, TypeKey
from dayline.domain.errors import Invalid, NotFound, invalid, parsed
from dayline.domain.filter import Filter, Query, Sort
from dayline.domain.record import RecordKey, Ref, is_uuid, parse_uuid
from dayline.domain.time import parse_date, parse_time, parse_zone
from dayline.remote.connector import Method, RemoteActivity, Support
from dayline.remote.listing import Op
from dayline.service import Directory
from dayline.vendors.truto import emails, schema
from dayline.vendors.truto.mapping import Asked, read_moment

NAME: Final = "dayline"
LABEL: Final = "Dayline"
ID: Final = schema.OWN_ID

FIELDS: Final = (
    *("id", "candidate", "actor", "activity_type", "from", "to", "cc", "subject", "body", "visibility"),
    *("updated_at", "created_at", "remote_data"),
)
_TAKEN: Final = ("visibility", "remote_data", "activity_type", "subject", "from", "to", "cc")
METHODS: Final[Mapping[Method, Support]] = {
    "list": Support(filters=("candidate_id", "actor", "activity_type", "created_at"), fields=FIELDS),
    "get": Support(fields=FIELDS),
    "create": Support(required=("candidate_id", "body"), supported=_TAKEN, fields=FIELDS),
    "update": Support(supported=("candidate_id", "body", *_TAKEN), fields=FIELDS),
    "delete": Support(fields=("id",)),
}
NEWEST_FIRST: Final = Sort("created_at", descending=True)
PAST: Final = ("note", "email")  # types of what has happened when it is told
INVITED: Final = "cannot be cleared while the candidate is invited: leave him out of from, to and cc, too"
_LIMIT: Final = 100


def show(activity: Activity, names: Directory) -> RemoteActivity:
    """The activity in the unified model; ``names`` has the users and records that it mentions."""
    owner, email = names.users.get(activity.owner_id), activity.type.key == "email"
    found = emails.parties(activity, names) if email else emails.Parties()
    candidate = candidate_of(activity)
    return RemoteActivity(
        id=activity.uuid,
        candidate_id=None if candidate is None else candidate.uuid,
        actor_id=None if owner is None else owner.uuid,
        actor_type="user",
        activity_type="email" if email else "note" if activity.type.key == "note" else None,
        sender=emails.sender(activity, found, names) if email else (),
        to=emails.people(found.to, names),
        cc=emails.people(found.cc, names),
        subject=activity.subject or None,
        body=activity.note,
        visibility=activity.visibility,
        created_at=activity.created_at,
        updated_at=activity.updated_at,
        raw=msgspec.to_builtins(_own_data(activity)),
    )


def candidate_of(activity: Activity) -> Ref | None:
    """Whom it is about: the first candidate that it hangs on, in any way."""
    return next((ref for ref in activity.links() if ref.kind == "candidate"), None)


def _own_data(activity: Activity) -> schema.OwnData:
    when = activity.when
    return schema.OwnData(
        id=activity.id,
        owner_id=activity.owner_id,
        type=activity.type.key,
        description=activity.description,
        date=None if when.date is None else when.date.isoformat(),
        time=None if when.time is None else when.time.isoformat(),
        duration=when.duration,
        zone=when.zone,
        done=activity.done,
        priority=activity.priority,
        outcome=activity.outcome,
    )


def parse_id(text: str) -> str:
    """Read an activity's uuid in a path. Raises NotFound."""
    try:
        return parse_uuid(text, "id")
    except Invalid:
        raise NotFound("Activity not found") from None


def candidate_key(text: str, field: str) -> RecordKey:
    """A candidate by uuid or slug."""
    return RecordKey("candidate", text.lower() if is_uuid(text) else text, field)


def read_query(asked: Asked, owner_id: int | None) -> Query:
    """What a list asks for."""
    parts: list[Condition | Span | Group] = list(_created(asked.created_at))
    if asked.candidate_id is None:
        parts.append(Condition("candidate", "filled"))
    wanted = Filter(
        owner_id=owner_id,
        related=() if asked.candidate_id is None else (candidate_key(asked.candidate_id, "candidate_id"),),
        types=None if asked.activity_type is None else (asked.activity_type,),
        where=Group("all", tuple(parts)) if parts else None,
    )
    return Query(
        filter=wanted, sort=NEWEST_FIRST, limit=min(asked.limit or _LIMIT, schema.MOST_ROWS), cursor=asked.cursor
    )


def _created(comparisons: tuple[tuple[Op, int], ...]) -> Iterator[Span | Group]:
    some = tuple(_span("eq", ms) for operator, ms in comparisons if operator == "in")
    if some:
        yield Group("any", some)
    yield from (_span(operator, ms) for operator, ms in comparisons if operator != "in")


def _span(operator: Op, ms: int) -> Span:
    held = {
        "gt": (ms + 1, FOREVER),
        "gte": (ms, FOREVER),
        "lt": (-FOREVER, ms),
        "lte": (-FOREVER, ms + 1),
        "eq": (ms, ms + 1),
    }[operator]
    return Span("created_at", held, held)


def read_draft(body: schema.ActivityRequest, before: Activity | None, names: Directory) -> Draft:
    """What a write asks for; ``before`` is what is stored, None for what is new. Raises Invalid, naming the field."""
    own = _read_own(body)
    type_ = _type(body, own, new=before is None)
    done = own.done if before is not None or own.done is not UNSET or type_ not in PAST else True
    attendance = emails.attendance(before, names, body)
    copied = emails.copied(body)
    return Draft(
        type=TypeKey(type_, "remote_data.type") if isinstance(type_, str) else UNSET,
        subject=_text(body.subject),
        note=body.body,
        description=own.description,
        visibility=UNSET if body.visibility is None else body.visibility,
        date=parsed(own.date, "remote_data.date", parse_date, "expected a date, YYYY-MM-DD"),
        time=parsed(own.time, "remote_data.time", parse_time, "expected a time of day, HH:MM or HH:MM:SS"),
        duration=own.duration,
        zone=parsed(own.zone, "remote_data.zone", parse_zone, "expected the name of an IANA zone"),
        done=done,
        priority=own.priority,
        outcome=own.outcome,
        related=tuple(_relates(body, before, attendance)),
        attendees=attendance,
        extras={} if isinstance(copied, UnsetType) else {"truto": {"cc": copied}},
    )


def ignored(body: schema.ActivityRequest) -> tuple[str, ...]:
    """The fields that are not kept: when it was created and who it is, is for the store to say. Raises Invalid."""
    own = body.remote_data if isinstance(body.remote_data, dict) else {}
    names = tuple(f"remote_data.{name}" for name in ("id", "owner_id") if name in own)
    if not isinstance(body.created_at, str):
        return names
    read_moment(body.created_at, "created_at")
    return ("created_at", *names)


def _relates(
    body: schema.ActivityRequest, before: Activity | None, attendance: Attendance | UnsetType
) -> Iterator[Relate]:
    """The candidate in the place of the first one; null takes that one away, and leaves alone whoever else there is."""
    if isinstance(body.candidate_id, str):
        yield Relate("candidate", candidate_key(body.candidate_id, "candidate_id"))
    elif body.candidate_id is None and before is not None:
        _check_goes(before, attendance)
        yield Relate("candidate", None)


def _check_goes(before: Activity, attendance: Attendance | UnsetType) -> None:
    """Raise Invalid where the candidate would stay, since he is invited, too: it is by other fields that he goes."""
    related = [ref.id for ref in before.related if ref.kind == "candidate"]
    shown = candidate_of(before)
    if shown is not None and len(related) < 2 and shown.id in _invited(before, attendance):
        raise invalid("candidate_id", INVITED)


def _invited(before: Activity, attendance: Attendance | UnsetType) -> set[object]:
    """The candidates who are invited once this is written."""
    if isinstance(attendance, UnsetType):
        return {one.ref.id for one in before.attendees if one.ref is not None and one.ref.kind == "candidate"}
    return {one.record.value for one in attendance.invited if one.record is not None and one.record.kind == "candidate"}


def _read_own(body: schema.ActivityRequest) -> schema.OwnData:
    if not isinstance(body.remote_data, dict):
        return schema.OwnData()
    try:
        return msgspec.convert(body.remote_data, schema.OwnData)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        field = f"remote_data{path.rstrip('`')}"
        raise invalid(field, f"{text[:1].lower()}{text[1:]}".replace("`", ""), "type") from None


def _type(body: schema.ActivityRequest, own: schema.OwnData, *, new: bool) -> str | UnsetType:
    if own.type is not UNSET:
        return own.type
    if isinstance(body.activity_type, str):
        return body.activity_type
    return "note" if new else UNSET


def _text(text: str | None | UnsetType) -> str | UnsetType:
    return "" if text is None else text
