"""What activities can be about: the records and users of Alice's account, and any activity over them.

An activity here is a wish: its own names and times are the server's business.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, get_args

from hypothesis import strategies as st
from msgspec import Struct

from dayline.domain.activity import (
    Activity,
    Attendee,
    AttendeeStatus,
    Conference,
    Location,
    Participant,
    Priority,
    Visibility,
    When,
)
from dayline.domain.identity import User
from dayline.domain.record import KINDS, Kind, Record, Ref
from dayline.domain.types import TypeRef
from tests.house import Town

ZONES = ("Europe/Tallinn", "America/Bogota")

text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30).filter(
    lambda line: line == line.strip()
)


class World(Struct, frozen=True):
    """Three records of each kind, the users, and the types."""

    records: dict[Kind, list[Record]]
    users: list[User]
    types: dict[str, TypeRef]
    caller: int

    def uuid(self, kind: Kind, id_: int) -> str:
        """The uuid of one of the records."""
        return next(record.uuid for record in self.records[kind] if record.id == id_)

    def user(self, uuid: str) -> int:
        """The id of one of the users."""
        return next(user.id for user in self.users if user.uuid == uuid)


def world_of(town: Town) -> World:
    """Fill Alice's account with what there is to be about."""
    town.move_in(town.alice.account_id, "Dora", "member")
    return World(
        {kind: [town.record(town.alice, kind, f"{kind} {n}") for n in range(3)] for kind in KINDS},
        town.wait(town.service.identities.users(town.alice.account_id)),
        {one.key: one.ref for one in town.wait(town.service.types.list(town.alice.principal))},
        town.alice.user_id,
    )


@st.composite
def wishes(draw: st.DrawFn, world: World, *, latest: bool = False) -> Activity:
    """Any activity; ``latest`` is about the last record of each kind, and else it is never about that one."""
    some = {kind: records[2:] if latest else records[:2] for kind, records in world.records.items()}
    related = draw(
        st.lists(st.sampled_from([one.ref for kind in KINDS for one in some[kind]]), unique=True, max_size=5)
    )
    users = [user.id for user in world.users]
    done = draw(st.booleans())
    return Activity(
        id=0,
        uuid="",
        creator_id=world.caller,
        editor_id=world.caller,
        type=world.types[draw(st.sampled_from(sorted(world.types)))],
        owner_id=draw(st.sampled_from(users)),
        subject=draw(text),
        description=draw(st.none() | text),
        note=draw(st.none() | text),
        when=draw(_whens()),
        busy=draw(st.none() | st.booleans()),
        done=done,
        priority=draw(st.none() | st.sampled_from(get_args(Priority))),
        outcome=draw(st.none() | text),
        visibility=draw(st.sampled_from(get_args(Visibility))),
        location=draw(
            st.none() | st.builds(Location, text) | st.builds(Location, st.none() | text, text, country=text)
        ),
        conference=draw(st.none() | st.builds(Conference, st.none() | text, _urls(), st.none() | text)),
        related=tuple(related),
        main_chosen=bool(related) and draw(st.booleans()),
        participants=draw(_participants([one.ref for one in some["contact"]])),
        attendees=draw(_attendees(world, some)),
        collaborators=tuple(draw(st.lists(st.sampled_from(users), unique=True, max_size=2))),
        invite=draw(st.booleans()),
    )


def _whens() -> st.SearchStrategy[When]:
    return st.builds(
        When,
        st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)),
        st.none() | st.times().map(lambda time: time.replace(microsecond=0)),
        st.none() | st.integers(0, 3 * 86_400),
        st.none() | st.sampled_from(ZONES),
    )


def _urls() -> st.SearchStrategy[str]:
    return st.from_regex(r"https://meet\.example/[a-z0-9-]{1,20}", fullmatch=True)


@st.composite
def _participants(draw: st.DrawFn, contacts: Sequence[Ref]) -> tuple[Participant, ...]:
    people = draw(st.lists(st.sampled_from(contacts), unique=True))
    primary = draw(st.sampled_from(people)) if people else None
    return tuple(Participant(ref, ref == primary) for ref in people)


@st.composite
def _attendees(draw: st.DrawFn, world: World, some: dict[Kind, list[Record]]) -> tuple[Attendee, ...]:
    behind: list[dict[str, Any]] = [{"user_id": user.id} for user in world.users]
    behind += [{"ref": one.ref} for kind in ("candidate", "contact") for one in some[kind]]
    behind += [{"email": f"guest{n}@example.com"} for n in range(2)]
    people = draw(st.lists(st.sampled_from(range(len(behind))), unique=True, max_size=4))
    return tuple(draw(_attendee(behind[place])) for place in people)


def _attendee(behind: dict[str, Any]) -> st.SearchStrategy[Attendee]:
    given = {} if "email" in behind else {"email": st.none() | st.just("other@example.com")}
    return st.builds(
        Attendee,
        **{name: st.just(value) for name, value in behind.items()},
        **given,
        name=st.none() | text,
        status=st.sampled_from(get_args(AttendeeStatus)),
        organizer=st.booleans(),
    )
