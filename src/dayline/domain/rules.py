"""How an activity becomes what a draft asks, is deleted, and comes back. Pure: callers look the keys up first."""

from typing import Any, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from dayline.domain.activity import (
    Activity,
    Attendee,
    AttendeeKind,
    Conference,
    Location,
    Participant,
    Priority,
    Visibility,
    When,
)
from dayline.domain.attaching import By, attached
from dayline.domain.draft import Author, Draft, Invited, Resolver, TypeKey
from dayline.domain.errors import invalid
from dayline.domain.identity import UserKey
from dayline.domain.record import RecordKey, Ref
from dayline.domain.relating import paired
from dayline.domain.spanning import spanned
from dayline.domain.time import LAST_INSTANT, MAX_DURATION
from dayline.domain.types import TypeRef

T = TypeVar("T")


def create(draft: Draft, id: int, uuid: str, author: Author, resolver: Resolver) -> Activity:
    """Make the activity that the draft describes. Raises Invalid."""
    if draft.type is UNSET:
        raise invalid("type", "This value is required.", "missing")
    bare = Activity(
        id=id,
        uuid=uuid,
        type=resolver.type(draft.type),
        owner_id=author.user_id,
        creator_id=author.user_id,
        editor_id=author.user_id,
        created_at=author.now,
        updated_at=author.now,
        revision=0,
    )
    return change(bare, draft, author, resolver)


def change(before: Activity, draft: Draft, author: Author, resolver: Resolver) -> Activity:
    """Make the activity that ``before`` becomes through the draft. Raises Invalid.

    What it names already may be named again, also when that has been deleted since.
    """
    resolver = _Kept(before, resolver)
    done = _or(draft.done, before.done)
    after = replace(
        before,
        subject=_or(draft.subject, before.subject),
        description=_or(draft.description, before.description),
        note=_or(draft.note, before.note),
        type=before.type if draft.type is UNSET else resolver.type(draft.type),
        when=_when(before.when, draft),
        busy=_or(draft.busy, before.busy),
        done=done,
        done_at=_done_at(before, draft, author) if done else None,
        priority=_priority(before, draft),
        outcome=_or(draft.outcome, before.outcome),
        visibility=_visibility(before, draft),
        location=_location(before.location, draft),
        conference=_conference(before.conference, draft),
        invite=_or(draft.invite, before.invite),
        owner_id=before.owner_id if draft.owner is UNSET else resolver.user(draft.owner),
        collaborators=_collaborators(before, draft, resolver),
        related=_related(before.related, draft, resolver),
        main_chosen=_main_chosen(before, draft, resolver),
        participants=_participants(before.participants, draft, resolver),
        attendees=_attendees(before.attendees, draft, resolver),
        attachments=attached(before.attachments, draft.attachments, By(author.user_id, author.now)),
        extras=_extras(before.extras, draft.extras),
        editor_id=author.user_id,
        updated_at=author.now,
        revision=before.revision + 1,
    )
    return _with_main(before, after, draft, resolver)


def same(one: Activity, other: Activity) -> bool:
    """Whether two states of an activity say the same, whoever wrote them and when."""
    return one == replace(other, editor_id=one.editor_id, updated_at=one.updated_at, revision=one.revision)


class _Kept:
    """Finds in the activity itself what it names already, and asks for everything else."""

    def __init__(self, before: Activity, resolver: Resolver) -> None:
        self._before, self._resolver = before, resolver

    def record(self, key: RecordKey) -> Ref:
        for ref in self._before.links():
            if ref.kind == key.kind and key.value in (ref.id, ref.uuid, ref.slug):
                return ref
        return self._resolver.record(key)

    def user(self, key: UserKey) -> int:
        return key.id if key.id in self._before.people() else self._resolver.user(key)

    def type(self, key: TypeKey) -> TypeRef:
        own = self._before.type
        return own if key.value in (own.id, own.key) else self._resolver.type(key)


def delete(before: Activity, author: Author) -> Activity:
    """The activity as it is once deleted: kept, restorable, and out of every list."""
    return _touch(before, author, author.now)


def restore(before: Activity, author: Author) -> Activity:
    """The activity as it is once brought back."""
    return _touch(before, author, None)


def _touch(before: Activity, author: Author, deleted_at: int | None) -> Activity:
    return replace(
        before,
        deleted_at=deleted_at,
        editor_id=author.user_id,
        updated_at=author.now,
        revision=before.revision + 1,
    )


def _or(value: T | UnsetType, otherwise: T) -> T:
    return otherwise if value is UNSET else value


def _when(before: When, draft: Draft) -> When:
    when = When(
        _or(draft.date, before.date),
        _or(draft.time, before.time),
        _or(draft.duration, before.duration),
        _or(draft.zone, before.zone),
    )
    if draft.starts_at is not UNSET or draft.ends_at is not UNSET:
        when = spanned(when, draft.starts_at, draft.ends_at)
    check_length(when)
    return when


def check_length(when: When) -> None:
    """Raise Invalid unless it lasts as long as can be said, and ends while there are dates."""
    if when.duration is not None and not 0 <= when.duration <= MAX_DURATION:
        raise invalid("duration", "This value should be between 00:00:00 and 9999:59:59.")
    if when.starts_at is not None and when.starts_at + (when.duration or 0) * 1000 > LAST_INSTANT:
        raise invalid("duration", "This activity would end after the year 9999.")


def _priority(before: Activity, draft: Draft) -> Priority | None:
    if draft.urgency is UNSET:
        return _or(draft.priority, before.priority)
    return None if before.priority is None and draft.urgency == "normal" else draft.urgency


def _location(before: Location | None, draft: Draft) -> Location | None:
    if draft.place is UNSET:
        return _or(draft.location, before)
    if draft.place == (before.value or None if before else None):
        return before
    return None if draft.place is None else Location(value=draft.place)


def _conference(before: Conference | None, draft: Draft) -> Conference | None:
    if draft.link is UNSET:
        return _or(draft.conference, before)
    if draft.link == (before.url or None if before else None):
        return before
    return None if draft.link is None else Conference(url=draft.link)


def _visibility(before: Activity, draft: Draft) -> Visibility:
    visibility = _or(draft.visibility, before.visibility)
    if draft.hidden is UNSET:
        return visibility
    if not draft.hidden:
        return "public"
    return "private" if visibility == "public" else visibility


def _done_at(before: Activity, draft: Draft, author: Author) -> int:
    if draft.done_at is not UNSET:
        return draft.done_at
    return author.now if before.done_at is None else before.done_at


def _collaborators(before: Activity, draft: Draft, resolver: Resolver) -> tuple[int, ...]:
    if draft.collaborators is UNSET:
        return before.collaborators
    return tuple(dict.fromkeys(resolver.user(key) for key in draft.collaborators))


def _related(before: tuple[Ref, ...], draft: Draft, resolver: Resolver) -> tuple[Ref, ...]:
    related = list(before) if draft.relations is UNSET else [resolver.record(key) for key in draft.relations]
    for relate in draft.related:
        places = [place for place, ref in enumerate(related) if ref.kind == relate.kind]
        if relate.key is None:
            related = [ref for place, ref in enumerate(related) if place not in places[:1]]
        elif places:
            related[places[0]] = resolver.record(relate.key)
        else:
            related.append(resolver.record(relate.key))
    if isinstance(draft.main, RecordKey):
        related.insert(0, resolver.record(draft.main))
    return tuple(dict.fromkeys(related))


def _main_chosen(before: Activity, draft: Draft, resolver: Resolver) -> bool:
    """A choice goes with the relation that was chosen: the one that moves up to its place was chosen by nobody."""
    if draft.main is not UNSET:
        return draft.main is not None
    if not before.main_chosen or not before.related:
        return False
    if draft.relations is not UNSET:
        return [resolver.record(key) for key in draft.relations[:1]] == [before.related[0]]
    chosen = before.related[0].kind
    return not any(relate.kind == chosen and relate.key is None for relate in draft.related)


def _with_main(before: Activity, after: Activity, draft: Draft, resolver: Resolver) -> Activity:
    """What was said of the main relation without a record holds until others than the ones of then are there."""
    if draft.pair is not UNSET:
        return paired(after, draft.pair, resolver)
    kept = draft.main is UNSET and (before.related, before.primary) == (after.related, after.primary)
    return after if kept else replace(after, main_kind=None)


def _participants(before: tuple[Participant, ...], draft: Draft, resolver: Resolver) -> tuple[Participant, ...]:
    people = before
    if draft.participants is not UNSET:
        people = _listed(draft, resolver)
    if draft.primary is not UNSET:
        people = _with_primary(people, None if draft.primary is None else resolver.record(draft.primary))
    return people


def _listed(draft: Draft, resolver: Resolver) -> tuple[Participant, ...]:
    """The participants as listed: each contact once, and the first the primary one where none is said to be."""
    assert draft.participants is not UNSET
    people: dict[Ref, None] = {}
    chosen: Ref | None = None
    for key, primary in draft.participants:
        ref = resolver.record(key)
        if primary and chosen not in (None, ref):
            raise invalid(key.field, "Only one participant can be the primary one.")
        people[ref] = None
        chosen = ref if primary else chosen
    if draft.primary is UNSET and chosen is None:
        chosen = next(iter(people), None)
    return tuple(Participant(ref, ref == chosen) for ref in people)


def _with_primary(people: tuple[Participant, ...], chosen: Ref | None) -> tuple[Participant, ...]:
    """Put the chosen contact in the place of the primary one; None takes the primary one away."""
    if chosen is None:
        return tuple(person for person in people if not person.primary)
    if all(person.ref != chosen for person in people):
        others = tuple(person for person in people if not person.primary)
        return (Participant(chosen, True), *others)
    return tuple(Participant(person.ref, person.ref == chosen) for person in people)


def _attendees(before: tuple[Attendee, ...], draft: Draft, resolver: Resolver) -> tuple[Attendee, ...]:
    if draft.attendees is UNSET:
        return before
    invited = [_attendee(person, resolver) for person in draft.attendees.invited]
    if draft.attendees.by_name:
        return _in_their_places(before, draft.attendees.kinds, invited)
    kept = [person for person in before if person.kind not in draft.attendees.kinds]
    return tuple(dict.fromkeys((*kept, *invited)))


def _in_their_places(
    before: tuple[Attendee, ...], kinds: frozenset[AttendeeKind], invited: list[Attendee]
) -> tuple[Attendee, ...]:
    """Those invited in the places of those of their kind, each as he was if he was there, and the rest at the end."""
    there = {(person.user_id, person.ref): person for person in reversed(before) if person.kind in kinds}
    named = {(person.user_id, person.ref): person for person in invited}
    coming = [there.get(name, person) for name, person in named.items()]
    after: list[Attendee] = []
    for person in before:
        if person.kind not in kinds:
            after.append(person)
        elif following := next((one for one in coming if one.kind == person.kind), None):
            coming.remove(following)
            after.append(following)
    return (*after, *coming)


def _attendee(person: Invited, resolver: Resolver) -> Attendee:
    return Attendee(
        user_id=None if person.user is None else resolver.user(person.user),
        ref=None if person.record is None else resolver.record(person.record),
        email=person.email,
        name=person.name,
        status=person.status,
        organizer=person.organizer,
    )


def _extras(before: dict[str, dict[str, Any]], patch: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    if not patch:
        return before
    merged = {vendor: {**before.get(vendor, {}), **values} for vendor, values in patch.items()}
    kept = {vendor: {k: v for k, v in values.items() if v is not None} for vendor, values in merged.items()}
    return {vendor: values for vendor, values in {**before, **kept}.items() if values}
