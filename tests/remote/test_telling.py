"""What is told of calls: no credential in any word, a refusal whatever its status, every stream in the log once."""

from base64 import b64encode
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from dayline.domain.errors import Invalid
from dayline.domain.integrated import CallFilter
from dayline.remote.calls import Remote
from dayline.remote.errors import RemoteError
from dayline.remote.sandbox import Reply, reply_json
from dayline.service import Service
from dayline.store.tables import changes, remote_attempts
from tests.cast import Person
from tests.remote.house import Far, Filters, write
from tests.remote.test_list import fill
from tests.store.peek import rows

# On one database: what is kept of an attempt is in test_attempts, on each.
pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)


def parrot(far: Far, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the vendor repeat the credential in all its spellings."""

    def repeat(request: Any) -> Reply:
        proof = request.header("authorization")
        spelt = "".join(f"\\u{ord(letter):04x}" for letter in far.sandbox.key)
        text = f'{{"message":"{far.sandbox.key} {proof} {spelt}","error":"{proof}"}}'
        return Reply(status, text.encode(), (("content-type", "application/json"), ("x-proof", proof)))

    monkeypatch.setattr(far.sandbox, "answer", repeat)


@pytest.mark.parametrize("status", [400, 401, 200])
async def test_a_credential_that_a_vendor_repeats_reaches_nobody(
    service: Service, out: Remote, alice: Person, far: Far, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parrot(far, status, monkeypatch)
    with pytest.raises(RemoteError) as error:
        await write(out, alice, far, far.note(), "k")
    assert error.value.answer is not None
    with pytest.raises(RemoteError):
        async with out.stream_list(alice.principal, far.id, Filters(candidate_id=far.candidate)) as streamed:
            raise RemoteError("unreadable", 502, repr([part async for part in streamed.parts]))
    await service.remote_log.write()
    seen = (
        error.value.message,
        error.value.args,
        error.value.answer,
        error.value.answer.document,
        await service.integrated.get(alice.principal, far.id),
        (await service.remote_log.list(alice.principal, CallFilter(), 10, None)).items,
        await rows(service.store, select(remote_attempts)),
        await rows(service.store, select(changes)),
    )
    for word in (far.sandbox.key, b64encode(f"{far.sandbox.key}:".encode()).decode(), "\\u0073\\u0061"):
        assert word not in repr(seen)


async def test_a_stream_is_a_refusal_whatever_its_status(
    service: Service, out: Remote, alice: Person, ashby: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Filters(candidate_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(RemoteError) as error:
        async with out.stream_list(alice.principal, ashby.id, nobody):
            pass
    assert (error.value.kind, error.value.status) == ("refused", 404)
    off = {"success": False, "errorInfo": {"code": "invalid_api_key", "message": "Off"}}
    monkeypatch.setattr(ashby.sandbox, "answer", lambda _: reply_json(200, off))
    with pytest.raises(RemoteError):
        async with out.stream_list(alice.principal, ashby.id, Filters(candidate_id=ashby.candidate)):
            pass
    assert (await service.integrated.get(alice.principal, ashby.id)).status == "needs_reauth"


async def test_a_deleted_note_is_not_streamed(out: Remote, alice: Person, lever: Far) -> None:
    deleted = "2c3d4e5f-6071-4829-93a4-b5c6d7e8f90a"
    with pytest.raises(RemoteError) as error:
        async with out.stream_get(alice.principal, lever.id, deleted, lever.candidate):
            pass
    assert error.value.status == 404


async def test_a_long_stream_is_whole(out: Remote, alice: Person, far: Far) -> None:
    for _ in range(3):
        await write(out, alice, far, far.note("x" * 30_000))
    filters = Filters(candidate_id=far.candidate)
    async with out.stream_list(alice.principal, far.id, filters) as streamed:
        body = b"".join([part async for part in streamed.parts])
    assert msgspec.json.decode(body) == (await out.list(alice.principal, far.id, filters)).answer.document


@pytest.mark.parametrize(("fault", "status"), [("none", 200), ("403", 403), ("torn_midway", 200)])
async def test_a_stream_is_logged_once(
    service: Service, out: Remote, alice: Person, lever: Far, fault: Any, status: int
) -> None:
    await fill(out, alice, lever, 100)
    await service.remote_log.write()
    before = {call.id for call in (await service.remote_log.list(alice.principal, CallFilter(), 1000, None)).items}
    lever.sandbox.fail(fault)
    try:
        async with out.stream_list(alice.principal, lever.id, Filters(candidate_id=lever.candidate)) as streamed:
            async for _ in streamed.parts:
                pass
    except RemoteError:
        assert fault != "none"
    await service.remote_log.write()
    calls = (await service.remote_log.list(alice.principal, CallFilter(), 1000, None)).items
    (call,) = [call for call in calls if call.id not in before]
    assert (call.status, call.message != "") == (status, fault != "none")


async def test_whole_pages_go_on_at_the_vendors_own(out: Remote, alice: Person, lever: Far) -> None:
    await fill(out, alice, lever, 5)
    filters = Filters(candidate_id=lever.candidate, limit=1, activity_type="note")
    with pytest.raises(Invalid):
        await out.list(alice.principal, lever.id, filters, whole=True)
    with pytest.raises(Invalid):
        out.stream_list(alice.principal, lever.id, filters)
    bodies: list[bytes] = []
    cursor: str | None = None
    while not bodies or cursor:
        wanted = Filters(candidate_id=lever.candidate, limit=2, cursor=cursor)
        listed = await out.list(alice.principal, lever.id, wanted, whole=True)
        bodies.append(listed.answer.body)
        cursor = listed.next_cursor
    assert len(bodies) == len(set(bodies)) > 2


async def test_a_page_that_is_too_long_says_what_to_do(out: Remote, alice: Person, ashby: Far) -> None:
    for _ in range(12):
        await write(out, alice, ashby, ashby.note("x" * 99_000))
    with pytest.raises(RemoteError, match="unreachable") as error:
        await out.list(alice.principal, ashby.id, Filters(candidate_id=ashby.candidate))
    assert "smaller limit" in error.value.message
    assert (await out.list(alice.principal, ashby.id, Filters(candidate_id=ashby.candidate, limit=5))).items


async def test_an_answer_that_only_calls_itself_json(out: Remote, alice: Person, lever: Far) -> None:
    lever.sandbox.fail("not_json")
    with pytest.raises(RemoteError) as error:
        await out.list(alice.principal, lever.id, Filters(candidate_id=lever.candidate))
    assert error.value.message == "Lever's answer calls itself application/json and cannot be read as JSON."
