"""Reevo keeps the contract of every dialect, as far as one can that reads, changes and deletes nothing by its id."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dayline.domain.draft import Draft
from dayline.vendors.reevo.routes import DIALECT
from tests.cast import Person
from tests.contract.suite import DialectContract, Json, Place
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

    def hide(self, id_: Any, town: Town) -> None:
        draft, number = Draft(visibility="private"), self.number(town, town.alice, id_)
        town.wait(town.service.activities.change(town.alice.principal, number, draft, lambda written: written))

    def id_of(self, answer: Json) -> Any:
        return answer["data"]["id"]

    def items(self, answer: Json) -> list[Json]:
        return list(answer["data"])

    def next_page(self, answer: Json) -> str | None:
        cursor = answer["next_cursor"]
        return None if cursor is None else f"cursor={cursor}"

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

    # -- otherwise, because nothing is read, changed or deleted by its id, and what is asked stands in a body -------

    def writes(self, id_: Any) -> tuple[tuple[str, str], ...]:
        return (("POST", ROOT),)

    def seen(self, client: httpx2.Client, id_: Any, mount: str = "") -> bytes | None:
        asked: dict[str, Any] = {"account_id": SEED, "limit": 100}
        while True:
            page = client.post(f"{mount}{QUERY}", json=asked).json()
            for row in page["data"]:
                if row["id"] == id_:
                    return json.dumps(row).encode()
            if page["next_cursor"] is None:
                return None
            asked = {"cursor": page["next_cursor"], "limit": 100}

    def asked(self, client: httpx2.Client, query: str) -> httpx2.Response:
        return client.post(f"{QUERY}?{query}", json={"account_id": SEED})

    def page(self, client: httpx2.Client, limit: int, following: str | None = None) -> httpx2.Response:
        scope = {"account_id": SEED} if following is None else {"cursor": following.partition("=")[2]}
        return client.post(QUERY, json={**scope, "limit": limit})

    def come_and_go(self, town: Town, client: httpx2.Client) -> None:
        mine = self.number(town, town.bob, self.add(client, "Coming and going"))
        town.wait(town.service.activities.delete(town.bob.principal, mine, lambda written: written))

    def number(self, town: Town, who: Person, id_: Any) -> int:
        return town.wait(town.service.activities.id_of(who.principal, str(id_)))

    def _nobodys(self, like: Any) -> Any:
        return NOBODYS

    def test_head_and_options(self, town: Town, alice: httpx2.Client) -> None:
        """The only GET is that of health, which has a path of its own."""
        head = alice.head("/api/v2/health")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == alice.get("/api/v2/health").headers["content-length"]
        with town.client() as nobody:
            options = nobody.options(ROOT)
        assert (options.status_code, options.headers["allow"]) == (204, "OPTIONS, POST")

    # -- and of the timeline --------------------------------------------------------------------------------------

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"a":}', b'{"x": "\\ud800"}', b'{"x": NaN}'])
    def test_a_question_that_nobody_can_read(self, alice: httpx2.Client, content: bytes) -> None:
        headers = {"content-type": "application/json"}
        self.refused(alice.post(QUERY, content=content, headers=headers), self.invalid_status)

    @pytest.mark.parametrize("query", ["no_such=1", "limit=1"])
    def test_a_query_beside_a_new_activity(self, alice: httpx2.Client, query: str) -> None:
        self.refused(alice.post(f"{ROOT}?{query}", json=self.body("No")), self.invalid_status)
