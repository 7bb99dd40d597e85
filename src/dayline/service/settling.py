"""What becomes of each thing that moves in: it is created, is there already, or is refused. Pure.

It must never change what is stored already, nor write an activity as another one's next version.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dayline.domain import rules
from dayline.domain.activity import Activity, Attendee
from dayline.domain.draft import Author, Draft
from dayline.domain.errors import Invalid, Problem, invalid
from dayline.domain.record import KINDS, Kind, Record, Ref
from dayline.domain.types import ActivityType, TypeRef
from dayline.service.identity import NewUser
from dayline.store.unit import DISORDER, Entity, Entry, Facts

Outcome = Literal["created", "unchanged", "refused"]


class Person(Struct, frozen=True, kw_only=True):
    """A user as another account tells him; ``id`` is his there. Here he is known by his email address."""

    id: int
    email: str
    name: str


class Drafted(Struct, frozen=True):
    """An activity to be created from a draft with this uuid, by and as its owner, unless there is one."""

    uuid: str
    draft: Draft
    owner_id: int


class LostPerson(Struct, frozen=True):
    """A user who could not be read but for his id: what he did must not become another's who had that id before."""

    id: int
    problems: tuple[Problem, ...]


Item: TypeAlias = Person | ActivityType | Record | Activity | Drafted | LostPerson | tuple[Problem, ...]


class Known(Struct, frozen=True):
    """Ids of users in this account: by email address in lower case, and by their ids where the items come from."""

    emails: Mapping[str, int]
    told: Mapping[int, int] = {}


class Moved(Struct, frozen=True):
    """What became of one item; ``problems`` say why it was refused."""

    outcome: Outcome
    problems: tuple[Problem, ...] = ()


class Desk:
    """Settles one item after the other, and remembers what it made: the lookups were done before."""

    def __init__(self, facts: Facts, known: Known, *, new_ids: bool) -> None:
        self._facts, self._new_ids = facts, new_ids
        self._emails, self._told = dict(known.emails), dict(known.told)
        self._types: dict[str, TypeRef] = {}
        self._records: dict[tuple[Kind, str], Ref] = {}
        self._names: set[tuple[str, str]] = set()
        self._activities: dict[str, Activity] = {}
        self.entries: list[Entry] = []

    def known(self) -> Known:
        """The users as they are known by now."""
        return Known(self._emails, self._told)

    def settle(self, item: Item) -> Moved:
        """Create the item, unless it is there or has to be refused."""
        if isinstance(item, tuple):
            return Moved("refused", item)
        if isinstance(item, LostPerson):
            self._told.pop(item.id, None)
            return Moved("refused", item.problems)
        try:
            made = self._made(item)
        except Invalid as error:
            return Moved("refused", error.problems)
        if made is None:
            return Moved("unchanged")
        self.entries.append(Entry("created", None, made))
        return Moved("created")

    def _made(self, item: Person | ActivityType | Record | Activity | Drafted) -> Entity | None:
        """What is to be created, or None where it is there."""
        match item:
            case Person():
                return self._user(item)
            case ActivityType():
                return self._type(item)
            case Record():
                return self._record(item)
            case Activity():
                return self._activity(item)
            case Drafted():
                return self._drafted(item)

    def _user(self, told: Person) -> Entity | None:
        # The latest line holds. If it is refused, what follows must not become an earlier one's.
        self._told.pop(told.id, None)
        email, made = told.email.strip().casefold(), None
        if email not in self._emails:
            new = NewUser(name=told.name, email=told.email)
            id_ = self._id("user", told.id, taken=told.id in self._facts.found.users)
            made = new.made(id_, self._facts.author.now)
            self._emails[email] = made.id
        self._told[told.id] = self._emails[email]
        return made

    def _type(self, told: ActivityType) -> Entity | None:
        if told.key in self._types or told.key in self._facts.found.types:
            return None
        if not told.custom:
            raise invalid("key", "this version has no built-in activity type with this key")
        id_ = self._id("type", told.id, taken=told.id in self._facts.found.types)
        made = replace(told, id=id_)
        self._types[made.key] = made.ref
        return made

    def _record(self, told: Record) -> Entity | None:
        if self._found(told.kind, told.uuid) is not None:
            return None
        owner_id = None if told.owner_id is None else self._person(told.owner_id, "owner_id")
        self._claim_names(told)
        id_ = self._id(told.kind, told.id, taken=(told.kind, told.id) in self._facts.found.records)
        made = replace(told, id=id_, owner_id=owner_id)
        self._records[made.kind, made.uuid] = made.ref
        return made

    def _claim_names(self, told: Record) -> None:
        found = self._facts.found
        slug, named = ("", told.slug), (told.kind, told.external_id or "")
        if slug in self._names or any((kind, told.slug) in found.records for kind in KINDS):
            raise invalid("slug", "another record has this slug")
        if told.external_id is not None and (named in self._names or (told.kind, told.external_id) in found.external):
            raise invalid("external_id", f"another {told.kind} has this external_id")
        self._names |= {slug} if told.external_id is None else {slug, named}

    def _activity(self, told: Activity) -> Entity | None:
        wanted, before = self._rewritten(told), self._stored(told.uuid)
        if before is not None:
            if _content(before) != _content(replace(wanted, id=before.id)):
                raise invalid("uuid", "another version is stored")
            return None
        taken = self._facts.activity(told.id) is not None or ("activity", told.id) in self._facts.counter.handed
        if taken and not self._new_ids:
            raise invalid("id", "another activity has this id")
        self._facts.counter.ids[DISORDER] = 1
        return self._kept(replace(wanted, id=self._id("activity", told.id, taken=taken)))

    def _drafted(self, item: Drafted) -> Entity | None:
        if self._stored(item.uuid) is not None:
            return None
        author = Author(item.owner_id, self._facts.author.now)
        # The rules are checked before an id is taken, so that refused lines leave no gaps.
        made = rules.create(item.draft, 0, item.uuid, author, self._facts)
        return self._kept(replace(made, id=self._facts.counter.next_id("activity")))

    def _kept(self, made: Activity) -> Activity:
        self._activities[made.uuid] = made
        return made

    def _stored(self, uuid: str) -> Activity | None:
        return self._activities.get(uuid) or self._facts.found.activities_by_uuid.get(uuid)

    def _id(self, kind: str, id_: int, *, taken: bool) -> int:
        counter = self._facts.counter
        return counter.next_id(kind) if taken or (kind, id_) in counter.handed else counter.take(kind, id_)

    def _rewritten(self, told: Activity) -> Activity:
        """The activity with the names and ids that all it mentions has here."""
        return replace(
            told,
            type=self._type_ref(told.type.key),
            owner_id=self._person(told.owner_id, "owner_id"),
            creator_id=self._person(told.creator_id, "creator_id"),
            editor_id=self._person(told.editor_id, "editor_id"),
            collaborators=tuple(self._person(id_, "collaborators") for id_ in told.collaborators),
            related=tuple(self._ref(ref, "related") for ref in told.related),
            participants=tuple(replace(one, ref=self._ref(one.ref, "participants")) for one in told.participants),
            attendees=tuple(map(self._attendee, told.attendees)),
        )

    def _attendee(self, told: Attendee) -> Attendee:
        user_id = None if told.user_id is None else self._person(told.user_id, "attendees")
        ref = None if told.ref is None else self._ref(told.ref, "attendees")
        return replace(told, user_id=user_id, ref=ref)

    def _person(self, id_: int, field: str) -> int:
        if id_ not in self._told:
            raise invalid(field, f"no line before tells who user {id_} is")
        return self._told[id_]

    def _type_ref(self, key: str) -> TypeRef:
        stored = self._facts.found.types.get(key)
        ref = self._types.get(key) if stored is None else stored.ref
        if ref is None:
            raise invalid("type", "no line before tells this type, and the account has none with this key")
        return ref

    def _ref(self, ref: Ref, field: str) -> Ref:
        found = self._found(ref.kind, ref.uuid)
        if found is None:
            raise invalid(field, f"no line before tells {ref.kind} {ref.id}, and the account has none with its uuid")
        return found

    def _found(self, kind: Kind, uuid: str) -> Ref | None:
        stored = self._facts.found.records.get((kind, uuid))
        return self._records.get((kind, uuid)) if stored is None else stored.ref


def _content(activity: Activity) -> bytes:
    return msgspec.json.encode(activity, order="deterministic")
