"""Reevo keeps the contract of every dialect, as far as one can that reads, changes and deletes nothing by its id."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from dayline.domain.draft import Draft
from dayline.kit.dialect import Failure
from dayline.vendors.reevo.routes import DIALECT
from tests.cast import Person
from tests.contract.suite import STATUSES, DialectContract, Json, Place
from tests.house import Town
from tests.vendors.reevo.speech import NOBODYS, QUERY, ROOT, SEED, manual, named, pages


def logged(field: str, names: str) -> Place:
    return Place(
        f"POST {field}",
        names,
        lambda id_: ("POST", ROOT, manual(**{field: [id_] if field == "contact_ids" else id_})),
    )


def scoped(field: str, names: str) -> Place:
    return Place(f"_query {field}", names, lambda id_: ("POST", QUERY, {field: id_}))


@pytest.fixture(scope="module", autouse=True)
def _accounts(town: Town) -> None:
    """What the timeline of the suite hangs on, in either account by the same uuid."""
    for person in (town.alice, town.charlie):
        named(town, person, "organization", SEED)


class TestReevo(DialectContract):
    dialect = DIALECT
    collection = ROOT
    created = 201
    update = "POST"
    invalid_status = 422
    places = (
        logged("account_id", "organization"),
        logged("opportunity_id", "deal"),
        logged("contact_ids", "contact"),
        logged("sequence_id", "sequence"),
        scoped("account_id", "organization"),
        scoped("opportunity_id", "deal"),
        scoped("contact_id", "contact"),
    )

    def item(self, id_: int) -> str:
        return f"{ROOT}/{id_}"  # there is none: 404

    def body(self, subject: str) -> Json:
        return manual(subject, account_id=SEED)

    def wrong_bodies(self) -> Iterator[Json]:
        wrong: dict[str, tuple[Any, ...]] = {
            **dict.fromkeys(
                ("account_id", "opportunity_id", "sequence_id", "pipeline_select_list_value_id"),
                (5, True, [], {}, "", "x", "x" * 36, {"value": "x"}, {"value": SEED, "other": 1}),
            ),
            "contact_ids": ("x", 5, {}, [5], [None], ["x"], [{"value": None}], [SEED] * 201),
            "type": (5, None, "MEETING", "manual_activity"),
            "metadata": tuple(self._wrong_metadata()),
            "no_such": (1,),
        }
        for field, values in wrong.items():
            yield from (manual(**{field: value}) for value in values)
        yield from ({}, {"attributes": None}, {"attributes": {}}, {"attributes": {"metadata": {}}})

    def _wrong_metadata(self) -> Iterator[Json]:
        wrong: dict[str, tuple[Any, ...]] = {
            "activity_time": (5, None, "", "noon", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"),
            "subject": (5, None, "", "  ", "x" * 1001),
            "description": (5, [], {}, "x" * 100_001),
            "category": (5, None, "call", "MEETING", ""),
            "no_such": (1,),
        }
        yield from ({field: value} for field, values in wrong.items() for value in values)

    def hide(self, id_: int, town: Town) -> None:
        draft = Draft(visibility="private")
        town.wait(town.service.activities.change(town.alice.principal, id_, draft, lambda written: written))

    def id_of(self, answer: Json) -> Any:
        return answer["data"]["id"]

    def items(self, answer: Json) -> list[Json]:
        return list(answer["data"])

    def next_page(self, answer: Json) -> str | None:
        return answer["next_cursor"]  # type: ignore[no-any-return]

    def check_error(self, status: int, body: Json, headers: httpx2.Headers) -> None:
        if "detail" in body:
            assert set(body) == {"detail"}
            texts = {404: "Not Found", 405: "Method Not Allowed"}
            if status in texts:
                assert body["detail"] == texts[status]
                return
            assert status == 422
            assert body["detail"]
            assert all(set(one) == {"type", "loc", "msg", "input"} for one in body["detail"])
        else:
            assert set(body) == {"error_response_type", "error", "message", "details"}
            assert body["error_response_type"] == "GENERIC"
            assert body["error"]
            assert body["message"]

    def reference(self, town: Town, names: str, who: Person) -> Any:
        return town.record(who, names).uuid  # type: ignore[arg-type]

    def walk(self, client: httpx2.Client, query: str) -> list[Any]:
        limit = int(query.removeprefix("limit="))
        rows = [row for page in pages(client, {"account_id": SEED, "limit": limit}, {"limit": limit}) for row in page]
        return [row["id"] for row in rows]

    def _everything(self, client: httpx2.Client) -> bytes:
        rows = [row for page in pages(client, {"account_id": SEED}, {}) for row in page]
        return json.dumps(rows).encode()

    def _cursor(self, client: httpx2.Client) -> str:
        self.add(client)
        self.add(client)
        cursor = client.post(QUERY, json={"account_id": SEED, "limit": 1}).json()["next_cursor"]
        assert isinstance(cursor, str)
        return cursor

    # -- told otherwise, because nothing here is read, changed or deleted by its id ---------------------------------

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_failure_has_the_vendors_shape(self, status: int) -> None:
        reply = self.dialect.envelope(Failure(status, "a reason"))
        assert reply.status == status
        self.check_error(status, json.loads(reply.body), httpx2.Headers(list(reply.headers)))

    def test_a_database_that_is_locked(self, town: Town, alice: httpx2.Client) -> None:
        self.add(alice)
        with town.locked():
            answer = alice.post(ROOT, json=self.body("While it is locked"))
            self.refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            shown = alice.post(QUERY, json={"account_id": SEED})
            assert shown.status_code == 200
        assert b"While it is locked" not in self._everything(alice)
        self.add(alice)

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"{", b"[]", b"1", b"null", b'"text"', b"{]", b'{"a":}', b"{'a': 1}", b'{"subject": "\xff"}',
            b"\xef\xbb\xbf{}", b'{"x": "a\\u0000b"}', b'{"x": "\\ud800"}', b'{"x": 9223372036854775808}',
            b'{"x": NaN}', b'{"x":' * 40 + b"1" + b"}" * 40, b"[" * 100_000,
        ],
    )  # fmt: skip
    def test_a_body_that_nobody_can_read(self, alice: httpx2.Client, content: bytes) -> None:
        headers = {"content-type": "application/json"}
        for path in (ROOT, QUERY):
            self.refused(alice.post(path, content=content, headers=headers), self.invalid_status)

    def test_a_wrong_type_in_every_field(self, alice: httpx2.Client) -> None:
        self.add(alice)
        before = self._everything(alice)
        for body in self.wrong_bodies():
            self.refused(alice.post(ROOT, json=body), self.invalid_status)
        assert self._everything(alice) == before

    @pytest.mark.parametrize("query", ["no_such=1", "%ff=1", "limit=1"])
    def test_a_query_that_nobody_can_read(self, alice: httpx2.Client, query: str) -> None:
        self.refused(alice.post(f"{ROOT}?{query}", json=self.body("No")), self.invalid_status)
        self.refused(alice.post(f"{QUERY}?{query}", json={"account_id": SEED}), self.invalid_status)

    def test_head_and_options(self, town: Town, alice: httpx2.Client) -> None:
        head = alice.head("/api/v2/health")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == alice.get("/api/v2/health").headers["content-length"]
        with town.client() as nobody:
            options = nobody.options(ROOT)
        assert (options.status_code, options.headers["allow"]) == (204, "OPTIONS, POST")

    def test_the_vendors_own_mount_is_the_same_place(self, alice: httpx2.Client) -> None:
        self.add(alice)
        asked = {"account_id": SEED, "limit": 1}
        mounted, root = alice.post(f"/reevo{QUERY}", json=asked).json(), alice.post(QUERY, json=asked).json()
        assert mounted["data"] == root["data"]
        assert root["data"]

    def test_paging_sees_everything_once_while_others_write(self, town: Town, alice: httpx2.Client) -> None:
        there = [self.add(alice, f"Number {n}") for n in range(60)]
        stop = threading.Event()

        def disturb() -> None:
            with town.client(town.bob) as bob:
                while not stop.is_set():
                    mine = town.wait(town.service.activities.id_of(town.bob.principal, str(self.add(bob, "Coming"))))
                    town.wait(town.service.activities.delete(town.bob.principal, mine, lambda written: written))

        with ThreadPoolExecutor(1) as pool:
            disturbing = pool.submit(disturb)
            try:
                seen = [id_ for id_ in self.walk(alice, "limit=7") if id_ in set(there)]
            finally:
                stop.set()
            disturbing.result()
        assert seen == there[::-1]

    def test_a_cursor_of_another_account_is_refused(self, town: Town, alice: httpx2.Client) -> None:
        cursor = self._cursor(alice)
        with town.client(town.charlie) as charlie:
            self.refused(charlie.post(QUERY, json={"cursor": cursor}), 400)

    def test_a_cursor_with_any_bit_changed_is_refused(self, alice: httpx2.Client) -> None:
        cursor = self._cursor(alice)
        for place in range(0, len(cursor), 3):
            other = "A" if cursor[place] != "A" else "B"
            answer = alice.post(QUERY, json={"cursor": f"{cursor[:place]}{other}{cursor[place + 1 :]}"})
            self.refused(answer, 400)
            assert answer.json()["error"] == "invalid_cursor"

    def _nobodys(self, like: Any) -> Any:
        return NOBODYS

    def test_what_is_private_does_not_exist_for_others(
        self, town: Town, alice: httpx2.Client, bob: httpx2.Client
    ) -> None:
        hidden, public = self.add(alice, "Hidden"), self.add(alice, "Public")
        self.hide(town.wait(town.service.activities.id_of(town.alice.principal, str(hidden))), town)
        seen = self.walk(bob, "limit=25")
        assert public in seen
        assert hidden not in seen
        assert hidden in self.walk(alice, "limit=25")

    def test_a_member_sees_what_is_private_to_himself(
        self, town: Town, bob: httpx2.Client, alice: httpx2.Client
    ) -> None:
        mine = self.add(bob, "Bob's own")
        id_ = town.wait(town.service.activities.id_of(town.bob.principal, str(mine)))
        draft = Draft(visibility="private")
        town.wait(town.service.activities.change(town.bob.principal, id_, draft, lambda written: written))
        assert mine in self.walk(bob, "limit=25")
        assert mine in self.walk(alice, "limit=25")
