"""A write as data: what it must see, a pure plan of the rows to write, and a pure rendering of the answer.

A unit calls nothing: the group writer looks up, plans, writes and renders many of them in one transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, Literal, Protocol, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from dayline import tracing
from dayline.domain.activity import Activity
from dayline.domain.audit import Act
from dayline.domain.draft import Author, TypeKey
from dayline.domain.erasure import Erasure
from dayline.domain.errors import Conflict, invalid
from dayline.domain.identity import Account, Token, User, UserKey
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.job import Job
from dayline.domain.origin import Origin, current_origin
from dayline.domain.record import Identity, Kind, Record, RecordKey, Ref
from dayline.domain.saved import SavedFilter
from dayline.domain.types import ActivityType, TypeRef
from dayline.domain.webhook import Webhook

A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)
K = TypeVar("K")
V = TypeVar("V")
Headers: TypeAlias = tuple[tuple[str, str], ...]
Entity: TypeAlias = (
    Account | Activity | Record | User | Token | ActivityType | SavedFilter | IntegratedAccount | Webhook | Erasure
)
Action = Literal["created", "changed", "deleted", "restored", "purged"]


class Answer(Protocol):
    """A finished answer, as far as the idempotency row keeps it."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Headers: ...
    @property
    def body(self) -> bytes: ...


class Once(Protocol[A_co]):
    """An idempotency key: the caller's key, what request it came with, and how its stored answer is given again."""

    @property
    def key(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    def replay(self, status: int, headers: Headers, body: bytes) -> A_co: ...


class Needs(Struct, frozen=True):
    """What a plan must see. Whatever does not exist is simply not there when the plan asks.

    ``external`` are records by kind and by what another system calls them, ``activity_uuids`` activities by uuid,
    ``integrated`` integrated accounts by uuid. ``webhooks_of`` asks how many webhooks these users have.
    """

    account: bool = False
    activities: tuple[int, ...] = ()
    activity_uuids: tuple[str, ...] = ()
    records: tuple[RecordKey, ...] = ()
    external: tuple[tuple[Kind, str], ...] = ()
    users: tuple[int, ...] = ()
    types: tuple[int | str, ...] = ()
    tokens: tuple[int, ...] = ()
    filters: tuple[int, ...] = ()
    integrated: tuple[str, ...] = ()
    webhooks: tuple[int, ...] = ()
    erasures: tuple[int, ...] = ()
    webhooks_of: tuple[int, ...] = ()


class Entry(Struct, frozen=True):
    """One thing written: its state before (None when it is new) and after (None when it is gone for good).

    Each becomes a row of the change log. One that ``forgets`` says there nothing of what was before; and where it
    leaves nothing, no row of the same activity says any more what that was.
    """

    action: Action
    before: Entity | None
    after: Entity | None
    forgets: bool = False

    @property
    def entity(self) -> Entity:
        """The thing itself, in its latest state."""
        entity = self.before if self.after is None else self.after
        assert entity is not None
        return entity


class Plan(Struct, Generic[V], frozen=True):
    """What a unit wants written, and the value its answer is rendered from.

    ``beside`` asks whether another open activity that the author can see shares a record with this one. ``jobs`` are
    put in with it, in the same transaction; so are ``acts``, which are for the audit alone.
    """

    entries: tuple[Entry, ...]
    value: V
    beside: Activity | None = None
    jobs: tuple[Job, ...] = ()
    acts: tuple[Act, ...] = ()


class Result(Struct, Generic[V], frozen=True):
    """What was written, for the rendering. ``more_open`` answers the plan's ``beside``."""

    value: V
    more_open: bool = False


class Unit(Struct, Generic[V, A], frozen=True, eq=False):
    """One write of one account. ``touches`` names what it must have for itself: units that share a name go in turn.

    ``origin`` is where the task comes from that makes it, ``trace`` the traceparent of what it is a part of.
    """

    account_id: int
    user_id: int
    token_id: int
    admin: bool
    needs: Needs
    plan: "Callable[[Facts], Plan[V]]"
    render: Callable[[Result[V]], A]
    touches: frozenset[str] = frozenset()
    once: Once[A] | None = None
    origin: Origin = field(default_factory=current_origin)
    trace: str = field(default_factory=tracing.carried)


DISORDER: Final = "disorder"
"""Stands among an account's ids once an import has brought activities made in another order than that of their ids."""


class Counter(Struct):
    """The account's counter row while a group holds its lock. ``clock`` is ms UTC and never goes back.

    ``listening`` counts the active webhooks.
    """

    account_id: int
    sequence: int
    clock: int
    directory: int
    ids: dict[str, int]
    listening: int = 0
    handed: set[tuple[str, int]] = field(default_factory=set)

    def next_sequence(self) -> int:
        """The next number of the change log."""
        self.sequence += 1
        return self.sequence

    def next_id(self, kind: str) -> int:
        """The next integer id of this kind of thing."""
        return self.take(kind, self.ids.get(kind, 0) + 1)

    def take(self, kind: str, id_: int) -> int:
        """An id that a caller chose himself; it is never handed out again. Raises Conflict.

        What is stored is for the plan to check; what others of the same group were handed is known only here.
        """
        if (kind, id_) in self.handed:
            raise Conflict(f"id: there is a {kind} with this id already.")
        self.handed.add((kind, id_))
        self.ids[kind] = max(self.ids.get(kind, 0), id_)
        return id_


class Found(Struct, frozen=True):
    """Everything that the units of a group need and that exists, of one account."""

    account: Account | None
    activities: Mapping[int, Activity]
    records: Mapping[tuple[Kind, Identity], Record]
    external: Mapping[tuple[Kind, str], Record]
    users: Mapping[int, User]
    types: Mapping[int | str, ActivityType]
    tokens: Mapping[int, Token]
    activities_by_uuid: Mapping[str, Activity]
    filters: Mapping[int, SavedFilter]
    integrated: Mapping[str, IntegratedAccount]
    webhooks: Mapping[int, Webhook]
    erasures: Mapping[int, Erasure]
    webhooks_of: Mapping[int, int]

    def of(self, needs: Needs) -> "Found":
        """What one unit asked for: it must not act on what another of its group happened to name."""
        return Found(
            account=self.account if needs.account else None,
            activities=_those(self.activities, needs.activities),
            records=_those(self.records, [(key.kind, key.value) for key in needs.records]),
            external=_those(self.external, needs.external),
            users=_those(self.users, needs.users),
            types=_types_of(self.types, needs.types),
            tokens=_those(self.tokens, needs.tokens),
            activities_by_uuid=_those(self.activities_by_uuid, needs.activity_uuids),
            filters=_those(self.filters, needs.filters),
            integrated=_those(self.integrated, needs.integrated),
            webhooks=_those(self.webhooks, needs.webhooks),
            erasures=_those(self.erasures, needs.erasures),
            webhooks_of=_those(self.webhooks_of, needs.webhooks_of),
        )


def _those(found: Mapping[K, V], keys: Iterable[K]) -> dict[K, V]:
    return {key: found[key] for key in keys if key in found}


def _types_of(found: Mapping[int | str, ActivityType], keys: Iterable[int | str]) -> dict[int | str, ActivityType]:
    """Each by its id and by its key, by whichever it was asked for."""
    return {name: type_ for type_ in _those(found, keys).values() for name in (type_.id, type_.key)}


class Facts(Struct, frozen=True):
    """What one unit's plan sees: what was found, the counter, and who writes when. It is the plan's Resolver."""

    found: Found
    counter: Counter
    author: Author
    admin: bool

    def activity(self, id_: int) -> Activity | None:
        """The activity, deleted or not."""
        return self.found.activities.get(id_)

    def record(self, key: RecordKey) -> Ref:
        """The living record. Raises Invalid."""
        record = self.found.records.get((key.kind, key.value))
        if record is None or record.deleted_at is not None:
            raise invalid(key.field, f"No {key.kind} with this id exists.")
        return record.ref

    def user(self, key: UserKey) -> int:
        """The id of the active user; the author himself is known. Raises Invalid."""
        if key.id == self.author.user_id:
            return key.id
        user = self.found.users.get(key.id)
        if user is None or not user.active:
            raise invalid(key.field, "No user with this id exists.")
        return user.id

    def type(self, key: TypeKey) -> TypeRef:
        """The active type. Raises Invalid."""
        type_ = self.found.types.get(key.value)
        if type_ is None or not type_.active:
            raise invalid(key.field, "No activity type with this key exists.")
        return type_.ref


def encode(entity: Entity) -> str:
    """The canonical document of an entity, as stored and as the change log keeps it: without what is sealed."""
    if isinstance(entity, IntegratedAccount):
        entity = replace(entity, sealed={})
    elif isinstance(entity, Webhook):
        entity = replace(entity, sealed={}, cursor=0, missed=0)
    return msgspec.json.encode(entity).decode()


def number_of(entity: Entity) -> int:
    """The integer by which the account knows an entity."""
    return entity.number if isinstance(entity, IntegratedAccount) else entity.id


def kind_of(entity: Entity) -> str:
    """What the change log and the counter call this kind of thing."""
    return entity.kind if isinstance(entity, Record) else _KINDS[type(entity)]


_KINDS: dict[type[Any], str] = {
    Account: "account",
    Activity: "activity",
    User: "user",
    Token: "token",
    ActivityType: "type",
    SavedFilter: "filter",
    IntegratedAccount: "integrated_account",
    Webhook: "webhook",
    Erasure: "erasure",
}
