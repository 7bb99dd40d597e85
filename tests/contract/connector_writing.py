"""What every connector must keep when it writes a note: nothing lost, nothing published, nobody else reached."""

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest

from dayline.domain.errors import Invalid
from dayline.remote.connector import Outbound, Visibility, Wanted
from tests.contract.calling import ODD_IDS, ODD_TEXTS, VISIBILITIES, WHEN, Calling, World, answer_of


class Writing(Calling):
    """Of writing, and of ids that nobody expects."""

    # Writing.

    @pytest.mark.parametrize("visibility", [None, *VISIBILITIES])
    @pytest.mark.parametrize("created_at", [None, WHEN])
    def test_the_vendor_gets_the_documented_request(
        self, world: World, visibility: Visibility | None, created_at: int | None
    ) -> None:
        note = self.note(world, visibility=visibility, created_at=created_at)
        if visibility is not None and self.reads_back[visibility] is None:
            with pytest.raises(Invalid) as refused:
                self.connector.create(world.connection, note)
            assert [problem.field for problem in refused.value.problems] == ["visibility"]
            assert world.sandbox.requests == []
            return
        self.create(world, note)
        (request,) = world.sandbox.requests
        self.documented(note, request)
        assert len(world.sandbox.written) == 1

    @pytest.mark.parametrize("visibility", VISIBILITIES)
    def test_a_note_has_the_visibility_that_was_asked_or_is_refused(self, world: World, visibility: Visibility) -> None:
        if self.reads_back[visibility] is None:
            return  # that it is refused is tested above
        note = self.note(world, visibility=visibility)
        made = self.create(world, note)
        (listed,) = self.all(world)
        assert listed.visibility == self.reads_back[visibility]
        assert made.visibility in (visibility, listed.visibility)
        assert (listed.visibility == "public") == (visibility == "public")

    @pytest.mark.parametrize("visibility", VISIBILITIES[1:])
    def test_what_keeps_a_note_private_is_kept_from_remote_data(self, world: World, visibility: Visibility) -> None:
        if self.reads_back[visibility] is None:
            return
        outbound = self.connector.create(world.connection, self.note(world, visibility=visibility))
        assert outbound.kept
        for path in outbound.kept:
            value = outbound.body
            for name in path:
                value = value[name]

    def test_what_was_created_is_what_is_listed(self, world: World) -> None:
        note = self.note(world, created_at=WHEN)
        made = self.create(world, note)
        (listed,) = self.all(world)
        for activity in (made, listed):
            assert activity.id == world.sandbox.written[0].id
            assert activity.candidate_id == note.candidate_id
            assert activity.activity_type == "note"
            assert activity.actor_type == "user"
            assert activity.actor_id
            assert activity.body == note.body
            assert isinstance(activity.raw, dict)
        assert made.created_at == listed.created_at
        assert made.actor_id == listed.actor_id

    @pytest.mark.parametrize("visibility", VISIBILITIES)
    def test_a_note_that_is_listed_can_stand_for_the_answer(self, world: World, visibility: Visibility) -> None:
        if self.reads_back[visibility] is None:
            return
        note = self.note(world, visibility=visibility)
        answer = world.ask(self.connector.create(world.connection, note))
        (listed,) = self.all(world)
        enveloped = self.connector.enveloped(listed.raw)
        assert enveloped.keys() == answer.document.keys()
        found = self.connector.created(answer_of(200, msgspec.json.encode(enveloped)), note)
        made = self.connector.created(answer, note)
        assert msgspec.structs.replace(found, raw=None) == msgspec.structs.replace(made, raw=None)

    def test_no_field_is_filled_that_is_not_told(self, world: World) -> None:
        filled = self.create(world, self.note(world, visibility="public"))
        told = set(self.connector.methods["create"].fields)
        names = {"candidate_id": "candidate", "actor_id": "actor", "actor_type": "actor", "raw": "remote_data"}
        for name in (*msgspec.structs.asdict(filled), "sender"):
            if getattr(filled, name) not in (None, ()):
                assert names.get(name, name) in told

    def test_an_instant_is_kept_to_the_millisecond_or_said_to_be_ignored(self, world: World) -> None:
        for created_at in (0, 1, 999, WHEN, -1, -62_135_596_800_000, 253_402_300_799_999):
            note = self.note(world, created_at=created_at)
            assert ("created_at" in self.connector.ignored(note)) == (not self.keeps_created_at)
            made = self.create(world, note)
            assert not self.keeps_created_at or made.created_at == created_at
        assert self.connector.ignored(self.note(world)) == ()

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_a_text_arrives_as_it_is(self, world: World, text: str) -> None:
        made = self.create(world, self.note(world, body=text))
        (listed,) = self.all(world)
        if self.keeps_body:
            assert made.body == text
            assert listed.body == text

    def test_what_is_required_is_missed(self, world: World) -> None:
        for field in self.connector.methods["create"].required:
            for nothing in ("", " ", "\n\N{NO-BREAK SPACE}", *(() if field == "candidate_id" else (None,))):
                note = self.note(world, **{field: nothing})
                with pytest.raises(Invalid) as refused:
                    self.connector.create(world.connection, note)
                assert [(problem.field, problem.kind) for problem in refused.value.problems] == [(field, "missing")]
        for nothing in ("", " "):
            with pytest.raises(Invalid) as refused:
                self.connector.list(world.connection, Wanted(candidate_id=nothing))
            assert [(problem.field, problem.kind) for problem in refused.value.problems] == [
                ("candidate_id", "missing")
            ]

    def test_writing_is_said_to_write_and_reading_is_not(self, world: World) -> None:
        assert self.connector.create(world.connection, self.note(world)).writes
        assert not self.connector.list(world.connection, Wanted(candidate_id=self.someone(world))).writes

    # Ids that nobody expects.

    @pytest.mark.parametrize("id", ODD_IDS)
    def test_an_odd_candidate_is_refused_and_reaches_nothing_else(self, world: World, id: str) -> None:
        usual = self.connector.create(world.connection, self.note(world)).path.count("/")
        builds: tuple[Callable[[], Outbound], ...] = (
            lambda: self.connector.create(world.connection, self.note(world, candidate_id=id)),
            lambda: self.connector.list(world.connection, Wanted(candidate_id=id)),
        )
        for build in builds:
            with suppress(Invalid):
                outbound = build()
                assert outbound.path.count("/") == usual
                refusal = self.connector.refusal(world.ask(outbound))
                assert world.sandbox.requests[-1].path.count("/") == usual + world.sandbox.base_path.count("/")
                assert refusal is not None
                assert refusal.status in (400, 404, 422)
                assert not refusal.reauthorize
        assert world.sandbox.written == []

    def test_an_unknown_candidate_is_refused_with_the_vendors_words(self, world: World) -> None:
        for outbound in (
            self.connector.create(world.connection, self.note(world, candidate_id=self.unknown())),
            self.connector.list(world.connection, Wanted(candidate_id=self.unknown())),
        ):
            refusal = self.connector.refusal(world.ask(outbound))
            assert refusal is not None
            assert refusal.status == self.unknown_status
            assert refusal.message
            assert not refusal.reauthorize
