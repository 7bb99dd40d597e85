"""Pipedrive v1 keeps the contract of every dialect; its lists are numbered pages, its collection has cursors."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from dayline.domain.record import Kind
from dayline.kit.dialect import Failure
from dayline.vendors.pipedrive.routes import DIALECT
from tests.cast import Person
from tests.contract.suite import STATUSES, DialectContract, Json, Place
from tests.house import Town
from tests.vendors.pipedrive import test_contract as v2

ROOT = "/v1/activities"
COLLECTION = f"{ROOT}/collection"
FIELDS: tuple[tuple[str, Kind], ...] = (
    ("deal_id", "deal"),
    ("lead_id", "lead"),
    ("person_id", "contact"),
    ("org_id", "organization"),
    ("project_id", "project"),
)
PARENTS: tuple[tuple[str, Kind], ...] = (("deals", "deal"), ("persons", "contact"), ("organizations", "organization"))


def in_body(field: str, names: str) -> Place:
    return Place(f"POST {field}", names, lambda id_: ("POST", ROOT, {field: id_}))


def in_query(path: str, field: str) -> Place:
    return Place(f"GET {path}?{field}", "user", lambda id_: ("GET", f"{path}?{field}={id_}", None), finds=True)


def above(path: str, names: str) -> Place:
    return Place(f"GET /{path}/{{id}}", names, lambda id_: ("GET", f"/v1/{path}/{id_}/activities", None))


class TestPipedriveV1(DialectContract):
    dialect = DIALECT
    collection = ROOT
    created = 201
    update = "PUT"
    places = (
        Place("GET /{id}", "activity", lambda id_: ("GET", f"{ROOT}/{id_}", None)),
        Place("PUT /{id}", "activity", lambda id_: ("PUT", f"{ROOT}/{id_}", {"subject": "Mine now"})),
        Place("DELETE /{id}", "activity", lambda id_: ("DELETE", f"{ROOT}/{id_}", None)),
        in_query(ROOT, "user_id"),
        in_query(COLLECTION, "user_id"),
        in_body("user_id", "user"),
        Place("POST attendees.user_id", "user", lambda id_: ("POST", ROOT, {"attendees": [{"user_id": id_}]})),
        Place("POST attendees.person_id", "contact", lambda id_: ("POST", ROOT, {"attendees": [{"person_id": id_}]})),
        Place("POST participants", "contact", lambda id_: ("POST", ROOT, {"participants": [{"person_id": id_}]})),
        *(in_body(field, names) for field, names in FIELDS),
        *(above(path, names) for path, names in PARENTS),
    )

    def item(self, id_: int) -> str:
        return f"{ROOT}/{id_}"

    def body(self, subject: str) -> Json:
        return {"subject": subject}

    def wrong_bodies(self) -> Iterator[Json]:
        numbers: tuple[Any, ...] = ("5", 1.5, True, [], {}, 0, -1, 2**63)
        values: dict[str, tuple[Any, ...]] = {
            **dict.fromkeys(("subject", "type", "public_description", "note", "location"), (5, True, [], {})),
            **dict.fromkeys(("user_id", "deal_id", "person_id", "org_id", "project_id"), numbers),
            **dict.fromkeys(("busy_flag", "done", "private"), ("yes", "True ", 2, -1, [], {}, "")),
            **dict.fromkeys(("participants", "attendees"), ("x", 5, {}, [5], [None], [{"person_id": "1"}])),
            "priority": ("264", 1.5, [], {}, 0, 1, 262, 267),
            "due_date": (5, "2026-02-30", "20260201", "2026-W01-1", "2026-1-1", "+999999"),
            "due_time": (5, "24:00", "9", "12:60", "12:00:00.5", "noon", "12:00Z"),
            "duration": (5, "1", "-01:00", "01:60", "10000:00", "1h"),
            "lead_id": (5, "1", "x" * 36),
        }
        yield from ({field: value} for field, wrong in values.items() for value in wrong)
        yield {"type": "no_such_type"}
        yield {"attendees": [{"name": "Nobody"}]}
        yield {"attendees": [{"email_address": "a@example.com", "status": "maybe"}]}
        yield {"participants": [{"primary_flag": True}]}
        yield {"participants": [{"person_id": 1, "primary_flag": "maybe"}]}

    def hide(self, id_: int, town: Town) -> None:
        with town.client(town.alice) as alice:
            assert alice.put(self.item(id_), json={"private": True}).status_code == 200

    def id_of(self, answer: Json) -> int:
        return int(answer["data"]["id"])

    def items(self, answer: Json) -> list[Json]:
        assert answer["success"] is True
        assert answer["data"] != []  # v1 has null there
        return list(answer["data"] or ())

    def next_page(self, answer: Json) -> str | None:
        if "next_cursor" in answer["additional_data"]:
            cursor = answer["additional_data"]["next_cursor"]
            return None if cursor is None else urlencode({"cursor": cursor})
        pages = answer["additional_data"]["pagination"]
        assert ("next_start" in pages) == pages["more_items_in_collection"]
        return f"start={pages['next_start']}" if pages["more_items_in_collection"] else None

    def walk(self, client: httpx2.Client, query: str) -> list[int]:
        """Everybody's, as the suite means it."""
        ids: list[int] = []
        following: str | None = f"{query}&user_id=0"
        while following is not None:
            page = client.get(f"{ROOT}?{following}")
            assert page.status_code == 200, page.text
            ids += [item["id"] for item in self.items(page.json())]
            more = self.next_page(page.json())
            following = None if more is None else f"{query}&user_id=0&{more}"
        return ids

    def check_error(self, status: int, body: Json, headers: httpx2.Headers) -> None:
        if status != 400:
            v2.TestPipedrive().check_error(status, body, headers)
            return
        assert list(body) == ["success", "error", "code", "error_info", "data", "additional_data"]
        assert (body["success"], body["code"], body["data"]) == (False, "ERR_BAD_REQUEST", None)
        assert body["error"].startswith("Bad request: ")
        assert body["error_info"] == "Please check developers.pipedrive.com"

    def reference(self, town: Town, names: str, who: Person) -> Any:
        return v2.TestPipedrive().reference(town, names, who)

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_failure_has_the_vendors_shape(self, status: int) -> None:
        operation = next(row for row in DIALECT.operations if row.name == "addActivityV1")
        reply = DIALECT.word(Failure(status, "a reason"), operation)
        assert reply.status == status
        answer = httpx2.Response(status, content=reply.body)
        self.check_error(status, answer.json(), httpx2.Headers(list(reply.headers)))

    # A list of numbered pages has no cursors; the collection has.

    def _next_of_collection(self, alice: httpx2.Client) -> str:
        self.add(alice)
        self.add(alice)
        following = self.next_page(alice.get(f"{COLLECTION}?limit=1").json())
        assert following is not None
        return following

    def test_a_cursor_of_another_account_is_refused(self, town: Town, alice: httpx2.Client) -> None:
        following = self._next_of_collection(alice)
        with town.client(town.charlie) as charlie:
            self.refused(charlie.get(f"{COLLECTION}?limit=1&{following}"), 400)

    def test_a_cursor_with_any_bit_changed_is_refused(self, alice: httpx2.Client) -> None:
        name, _, cursor = self._next_of_collection(alice).partition("=")
        for place in range(0, len(cursor), 3):
            other = "A" if cursor[place] != "A" else "B"
            self.refused(alice.get(f"{COLLECTION}?limit=1&{name}={cursor[:place]}{other}{cursor[place + 1 :]}"), 400)

    @pytest.mark.parametrize(
        "query", ["cursor=%00", "cursor=x", "since=x", "until=2026-13-01", "user_id=-1", "start=0"]
    )
    def test_a_collection_query_that_nobody_can_read(self, alice: httpx2.Client, query: str) -> None:
        self.refused(alice.get(f"{COLLECTION}?{query}"), 400)

    @pytest.mark.parametrize("query", ["start=-1", "start=x", "start=" + "9" * 30, "user_id=-1", "filter=1", "done=2"])
    def test_a_list_query_that_nobody_can_read(self, alice: httpx2.Client, query: str) -> None:
        self.refused(alice.get(f"{ROOT}?{query}"), 400)
