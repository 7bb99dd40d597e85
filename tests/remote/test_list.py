"""Lists of each vendor's notes: walked to the end, filtered, cut, and never led around in circles."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from dayline.domain.errors import Invalid
from dayline.kit.client import Bounds
from dayline.remote.calls import Remote
from dayline.remote.connector import RemoteActivity, RemotePage
from dayline.remote.errors import RemoteError
from dayline.service import Service
from tests.cast import Person
from tests.remote.house import HASTY, Far, Filters, Options, remote, write

# On one database: what is kept of an attempt is in test_attempts, on each.
pytestmark = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)


async def walk(out: Remote, who: Person, far: Far, **fields: Any) -> list[list[RemoteActivity]]:
    """Every page, to the end."""
    pages: list[list[RemoteActivity]] = []
    cursor: str | None = None
    while True:
        wanted = Filters(candidate_id=far.candidate, cursor=cursor, **fields)
        listed = await out.list(who.principal, far.id, wanted)
        assert listed.items or listed.next_cursor is None  # clients stop at an empty page
        pages.append(list(listed.items))
        cursor = listed.next_cursor
        if cursor is None:
            return pages


async def fill(out: Remote, who: Person, far: Far, count: int) -> list[str]:
    """Write notes beside those that were there; their ids."""
    return [(await write(out, who, far, far.note(f"Note {number}"))).activity.id for number in range(count)]


async def test_every_note_is_seen_once(out: Remote, alice: Person, far: Far) -> None:
    there = [item.id for page in await walk(out, alice, far) for item in page]
    made = await fill(out, alice, far, 9)
    for limit in (1, 2, 4, 100, None):
        pages = await walk(out, alice, far, limit=limit)
        seen = [item.id for page in pages for item in page]
        assert sorted(seen) == sorted(there + made)
        assert all(len(page) <= (limit or 100) for page in pages)
        assert all(item.candidate_id == far.candidate for page in pages for item in page)


async def test_what_the_vendor_cannot_filter_is_filtered(out: Remote, alice: Person, far: Far) -> None:
    there = [item for page in await walk(out, alice, far) for item in page]
    made = await fill(out, alice, far, 4)
    every = [item for page in await walk(out, alice, far) for item in page]
    instants = {item.id: item.created_at or 0 for item in every}
    cut = min(instants[id_] for id_ in made)
    for limit in (1, 3, None):

        async def ids(*bounds: Any, limit: int | None = limit, **fields: Any) -> set[str]:
            pages = await walk(out, alice, far, limit=limit, created_at=bounds, **fields)
            assert all(len(page) <= (limit or 100) for page in pages)
            seen = [item.id for page in pages for item in page]
            assert len(seen) == len(set(seen))
            return set(seen)

        assert await ids(("gte", cut)) == set(made)
        assert await ids(("lt", cut)) == {item.id for item in there}
        assert await ids(("gt", cut), ("lte", cut)) == set()
        assert await ids(("in", cut), ("in", 1)) == {id_ for id_, at in instants.items() if at == cut}
        assert await ids(("eq", cut)) == {id_ for id_, at in instants.items() if at == cut}
        assert await ids(activity_type="email") == set()
        assert await ids(actor_type="candidate") == set()
        assert await ids(actor_id=every[-1].actor_id) >= {every[-1].id}
        assert await ids(actor_id="nobody") == set()


async def test_an_empty_page_is_followed(out: Remote, alice: Person, far: Far) -> None:
    before = await walk(out, alice, far)
    far.sandbox.fail("empty_page", 2)
    listed = await out.list(alice.principal, far.id, Filters(candidate_id=far.candidate))
    assert [item.id for item in listed.items] == [item.id for item in before[0]]


async def test_a_cursor_is_of_one_list(out: Remote, alice: Person, lever: Far, charlie: Person) -> None:
    await fill(out, alice, lever, 3)
    first = await out.list(alice.principal, lever.id, Filters(candidate_id=lever.candidate, limit=1))
    assert first.next_cursor is not None
    other = lever.sandbox.candidates()[1].id
    for wanted, options in (
        (Filters(candidate_id=other, cursor=first.next_cursor), Options()),
        (Filters(candidate_id=lever.candidate, actor_id="a", cursor=first.next_cursor), Options()),
        (Filters(candidate_id=lever.candidate, cursor=first.next_cursor), Options(remote_query=(("a", "b"),))),
        (Filters(candidate_id=lever.candidate, cursor=first.next_cursor[:-2]), Options()),
        (Filters(candidate_id=lever.candidate, cursor="x"), Options()),
    ):
        with pytest.raises(Invalid):
            await out.list(alice.principal, lever.id, wanted, options)


async def test_paging_is_not_for_the_callers_own_words(out: Remote, alice: Person, lever: Far) -> None:
    wanted = Filters(candidate_id=lever.candidate, limit=1)
    with pytest.raises(Invalid, match="limit"):
        await out.list(alice.principal, lever.id, wanted, Options(remote_query=(("limit", "5"),)))


@pytest.mark.parametrize("page", [RemotePage((), "a"), RemotePage((RemoteActivity(id="1"),), "a")])
async def test_a_list_that_leads_to_itself_ends(
    out: Remote, alice: Person, lever: Far, page: RemotePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = type(out.connectors["lever"])
    ask = connector.list
    monkeypatch.setattr(connector, "list", lambda self, to, wanted: ask(self, to, replace(wanted, cursor=None)))
    monkeypatch.setattr(connector, "listed", lambda *_: page)
    filters = Filters(candidate_id=lever.candidate, actor_id="nobody")
    with pytest.raises(RemoteError) as error:
        await out.list(alice.principal, lever.id, filters)
    assert (error.value.kind, error.value.status) == ("unreadable", 502)
    assert len(lever.sandbox.requests) == 2


async def test_one_note_by_its_id(out: Remote, alice: Person, lever: Far) -> None:
    made = await write(out, alice, lever, lever.note("Called"))
    got = await out.get(alice.principal, lever.id, made.activity.id, lever.candidate)
    assert (got.activity.id, got.activity.body) == (made.activity.id, "Called")
    with pytest.raises(RemoteError) as error:
        await out.get(alice.principal, lever.id, "00000000-0000-4000-8000-000000000000", lever.candidate)
    assert error.value.status == 404


async def test_a_read_is_sent_again_where_that_helps(out: Remote, alice: Person, far: Far) -> None:
    far.sandbox.fail("torn_before")
    far.sandbox.fail("503")
    await out.list(alice.principal, far.id, Filters(candidate_id=far.candidate))
    assert len(far.sandbox.requests) == 3


async def test_a_read_without_an_answer(service: Service, alice: Person, far: Far) -> None:
    far.sandbox.fail("hang", 9)
    async with remote(service, HASTY) as out:
        with pytest.raises(RemoteError) as error:
            await out.list(alice.principal, far.id, Filters(candidate_id=far.candidate))
    assert (error.value.kind, error.value.status) == ("unreachable", 504)


async def test_lever_is_left_its_time_where_it_does_not_say_how_much(service: Service, alice: Person, far: Far) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    far.sandbox.fail("429", 9)
    async with remote(service, sleep=sleep) as out:
        with pytest.raises(RemoteError) as error:
            await out.list(alice.principal, far.id, Filters(candidate_id=far.candidate))
    assert error.value.status == 429
    if far.sandbox.vendor == "lever":
        assert [int(least <= pause <= 1.5 * least) for pause, least in zip(slept, (1, 2, 4), strict=True)] == [1] * 3
    else:
        assert len(slept) == 2


async def test_a_stream_gives_what_the_vendor_gives(out: Remote, alice: Person, far: Far) -> None:
    filters = Filters(candidate_id=far.candidate)
    listed = await out.list(alice.principal, far.id, filters)
    async with out.stream_list(alice.principal, far.id, filters) as streamed:
        body = b"".join([part async for part in streamed.parts])
    document = msgspec.json.decode(body)
    assert streamed.media_type == "application/json"
    assert document.keys() == listed.answer.document.keys()
    far.sandbox.fail("403")
    with pytest.raises(RemoteError) as error:
        async with out.stream_list(alice.principal, far.id, filters):
            pass
    assert (error.value.kind, error.value.status) == ("refused", 403)


async def test_slow_vendors_do_not_hold_up_others(service: Service, alice: Person, ashby: Far, lever: Far) -> None:
    ashby.sandbox.fail("hang", 99)
    async with remote(service, Bounds(seconds=2)) as out:
        stuck = [asyncio.create_task(write(out, alice, ashby, ashby.note())) for _ in range(40)]
        assert (await write(out, alice, lever, lever.note())).replayed is False
        ends = await asyncio.gather(*stuck, return_exceptions=True)
    assert {type(end) for end in ends} == {RemoteError}
