"""A lost note among others of the same words: none is published, none taken for another's, none written twice."""

import base64
from typing import Any

import httpx2
import msgspec
import pytest

from dayline.domain.errors import Invalid
from dayline.remote.calls import Outcome, Remote
from dayline.remote.connector import NewNote
from dayline.remote.errors import RemoteError
from dayline.remote.sandbox import FaultName, Reply
from tests.cast import Person
from tests.remote.house import Far, Options, write

# On one database: what is kept of an attempt is in test_attempts, on each.
pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)


async def lost(out: Remote, who: Person, far: Far, note: NewNote, key: str, fault: FaultName, *more: Options) -> None:
    far.sandbox.fail(fault, on="POST")
    with pytest.raises(RemoteError):
        await write(out, who, far, note, key, *more)


async def told(out: Remote, who: Person, far: Far, note: NewNote, key: str, *more: Options) -> RemoteError:
    with pytest.raises(RemoteError) as error:
        await write(out, who, far, note, key, *more)
    return error.value


async def by_hand(far: Far, text: str, **query: str) -> str:
    """A colleague writes in Lever itself."""
    key = base64.b64encode(f"{far.sandbox.key}:".encode()).decode()
    async with httpx2.AsyncClient(headers={"authorization": f"Basic {key}"}) as client:
        answer = await client.post(
            f"{far.url}/opportunities/{far.candidate}/notes", params=query or None, json={"value": text}
        )
    return str(answer.json()["data"]["id"])


@pytest.mark.parametrize("name", ["note_id", "note_id[]", "secret", "secret[0]"])
async def test_a_private_note_is_not_added_to_another(out: Remote, alice: Person, lever: Far, name: str) -> None:
    public = await write(out, alice, lever, lever.note("Thread", visibility="public"))
    into = Options(remote_query=((name, public.activity.id),))
    with pytest.raises(Invalid) as error:
        await write(out, alice, lever, lever.note("Private", visibility="private"), options=into)
    assert error.value.problems[0].field == f"remote_query[{name}]"
    assert lever.texts == ["Thread"]


async def test_what_was_added_to_another_note_is_not_added_twice(out: Remote, alice: Person, lever: Far) -> None:
    thread = await write(out, alice, lever, lever.note("Thread"))
    into = Options(remote_query=(("note_id", thread.activity.id),))
    await lost(out, alice, lever, lever.note("Once"), "k", "torn_after_write", into)
    assert (await told(out, alice, lever, lever.note("Once"), "k", into)).status == 504
    assert len(lever.sandbox.written) == 2
    # Who writes it changes nothing about where it is.
    named = Options(remote_query=(("perform_as", lever.sandbox.written[0].document["user"]),))
    await lost(out, alice, lever, lever.note("His"), "k2", "torn_after_write", named)
    assert (await write(out, alice, lever, lever.note("His"), "k2", named)).replayed is True


async def test_a_private_note_is_not_mistaken_for_a_public_one(out: Remote, alice: Person, far: Far) -> None:
    private, public = (far.note("Same", visibility=level) for level in ("private", "public"))
    await write(out, alice, far, far.note("Seen", visibility="private"))  # so that private notes are known to be shown
    await lost(out, alice, far, private, "private", "torn_before")
    await lost(out, alice, far, public, "public", "torn_after_write")
    first = await write(out, alice, far, private, "private")
    assert (first.replayed, first.activity.visibility == "public") == (False, False)
    found = await write(out, alice, far, public, "public")
    assert (found.replayed, found.activity.visibility) == (True, "public")
    assert far.texts == ["Seen", "Same", "Same"]


async def test_a_colleagues_public_note_is_not_ours(out: Remote, alice: Person, lever: Far) -> None:
    note = lever.note("Same", visibility="private")
    await write(out, alice, lever, lever.note("Seen", visibility="private"))
    await lost(out, alice, lever, note, "k", "torn_before")
    await by_hand(lever, "Same")
    assert (await write(out, alice, lever, note, "k")).replayed is False


async def test_a_level_that_the_callers_own_words_set_is_not_guessed(out: Remote, alice: Person, ashby: Far) -> None:
    own = Options(remote_data={"isPrivate": True})
    await lost(out, alice, ashby, ashby.note("Same"), "k", "torn_before", own)
    await lost(out, alice, ashby, ashby.note("Same"), "k2", "torn_after_write")
    assert (await told(out, alice, ashby, ashby.note("Same"), "k", own)).status == 504


async def test_a_lost_note_is_known_though_others_have_added_to_it(out: Remote, alice: Person, lever: Far) -> None:
    await lost(out, alice, lever, lever.note("Called"), "k", "torn_after_write")
    ours = lever.sandbox.written[0].id
    await by_hand(lever, "A comment", note_id=ours)
    found = await write(out, alice, lever, lever.note("Called"), "k")
    assert (found.replayed, found.activity.id) == (True, ours)


async def test_what_begins_with_the_words_is_doubtful(out: Remote, alice: Person, lever: Far) -> None:
    await lost(out, alice, lever, lever.note("Called"), "k", "torn_before")
    await by_hand(lever, "Called twice")
    assert (await told(out, alice, lever, lever.note("Called"), "k")).status == 504


async def test_a_secret_note_may_be_hidden_from_us(out: Remote, alice: Person, lever: Far) -> None:
    note = lever.note("Secret", visibility="private")
    await lost(out, alice, lever, note, "k", "torn_before")
    assert (await told(out, alice, lever, note, "k")).status == 504
    await write(out, alice, lever, lever.note("Seen", visibility="admin_only"))
    assert (await write(out, alice, lever, note, "k")).replayed is False


async def test_a_note_that_is_found_has_the_shape_of_the_answer(out: Remote, alice: Person, far: Far) -> None:
    note = far.note("Found", visibility="private")
    direct = await write(out, alice, far, far.note("Direct", visibility="private"))
    await lost(out, alice, far, note, "k", "torn_after_write")
    for _ in range(2):
        found = await write(out, alice, far, note, "k")
        assert found.replayed
        assert found.activity.visibility == direct.activity.visibility
        assert found.answer.document.keys() == direct.answer.document.keys()
        assert msgspec.json.decode(found.answer.body) == found.answer.document


async def test_notes_that_are_too_long_for_a_page_are_looked_through_one_by_one(
    out: Remote, alice: Person, ashby: Far
) -> None:
    for number in range(12):
        await write(out, alice, ashby, ashby.note(f"{number} " + "x" * 99_000))
    await lost(out, alice, ashby, ashby.note("Called"), "k", "torn_after_write")
    assert (await write(out, alice, ashby, ashby.note("Called"), "k")).replayed is True


def publishing(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ashby publish whatever it is given."""
    answer = far.sandbox.answer

    def published(request: Any) -> Reply:
        reply = answer(request)
        return msgspec.structs.replace(reply, body=reply.body.replace(b'"isPrivate":true', b'"isPrivate":false'))

    monkeypatch.setattr(far.sandbox, "answer", published)


async def test_what_the_vendor_has_published_is_told(
    out: Remote, alice: Person, ashby: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing(ashby, monkeypatch)
    outcome: Outcome = await write(out, alice, ashby, ashby.note(visibility="private"))
    assert (outcome.activity.visibility, outcome.ignored) == ("public", ("visibility",))


async def test_a_request_time_out_of_a_gateway_may_come_after_the_write(
    out: Remote, alice: Person, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = far.sandbox.answer
    monkeypatch.setattr(far.sandbox, "answer", lambda request: msgspec.structs.replace(answer(request), status=408))
    error = await told(out, alice, far, far.note(), "k")
    assert (error.kind, error.status) == ("unknown", 502)
    monkeypatch.undo()
    assert (await write(out, alice, far, far.note(), "k")).replayed is True


async def test_ashbys_own_fault_is_no_refusal(
    out: Remote, alice: Person, ashby: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b'{"success":false,"errorInfo":{"code":"internal_server_error","message":"Oops"}}'
    monkeypatch.setattr(ashby.sandbox, "answer", lambda _: Reply(200, body))
    assert (await told(out, alice, ashby, ashby.note(), "k")).kind == "unknown"
    monkeypatch.undo()
    assert (await write(out, alice, ashby, ashby.note(), "k")).replayed is False


async def test_a_refusal_without_words_comes_again_with_ours(
    out: Remote, alice: Person, lever: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lever.sandbox, "answer", lambda _: Reply(418, b'{"x":1}'))
    first, again = [await told(out, alice, lever, lever.note(), "k") for _ in range(2)]
    assert (first.replayed, again.replayed) == (False, True)
    assert first.message == again.message == "Lever refused this with status 418."
