"""Ashby's connector keeps what every connector must, and sends exactly what Ashby documents."""

import base64
from collections.abc import Mapping
from typing import ClassVar, Final

import pytest

from dayline.remote.connector import Answer, NewNote, Visibility, Wanted
from dayline.remote.sandbox import FaultName, Received, Sandbox
from dayline.vendors.ashby.connector import CONNECTOR, Ashby
from dayline.vendors.ashby.sandbox import AshbySandbox, Key
from tests.contract.calling import WHEN, World, answer_of
from tests.contract.connector import ConnectorContract

INSTANT: Final = "2026-07-02T06:36:29.042Z"
NOTES = "/candidate.listNotes"


class TestAshby(ConnectorContract):
    connector: ClassVar[Ashby] = CONNECTOR
    reads_back: ClassVar[Mapping[Visibility, Visibility | None]] = {
        "public": "public",
        "private": "private",
        "admin_only": "private",
    }
    keeps_created_at: ClassVar[bool] = True
    statuses: ClassVar[Mapping[FaultName, int]] = {"401": 401, "403": 403, "429": 429, "500": 502, "503": 502}

    def sandbox(self) -> Sandbox:
        return AshbySandbox()

    def unknown(self) -> str:
        return "00000000-0000-4000-8000-000000000000"

    def documented(self, note: NewNote, request: Received) -> None:
        assert (request.method, request.target) == ("POST", "/candidate.createNote")
        assert request.header("authorization") == f"Basic {base64.b64encode(b'sandbox-key:').decode()}"
        assert request.header("content-type") == "application/json"
        assert request.header("accept") == "application/json; version=1"
        expected: dict[str, object] = {
            "candidateId": note.candidate_id,
            "note": {"type": "text/plain", "value": note.body},
        }
        if note.visibility is not None:
            expected["isPrivate"] = note.visibility != "public"
        if note.created_at is not None:
            assert note.created_at == WHEN
            expected["createdAt"] = INSTANT
        assert request.json() == expected

    def test_the_matrix_of_the_page(self) -> None:
        create = CONNECTOR.methods["create"]
        assert create.required == ("candidate_id", "body")
        assert {"id", "candidate", "actor", "activity_type", "body", "created_at"} <= set(create.fields)
        assert set(CONNECTOR.methods) == {"create", "list"}

    def test_there_is_no_way_to_get_one_note(self, world: World) -> None:
        with pytest.raises(NotImplementedError):
            CONNECTOR.get(world.connection, None, "n")
        with pytest.raises(NotImplementedError):
            CONNECTOR.got(answer_of(200, b"{}"), None)

    def test_a_page_is_asked_for_as_documented(self, world: World) -> None:
        someone = self.someone(world)
        for number in range(3):
            self.create(world, self.note(world, body=f"note {number}"))
        first = self.page(world, Wanted(candidate_id=someone, limit=2))
        self.page(world, Wanted(candidate_id=someone, limit=1_000, cursor=first.cursor))
        self.page(world, Wanted(candidate_id=someone))
        asked = [request for request in world.sandbox.requests if request.target == NOTES]
        assert [request.method for request in asked] == ["POST"] * 3
        assert [request.json() for request in asked] == [
            {"candidateId": someone, "limit": 2},
            {"candidateId": someone, "limit": 100, "cursor": first.cursor},
            {"candidateId": someone},
        ]

    def test_a_key_that_lacks_a_permission_is_told_which_one(self, world: World) -> None:
        reads = world.without_secrets(api_key="sandbox-key-read")
        refusal = CONNECTOR.refusal(reads.ask(CONNECTOR.create(reads.connection, self.note(world))))
        assert refusal is not None
        assert refusal.status == 403
        assert refusal.missing_scopes == ("candidatesWrite",)
        assert not refusal.reauthorize
        assert self.page(reads, Wanted(candidate_id=self.someone(world))).items == ()

    def test_a_key_without_private_fields_writes_no_private_note(self, world: World) -> None:
        plain = world.without_secrets(api_key="sandbox-key-plain")
        outbound = CONNECTOR.create(plain.connection, self.note(world, visibility="private"))
        refusal = CONNECTOR.refusal(plain.ask(outbound))
        assert refusal is not None
        assert (refusal.status, refusal.missing_scopes) == (403, ("privateFields",))
        assert not refusal.reauthorize
        assert world.sandbox.written == []
        self.create(world, self.note(world, visibility="private"))
        assert self.page(plain, Wanted(candidate_id=self.someone(world))).items == ()

    def test_a_key_that_is_switched_off_asks_for_a_new_one(self, world: World) -> None:
        off = world.without_secrets(api_key="sandbox-key-off")
        refusal = CONNECTOR.refusal(off.ask(CONNECTOR.probe(off.connection)))
        assert refusal is not None
        assert refusal.reauthorize

    def test_a_missing_key_is_told_in_plain_text(self, world: World) -> None:
        none = world.without_secrets(api_key="")
        answer = none.ask(CONNECTOR.probe(none.connection))
        assert (answer.status, answer.media_type, answer.document) == (401, "text/plain", None)
        refusal = CONNECTOR.refusal(answer)
        assert refusal is not None
        assert (refusal.status, refusal.message, refusal.reauthorize) == (401, "Unauthorized", True)

    def test_the_limit_tells_how_long_to_wait(self, world: World) -> None:
        world.sandbox.fail("429")
        refusal = CONNECTOR.refusal(world.ask(CONNECTOR.list(world.connection, Wanted(candidate_id="x"))))
        assert refusal is not None
        assert refusal.retry_after == 2

    def test_a_note_in_html_is_shown_as_ashby_keeps_it(self, world: World) -> None:
        outbound = CONNECTOR.create(world.connection, self.note(world))
        outbound.body["note"] = {"type": "text/html", "value": "<p>Very <b class='x'>good</b> &amp; quick</p>"}
        self.create_as(world.ask(outbound), world)
        (listed,) = self.all(world)
        assert listed.body == "Very <b>good</b> &amp; quick"

    def create_as(self, answer: Answer, world: World) -> None:
        assert CONNECTOR.created(answer, self.note(world)).id == world.sandbox.written[0].id

    def test_the_author_is_the_one_of_the_key(self, world: World) -> None:
        assert isinstance(world.sandbox, AshbySandbox)
        world.sandbox.keys["other"] = Key(author=world.sandbox.keys["sandbox-key"].author.__class__("u-2", "Bo", "Li"))
        other = world.without_secrets(api_key="other")
        note = self.note(world)
        made = CONNECTOR.created(other.ask(CONNECTOR.create(other.connection, note)), note)
        assert made.actor_id == "u-2"
