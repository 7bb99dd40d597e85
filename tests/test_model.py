"""The service against a plain dict: whatever is done in whatever order, each account holds what its dict holds."""

import asyncio
import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec import UNSET, Struct

from dayline.domain.draft import Draft, TypeKey
from dayline.domain.errors import KeyReused, NotFound
from dayline.domain.filter import Filter, Query, Sort
from dayline.service import Service, Written
from dayline.store.open import open_store
from tests.cast import Cast, Person, as_activity, move_all_in
from tests.conftest import DATABASES
from tests.postgres import Server

T = TypeVar("T")

whose = st.sampled_from(["alice", "charlie"])
ids = st.integers(1, 12)
subjects = st.sampled_from(["", "Call", "Émile", "Straße", "x" * 300])
types = st.sampled_from(["call", "task", "lunch"])
dates = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 9))
keys = st.sampled_from(["a", "b", "c"])


class Told(Struct, frozen=True):
    """An answer as the idempotency row keeps it: the id of what was made."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Key(Struct, frozen=True):
    """An idempotency key with the request that it came with."""

    key: str
    fingerprint: str

    def replay(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> Told:
        return Told(status, headers, body)


class Known(Struct):
    """What the dict holds of an activity."""

    subject: str
    type: str
    date: dt.date | None
    done: bool
    deleted: bool = False


class Model(RuleBasedStateMachine):
    """Two accounts, each with a dict beside it."""

    url_of: Callable[[str], str]  # makes a new database, in this folder if it is a file

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.mkdtemp(prefix="dayline-model-")
        self.store = self.wait(open_store(type(self).url_of(self.folder)))
        self.service = Service(self.store)
        self.cast: Cast = self.wait(move_all_in(self.service))
        self.known: dict[str, dict[int, Known]] = {"alice": {}, "charlie": {}}
        self.used: dict[tuple[str, str], tuple[str, int]] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.wait(self.store.close())
            self.loop.close()
            shutil.rmtree(self.folder)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def person(self, who: str) -> Person:
        return self.cast.alice if who == "alice" else self.cast.charlie

    @rule(who=whose, subject=subjects, type_=types, date=dates, done=st.booleans())
    def create(self, who: str, subject: str, type_: str, date: dt.date | None, done: bool) -> None:
        draft = Draft(subject=subject, type=TypeKey(type_, "type"), date=date, done=done)
        made = self.wait(self.service.activities.create(self.person(who).principal, draft, as_activity))
        assert made.id == len(self.known[who]) + 1
        self.known[who][made.id] = Known(subject, type_, date, done)

    @rule(who=whose, key=keys, subject=st.sampled_from(["One", "Two"]))
    def create_once(self, who: str, key: str, subject: str) -> None:
        """However often it is asked, it is made once; with another request the key is refused."""
        draft = Draft(subject=subject, type=TypeKey("call", "type"))
        asking = self.service.activities.create(self.person(who).principal, draft, _told, Key(key, subject))
        before = self.used.get((who, key))
        if before is not None and before[0] != subject:
            with pytest.raises(KeyReused):
                self.wait(asking)
            return
        id_ = int(self.wait(asking).body)
        if before is not None:
            assert id_ == before[1]
            return
        self.used[who, key] = subject, id_
        self.known[who][id_] = Known(subject, "call", None, done=False)

    @rule(
        who=whose, id_=ids, subject=st.none() | subjects, date=st.just("keep") | dates, done=st.none() | st.booleans()
    )
    def change(self, who: str, id_: int, subject: str | None, date: Any, done: bool | None) -> None:
        draft = Draft(
            subject=UNSET if subject is None else subject,
            date=UNSET if date == "keep" else date,
            done=UNSET if done is None else done,
        )
        changing = self.service.activities.change(self.person(who).principal, id_, draft, as_activity)
        known = self.living(who).get(id_)
        if known is None:
            with pytest.raises(NotFound):
                self.wait(changing)
            return
        self.wait(changing)
        known.subject = known.subject if subject is None else subject
        known.date = known.date if date == "keep" else date
        known.done = known.done if done is None else done

    @rule(who=whose, id_=ids)
    def delete(self, who: str, id_: int) -> None:
        deleting = self.service.activities.delete(self.person(who).principal, id_, as_activity)
        known = self.living(who).get(id_)
        if known is None:
            with pytest.raises(NotFound):
                self.wait(deleting)
            return
        self.wait(deleting)
        known.deleted = True

    @rule(who=whose, id_=ids)
    def restore(self, who: str, id_: int) -> None:
        restoring = self.service.activities.restore(self.person(who).principal, id_, as_activity)
        known = self.known[who].get(id_)
        if known is None:
            with pytest.raises(NotFound):
                self.wait(restoring)
            return
        self.wait(restoring)
        known.deleted = False

    @rule(who=whose, id_=ids)
    def get(self, who: str, id_: int) -> None:
        getting = self.service.activities.get(self.person(who).principal, id_)
        known = self.known[who].get(id_)
        if known is None:
            with pytest.raises(NotFound):
                self.wait(getting)
            return
        found = self.wait(getting)
        assert (found.subject, found.type.key, found.when.date, found.done) == (
            known.subject, known.type, known.date, known.done,
        )  # fmt: skip
        assert (found.deleted_at is not None) == known.deleted

    @rule(
        who=whose,
        done=st.none() | st.booleans(),
        type_=st.none() | types,
        since=dates,
        descending=st.booleans(),
        by_due=st.booleans(),
        limit=st.integers(1, 4),
    )
    def page(
        self,
        who: str,
        done: bool | None,
        type_: str | None,
        since: dt.date | None,
        descending: bool,
        by_due: bool,
        limit: int,
    ) -> None:
        wanted = [
            (known.date or dt.date.max, id_) if by_due else (dt.date.min, id_)
            for id_, known in self.living(who).items()
            if done in (None, known.done)
            and type_ in (None, known.type)
            and (since is None or (known.date is not None and known.date >= since))
        ]
        query = Query(
            filter=Filter(done=done, types=None if type_ is None else (type_,), due_from=since),
            sort=Sort("due" if by_due else "id", descending),
            limit=limit,
        )
        assert self.walk(who, query) == [id_ for _, id_ in sorted(wanted, reverse=descending)]

    @invariant()
    def every_account_holds_its_own(self) -> None:
        for who in self.known if hasattr(self, "known") else ():
            assert self.walk(who, Query(limit=500)) == sorted(self.living(who))

    def living(self, who: str) -> dict[int, Known]:
        return {id_: known for id_, known in self.known[who].items() if not known.deleted}

    def walk(self, who: str, query: Query) -> list[int]:
        """The ids on all pages."""
        seen: list[int] = []
        cursor: str | None = None
        while True:
            asked = Query(filter=query.filter, sort=query.sort, limit=query.limit, cursor=cursor)
            page = self.wait(self.service.activities.list(self.person(who).principal, asked))
            seen += [activity.id for activity in page.items]
            cursor = page.cursor
            if cursor is None:
                return seen


def _told(written: Written) -> Told:
    return Told(200, (), str(written.activity.id).encode())


@pytest.mark.parametrize("database", DATABASES)
def test_the_service_is_a_dict(database: str, request: pytest.FixtureRequest) -> None:
    def sqlite(folder: str) -> str:
        return f"sqlite:///{folder}/dayline.db"

    def postgresql(_: str) -> str:
        server: Server = request.getfixturevalue("postgres")
        server.drop("model")
        return server.create("model", request.getfixturevalue("postgres_template"))

    machine = type("Model", (Model,), {"url_of": {"sqlite": sqlite, "postgresql": postgresql}[database]})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
