"""The rows of a measured database, made by the domain's rules and the store's own row functions. It writes nothing."""

import datetime as dt
import random
from collections.abc import Iterator

from msgspec.structs import replace

from dayline.domain import rules
from dayline.domain.activity import Activity, Participant, When
from dayline.domain.draft import Attendance, Author, Draft, Invited, Relate, TypeKey
from dayline.domain.identity import UserKey
from dayline.domain.record import Kind, Record, RecordKey, Ref
from dayline.domain.types import BUILT_IN, TypeRef
from dayline.store.rows import LinkRow, link_changes, row_of
from dayline.store.statement import Params
from dayline.store.unit import Entry, encode

KINDS: tuple[Kind, ...] = ("deal", "contact", "organization")
RECORDS = 2_000  # of each kind that activities hang on, in the account that is large
FEW_RECORDS = 20  # in each of the others
USERS = 20
# What filters look for: one activity in RARELY of the first RARE_UNTIL is another's, of a rare type, on a rare record,
# on a late day. They fill one page and no more, so that the page is the same however many other activities there are,
# and who goes along these has to go to the end. One in OFTEN is on the record that has very many.
RARELY, RARE_UNTIL, OFTEN = 1_000, 100_000, 20
LARGE, RARE = 1, 2  # the records with very many activities and with few
RARE_TYPE, RARE_DAY = "lunch", dt.date(2030, 6, 1)
YEAR = 365  # days over which activities lie, from the beginning of 2026
EPOCH = 1_767_225_600_000  # 2026-01-01, ms UTC: when the first activity was written; one a second since
NOTE = "What was said, and what is to be done about it. " * 8


def uuid_of(id_: int) -> str:
    """The uuid of an activity of ours: as time-ordered as real ones are."""
    return f"01990000-0000-7000-8000-{id_:012d}"


def slug_of(kind: Kind, number: int) -> str:
    """The slug of a record of ours."""
    return f"{kind}_{number:020x}"


def record_rows(account_id: int, count: int) -> Iterator[Params]:
    """Records of each kind, numbered from one."""
    for kind in KINDS:
        for number in range(1, count + 1):
            record = a_record(kind, number)
            yield row_of(account_id, record, encode(record))


def a_record(kind: Kind, number: int) -> Record:
    """One record."""
    return Record(
        kind=kind,
        id=number,
        uuid=f"01980000-0000-7000-800{KINDS.index(kind)}-{number:012d}",
        slug=slug_of(kind, number),
        name=f"{kind} {number}",
        email=f"{kind}{number}@example.com",
        created_at=EPOCH,
        updated_at=EPOCH,
    )


def activity_rows(account_id: int, first: int, last: int, days: int = YEAR) -> Iterator[tuple[Params, list[LinkRow]]]:
    """The activities with these ids, both included, each with its links. The same whenever they are made."""
    usual, rare = _template("call"), _template(RARE_TYPE)
    refs = {kind: [a_record(kind, number).ref for number in range(1, RECORDS + 1)] for kind in KINDS}
    chance = random.Random(first)
    for id_ in range(first, last + 1):
        rarely = id_ <= RARE_UNTIL and id_ % RARELY == 7
        activity = _placed(rare if rarely else usual, id_, rarely, refs, chance, days)
        links, _ = link_changes(account_id, Entry("created", None, activity))
        yield row_of(account_id, activity, encode(activity)), links


def _placed(
    like: Activity, id_: int, rarely: bool, refs: dict[Kind, list[Ref]], chance: random.Random, days: int
) -> Activity:
    """An activity like this one, elsewhere."""
    at = EPOCH + id_ * 1000
    done = chance.random() < 0.5
    place = RARE if rarely else LARGE if id_ % OFTEN == 0 else chance.randint(3, RECORDS)
    deal, contact, organization = (refs[kind][place - 1] for kind in KINDS)
    day = RARE_DAY if rarely else dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(days))
    return replace(
        like,
        id=id_,
        uuid=uuid_of(id_),
        owner_id=USERS if rarely else chance.randint(1, USERS - 1),
        when=When(date=day, time=dt.time(chance.randrange(7, 17), 30), duration=1800),
        done=done,
        done_at=at if done else None,
        related=(deal, organization),
        participants=(Participant(contact, True),),
        created_at=at,
        updated_at=at,
    )


def _template(type_key: str) -> Activity:
    draft = replace(a_draft(random.Random(1)), type=TypeKey(type_key, "type"))
    return rules.create(draft, 1, uuid_of(1), Author(1, EPOCH), _Resolver())


class _Resolver:
    """Every key names something."""

    def record(self, key: RecordKey) -> Ref:
        assert isinstance(key.value, int)
        return a_record(key.kind, key.value).ref

    def user(self, key: UserKey) -> int:
        return key.id

    def type(self, key: TypeKey) -> TypeRef:
        return next(type_.ref for type_ in BUILT_IN if type_.key == key.value)


def a_draft(chance: random.Random) -> Draft:
    """An activity of about a kilobyte: dated, described, with a deal, an organization, a person and a guest."""
    deal, contact, organization = (RecordKey(kind, chance.randint(3, FEW_RECORDS), kind) for kind in KINDS)
    return Draft(
        subject="Follow-up call about the offer",
        type=TypeKey("call", "type"),
        date=dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(365)),
        time=dt.time(chance.randrange(7, 17), 30),
        duration=1800,
        done=chance.random() < 0.5,
        note=NOTE,
        related=(Relate("deal", deal), Relate("organization", organization)),
        participants=((contact, True),),
        attendees=Attendance(frozenset(("email",)), (Invited(email="guest@example.com", name="A guest"),)),
    )
