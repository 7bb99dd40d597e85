"""ATZ keeps the contract of every dialect. Its pages are numbered: what is said of cursors is said of numbers here."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest

from dayline.domain.draft import Draft
from dayline.domain.record import Kind
from dayline.kit.dialect import Failure
from dayline.service.identity import NewUser
from dayline.vendors.atz.routes import DIALECT
from tests.cast import Person
from tests.contract.suite import STATUSES, DialectContract, Json, Place
from tests.house import Town
from tests.vendors.atz.speech import ROOT, task

ENTITIES: tuple[tuple[int, Kind], ...] = (
    (1, "candidate"), (2, "job"), (3, "organization"), (4, "contact"), (5, "deal"), (10, "lead"), (10, "other"),
)  # fmt: skip
LISTS = (
    ("collaborators", "user"),
    ("candidates_as_attendees", "candidate"),
    ("contacts_as_attendees", "contact"),
    ("users_as_attendees", "user"),
)


def in_body(field: str, names: str) -> Place:
    return Place(f"POST {field}", names, lambda id_: ("POST", ROOT, task(**{field: str(id_)})))


def paired(entity: int, names: str) -> Place:
    return Place(
        f"POST related_to of {entity}",
        names,
        lambda slug: ("POST", ROOT, task(related_to_entity=entity, related_to=slug)),
    )


def in_query(names: str) -> Place:
    return Place(
        "GET ?related_to", names, lambda slug: ("GET", f"{ROOT}?{urlencode({'related_to': slug})}", None), finds=True
    )


class TestAtz(DialectContract):
    dialect = DIALECT
    collection = ROOT
    update = "PUT"
    reused_status = 400
    unheeded = frozenset({"cursor=%00", "cursor=x", "no_such=1"})
    places = (
        Place("GET /{id}", "activity", lambda id_: ("GET", f"{ROOT}/{id_}", None)),
        Place("PUT /{id}", "activity", lambda id_: ("PUT", f"{ROOT}/{id_}", {"title": "Mine now"})),
        Place("PUT /{id}, wrong", "activity", lambda id_: ("PUT", f"{ROOT}/{id_}", {"title": ""})),
        Place("DELETE /{id}", "activity", lambda id_: ("DELETE", f"{ROOT}/{id_}", None)),
        *(in_body(field, names) for field, names in LISTS),
        *(in_body("related_to", kind) for _, kind in ENTITIES),
        *(paired(entity, kind) for entity, kind in ENTITIES),
        *(in_query(kind) for _, kind in ENTITIES),
    )

    def item(self, id_: int) -> str:
        return f"{ROOT}/{id_}"

    def body(self, subject: str) -> Json:
        return task(subject)

    def wrong_bodies(self) -> Iterator[Json]:
        texts: tuple[Any, ...] = (5, True, [], {})
        wrong: dict[str, tuple[Any, ...]] = {
            "title": (*texts, None, "", "  ", "x" * 101),
            "activity_type_id": (1, 0, -1, 1.5, True, "", "x", "1.5", None, [], {}, 2**63, 999),
            **dict.fromkeys(
                ("start_datetime", "end_datetime"),
                (*texts, None, "", "noon", "2026-04-25", "2026-02-30T00:00:00Z", "10:00", "2026-04-25T25:00Z"),
            ),
            "related_to_entity": (0, 6, 7, "x", 1.5, True, [], {}),
            "related_to": (*texts, "nobody", "x" * 51),
            "collaborators": (1.5, True, {}, "x", "1,x", "-1", "0", "1.5", [{}], [None], ["1,1"], 10**9, "9" * 30),
            "users_as_attendees": (1.5, True, {}, "x", "0", [[]], "999999999"),
            **dict.fromkeys(("candidates_as_attendees", "contacts_as_attendees"), (5, {}, "nobody", "a b", [5])),
            "meeting_link": (*texts, "x", "ftp://example.com", "https://", "//example.com", "https://a b.com",
                             "https://example.com/" + "x" * 81, "http://[", "https://example.com:99999999/"),
            "importance": (5, "", "HIGH", "urgent", [], {}),
            "location": (*texts, "x" * 51),
            "description": texts,
            **dict.fromkeys(("do_not_send_calendar_invite", "mark_as_done"), ("true", 2, -1, "", [], {})),
        }  # fmt: skip
        yield from (task(**{field: value}) for field, values in wrong.items() for value in values)
        yield task(end_datetime=task()["start_datetime"])
        yield task(end_datetime="2026-04-25T09:00:00Z")

    def hide(self, id_: int, town: Town) -> None:
        draft = Draft(visibility="private")
        town.wait(town.service.activities.change(town.alice.principal, id_, draft, lambda written: written))

    def id_of(self, answer: Json) -> int:
        return int(answer["id"])

    def items(self, answer: Json) -> list[Json]:
        return list(answer["data"])

    def next_page(self, answer: Json) -> str | None:
        url = answer["next_page_url"]
        return None if url is None else f"page={urlsplit(url).query.rpartition('page=')[2]}"

    def check_error(self, status: int, body: Json, headers: httpx2.Headers) -> None:
        assert set(body) == {"message"}
        assert isinstance(body["message"], str)
        assert body["message"]
        fixed = {401: "Unauthorized", 405: "Method Not Allowed", 429: "Too Many Requests"}
        assert body["message"] == fixed.get(status, body["message"])

    def reference(self, town: Town, names: str, who: Person) -> Any:
        if names == "user":
            count = len(town.wait(town.service.identities.users(who.account_id)))
            new = NewUser(name="Somebody", email=f"somebody{count}@example.com")
            return town.wait(town.service.identities.add_user(who.account_id, new)).id
        return town.record(who, names).slug  # type: ignore[arg-type]

    def walk(self, client: httpx2.Client, query: str) -> list[int]:
        """In the order in which what comes and goes is at the end: numbered pages shift behind it."""
        return super().walk(client, f"{query}&sort_by=created_at&sort_order=asc")

    def _everything(self, client: httpx2.Client) -> bytes:
        """What a list shows whole is what each activity shows by itself; and it is quicker."""
        first = client.get(f"{ROOT}?maximize=all").json()
        pages = [client.get(f"{ROOT}?maximize=all&page={number + 1}") for number in range(first["last_page"])]
        return b"".join(page.content for page in pages)

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_failure_has_the_vendors_shape(self, status: int) -> None:
        """ATZ answers no activity with 422."""
        reply = self.dialect.envelope(Failure(status, "a reason"))
        assert reply.status == (400 if status == 422 else status)
        self.check_error(status, json.loads(reply.body), httpx2.Headers(list(reply.headers)))

    def test_a_cursor_of_another_account_is_refused(self, town: Town, alice: httpx2.Client) -> None:
        """A page has a number, which is as good in every account, and shows what is of that account."""
        mine = self.add(alice, "Of Alice alone")
        with town.client(town.charlie) as charlie:
            self.add(charlie)
            shown = charlie.get(f"{ROOT}?limit=1&page=1").json()["data"]
        assert [item["title"] for item in shown] != ["Of Alice alone"]
        assert mine in self.walk(alice, "limit=25")

    def test_a_cursor_with_any_bit_changed_is_refused(self, alice: httpx2.Client) -> None:
        """What is no number of a page is refused; one beyond the last shows an empty page."""
        self.add(alice)
        for number in ("0", "-1", "x", "1.5", "", "%31x", "9" * 30):
            self.refused(alice.get(f"{ROOT}?page={number}"), 400)
        beyond = alice.get(f"{ROOT}?limit=1&page={2**63 - 1}").json()
        assert (beyond["data"], beyond["from"], beyond["to"], beyond["next_page_url"]) == ([], 0, 0, None)
