"""The people of the tests and the clock they live by, over a store; never a stand-in for the program's own parts."""

from typing import Any

from msgspec import Struct

from dayline.domain.activity import Activity
from dayline.domain.draft import Draft, TypeKey
from dayline.domain.identity import Account, Principal, Role
from dayline.domain.record import Kind, Record, RecordDraft, RecordKey
from dayline.service import Service, Written
from dayline.service.identity import NewUser

START = 1_795_219_200_000  # 2026-11-21T00:00:00Z
CALL = TypeKey("call", "type")
KEY = "5e" * 32  # that seals credentials


class ManualClock:
    """A clock that stands still until it is moved; it may be moved back, too. Instants in ms UTC."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def move(self, ms: int) -> int:
        """Go on by so many milliseconds, or back, and give the new instant."""
        self.now += ms
        return self.now


class Person(Struct, frozen=True):
    """Somebody with a token: who he is, and the credential that says so."""

    name: str
    principal: Principal
    credential: str

    @property
    def user_id(self) -> int:
        return self.principal.user_id

    @property
    def account_id(self) -> int:
        return self.principal.account_id


class Cast(Struct, frozen=True):
    """Alice, an admin, owns; Bob, a member, may read what is public; Charlie is an admin of another account."""

    alice: Person
    bob: Person
    charlie: Person


async def move_in(service: Service, account: Account, name: str, role: Role) -> Person:
    """Add a user with a token."""
    identities = service.identities
    user = await identities.add_user(
        account.id, NewUser(name=name, email=f"{name.lower()}@{account.name.lower()}.test", role=role)
    )
    credential = (await identities.issue_token(account.id, user.id, "test")).credential
    return Person(name, await identities.principal(credential), credential)


async def gather_cast(service: Service) -> Cast:
    """Alice, Bob and Charlie, in accounts of the usual names."""
    return await move_all_in(service)


async def move_all_in(service: Service, name: str = "Acme") -> Cast:
    """Make an account with Alice and Bob, and one with Charlie."""
    ours = await service.identities.create_account(name)
    theirs = await service.identities.create_account(f"{name}-Rival")
    return Cast(
        alice=await move_in(service, ours, "Alice", "admin"),
        bob=await move_in(service, ours, "Bob", "member"),
        charlie=await move_in(service, theirs, "Charlie", "admin"),
    )


def as_written(written: Written) -> Written:
    """The plainest rendering: what was written."""
    return written


def as_activity(written: Written) -> Activity:
    """The activity that was written."""
    return written.activity


def as_record(record: Record) -> Record:
    """The record that was written."""
    return record


def a_call(**fields: Any) -> Draft:
    """A draft of a call, with these fields of a Draft."""
    return Draft(**{"type": CALL, **fields})


async def log_call(service: Service, who: Person, **fields: Any) -> Activity:
    """Create a call, with these fields of a Draft."""
    return await service.activities.create(who.principal, a_call(**fields), as_activity)


async def add_record(service: Service, who: Person, kind: Kind, name: str = "Something") -> Record:
    """Create a record."""
    return await service.records.create(who.principal, RecordDraft(kind=kind, name=name), as_record)


def key_of(record: Record) -> RecordKey:
    """The record as a caller names it."""
    return RecordKey(record.kind, record.id, f"{record.kind}_id")
