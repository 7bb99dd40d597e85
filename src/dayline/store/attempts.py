"""The statements about attempts at other systems, and the steps that take one on: one of many takers gets it.

They must never wait for another system: a call is made between two of them, and in none.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct
from sqlalchemy import Update, and_, bindparam, func, literal_column, select, update
from sqlalchemy.dialects import sqlite

from dayline.domain.attempt import LEASE_MS, Attempt, State, Taken, Verdict, judge
from dayline.domain.audit import Deed
from dayline.store.audit import noted_with
from dayline.store.group import Steps, lock
from dayline.store.statement import Call, Given, Statement, as_json, statement
from dayline.store.tables import remote_attempts

Key: TypeAlias = tuple[int, str, str]
"""Account, integrated account, and the caller's key."""

DeedOf: TypeAlias = Callable[[str], Deed]
"""What the audit is told of a note with this id."""

_at = remote_attempts.c
_COLUMNS = tuple(column.name for column in remote_attempts.columns)
_KEY = ("account_id", "integrated_id", "key")
_OWN = and_(*(_at[name] == bindparam(name) for name in _KEY))
_OURS = and_(_OWN, _at.fence == bindparam("fence"))


class Adopted(Struct, frozen=True):
    """The note that an attempt has now, if one was to be had; ``busy`` while somebody else writes the same one."""

    id: str | None = None
    busy: bool = False


def _begin() -> Statement:
    """Insert a row, and say so; nothing where there is one with its key. Written so that both dialects read it."""
    insert = sqlite.insert(remote_attempts).values({name: bindparam(name) for name in _COLUMNS})
    return statement(insert.on_conflict_do_nothing(index_elements=_KEY).returning(_at.fence), *_COLUMNS)


def _changed(whose: Update, *names: str) -> Statement:
    """Change these columns of the one row with the key and fence, and say so."""
    change = whose.values({name: bindparam(f"new_{name}") for name in names})
    return statement(change.returning(_at.fence), *(f"new_{name}" for name in names), *_KEY, "fence")


BEGIN = _begin()
LOOK = statement(
    select(*(_at[name] for name in Attempt.__struct_fields__)).where(_OWN).with_for_update(),
    *_KEY,
)
TAKE = _changed(update(remote_attempts).where(_OWN, _at.fence < bindparam("fence")), "fence", "state", "lease_until")
RENEW = _changed(update(remote_attempts).where(_OURS), "lease_until")
END = _changed(update(remote_attempts).where(_OURS), "state", "unsure_at", "remote_id", "answer")
# Somebody else is at the same note right now: until his outcome is known, a note that is found may be his.
SAME = statement(
    select(func.count()).where(
        _at.account_id == bindparam("account_id"),
        _at.integrated_id == bindparam("integrated_id"),
        _at.digest == bindparam("digest"),
        _at.key != bindparam("key"),
        _at.state == literal_column("'pending'"),
        _at.lease_until > bindparam("now"),
    ),
    *("account_id", "integrated_id", "digest", "key", "now"),
)
OLD = statement(
    remote_attempts.delete().where(
        _at.account_id == bindparam("account_id"),
        _at.first_at < bindparam("before"),
        _at.lease_until < bindparam("before"),
    ),
    *("account_id", "before"),
)


def _claimed() -> Statement:
    """Which of these notes an attempt has."""
    ids = Given("ids")
    theirs = (_at.account_id == bindparam("account_id"), _at.integrated_id == bindparam("integrated_id"))
    found = select(_at.remote_id).select_from(ids.lead_to(remote_attempts, *theirs, _at.remote_id == ids.word(0)))
    return statement(found, "account_id", "integrated_id", "ids")


CLAIMED = _claimed()


def take(key: Key, fingerprint: str, digest: str, now: int, deed: Deed | None = None) -> Steps[Verdict]:
    """Begin an attempt, or take on the one that there is, if it may be; only then is the deed told."""
    counter = None if deed is None else (yield from lock(key[0], lambda: deed.at))  # first of all, as in every write
    verdict = yield from _taken(key, fingerprint, digest, now)
    if isinstance(verdict, Taken) and deed is not None and counter is not None:
        yield from noted_with(counter, deed)
    return verdict


def _taken(key: Key, fingerprint: str, digest: str, now: int) -> Steps[Verdict]:
    state: State = "pending"
    row = (*key, fingerprint, digest, state, 1, now + LEASE_MS, now, 0, None, b"")
    while True:
        if (yield Call(BEGIN, [row])):
            return Taken(1, now)
        if rows := (yield Call(LOOK, [key])):  # else it was forgotten in between
            break
    found = Attempt(**dict(zip(Attempt.__struct_fields__, rows[0], strict=True)))
    verdict = judge(found, fingerprint, now)
    if isinstance(verdict, Taken):
        yield Call(TAKE, [(verdict.fence, state, now + LEASE_MS, *key, verdict.fence)])
    return verdict


def renew(key: Key, fence: int, now: int) -> Steps[bool]:
    """Begin the lease anew; whether it is still ours."""
    return bool((yield Call(RENEW, [(now + LEASE_MS, *key, fence)])))


def end(
    key: Key, fence: int, state: State, unsure_at: int, remote_id: str | None, answer: bytes, deed: Deed | None = None
) -> Steps[bool]:
    """Say how it went; whether it was still ours to say. Only then is the deed told."""
    counter = None if deed is None else (yield from lock(key[0], lambda: deed.at))  # first of all, as in every write
    ours = bool((yield Call(END, [(state, unsure_at, remote_id, answer, *key, fence)])))
    if ours and deed is not None and counter is not None:
        yield from noted_with(counter, deed)
    return ours


def adopt(
    key: Key, fence: int, digest: str, notes: Sequence[tuple[str, bytes]], now: int, of: DeedOf | None = None
) -> Steps[Adopted]:
    """Take the first of these notes that no other attempt has, and be written with the answer beside it.

    Nobody may be writing the same note meanwhile, for one of these may be his. All in one transaction: who begins after
    it writes a note that is not among these.
    """
    account_id, integrated_id, own = key
    counter = None if of is None else (yield from lock(account_id, lambda: now))
    ((others,),) = yield Call(SAME, [(account_id, integrated_id, digest, own, now)])
    if others:
        return Adopted(busy=True)
    taken = yield from claimed(key, [id_ for id_, _ in notes])
    for id_, answer in notes:
        if id_ not in taken:
            ours = yield Call(END, [("written", 0, id_, answer, *key, fence)])
            if ours and of is not None and counter is not None:
                yield from noted_with(counter, of(id_))
            return Adopted(id_) if ours else Adopted(busy=True)
    return Adopted()


def claimed(key: Key, ids: Sequence[str]) -> Steps[set[str]]:
    """Which of these notes an attempt has."""
    account_id, integrated_id, _ = key
    given = as_json([(id_,) for id_ in ids])
    return {row[0] for row in (yield Call(CLAIMED, [(account_id, integrated_id, given)]))}


def forget(rows: Sequence[tuple[int, int]]) -> Steps[None]:
    """Forget what was first tried before an instant, by account."""
    if rows:
        yield Call(OLD, rows, many=True)
