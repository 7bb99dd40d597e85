"""What a vendor says lacks our credential and nothing else; a lost note that quotes one is found all the same."""

import pytest
from msgspec.structs import replace

from dayline.domain.integrated import CallFilter, NewIntegrated
from dayline.remote.calls import Remote
from dayline.remote.errors import RemoteError
from dayline.remote.sandbox import Received, Reply, reply_json
from dayline.remote.standing import stand
from dayline.service import Service
from dayline.vendors.lever.sandbox import LeverSandbox
from tests.cast import Person
from tests.remote.house import Far, Filters, connected, connected_as, write

# On one database: what is kept of an attempt is in test_attempts, on each.
pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
WORDS = "Call initech for a reference, says notes"


@pytest.fixture
async def known(service: Service, alice: Person, far: Far) -> Far:
    """An account with entries that nobody asks for: sealed, whatever they are called, and shown."""
    given = dict(far.sandbox.context())
    new = NewIntegrated(
        integration=far.sandbox.vendor,
        tenant_id="acme",
        secrets={"api_key": given.pop("api_key"), "subdomain": "initech", "other_token": "reference"},
        context=given | {"workspace": "notes"},
    )
    return Far(far.sandbox, await connected_as(service, alice, new, far.url), far.url)


async def lost(out: Remote, who: Person, far: Far, text: str) -> None:
    far.sandbox.fail("torn_after_write")
    with pytest.raises(RemoteError):
        await write(out, who, far, far.note(text), "k")


async def test_what_is_never_sent_is_left_where_it_stands(
    out: Remote, alice: Person, known: Far, service: Service
) -> None:
    made = await write(out, alice, known, known.note(WORDS))
    assert made.activity.body == WORDS
    listed = await out.list(alice.principal, known.id, Filters(candidate_id=known.candidate))
    assert WORDS in [item.body for item in listed.items]
    await lost(out, alice, known, f"{WORDS} again")
    found = await write(out, alice, known, known.note(f"{WORDS} again"), "k")
    assert (found.replayed, found.activity.body) == (True, f"{WORDS} again")
    assert known.texts == [WORDS, f"{WORDS} again"]
    await service.remote_log.write()
    page = await service.remote_log.list(alice.principal, CallFilter(operation="create"), 10, None)
    assert not any("{workspace}" in call.path for call in page.items)


async def test_why_a_credential_is_refused_is_told_whole(
    out: Remote, alice: Person, known: Far, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = f"No key {known.sandbox.key} at initech: reference 5"
    told = reply_json(
        401, {"message": words, "errorInfo": {"code": "unauthorized", "message": words}, "success": False}
    )
    monkeypatch.setattr(known.sandbox, "answer", lambda _: told)
    with pytest.raises(RemoteError):
        await out.probe(alice.account_id, known.id)
    stands = await service.integrated.get(alice.principal, known.id)
    assert (stands.status, stands.last_error) == ("needs_reauth", "No key … at initech: reference 5")


@pytest.mark.parametrize("quoting", ["The key is {}", "Is it {}?", "{} & <b>no</b> other", "{}"])
async def test_a_lost_note_that_quotes_our_credential_is_not_written_twice(
    out: Remote, alice: Person, far: Far, quoting: str
) -> None:
    text = quoting.format(far.sandbox.key)
    await lost(out, alice, far, text)
    found = await write(out, alice, far, far.note(text), "k")
    assert (found.replayed, len(far.sandbox.written)) == (True, 1)
    assert far.sandbox.key not in repr((found.activity, found.answer))


async def test_a_credential_that_a_vendor_keeps_as_html_is_known_again(
    service: Service, out: Remote, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = LeverSandbox("one&two-three")
    plain = sandbox.answer

    def escaped(request: Received) -> Reply:
        reply = plain(request)
        return replace(reply, body=reply.body.replace(b"&", b"&amp;"))

    monkeypatch.setattr(sandbox, "answer", escaped)
    async with stand(sandbox) as url:
        far = Far(sandbox, await connected(service, alice, "lever", sandbox, url), url)
        await lost(out, alice, far, f"The key is {sandbox.key}")
        assert (await write(out, alice, far, far.note(f"The key is {sandbox.key}"), "k")).replayed is True
