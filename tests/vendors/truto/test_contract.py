"""Truto's surface keeps the contract of every dialect, by the integration that is Dayline's own store."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dayline.domain.draft import Draft
from dayline.domain.record import RecordDraft
from dayline.vendors.truto.routes import DIALECT
from tests.cast import Person
from tests.conftest import Homes
from tests.contract.suite import DialectContract, Json, Place
from tests.house import Town, living_town
from tests.vendors.truto.speech import ACCOUNTS, NOBODYS, OWN, ROOT, check_error

SLUG = "candidate_of_the_suite"


class Office(Town):
    """A town in which every client of the unified API calls Dayline's own store, unless it says otherwise."""

    def client(self, who: Person | str | None = None) -> httpx2.Client:
        client = super().client(who)
        client.event_hooks = {"request": [_to_own_store]}
        return client


def _to_own_store(request: httpx2.Request) -> None:
    url = request.url
    if ROOT in url.path and b"integrated_account_id" not in url.query:
        more = b"integrated_account_id=" + OWN["integrated_account_id"].encode()
        request.url = url.copy_with(query=b"&".join(filter(None, (url.query, more))))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("office")
    with living_town(folder, database_url=homes.new(folder), statement_timeout=1.5) as running:
        running.__class__ = Office
        yield running


@pytest.fixture(scope="module", autouse=True)
def _candidates(town: Town) -> None:
    """A candidate of either account, whom the suite's activities are about, by the same slug."""
    draft = RecordDraft(kind="candidate", name="Somebody", slug=SLUG)
    for person in (town.alice, town.charlie):
        town.wait(town.service.records.create(person.principal, draft, lambda record: record))


def given(field: str) -> Place:
    return Place(f"POST {field}", "candidate", lambda id_: ("POST", ROOT, {"body": "B", field: id_}))


class TestTruto(DialectContract):
    dialect = DIALECT
    collection = ROOT
    created = 201
    places = (
        given("candidate_id"),
        Place("list candidate_id", "candidate", lambda id_: ("GET", f"{ROOT}?candidate_id={id_}", None), finds=True),
        Place("list candidate[id]", "candidate", lambda id_: ("GET", f"{ROOT}?candidate[id]={id_}", None), finds=True),
        Place("list actor[id]", "user", lambda id_: ("GET", f"{ROOT}?actor[id]={id_}", None), finds=True),
        Place("get", "activity", lambda id_: ("GET", f"{ROOT}/{id_}", None)),
        Place("patch", "activity", lambda id_: ("PATCH", f"{ROOT}/{id_}", {"body": "Mine"})),
        Place("delete", "activity", lambda id_: ("DELETE", f"{ROOT}/{id_}", None)),
    )

    def item(self, id_: int) -> str:
        return f"{ROOT}/{id_}"

    def body(self, subject: str) -> Json:
        return {"candidate_id": SLUG, "body": subject}

    def wrong_bodies(self) -> Iterator[Json]:
        wrong: dict[str, tuple[Any, ...]] = {
            "candidate_id": (5, [], {}, "no such", NOBODYS, "x" * 256),
            "body": (5, [], {}, "x" * 100_001),
            "visibility": (5, "", "hidden", []),
            "created_at": (5, [], {}),
            "activity_type": (5, "call", ""),
            "subject": (5, [], "x" * 1_001),
            "from": (5, "a@x.example", {}, [5], [{}], [{"email": ""}], [{"email": "x" * 321}]),
            "to": ("x", [None], [{"name": "A"}]),
            "cc": ("x", [{"email": 5}]),
            "remote_data": (5, [], "x", *({name: "x"} for name in ("type", "date", "time", "zone", "no_such"))),
        }
        for field, values in wrong.items():
            yield from ({**self.body("No"), field: value} for value in values)

    def hide(self, id_: Any, town: Town) -> None:
        draft, number = Draft(visibility="private"), self.number(town, town.alice, id_)
        town.wait(town.service.activities.change(town.alice.principal, number, draft, lambda written: written))

    def id_of(self, answer: Json) -> Any:
        return answer["id"]

    def items(self, answer: Json) -> list[Json]:
        return list(answer["result"])

    def next_page(self, answer: Json) -> str | None:
        cursor = answer["next_cursor"]
        return None if cursor is None else f"next_cursor={cursor}"

    def check_error(self, status: int, body: Json, headers: httpx2.Headers) -> None:
        check_error(status, body)

    def reference(self, town: Town, names: str, who: Person) -> Any:
        if names == "user":
            return next(user.uuid for user in town.wait(town.service.identities.users(who.account_id)))
        return town.record(who, names).uuid  # type: ignore[arg-type]

    def number(self, town: Town, who: Person, id_: Any) -> int:
        return town.wait(town.service.activities.id_of(who.principal, str(id_)))

    def _ahead(self, alice: httpx2.Client, charlie: httpx2.Client) -> int:
        return 1  # a UUID is of one account alone

    def _nobodys(self, like: Any) -> Any:
        return NOBODYS

    def test_paths_of_accounts_ask_for_a_credential_first(self, town: Town) -> None:
        with town.client() as nobody:
            for path in (ACCOUNTS, "/log", "/ping", "/integration/ashby/capabilities", "/webhook"):
                self.refused(nobody.get(path), 401)
