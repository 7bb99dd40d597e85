"""What every connector must keep when a vendor refuses, or answers something else than it should."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest

from dayline.remote.connector import Unreadable, Wanted
from dayline.remote.sandbox import FaultName
from tests.contract.calling import ODD_DOCUMENTS, Calling, Json, World, answer_of


class Answers(Calling):
    """Of refusals, and of what cannot be read."""

    # Refusals, and what cannot be read.

    @pytest.mark.parametrize("fault", ["401", "403", "429", "500", "503"])
    def test_a_refusal_of_each_status_is_told_and_nothing_is_written(self, world: World, fault: FaultName) -> None:
        world.sandbox.fail(fault)
        refusal = self.connector.refusal(world.ask(self.connector.create(world.connection, self.note(world))))
        assert refusal is not None
        assert refusal.status == self.statuses[fault]
        assert refusal.reauthorize == (fault == "401")
        assert refusal.retry_after is None or refusal.retry_after > 0
        assert (fault == "429") <= (refusal.retry_after is not None)
        assert world.sandbox.written == []

    @pytest.mark.parametrize("status", [*range(400, 431), 451, 499, *range(500, 505), 520, 599, 600, 999])
    def test_no_refusal_is_taken_for_a_success(self, status: int) -> None:
        bodies = (b"", b"no", b"\xff\xfe", b"<html><body><h1>Blocked</h1>", *map(msgspec.json.encode, ODD_DOCUMENTS))
        for body in bodies:
            for media_type in ("", "application/json", "text/plain", "text/html"):
                refusal = self.connector.refusal(answer_of(status, body, media_type))
                assert refusal is not None
                assert 400 <= refusal.status < 505  # what a vendor makes up for its own faults is 502
                assert "<html" not in refusal.message or media_type == "text/plain"
                assert refusal.reauthorize <= (refusal.status == 401)

    @pytest.mark.parametrize("document", ODD_DOCUMENTS)
    def test_a_success_of_another_shape_is_refused_or_unreadable(self, world: World, document: Json) -> None:
        answer = answer_of(200, msgspec.json.encode(document))
        if self.connector.refusal(answer) is not None:
            return
        with pytest.raises(Unreadable):
            self.connector.created(answer, self.note(world))
        with pytest.raises(Unreadable):
            self.connector.listed(answer, Wanted(candidate_id=self.someone(world)))

    @pytest.mark.parametrize("fault", ["not_json", "wrong_content_type"])
    def test_a_page_of_html_is_no_success(self, world: World, fault: FaultName) -> None:
        world.sandbox.fail(fault)
        note = self.note(world)
        answer = world.ask(self.connector.create(world.connection, note))
        if fault == "not_json" and self.connector.refusal(answer) is None:
            with pytest.raises(Unreadable):
                self.connector.created(answer, note)
        assert len(world.sandbox.written) == 1

    def test_any_part_of_an_answer_may_be_of_a_wrong_type(self, world: World) -> None:
        note, wanted = self.note(world), Wanted(candidate_id=self.someone(world), limit=1)
        made = world.ask(self.connector.create(world.connection, note))
        self.create(world, note)
        listed = world.ask(self.connector.list(world.connection, wanted))
        for spoilt in _spoilt(made.document):
            answer = answer_of(made.status, msgspec.json.encode(spoilt))
            if self.connector.refusal(answer) is None:
                with suppress(Unreadable):
                    assert isinstance(self.connector.created(answer, note).id, str)
        for spoilt in _spoilt(listed.document):
            answer = answer_of(listed.status, msgspec.json.encode(spoilt))
            if self.connector.refusal(answer) is None:
                with suppress(Unreadable):
                    page = self.connector.listed(answer, wanted)
                    assert all(isinstance(item.id, str) for item in page.items)
                    assert page.cursor is None or isinstance(page.cursor, str)

    def test_fields_that_nobody_knows_are_kept_raw_and_harm_nothing(self, world: World) -> None:
        note = self.note(world)
        answer = world.ask(self.connector.create(world.connection, note))
        before = self.connector.created(answer, note)
        more = answer_of(answer.status, msgspec.json.encode(_with_more(answer.document)))
        after = self.connector.created(more, note)
        assert after.raw != before.raw
        assert msgspec.structs.replace(after, raw=None) == msgspec.structs.replace(before, raw=None)


def _spoilt(document: Json) -> Iterator[Json]:
    """The document with each part of it in turn replaced by something else, or left out."""
    if isinstance(document, dict):
        for name, value in document.items():
            rest = {key: kept for key, kept in document.items() if key != name}
            yield rest
            for wrong in (*ODD_DOCUMENTS, -1.5, 10**30, "2026-13-45T99:99:99Z", *_spoilt(value)):
                yield {**rest, name: wrong}
    elif isinstance(document, list):
        for place, value in enumerate(document):
            for wrong in (*ODD_DOCUMENTS, *_spoilt(value)):
                yield [*document[:place], wrong, *document[place + 1 :]]


def _with_more(document: Json) -> Json:
    if isinstance(document, dict):
        return {**{name: _with_more(value) for name, value in document.items()}, "somethingNew": {"deep": [1, None]}}
    if isinstance(document, list):
        return [_with_more(value) for value in document]
    return document
