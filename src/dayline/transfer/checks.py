"""Whether what a file tells whole can be stored. It must never mend anything: what is kept is as it was told."""

import re
from typing import Final

from dayline.domain.activity import Activity, Attendee, When
from dayline.domain.errors import Invalid, invalid
from dayline.domain.identity import check_person
from dayline.domain.record import MAX_ID, Kind, Record, check_slug, parse_uuid
from dayline.domain.rules import check_length
from dayline.domain.time import is_zone
from dayline.domain.types import ActivityType, check_type
from dayline.service.settling import Person

# 0001-01-01 and the end of 9999-12-31: other instants cannot be written as text.
FIRST_INSTANT: Final = -62_135_596_800_000
LAST_INSTANT: Final = 253_402_300_799_999
_KEY: Final = re.compile(r"(?=.*[a-z])[a-z0-9_]+")
_INVITED: Final[tuple[Kind, ...]] = ("candidate", "contact")


def check_user(told: Person) -> None:
    """Raise Invalid unless there can be such a user."""
    _check_id(told.id, "id")
    check_person(told.name, told.email, "UTC")


def check_custom_type(told: ActivityType) -> None:
    """Raise Invalid unless there can be such an activity type."""
    _check_id(told.id, "id")
    _check_revision(told.revision)
    if _KEY.fullmatch(told.key) is None:
        raise invalid("key", "expected letters from a to z, digits and '_', and at least one letter")
    if told.custom is False and told.active is False:
        raise invalid("active", "a built-in type stays active")
    check_type(told)


def check_record(told: Record) -> None:
    """Raise Invalid unless there can be such a record."""
    _check_id(told.id, "id")
    _check_uuid(told.uuid, "uuid")
    check_slug(told.slug)
    _check_revision(told.revision)
    if not told.name.strip():
        raise invalid("name", "This value should not be blank.")
    _check_instants(told)


def check_activity(told: Activity) -> None:
    """Raise Invalid unless there can be such an activity."""
    if told.attachments:
        raise invalid("attachments", "has attachments, and their files are not in this file")
    _check_id(told.id, "id")
    _check_uuid(told.uuid, "uuid")
    _check_revision(told.revision)
    _check_instants(told)
    _check_when(told.when)
    if told.done != (told.done_at is not None):
        raise invalid("done_at", "expected an instant if it is done, and none otherwise")
    _check_participants(told)
    for place, ref in enumerate(told.related):
        _check_uuid(ref.uuid, f"related[{place}].uuid")
    for place, person in enumerate(told.attendees):
        _check_attendee(person, f"attendees[{place}]")


def _check_id(id_: int, field: str) -> None:
    if not 1 <= id_ <= MAX_ID:
        raise invalid(field, f"expected an int from 1 to {MAX_ID}")


def _check_uuid(uuid: str, field: str) -> None:
    # Canonical, since uuids are compared as text.
    if parse_uuid(uuid, field) != uuid:
        raise invalid(field, "expected a uuid in lower case, with hyphens and nothing around it")


def _check_revision(revision: int) -> None:
    if not 1 <= revision <= MAX_ID:
        raise invalid("revision", f"expected an int from 1 to {MAX_ID}")


def _check_instants(told: Record | Activity) -> None:
    """An instant of deletion is after 1970, because the store takes 0 for not deleted."""
    instants = {"created_at": told.created_at, "updated_at": told.updated_at, "deleted_at": told.deleted_at}
    if isinstance(told, Activity):
        instants["done_at"] = told.done_at
    for field, at in instants.items():
        if at is not None and not (1 if field == "deleted_at" else FIRST_INSTANT) <= at <= LAST_INSTANT:
            raise invalid(field, "expected an instant in ms UTC, of the years that have four digits")


def _check_when(when: When) -> None:
    if when.time is not None and (when.time.tzinfo is not None or when.time.microsecond):
        raise invalid("when.time", "expected a time of day in UTC, HH:MM:SS")
    try:
        check_length(when)
    except Invalid as error:
        raise invalid("when.duration", error.problems[0].message) from None
    if when.zone is not None and not is_zone(when.zone):
        raise invalid("when.zone", "expected the name of an IANA zone, such as Europe/Tallinn")


def _check_participants(told: Activity) -> None:
    for place, person in enumerate(told.participants):
        if person.ref.kind != "contact":
            raise invalid(f"participants[{place}].ref.kind", "expected contact")
        _check_uuid(person.ref.uuid, f"participants[{place}].ref.uuid")
    if sum(person.primary for person in told.participants) > 1:
        raise invalid("participants", "only one participant can be the primary one")


def _check_attendee(told: Attendee, field: str) -> None:
    if told.user_id is not None and told.ref is not None:
        raise invalid(field, "expected a user or a record, not both")
    if told.user_id is None and told.ref is None and not told.email:
        raise invalid(field, "expected a user, a record or an email address")
    if told.ref is not None:
        if told.ref.kind not in _INVITED:
            raise invalid(f"{field}.ref.kind", f"expected one of {', '.join(_INVITED)}")
        _check_uuid(told.ref.uuid, f"{field}.ref.uuid")
