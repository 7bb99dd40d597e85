"""The audit: every row of the log with who and from where, found by time without reading the log, piece by piece."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from dayline.domain.audit import DEEDS, AuditFilter, Trace
from dayline.domain.draft import Draft
from dayline.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooManyAttempts, Unauthenticated
from dayline.domain.identity import UserChange
from dayline.domain.integrated import NewIntegrated
from dayline.domain.job import Job
from dayline.domain.origin import COMMAND_LINE, PAGE, WORKER, Origin, enter, plain_address
from dayline.domain.record import new_uuid
from dayline.domain.told import told_to
from dayline.domain.webhook import NewWebhook
from dayline.service import Service
from dayline.service.audit import Audit
from dayline.service.signing import Browser
from dayline.service.vault import Keyring
from dayline.store.group import Steps
from dayline.store.statement import Call, remove
from dayline.store.store import Store
from dayline.store.tables import changes
from tests.cast import KEY, START, Cast, ManualClock, Person, a_call, as_activity, log_call
from tests.store.peek import log_of, rows

PASSWORD = "correct horse battery staple"
HERE = Browser("192.0.2.1", "Firefox")
ALL = AuditFilter()


async def came_from(origin: Origin, work: Callable[[], Awaitable[object]]) -> None:
    """Do it as whoever comes from there."""

    async def entered() -> None:
        enter(origin)
        await work()

    await asyncio.create_task(entered())


async def audit(service: Service, who: Person, wanted: AuditFilter = ALL) -> list[Trace]:
    return [
        trace for page in [page async for page in service.audit.all(who.principal, wanted, 7)] for trace in page.items
    ]


async def test_each_write_tells_from_where_it_came(service: Service, cast: Cast) -> None:
    here = Origin("pipedrive", "203.0.113.7", "r-1")
    await came_from(here, lambda: log_call(service, cast.alice))
    (last, *_) = await audit(service, cast.alice)
    assert (last.entity, last.action, last.via) == ("activity", "created", "token")
    assert (last.user_id, last.token_id) == (cast.alice.user_id, cast.alice.principal.token_id)
    assert Origin(last.surface, last.address, last.request_id) == here


async def test_time_is_found_without_reading(service: Service, store: Store, cast: Cast, clock: ManualClock) -> None:
    for _ in range(20):
        clock.move(1_000)
        await log_call(service, cast.alice)
    log = await log_of(store, cast.alice.account_id)
    for since in (0, START, *(row.at + beside for row in log for beside in (-1, 0, 1)), clock.now + 1):
        found = await audit(service, cast.alice, AuditFilter(since=since))
        assert [one.sequence for one in reversed(found)] == [row.sequence for row in log if row.at >= since]
        found = await audit(service, cast.alice, AuditFilter(until=since))
        assert [one.sequence for one in reversed(found)] == [row.sequence for row in log if row.at < since]
    middle = log[len(log) // 2]
    found = await audit(service, cast.alice, AuditFilter(since=middle.at, until=middle.at + 1))
    assert [one.sequence for one in found] == [middle.sequence]


async def test_a_log_that_has_been_cut_is_read_all_the_same(service: Service, store: Store, cast: Cast) -> None:
    for _ in range(10):
        await log_call(service, cast.alice)
    log = await log_of(store, cast.alice.account_id)
    cut = [row.sequence for row in log[:5]] + [log[7].sequence, log[8].sequence]
    await store.database.run(lambda: _cut(cast.alice.account_id, cut))
    left = [row for row in log if row.sequence not in cut]
    assert [one.sequence for one in reversed(await audit(service, cast.alice))] == [row.sequence for row in left]
    for since in (0, log[6].at, log[7].at, log[9].at):
        found = await audit(service, cast.alice, AuditFilter(since=since))
        assert [one.sequence for one in reversed(found)] == [row.sequence for row in left if row.at >= since]
    with pytest.raises(NotFound):
        await service.audit.get(cast.alice.principal, cut[0])


def _cut(account_id: int, sequences: list[int]) -> Steps[None]:
    yield Call(remove(changes), [(account_id, sequence) for sequence in sequences], many=True)


async def test_what_is_rare_comes_piece_by_piece(service: Service, store: Store, cast: Cast) -> None:
    rare = await log_call(service, cast.bob)
    for _ in range(40):
        await log_call(service, cast.alice)
    small = Audit(store, piece=5, pieces=2)
    wanted, who = AuditFilter(user_id=cast.bob.user_id), cast.alice.principal
    pages, cursor = [], None
    while True:
        page = await small.list(who, wanted, 10, cursor)
        pages.append([trace.entity_id for trace in page.items if trace.entity == "activity"])
        cursor = page.cursor
        if cursor is None:
            break
    assert len(pages) > 3
    assert pages[0] == []
    assert [id_ for page in pages for id_ in page] == [rare.id]
    whole = [trace.sequence for trace in await audit(service, cast.alice)]
    assert [trace.sequence for page in [page async for page in small.all(who, ALL, 3)] for trace in page.items] == whole
    of_one = AuditFilter(entity="activity", entity_id=rare.id)
    assert [trace.entity_id for trace in (await small.list(who, of_one, 10, None)).items] == [rare.id]  # by its index


async def test_each_filter(service: Service, cast: Cast) -> None:
    made = await log_call(service, cast.alice)
    await came_from(Origin("atz", "203.0.113.7", "r-1"), lambda: log_call(service, cast.bob))
    await came_from(Origin(WORKER), lambda: service.identities.set_role(cast.bob.account_id, "bob@acme.test", "admin"))
    await came_from(Origin(COMMAND_LINE, "os:ann"), lambda: service.identities.revoke_token(cast.bob.account_id, 2))
    link = await service.signing.make_link(cast.bob.account_id, cast.bob.user_id)
    await came_from(Origin(PAGE, "203.0.113.8"), lambda: service.signing.open_link(link, HERE))
    session = replace(cast.bob.principal, token_id=-cast.bob.user_id)
    await came_from(Origin("dayline", "203.0.113.8"), lambda: service.activities.create(session, a_call(), as_activity))
    whole = await audit(service, cast.alice)
    for wanted in (
        AuditFilter(user_id=cast.bob.user_id),
        AuditFilter(user_id=0),
        AuditFilter(token_id=cast.bob.principal.token_id),
        AuditFilter(surface="atz"),
        AuditFilter(address="203.0.113.8"),
        AuditFilter(request_id="r-1"),
        AuditFilter(action="changed"),
        AuditFilter(entity="session"),
        AuditFilter(entity="activity", entity_id=made.id),
        AuditFilter(entity="token", entity_id=2),
        AuditFilter(via="token"),
        AuditFilter(via="page"),
        AuditFilter(via="worker"),
        AuditFilter(via="command line"),
        AuditFilter(via="page", entity="activity", user_id=cast.bob.user_id),
    ):
        given = {name: value for name in wanted.__struct_fields__ if (value := getattr(wanted, name)) is not None}
        expected = [trace for trace in whole if all(getattr(trace, name) == value for name, value in given.items())]
        assert expected
        assert len(expected) < len(whole)
        assert await audit(service, cast.alice, wanted) == expected


async def test_it_is_for_admins_and_of_their_account(service: Service, cast: Cast) -> None:
    await log_call(service, cast.alice)
    with pytest.raises(Forbidden):
        await service.audit.list(cast.bob.principal, ALL, 10, None)
    with pytest.raises(Forbidden):
        await service.audit.get(cast.bob.principal, 1)
    theirs = await audit(service, cast.charlie)
    assert {trace.entity for trace in theirs} == {"user", "token"}
    assert {trace.user_id for trace in theirs} == {0}


async def test_a_cursor_is_for_the_list_that_it_is_of(service: Service, cast: Cast) -> None:
    cursor = (await service.audit.list(cast.alice.principal, ALL, 1, None)).cursor
    assert cursor is not None
    for who, wanted in ((cast.alice, AuditFilter(surface="atz")), (cast.charlie, ALL)):
        with pytest.raises(Invalid):
            await service.audit.list(who.principal, wanted, 1, cursor)


# -- what changes no thing ---------------------------------------------------------------------------------------


async def deeds(service: Service, who: Person) -> list[tuple[str, str, int, int]]:
    """What was done and whom it was about and who did it, the first first."""
    about = ("session", "password", "sign_in_link")
    found = [trace for trace in await audit(service, who) if trace.entity in about]
    return [(trace.entity, trace.action, trace.entity_id, trace.user_id) for trace in reversed(found)]


async def test_who_comes_in_and_goes_is_told(service: Service, store: Store, cast: Cast) -> None:
    bob = cast.bob.user_id
    user = await service.people.get(cast.bob.principal, bob)
    await service.passwords.set(cast.bob.account_id, user, PASSWORD)
    opened = await service.signing.sign_in("bob@acme.test", PASSWORD, HERE)
    who = await service.signing.principal(opened.credential)
    with pytest.raises(Invalid):
        await service.passwords.change_own(who, user, "guessed", PASSWORD + "!")
    await service.passwords.change_own(who, user, PASSWORD, PASSWORD + "!")
    await service.signing.sign_out(who)
    link = await service.signing.make_link(cast.bob.account_id, bob)
    session = (await service.signing.open_link(link, HERE)).session
    await service.signing.end(cast.alice.principal, session.id)
    await service.signing.sign_out_everywhere(cast.bob.principal)
    assert await deeds(service, cast.alice) == [
        ("password", "changed", bob, 0),
        ("session", "created", bob, bob),
        ("password", "refused", bob, bob),
        ("password", "changed", bob, bob),
        ("session", "deleted", bob, bob),
        ("sign_in_link", "created", bob, 0),
        ("session", "created", bob, bob),
        ("session", "deleted", bob, cast.alice.user_id),
        ("session", "deleted", bob, bob),
    ]
    told = str(await rows(store, select(changes.c.before, changes.c.after)))
    assert not any(secret in told for secret in (PASSWORD, opened.credential, link))


async def test_who_does_not_come_in_is_told_and_fills_no_disk(service: Service, cast: Cast, clock: ManualClock) -> None:
    bob = cast.bob.user_id
    await service.people.change(cast.alice.principal, bob, UserChange(name="Bob"), lambda user: user)

    async def tried(email: str) -> bool:
        try:
            await service.signing.sign_in(email, "wrong", HERE)
        except Unauthenticated:
            return True
        except TooManyAttempts:
            return False
        return False

    let_in = [await tried("bob@acme.test") for _ in range(8)]
    assert await deeds(service, cast.alice) == [("session", "refused", bob, 0)] * sum(let_in)
    assert 0 < sum(let_in) < 8
    assert await tried("nobody@acme.test")
    assert len(await deeds(service, cast.alice)) == sum(let_in)
    assert await deeds(service, cast.charlie) == []


async def test_what_cannot_be_written_is_not_told(service: Service, cast: Cast) -> None:
    """A session and its row in the log are one transaction."""
    user = await service.people.get(cast.bob.principal, cast.bob.user_id)
    await service.passwords.set(cast.bob.account_id, user, PASSWORD)
    before = await deeds(service, cast.alice)
    found = (await service.store.sign_ins.candidates("bob@acme.test"))[0]
    await service.passwords.set(cast.bob.account_id, user, PASSWORD + "!")
    with pytest.raises(Unauthenticated):
        await service.signing._open(found.account_id, found.user, HERE, found.hash, "by password")
    assert len(await deeds(service, cast.alice)) == len(before) + 1


async def test_many_at_once_leave_no_gap(service: Service, store: Store, cast: Cast) -> None:
    links = [await service.signing.make_link(cast.bob.account_id, cast.bob.user_id) for _ in range(8)]
    await asyncio.gather(
        *(service.signing.open_link(link, HERE) for link in links), *(log_call(service, cast.alice) for _ in range(8))
    )
    log = await log_of(store, cast.alice.account_id)
    assert [row.sequence for row in log] == list(range(1, len(log) + 1))
    assert [row.at for row in log] == sorted(row.at for row in log)
    assert len(await deeds(service, cast.alice)) == 16


async def test_nobody_is_told_of_it_but_admins(service: Service, cast: Cast) -> None:
    """What goes out to listeners and readers leaves sign-ins out."""
    link = await service.signing.make_link(cast.bob.account_id, cast.bob.user_id)
    await service.signing.open_link(link, HERE)
    last = (await service.store.feed.after(cast.bob.account_id, 0, 100))[-2:]
    assert [change.entity for change in last] == ["sign_in_link", "session"]
    assert all(change.before is None and change.after is None for change in last)
    assert [told_to(change, b"secret", cast.alice.user_id, admin=True) for change in last] == [None, None]


async def acts(service: Service, who: Person) -> list[tuple[str, str, int, int, dict[str, str]]]:
    """What was done that changed no thing, the first first: what, how, to what, by whom and with which words."""
    found = [trace for trace in await audit(service, who) if trace.entity in DEEDS]
    return [
        (trace.entity, trace.action, trace.entity_id, trace.user_id, json.loads(trace.after or "{}"))
        for trace in reversed(found)
    ]


async def test_what_is_sent_and_tried_again_is_told(service: Service, store: Store, cast: Cast) -> None:
    who, alice = cast.alice.principal, cast.alice.user_id
    new = NewWebhook(face="dayline", url="https://hooks.example/a")
    hook = await service.webhooks.create(who, new, lambda made: made)
    await log_call(service, cast.alice)
    last = await store.sequence(who.account_id)
    tested = await service.webhooks.test(who, hook.id)
    event = await service.webhooks.send_again(who, hook.id, last)
    dead = Job(id=new_uuid(START), lane=hook.lane, kind="deliver", dedupe="d", due_at=START, state="dead")
    await store.jobs.put(who.account_id, [dead])
    assert (await service.webhooks.revive(who, dead.id)).state == "waiting"
    await service.webhooks.revive(who, dead.id)  # it is tried by itself now
    assert await acts(service, cast.alice) == [
        ("delivery", "created", hook.id, alice, {"event": tested}),
        ("delivery", "restored", hook.id, alice, {"what": f"the event {event}"}),
        ("job_retry", "restored", 0, alice, {"job": dead.id, "kind": "deliver", "lane": hook.lane}),
    ]
    assert await acts(service, cast.charlie) == []


async def test_what_is_not_done_is_not_told(service: Service, cast: Cast) -> None:
    who = cast.alice.principal
    new = NewWebhook(face="dayline", url="https://hooks.example/a", active=False)
    hook = await service.webhooks.create(who, new, lambda made: made)
    with pytest.raises(Conflict):
        await service.webhooks.test(who, hook.id)
    with pytest.raises(NotFound):
        await service.webhooks.revive(who, new_uuid(START))
    assert await acts(service, cast.alice) == []


async def test_an_act_wakes_no_listener_and_keeps_none_back(service: Service, store: Store, cast: Cast) -> None:
    """It has a number in the log, and webhooks go on over it."""
    who = cast.alice.principal
    new = NewWebhook(face="dayline", url="https://hooks.example/a")
    hook = await service.webhooks.create(who, new, lambda made: made)
    await service.webhooks.test(who, hook.id)
    (last,) = await store.feed.after(who.account_id, hook.cursor + 1, 10)
    assert (last.entity, last.before, last.after) == ("delivery", None, None)
    assert told_to(last, b"secret", cast.alice.user_id, admin=True) is None


async def test_secrets_that_are_sealed_anew_are_told_one_by_one(service: Service, store: Store, alice: Person) -> None:
    before = Service(store, keyring=Keyring(text=KEY))
    new = NewIntegrated(integration="lever", tenant_id="t", secrets={"api_key": "a"})
    account = await before.integrated.create(alice.principal, new, lambda made: made)
    hook = await before.webhooks.create(
        alice.principal, NewWebhook(face="truto", url="https://x.example", secrets={"secret": "b"}), lambda made: made
    )
    later = Service(store, keyring=Keyring(text=f"{'c4' * 32},{KEY}"))
    await came_from(Origin(COMMAND_LINE, "os:ann"), lambda: later.integrated.sealing.rekey(lambda _: None))
    await later.integrated.sealing.rekey(lambda _: None)  # there is nothing left to do
    assert await acts(service, alice) == [
        ("sealing", "changed", hook.id, 0, {"what": f"webhook {hook.id}"}),
        ("sealing", "changed", account.number, 0, {"what": f"integrated account {account.number}"}),
    ]
    (last, *_) = await audit(service, alice, AuditFilter(entity="sealing"))
    assert (last.address, last.via) == ("os:ann", "command line")


async def test_only_the_tokens_that_it_names_are_read(service: Service, store: Store, cast: Cast) -> None:
    mine, account_id = cast.alice.principal.token_id, cast.alice.account_id
    assert [token.id for token in await store.tokens_by_id(account_id, {mine})] == [mine]
    assert await store.tokens_by_id(account_id, ()) == []
    assert await store.tokens_by_id(cast.charlie.account_id, {999}) == []
    await log_call(service, cast.alice)
    page = await service.audit.list(cast.alice.principal, ALL, 1, None)
    assert set(page.tokens) == {mine}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("", ""),
        ("unknown", ""),
        ("<script>", ""),
        ("203.0.113.7, 10.0.0.1", ""),
        ("x" * 60_000, ""),
    ],
)
def test_an_address_is_one_or_nothing(text: str, kept: str) -> None:
    assert plain_address(text) == kept


async def test_a_change_tells_what_was_and_is(service: Service, cast: Cast) -> None:
    made = await log_call(service, cast.alice, subject="First")
    await service.activities.change(cast.bob.principal, made.id, Draft(subject="Second"), as_activity)
    page = await service.audit.list(cast.alice.principal, AuditFilter(entity="activity", entity_id=made.id), 1, None)
    assert page.items[0].before is not None
    assert "First" in page.items[0].before
    assert page.users[cast.bob.user_id].name == "Bob"
    assert page.tokens[cast.bob.principal.token_id].name == "test"
