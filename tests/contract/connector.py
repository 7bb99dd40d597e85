"""What every connector must keep, whatever its vendor: a vendor's test inherits this and says what is special there."""

from contextlib import suppress

import httpx2
import pytest

from dayline.domain.errors import Invalid
from dayline.remote.connector import Unreadable, Wanted
from tests.contract.calling import World
from tests.contract.connector_answers import Answers
from tests.contract.connector_writing import Writing


class ConnectorContract(Writing, Answers):
    """Inherit, and say what is special with this vendor: all that ``Calling`` leaves open."""

    # What it says of itself.

    def test_it_says_what_it_takes(self) -> None:
        methods = self.connector.methods
        assert {"create", "list"} <= set(methods)
        for support in methods.values():
            assert set(support.required).isdisjoint(support.supported)
            assert support.fields[0] == "id"
        assert "candidate_id" in methods["create"].required
        assert "candidate_id" in methods["list"].required

    def test_it_asks_for_what_its_sandbox_needs_and_for_nothing_else(self) -> None:
        asks = {ask.name: ask for ask in self.connector.asks}
        context = self.sandbox().context()
        assert {name for name, ask in asks.items() if ask.required} <= set(context) <= set(asks)
        assert any(ask.secret for ask in asks.values())
        assert all(ask.help for ask in asks.values())

    def test_production_is_https_and_its_sandbox_has_the_same_path(self, world: World) -> None:
        ours, theirs = httpx2.URL(self.connector.base_url), httpx2.URL(world.connection.base_url)
        assert ours.scheme == "https"
        assert ours.path.rstrip("/") == theirs.path.rstrip("/")

    # Connecting.

    def test_a_probe_succeeds_and_writes_nothing(self, world: World) -> None:
        probe = self.connector.probe(world.connection)
        assert not probe.writes
        assert self.connector.refusal(world.ask(probe)) is None
        assert world.sandbox.written == []

    def test_a_probe_with_a_wrong_credential_asks_for_a_new_one(self, world: World) -> None:
        for ask in self.connector.asks:
            if ask.secret and ask.required:
                wrong = world.without_secrets(**{ask.name: "wrong"})
                refusal = self.connector.refusal(wrong.ask(self.connector.probe(wrong.connection)))
                assert refusal is not None
                assert refusal.reauthorize
                assert refusal.status == 401

    def test_a_secret_is_in_no_part_of_a_request_but_its_headers(self, world: World) -> None:
        secret = "s3cret-in-no-log"
        hidden = world.without_secrets(**{ask.name: secret for ask in self.connector.asks if ask.secret}).connection
        wanted = Wanted(candidate_id=self.someone(world))
        asked = (
            self.connector.probe(hidden),
            self.connector.create(hidden, self.note(world)),
            self.connector.list(hidden, wanted),
        )
        for outbound in asked:
            assert outbound.headers
            assert secret not in repr((outbound.path, outbound.query, outbound.body))
            assert all(name == name.lower() for name, _ in outbound.headers)
        assert secret not in repr(hidden)

    # Reading.

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, None])
    def test_pages_give_every_note_exactly_once(self, world: World, limit: int | None) -> None:
        made = [self.create(world, self.note(world, body=f"note {number}")).id for number in range(7)]
        assert sorted(item.id for item in self.all(world, limit)) == sorted(made)

    def test_a_candidate_without_notes_has_one_empty_page(self, world: World) -> None:
        assert self.all(world) == []
        assert len(world.sandbox.requests) == 1

    def test_a_page_is_never_asked_to_be_longer_than_the_vendor_allows(self, world: World) -> None:
        for number in range(self.most + 1):
            self.create(world, self.note(world, body=f"note {number}"))
        wanted = Wanted(candidate_id=self.someone(world), limit=10_000)
        first = self.page(world, wanted)
        assert 0 < len(first.items) <= self.most
        assert len(self.all(world, 10_000)) == self.most + 1

    def test_an_empty_page_is_not_the_end(self, world: World) -> None:
        for number in range(4):
            self.create(world, self.note(world, body=f"note {number}"))
        world.sandbox.fail("none")
        world.sandbox.fail("empty_page", 2)
        assert len(self.all(world, 2)) == 4

    @pytest.mark.parametrize("cursor", ["", "nonsense", "%00", "-5", "999999999999999999999", "[1]", "名"])
    def test_a_cursor_that_nobody_gave_is_refused_or_leads_to_a_page(self, world: World, cursor: str) -> None:
        wanted = Wanted(candidate_id=self.someone(world), cursor=cursor)
        with suppress(Invalid, Unreadable):
            answer = world.ask(self.connector.list(world.connection, wanted))
            refusal = self.connector.refusal(answer)
            if refusal is None:
                assert self.connector.listed(answer, wanted).items == ()
            else:
                assert refusal.status in (400, 404, 422)

    def test_one_note_is_got_where_the_vendor_can(self, world: World) -> None:
        if "get" not in self.connector.methods:
            return
        made = self.create(world, self.note(world))
        candidate = self.someone(world)
        answer = world.ask(self.connector.get(world.connection, candidate, made.id))
        assert self.connector.refusal(answer) is None
        assert self.connector.got(answer, candidate) == self.all(world)[0]
        refusal = self.connector.refusal(world.ask(self.connector.get(world.connection, candidate, self.unknown())))
        assert refusal is not None
        assert refusal.status == 404
