"""Notes written to each vendor: what arrives there, and what its refusals and failures become."""

from typing import Any

import pytest

from dayline.app import client_of
from dayline.config import BadSetting, read_settings
from dayline.domain.errors import Forbidden, Invalid, NotFound
from dayline.domain.integrated import CallFilter
from dayline.remote.calls import Remote
from dayline.remote.errors import NotSupported, RemoteError
from dayline.service import Service
from tests.cast import Person
from tests.remote.house import Far, Options, connected, refused_to_wait, sandboxes, text_of, write

# On one database: what is kept of an attempt is in test_attempts, on each.
pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)


async def test_a_note_arrives_once_and_its_answer_comes_back(out: Remote, alice: Person, far: Far) -> None:
    outcome = await write(out, alice, far, far.note("Strong on systems design"))
    (written,) = far.sandbox.written
    assert (text_of(written.document), written.candidate_id) == ("Strong on systems design", far.candidate)
    assert (outcome.activity.id, outcome.activity.body) == (written.id, "Strong on systems design")
    assert outcome.answer.document is not None
    assert outcome.replayed is False
    secret = far.sandbox.key
    assert secret not in repr(outcome.sent)
    assert ("authorization", "[redacted]") in outcome.sent.headers
    assert outcome.sent.url.startswith(far.url)


PRIVATE: dict[str, dict[str, Any]] = {
    "ashby": {"isPrivate": False},
    "lever": {"secret": False},
    "recruitee": {"note": {"visibility": {"level": "public"}}},
}


async def test_what_was_asked_to_be_private_is_never_published(out: Remote, alice: Person, far: Far) -> None:
    vendor = far.sandbox.vendor
    with pytest.raises(Invalid) as error:
        await write(out, alice, far, far.note(visibility="private"), options=Options(remote_data=PRIVATE[vendor]))
    assert error.value.problems[0].field.startswith("remote_data.")
    assert far.sandbox.requests == []
    await write(out, alice, far, far.note("Public", visibility="public"), options=Options(remote_data=PRIVATE[vendor]))
    assert far.texts == ["Public"]


async def test_the_vendors_own_words_go_into_body_and_query(out: Remote, alice: Person, far: Far) -> None:
    own: dict[str, Any] = {"note": {"is_pinned": True}} if far.sandbox.vendor == "recruitee" else {"extra": {"a": [1]}}
    options = Options(remote_data=own, remote_query=(("origin", "a b"), ("x[y]", "1")))
    await write(out, alice, far, far.note("Both"), options=options)
    request = far.sandbox.requests[-1]
    assert request.target.endswith("?origin=a+b&x%5By%5D=1")
    body = request.json()
    assert far.texts == ["Both"]
    if far.sandbox.vendor == "recruitee":
        assert body["note"] == {"body": "Both", "is_pinned": True}
    else:
        assert body["extra"] == {"a": [1]}


async def test_a_refusal_is_the_vendors_own(out: Remote, alice: Person, far: Far) -> None:
    unknown = {"recruitee": "999999"}.get(far.sandbox.vendor, "00000000-0000-4000-8000-000000000000")
    with pytest.raises(RemoteError) as error:
        await write(out, alice, far, far.note(candidate_id=unknown))
    assert (error.value.kind, error.value.status) == ("refused", 404)
    assert error.value.refusal is not None
    assert error.value.answer is not None
    assert error.value.answer.body
    assert far.sandbox.written == []


async def test_a_vendors_limit_comes_back_with_its_pause(out: Remote, alice: Person, far: Far) -> None:
    far.sandbox.fail("429")
    with pytest.raises(RemoteError) as error:
        await write(out, alice, far, far.note())
    assert (error.value.kind, error.value.status) == ("refused", 429)
    assert error.value.retry_after is not None
    assert len(far.sandbox.requests) == 1


async def test_a_credential_that_is_refused_turns_that_account_and_no_other(
    out: Remote, alice: Person, far: Far, service: Service
) -> None:
    bad = await connected(service, alice, far.sandbox.vendor, far.sandbox, far.url, api_key="wrong-key-of-ours")
    with pytest.raises(RemoteError) as error:
        await out.create(alice.principal, bad.id, far.note())
    assert (error.value.kind, error.value.status) == ("refused", 401)
    stands = await service.integrated.get(alice.principal, bad.id)
    assert stands.status == "needs_reauth"
    assert stands.last_error
    assert "wrong-key-of-ours" not in stands.last_error
    assert (await service.integrated.get(alice.principal, far.id)).status == "active"
    # With a good one again it is active again, under the same id.
    await service.integrated.change_credentials(
        alice.principal, bad.id, {"api_key": far.sandbox.key}, lambda made: made
    )
    await out.probe(alice.account_id, bad.id)
    assert (await service.integrated.get(alice.principal, bad.id)).status == "active"


async def test_a_call_that_works_shows_that_the_credential_does(
    out: Remote, alice: Person, far: Far, service: Service
) -> None:
    far.sandbox.fail("401")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note())
    assert (await service.integrated.get(alice.principal, far.id)).status == "needs_reauth"
    await write(out, alice, far, far.note())
    stands = await service.integrated.get(alice.principal, far.id)
    assert (stands.status, stands.last_error) == ("active", None)


@pytest.mark.parametrize(
    "fault", ["torn_before", "torn_after_write", "torn_midway", "too_big", "redirect", "500", "503"]
)
async def test_a_write_that_may_have_been_done_is_not_sent_again(
    out: Remote, alice: Person, far: Far, fault: Any
) -> None:
    far.sandbox.fail(fault)
    with pytest.raises(RemoteError) as error:
        await write(out, alice, far, far.note())
    assert (error.value.kind, error.value.status) == ("unknown", 502)
    assert "may or may not have been written" in error.value.message
    assert "must-not-be-told" not in error.value.message
    assert len(far.sandbox.requests) == 1


@pytest.mark.parametrize("fault", ["hang", "hang_after_write", "slow"])
async def test_a_vendor_that_takes_too_long(service: Service, alice: Person, far: Far, fault: Any) -> None:
    far.sandbox.fail(fault)
    error = await refused_to_wait(service, alice, far)
    assert (error.kind, error.status) == ("unknown", 504)


@pytest.mark.parametrize("fault", ["wrong_content_type", "not_json"])
async def test_an_answer_that_cannot_be_read(out: Remote, alice: Person, far: Far, fault: Any) -> None:
    far.sandbox.fail(fault)
    with pytest.raises(RemoteError) as error:
        await write(out, alice, far, far.note())
    assert (error.value.kind, error.value.status) == ("unreadable", 502)
    assert "may or may not have been written" in error.value.message


async def test_nobody_there_is_certainly_not_written(service: Service, out: Remote, alice: Person) -> None:
    async with sandboxes(service, alice, "lever") as found:
        gone = found["lever"]
    with pytest.raises(RemoteError) as error:
        await write(out, alice, gone, gone.note())
    assert (error.value.kind, error.value.status) == ("unreachable", 502)


async def test_only_who_may(out: Remote, alice: Person, charlie: Person, lever: Far, service: Service) -> None:
    with pytest.raises(NotFound):
        await write(out, charlie, lever, lever.note())
    credential = await service.integrated.token(alice.principal, lever.id)
    one = await service.identities.principal(credential, integrated=True)
    other = await connected(service, alice, "lever", lever.sandbox, lever.url)
    await out.create(one, lever.id, lever.note())
    with pytest.raises(Forbidden):
        await out.create(one, other.id, lever.note())
    assert len(lever.sandbox.written) == 1


async def test_a_method_that_the_vendor_has_not(out: Remote, alice: Person, ashby: Far) -> None:
    with pytest.raises(NotSupported):
        await out.get(alice.principal, ashby.id, "some-note", ashby.candidate)
    assert ashby.sandbox.requests == []


async def test_every_call_is_logged_without_its_secrets(out: Remote, alice: Person, far: Far, service: Service) -> None:
    await write(
        out, alice, far, far.note("Hidden words"), options=Options(remote_query=(("q", "hidden"),), request_id="r1")
    )
    far.sandbox.fail("torn_before")
    with pytest.raises(RemoteError):
        await write(out, alice, far, far.note("Hidden words"))
    await service.remote_log.write()
    page = await service.remote_log.list(alice.principal, CallFilter(), 10, None)
    torn, done = sorted(page.items, key=lambda call: call.status or 0)
    assert (done.operation, done.result_count, done.message, done.request_id) == ("create", 1, "", "r1")
    assert (done.status or 0) // 100 == 2
    assert (torn.status, torn.message != "") == (None, True)
    assert {done.path, torn.path} == {
        {
            "ashby": "/candidate.createNote",
            "lever": "/opportunities/{candidate_id}/notes",
            "recruitee": "/c/{company_id}/candidates/{candidate_id}/notes",
        }[far.sandbox.vendor]
    }
    for secret in ("idden", far.sandbox.key, far.candidate):
        assert secret not in repr(page.items)


async def test_what_an_operator_allows_must_be_understood(service: Service) -> None:
    with pytest.raises(BadSetting, match=r"DAYLINE_OUTBOUND_ALLOW: 'https://sandbox.test'"):
        client_of(read_settings({"outbound_allow": "127.0.0.1 https://sandbox.test"}, {}))
