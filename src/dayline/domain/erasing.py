"""What becomes of an activity, a record or a filter when a person is erased. Pure.

It must never change what is of others: only his part in it, and the words that name him.
"""

import re
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from dayline.domain.activity import Activity, Attendee, emptied
from dayline.domain.marks import ERASED, Marks, Traces, fold
from dayline.domain.record import Kind, Record, Ref
from dayline.domain.spelling import addresses_in, words_pattern

T = TypeVar("T", bound=msgspec.Struct)
PEOPLE: Final[tuple[Kind, ...]] = ("candidate", "contact")
"""The kinds of record that are people."""

_TEXTS: Final = (*("subject", "description", "note", "outcome", "location", "conference", "attachments", "extras"),)


class Subject:
    """Somebody who is looked for, or erased: his traces, ready to be found.

    What is ``former`` of them may have been another's, so it makes nobody him: it counts only where he has a part.
    """

    def __init__(self, traces: Traces) -> None:
        self.traces = traces
        self._uuids = frozenset((ref.kind, ref.uuid) for ref in traces.refs)
        unsure = frozenset(map(fold, (*traces.shared, *traces.former)))
        self._emails = frozenset(map(fold, traces.emails)) - unsure

    @cached_property
    def near(self) -> Marks:
        """What names him where he has a part."""
        return Marks(self.traces, near=True)

    @cached_property
    def far(self) -> Marks:
        """What names him and nobody else."""
        return Marks(self.traces, near=False)

    @cached_property
    def _single_words(self) -> re.Pattern[str]:
        return re.compile(words_pattern(self.traces.names))

    def leaves_a_word_in(self, activity: Activity) -> bool:
        """Whether a single word of his name, in any case, stands in its texts: it may be anybody's."""
        said = [getattr(activity, name) for name in _TEXTS]
        return self._single_words.search(fold(msgspec.json.encode(said).decode())) is not None

    @cached_property
    def former(self) -> Marks:
        """What was only learned of him."""
        return Marks(only_former(self.traces), near=False)

    def prepare(self) -> None:
        """Make what he is found by, which else is made when it is needed first."""
        for marks in (self.near, self.far):
            marks.prepare()

    def is_ref(self, ref: Ref | None) -> bool:
        """Whether a record is he."""
        return ref is not None and (ref.kind, ref.uuid) in self._uuids

    def is_record(self, kind: str, id_: int) -> bool:
        """The same, by what the change log knows."""
        return any(ref.kind == kind and ref.id == id_ for ref in self.traces.refs)

    def is_attendee(self, attendee: Attendee) -> bool:
        """Whether somebody invited is he. A colleague is not, nor who is known as somebody else."""
        return self._is_known(attendee) or self._is_called_so(attendee)

    def _is_known(self, attendee: Attendee) -> bool:
        if attendee.ref is not None or attendee.user_id is not None:
            return self.is_ref(attendee.ref)
        addresses = addresses_in(attendee.email or "")
        return bool(addresses) and self._emails.issuperset(map(fold, addresses))

    def _is_called_so(self, attendee: Attendee) -> bool:
        """By the name alone only where there is nothing else, and no more to the name."""
        if attendee.ref is not None or attendee.user_id is not None or attendee.email is not None:
            return False
        return attendee.name is not None and self.far.are_all_of(attendee.name)

    def has_part(self, activity: Activity) -> bool:
        """Whether he is surely one of those whom an activity is about or who were invited.

        A name alone does not say so: it may be another's.
        """
        return any(map(self.is_ref, activity.links())) or any(map(self._is_known, activity.attendees))

    def is_named_alone(self, activity: Activity) -> bool:
        """Whether nothing says that he has a part but the name of somebody invited."""
        return not self.has_part(activity) and any(map(self._is_called_so, activity.attendees))

    def is_alone(self, activity: Activity) -> bool:
        """Whether nobody else outside of the account has a part; colleagues do not count."""
        others = (ref for ref in activity.links() if ref.kind in PEOPLE and not self.is_ref(ref))
        invited = (
            one
            for one in activity.attendees
            if one.user_id is None and one.ref is None and (one.email or one.name) and not self.is_attendee(one)
        )
        return next(others, None) is None and next(invited, None) is None

    def attended_as(self, activity: Activity) -> Iterable[str]:
        """The addresses under which he was invited."""
        invited = (one.email for one in activity.attendees if one.email and self.is_ref(one.ref))
        return (address for email in invited for address in addresses_in(email))

    def names_in(self, text: str) -> bool:
        """Whether a text names him or his records, wherever it stands."""
        return any(ref.uuid in text for ref in self.traces.refs) or self.far.are_in(text)

    def made_into(self, word: str) -> bool:
        """Whether a key or the like was made of his name or his address, whatever stands beside it."""
        return self.far.are_in(word) or any(email in fold(word) for email in self._emails)


def without(activity: Activity, subject: Subject, doomed: Collection[int] = (), *, own: bool = False) -> Activity:
    """The activity without the person, and without the attachments of these ids; the same one where nothing is his.

    ``own`` is one in which he had a part at another time.
    """
    part = subject.has_part(activity)
    kept = _without_part(activity, subject)
    if doomed:
        kept = replace(kept, attachments=tuple(one for one in kept.attachments if one.id not in doomed))
    return reworded(kept, subject.near if part or own else subject.far)


def _without_part(activity: Activity, subject: Subject) -> Activity:
    gone = subject.is_ref
    if not (any(map(gone, activity.links())) or any(map(subject.is_attendee, activity.attendees))):
        return activity
    return replace(
        activity,
        related=tuple(ref for ref in activity.related if not gone(ref)),
        main_chosen=activity.main_chosen and not gone(activity.main),
        participants=tuple(one for one in activity.participants if not gone(one.ref)),
        attendees=tuple(one for one in activity.attendees if not subject.is_attendee(one)),
    )


def reworded(activity: Activity, marks: Marks) -> Activity:
    """The activity in the same words but for those."""
    plain: dict[str, Any] = msgspec.to_builtins(activity)
    said = {name: plain[name] for name in _TEXTS if name in plain}
    anew: dict[str, Any] = {name: marks.out_of_all(value) for name, value in said.items()}
    if anew != said:
        activity = msgspec.convert({**plain, **anew}, Activity)
    invited = tuple(_renamed(one, marks) for one in activity.attendees)
    return activity if invited == activity.attendees else replace(activity, attendees=invited)


def _renamed(attendee: Attendee, marks: Marks) -> Attendee:
    """Who is known as somebody else keeps his names, and one address that is not the person's alone is another's."""
    if attendee.user_id is not None or attendee.ref is not None or is_doubtful(attendee, marks, longer=True):
        return attendee
    if len(addresses_in(attendee.email or "")) == 1:
        return replace(attendee, name=attendee.name and marks.out_of(attendee.name))
    name, email = (text and marks.out_of(text) for text in (attendee.name, attendee.email))
    return replace(attendee, name=name, email=email)


def is_doubtful(attendee: Attendee, marks: Marks, *, longer: bool = False) -> bool:
    """Whether somebody invited with another address may be the person all the same: by his name, or what is in it.

    With ``longer`` only who has more to his name.
    """
    if attendee.user_id is not None or attendee.ref is not None or len(addresses_in(attendee.email or "")) != 1:
        return False
    name = attendee.name or ""
    if longer:
        return marks.are_in(name) and not marks.are_all_of(name)
    return marks.are_in(name) or marks.are_in(attendee.email or "")


def mentioned(activity: Activity, marks: Marks) -> bool:
    """Whether it names the person."""
    return reworded(activity, marks) is not activity or any(is_doubtful(one, marks) for one in activity.attendees)


def remains(activity: Activity, now: int) -> Activity:
    """What is told of an activity that goes with its person: that it was there and whose it was, and is deleted.

    Users who were invited stand with its collaborators, and the deals and the like that it was about stay: else nobody
    would tell those who listen for them.
    """
    invited = (one.user_id for one in activity.attendees if one.user_id is not None)
    return replace(
        emptied(activity),
        related=tuple(ref for ref in activity.related if ref.kind not in PEOPLE),
        visibility=activity.visibility,
        collaborators=tuple(dict.fromkeys((*activity.collaborators, *invited))),
        revision=activity.revision + 1,
        updated_at=now,
        deleted_at=now,
    )


def touched(before: Activity, after: Activity, now: int) -> Activity:
    """What an erasure writes in place of an activity; the same one where nothing differs."""
    return before if after == before else replace(after, revision=before.revision + 1, updated_at=now)


def other_record(record: Record, marks: Marks, now: int) -> Record:
    """A record that is no person without the words that name one; the same one where there are none.

    Its email address is its own, whoever else has it.
    """
    given = {
        "name": marks.out_of(record.name),
        "external_id": None if record.external_id and marks.are_in(record.external_id) else record.external_id,
    }
    if all(getattr(record, name) == value for name, value in given.items()):
        return record
    return replace(record, **given, revision=record.revision + 1, updated_at=now)


def blank(record: Record, now: int) -> Record:
    """What stands in the place of a person's record until it is gone: nobody, and deleted."""
    return replace(
        record,
        name=ERASED,
        email=None,
        phone=None,
        external_id=None,
        owner_id=None,
        revision=record.revision + 1,
        updated_at=now,
        deleted_at=record.deleted_at or now,
    )


def in_other_words(entity: T, marks: Marks, *names: str) -> T:
    """An entity with these fields in the same words but for those; the same one where nothing differs.

    Raises ValueError for what is no field of it.
    """
    if unknown := set(names) - set(entity.__struct_fields__):
        raise ValueError(f"{type(entity).__name__} has no {', '.join(sorted(unknown))}")
    plain: dict[str, Any] = msgspec.to_builtins(entity)
    anew = {name: marks.out_of_all(plain[name]) for name in names if name in plain}
    if all(plain[name] == value for name, value in anew.items()):
        return entity
    return msgspec.convert({**plain, **anew}, type(entity))


def only_former(traces: Traces) -> Traces:
    """What of it was only learned; longer names of others are told apart all the same."""
    former = frozenset(map(fold, traces.former))
    names, emails = (tuple(one for one in given if fold(one) in former) for given in (traces.names, traces.emails))
    return Traces(names=names, emails=emails, shared=traces.shared, others=traces.others)


def traces_of(record: Record) -> Traces:
    """By what a person is found, as far as his record says."""
    named = record.name.strip() and record.name != ERASED
    return Traces(
        refs=(record.ref,),
        names=(record.name,) if named else (),
        emails=addresses_in(record.email or ""),
        phones=(record.phone,) if record.phone else (),
    )
