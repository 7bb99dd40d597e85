"""What every dialect must keep, whatever its words: a dialect's test inherits this and says where things go in it.

Driven from outside, over HTTP, against a whole running Dayline. Knows no vendor.
"""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, TypeAlias

import httpx2
import pytest
from msgspec import Struct
from sqlalchemy import select

from dayline.domain.draft import Draft
from dayline.domain.filter import RecordFilter
from dayline.domain.identity import ALL_SCOPES
from dayline.kit.dialect import PUBLIC, Dialect, Failure
from dayline.store.statement import Rows
from dayline.store.tables import activities, changes
from tests.cast import Person
from tests.house import Town
from tests.kit.server import exchange
from tests.store.peek import number

Json: TypeAlias = Any
STATUSES = (400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503, 507)
NOBODYS_ID = 999_999_999


class Place(Struct, frozen=True):
    """A place where an id goes: a request with that id, and the kind of thing that it names."""

    name: str
    names: str  # activity, user, or a kind of record
    request: Callable[[Any], tuple[str, str, Json]]  # id -> method, path with query, body or None
    finds: bool = False  # a filter: what does not exist is an empty list there, not an error


class DialectContract(ABC):
    """Inherit, and say how this dialect speaks."""

    dialect: ClassVar[Dialect]
    collection: ClassVar[str]  # where activities are created and listed
    created: ClassVar[int] = 200
    update: ClassVar[str] = "PATCH"
    places: ClassVar[tuple[Place, ...]]
    invalid_status: ClassVar[int] = 400
    reused_status: ClassVar[int] = 422
    cursor_status: ClassVar[int] = 400
    unheeded: ClassVar[frozenset[str]] = frozenset()  # queries that it does not look at, where others refuse them

    @abstractmethod
    def item(self, id_: int) -> str:
        """The path of one activity."""

    @abstractmethod
    def body(self, subject: str) -> Json:
        """A body that creates an activity."""

    @abstractmethod
    def wrong_bodies(self) -> Iterator[Json]:
        """Bodies with a wrong type in each field in turn."""

    @abstractmethod
    def hide(self, id_: int, town: Town) -> None:
        """Make an activity of Alice's private."""

    @abstractmethod
    def id_of(self, answer: Json) -> int:
        """The id of the activity in an answer."""

    @abstractmethod
    def items(self, answer: Json) -> list[Json]:
        """The activities in a page."""

    @abstractmethod
    def next_page(self, answer: Json) -> str | None:
        """The query string that asks for the next page; None on the last."""

    @abstractmethod
    def check_error(self, status: int, body: Json, headers: httpx2.Headers) -> None:
        """Assert that this is the vendor's own error for this status."""

    @abstractmethod
    def reference(self, town: Town, names: str, who: Person) -> Any:
        """How this dialect names something new of this kind in somebody's account."""

    # -- where a dialect does otherwise ---------------------------------------------------------------------------

    def writes(self, id_: Any) -> tuple[tuple[str, str], ...]:
        """Where bodies such as the wrong ones are sent: method and path."""
        return ("POST", self.collection), (self.update, self.item(id_))

    def seen(self, client: httpx2.Client, id_: Any, mount: str = "") -> bytes | None:
        """An activity as it is shown to somebody; None where it does not exist for him."""
        answer = client.get(f"{mount}{self.item(id_)}")
        return answer.content if answer.status_code == 200 else None

    def asked(self, client: httpx2.Client, query: str) -> httpx2.Response:
        """The answer to this query for activities."""
        return client.get(f"{self.collection}?{query}")

    def page(self, client: httpx2.Client, limit: int, following: str | None = None) -> httpx2.Response:
        """A page of so many activities: the first, or the one that ``next_page`` asks for."""
        return self.asked(client, f"limit={limit}" if following is None else f"limit={limit}&{following}")

    def come_and_go(self, town: Town, client: httpx2.Client) -> None:
        """Create an activity of Bob's, change it and delete it."""
        mine = self.add(client, "Coming and going")
        client.request(self.update, self.item(mine), json=self.body("Changed"))
        client.delete(self.item(mine))

    def number(self, town: Town, who: Person, id_: Any) -> int:
        """The integer id of somebody's activity."""
        return int(id_)

    # -- helpers ------------------------------------------------------------------------------------------------

    @pytest.fixture
    def alice(self, town: Town) -> Iterator[httpx2.Client]:
        with town.client(town.alice) as client:
            yield client

    @pytest.fixture
    def bob(self, town: Town) -> Iterator[httpx2.Client]:
        with town.client(town.bob) as client:
            yield client

    def add(self, client: httpx2.Client, subject: str = "Something to do") -> int:
        answer = client.post(self.collection, json=self.body(subject))
        assert answer.status_code == self.created, answer.text
        return self.id_of(answer.json())

    def refused(self, answer: httpx2.Response, status: int) -> None:
        """Assert that the answer is the vendor's own error of this status."""
        assert answer.status_code == status, answer.text
        self.check_error(status, answer.json(), answer.headers)

    def walk(self, client: httpx2.Client, query: str) -> list[int]:
        """The ids on every page from the first to the last."""
        ids: list[int] = []
        following: str | None = query
        while following is not None:
            page = client.get(f"{self.collection}?{following}")
            assert page.status_code == 200, page.text
            ids += [item["id"] for item in self.items(page.json())]
            following = self.next_page(page.json())
            following = None if following is None else f"{query}&{following}"
        return ids

    # -- errors -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_failure_has_the_vendors_shape(self, status: int) -> None:
        reply = self.dialect.envelope(Failure(status, "a reason"))
        assert reply.status == status
        self.check_error(status, json.loads(reply.body), httpx2.Headers(list(reply.headers)))

    def test_a_request_without_credential(self, town: Town) -> None:
        with town.client() as nobody:
            self.refused(nobody.get(self.collection), 401)

    @pytest.mark.parametrize(
        "credential", ["", "x", "dl_1_", "dl_99_ab", "dl_1_" + "0" * 64, "dl_" + "9" * 40 + "_a", "dl_-1_a"]
    )
    def test_a_credential_that_nobody_has(self, town: Town, credential: str) -> None:
        with town.client(credential) as nobody:
            self.refused(nobody.get(self.collection), 401)

    def test_a_credential_that_has_expired(self, town: Town) -> None:
        with town.client(town.credential(town.alice, expires_at=1)) as late:
            self.refused(late.get(self.collection), 401)

    def test_the_secret_of_one_account_under_the_number_of_another(self, town: Town) -> None:
        forged = town.alice.credential.replace(f"dl_{town.alice.account_id}_", f"dl_{town.charlie.account_id}_")
        with town.client(forged) as forger:
            self.refused(forger.get(self.collection), 401)

    def test_a_credential_without_the_scope(self, town: Town, alice: httpx2.Client) -> None:
        id_ = self.add(alice)
        for operation in self.dialect.operations:
            if operation.scope == PUBLIC:
                continue
            lesser = town.credential(town.alice, scopes=frozenset(ALL_SCOPES - {operation.scope}))
            path = operation.path.replace("{id}", str(id_))
            with town.client(lesser) as client:
                self.refused(client.request(operation.method, f"/{self.dialect.name}{path}"), 403)

    def test_a_path_that_is_not_there(self, town: Town, alice: httpx2.Client) -> None:
        for path in (
            f"/{self.dialect.name}/no/such/path",
            f"{self.collection}/1/no",
            f"{self.collection}/",
            f"/{self.dialect.name}",
        ):
            self.refused(alice.get(path), 404)
        with town.client() as nobody:
            self.refused(nobody.get(f"/{self.dialect.name}/no/such/path"), 404)

    def test_an_id_that_nobody_has(self, alice: httpx2.Client) -> None:
        self.refused(alice.get(self.item(NOBODYS_ID)), 404)

    @pytest.mark.parametrize("method", ["PROPFIND", "TRACE", "MKCOL"])
    def test_a_method_that_is_not_there(self, town: Town, alice: httpx2.Client, method: str) -> None:
        answer = alice.request(method, self.collection)
        self.refused(answer, 405)
        assert "POST" in answer.headers["allow"]
        with town.client() as nobody:
            self.refused(nobody.request(method, self.collection), 401)

    def test_a_body_that_is_too_large(self, alice: httpx2.Client) -> None:
        for size in (1 << 20, 10 << 20):
            self.refused(alice.post(self.collection, content=b'{"subject":"' + b"x" * size + b'"}'), 413)
        self.refused(alice.post(self.collection, content=(b" " * 65536 for _ in range(160))), 413)
        self.add(alice)

    @pytest.mark.parametrize("headers", [{"content-type": "text/plain"}, {"content-encoding": "gzip"}])
    def test_a_body_that_is_not_plain_json(self, alice: httpx2.Client, headers: dict[str, str]) -> None:
        self.refused(alice.post(self.collection, content=b"{}", headers=headers), 415)

    def test_a_database_that_is_locked(self, town: Town, alice: httpx2.Client) -> None:
        id_ = self.add(alice)
        with town.locked():
            answer = alice.post(self.collection, json=self.body("While it is locked"))
            self.refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            assert self.seen(alice, id_) is not None
        assert b"While it is locked" not in self._everything(alice)
        self.add(alice)

    # -- input --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"{", b"[]", b"1", b"null", b'"text"', b"{]", b'{"a":}', b"{'a': 1}", b'{"subject": "\xff"}',
            b"\xef\xbb\xbf{}", b'{"subject": "a\\u0000b"}', b'{"subject": "\\ud800"}', b'{"subject": "\\udc00\\ud800"}',
            b'{"subject": "\xed\xa0\x80"}', b'{"subject": "\x00"}', b'{"x": 9223372036854775808}',
            b'{"x": -9223372036854775809}', b'{"x": NaN}', b'{"x": Infinity}', b'{"x":' * 40 + b"1" + b"}" * 40,
            b"[" * 100_000,
        ],
    )  # fmt: skip
    def test_a_body_that_nobody_can_read(self, alice: httpx2.Client, content: bytes) -> None:
        headers = {"content-type": "application/json"}
        for method, path in self.writes(self.add(alice)):
            self.refused(alice.request(method, path, content=content, headers=headers), self.invalid_status)

    def test_a_wrong_type_in_every_field(self, alice: httpx2.Client) -> None:
        id_ = self.add(alice)
        before = self.seen(alice, id_)
        for body in self.wrong_bodies():
            for method, path in self.writes(id_):
                self.refused(alice.request(method, path, json=body), self.invalid_status)
        assert self.seen(alice, id_) == before

    @pytest.mark.parametrize(
        "query",
        [
            "limit=x",
            "limit=0",
            "limit=-1",
            "cursor=%00",
            "cursor=x",
            "cursor=%ff",
            "no_such=1",
            "%ff=1",
            "limit=" + "9" * 30,
        ],
    )
    def test_a_query_that_nobody_can_read(self, alice: httpx2.Client, query: str) -> None:
        answer = self.asked(alice, query)
        if query in self.unheeded:
            assert answer.json() == self.asked(alice, "").json()
        else:
            self.refused(answer, self.invalid_status)

    @pytest.mark.parametrize("id_", ["0", "-1", "x", "1.5", "9" * 30, "%00", "%ff", "1%20"])
    def test_an_id_that_is_none(self, alice: httpx2.Client, id_: str) -> None:
        answer = alice.get(f"{self.collection}/{id_}")
        assert answer.status_code in (self.invalid_status, 404)
        self.check_error(answer.status_code, answer.json(), answer.headers)

    def test_http_that_is_broken_is_no_fault_of_ours(self, town: Town, alice: httpx2.Client) -> None:
        port = int(town.url.rpartition(":")[2])
        head = f"POST {self.collection} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
        for rest in (
            b"Content-Length: x\r\n\r\n{}",
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"\x00\r\n\r\n",
            b"Content-Length: -1\r\n\r\n",
        ):
            assert b" 500 " not in exchange(port, head + rest).split(b"\r\n")[0]
        self.add(alice)

    # -- manners ------------------------------------------------------------------------------------------------

    def test_the_request_id_comes_back(self, alice: httpx2.Client) -> None:
        assert alice.get(self.collection, headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
        made = {alice.get(f"{self.collection}?limit=x").headers["x-request-id"] for _ in range(3)}
        assert len(made) == 3

    def test_head_and_options(self, town: Town, alice: httpx2.Client) -> None:
        path = self.item(self.add(alice))
        head = alice.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == alice.get(path).headers["content-length"]
        with town.client() as nobody:
            options = nobody.options(path)
        assert (options.status_code, options.content) == (204, b"")
        assert {"GET", self.update} <= set(options.headers["allow"].split(", "))

    def test_the_vendors_own_mount_is_the_same_place(self, alice: httpx2.Client) -> None:
        id_ = self.add(alice)
        assert self.seen(alice, id_, f"/{self.dialect.name}") == self.seen(alice, id_) is not None

    def test_the_document_lists_every_operation(self, alice: httpx2.Client) -> None:
        document = alice.get(f"/{self.dialect.name}/openapi.json").json()
        assert document["openapi"].startswith("3.1")
        listed = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
        assert {(operation.method, operation.path) for operation in self.dialect.operations} <= listed

    # -- paging -------------------------------------------------------------------------------------------------

    def test_paging_sees_everything_once_while_others_write(self, town: Town, alice: httpx2.Client) -> None:
        there = [self.add(alice, f"Number {n}") for n in range(60)]
        stop = threading.Event()

        def disturb() -> None:
            with town.client(town.bob) as bob:
                while not stop.is_set():
                    self.come_and_go(town, bob)

        with ThreadPoolExecutor(1) as pool:
            disturbing = pool.submit(disturb)
            try:
                seen = [id_ for id_ in self.walk(alice, "limit=7") if id_ in set(there)]
            finally:
                stop.set()
            disturbing.result()
        assert sorted(seen) == sorted(there)

    def test_a_cursor_of_another_account_is_refused(self, town: Town, alice: httpx2.Client) -> None:
        self.add(alice)
        self.add(alice)
        following = self.next_page(self.page(alice, 1).json())
        assert following is not None
        with town.client(town.charlie) as charlie:
            self.refused(self.page(charlie, 1, following), self.cursor_status)

    def test_a_cursor_with_any_bit_changed_is_refused(self, alice: httpx2.Client) -> None:
        self.add(alice)
        self.add(alice)
        following = self.next_page(self.page(alice, 1).json())
        assert following is not None
        name, _, cursor = following.partition("=")
        for place in range(0, len(cursor), 3):
            other = "A" if cursor[place] != "A" else "B"
            changed = f"{name}={cursor[:place]}{other}{cursor[place + 1 :]}"
            self.refused(self.page(alice, 1, changed), self.cursor_status)

    # -- who may what -------------------------------------------------------------------------------------------

    def test_ids_of_another_account_are_as_good_as_none(self, town: Town) -> None:
        """In every place where an id goes, Charlie's gives what nobody's gives, and neither account is changed."""
        with town.client(town.alice) as alice, town.client(town.charlie) as charlie:
            self.add(alice)
            for place in self.places:
                if place.names == "activity":
                    theirs: Any = max(self.add(charlie) for _ in range(self._ahead(alice, charlie)))
                else:
                    theirs = self._beyond(town, place.names)
                before = self._stored(town, town.alice), self._stored(town, town.charlie)
                answer = self._ask(alice, place, theirs)
                if place.finds:
                    assert self.items(answer.json()) == [], place.name
                else:
                    assert 400 <= answer.status_code < 500, place.name
                    self.check_error(answer.status_code, answer.json(), answer.headers)
                nobodys = self._ask(alice, place, self._nobodys(theirs))
                assert self._told(answer, theirs) == self._told(nobodys, self._nobodys(theirs)), place.name
                assert (self._stored(town, town.alice), self._stored(town, town.charlie)) == before, place.name

    def _ahead(self, alice: httpx2.Client, charlie: httpx2.Client) -> int:
        """How many activities Charlie must add for his last id to be one that Alice's account has not reached."""
        return max(self.add(alice) - self.add(charlie) + 1, 1)

    def _beyond(self, town: Town, names: str) -> Any:
        """Something of Charlie's whose id nothing in Alice's account has."""
        for _ in range(500):
            theirs = self.reference(town, names, town.charlie)
            if not isinstance(theirs, int) or theirs > self._latest(town, names):
                return theirs
        raise AssertionError(f"Charlie's {names} ids do not get ahead of Alice's")

    def _latest(self, town: Town, names: str) -> int:
        if names == "user":
            return max(user.id for user in town.wait(town.service.identities.users(town.alice.account_id)))
        page = town.wait(town.service.records.list(town.alice.principal, RecordFilter(kind=names), 500, None))  # type: ignore[arg-type]
        return max((record.id for record in page.items), default=0)

    def _told(self, answer: httpx2.Response, id_: Any) -> tuple[int, str]:
        """What an answer tells, the id that was asked for left out."""
        return answer.status_code, answer.text.replace(str(id_), "#")

    def _nobodys(self, like: Any) -> Any:
        return NOBODYS_ID if isinstance(like, int) else "0b7c2f0e-6f4b-4b4a-9a55-000000000000"

    def _ask(self, client: httpx2.Client, place: Place, id_: Any) -> httpx2.Response:
        method, path, body = place.request(id_)
        return client.request(method, path, json=body) if body is not None else client.request(method, path)

    def _stored(self, town: Town, who: Person) -> tuple[Rows, int]:
        """All activities of somebody's account as they are stored, and how much was ever written there."""
        account = number(who.account_id)
        bodies = select(activities.c.body).where(activities.c.account_id == account).order_by(activities.c.id)
        return town.rows(bodies), town.changed(changes.c.account_id == account)

    def _everything(self, client: httpx2.Client) -> bytes:
        return b"".join(client.get(self.item(id_)).content for id_ in self.walk(client, "limit=25"))

    def test_what_is_private_does_not_exist_for_others(
        self, town: Town, alice: httpx2.Client, bob: httpx2.Client
    ) -> None:
        hidden, public = self.add(alice, "Hidden"), self.add(alice, "Public")
        self.hide(hidden, town)
        assert self.seen(alice, hidden) is not None
        assert self.seen(bob, public) is not None
        before = self._stored(town, town.alice)
        for place in self.places:
            if place.names == "activity":
                answer, nobodys = self._ask(bob, place, hidden), self._ask(bob, place, NOBODYS_ID)
                assert (answer.status_code, answer.json()) == (nobodys.status_code, nobodys.json()), place.name
        assert self._stored(town, town.alice) == before
        seen = self.walk(bob, "limit=25")
        assert public in seen
        assert hidden not in seen
        assert hidden in self.walk(alice, "limit=25")

    def test_a_member_sees_what_is_private_to_himself(
        self, town: Town, bob: httpx2.Client, alice: httpx2.Client
    ) -> None:
        mine = self.add(bob, "Bob's own")
        draft = Draft(visibility="private")
        id_ = self.number(town, town.bob, mine)
        town.wait(town.service.activities.change(town.bob.principal, id_, draft, lambda written: written))
        assert self.seen(bob, mine) == self.seen(alice, mine) is not None
        assert mine in self.walk(bob, "limit=25")

    # -- once ---------------------------------------------------------------------------------------------------

    def test_the_same_key_and_body_give_the_first_answer_again(self, alice: httpx2.Client) -> None:
        headers = {"idempotency-key": "first"}
        first = alice.post(self.collection, json=self.body("Once"), headers=headers)
        again = alice.post(self.collection, json=self.body("Once"), headers=headers)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers

    def test_the_same_key_with_another_request_is_refused(
        self, town: Town, alice: httpx2.Client, bob: httpx2.Client
    ) -> None:
        headers = {"idempotency-key": "second"}
        assert alice.post(self.collection, json=self.body("One"), headers=headers).status_code == self.created
        self.refused(alice.post(self.collection, json=self.body("Two"), headers=headers), self.reused_status)
        self.refused(bob.post(self.collection, json=self.body("One"), headers=headers), self.reused_status)
        with town.client(town.charlie) as charlie:
            other = charlie.post(self.collection, json=self.body("Two"), headers=headers)
        assert other.status_code == self.created

    def test_a_refused_request_does_not_use_its_key_up(self, alice: httpx2.Client) -> None:
        headers = {"idempotency-key": "third"}
        wrong = next(self.wrong_bodies())
        self.refused(alice.post(self.collection, json=wrong, headers=headers), self.invalid_status)
        assert alice.post(self.collection, json=self.body("Right"), headers=headers).status_code == self.created

    @pytest.mark.parametrize("key", ["", "x" * 256])
    def test_a_key_that_is_none(self, alice: httpx2.Client, key: str) -> None:
        answer = alice.post(self.collection, json=self.body("No"), headers={"idempotency-key": key})
        self.refused(answer, self.invalid_status)

    def test_fifty_at_once_with_one_key_make_one(self, town: Town, alice: httpx2.Client) -> None:
        before = set(self.walk(alice, "limit=25"))

        def post(_: int) -> httpx2.Response:
            with town.client(town.alice) as client:
                return client.post(self.collection, json=self.body("Fifty"), headers={"idempotency-key": "fifty"})

        with ThreadPoolExecutor(25) as pool:
            answers = list(pool.map(post, range(50)))
        assert {answer.status_code for answer in answers} <= {self.created, 409}
        assert len({answer.content for answer in answers if answer.status_code == self.created}) == 1
        assert len(set(self.walk(alice, "limit=25")) - before) == 1
