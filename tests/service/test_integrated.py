"""Integrated accounts: who manages them, what is sealed and never seen again, passes, states, and new keys."""

import stat
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import bindparam, select, update

from dayline.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from dayline.domain.identity import Principal
from dayline.domain.integrated import (
    TOKEN_MS,
    IntegratedAccount,
    IntegratedChange,
    IntegratedFilter,
    NewIntegrated,
    divided,
)
from dayline.service import Service
from dayline.service.identity import NOBODY
from dayline.service.units import deed_of
from dayline.service.vault import Broken, Keyring, NoKey
from dayline.store.group import Steps
from dayline.store.open import sqlite_url
from dayline.store.statement import Call, statement
from dayline.store.store import Store
from dayline.store.tables import integrated_accounts, metadata
from tests.cast import KEY, Cast, ManualClock, Person
from tests.store.keys import Key, sent
from tests.store.peek import log_of, rows

SECRET, OTHER_SECRET = "s3cr3t-0f-acme", "an0ther-s3cr3t"
OTHER_KEY = "c4" * 32
EVERYONE = IntegratedFilter()


def same(account: IntegratedAccount) -> IntegratedAccount:
    return account


async def connect(service: Service, who: Person, **fields: Any) -> IntegratedAccount:
    given = {"integration": "lever", "tenant_id": "acme-1", "secrets": {"api_key": SECRET}, **fields}
    return await service.integrated.create(who.principal, NewIntegrated(**given), same)


async def all_of(service: Service, who: Person, wanted: IntegratedFilter = EVERYONE) -> list[IntegratedAccount]:
    found, cursor = list[IntegratedAccount](), None
    while True:
        page = await service.integrated.list(who.principal, wanted, 2, cursor)
        assert page.items or cursor is None
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


async def everything(store: Store) -> str:
    """Every row of every table, above all walls."""
    return repr([await rows(store, select(table)) for table in metadata.tables.values()])


async def test_it_is_connected_changed_and_removed(service: Service, alice: Person, clock: ManualClock) -> None:
    made = await connect(service, alice, context={"company_id": "126786"}, label="Acme's", region="eu")
    assert (made.status, made.secret_names, made.revision) == ("active", ("api_key",), 1)
    assert await service.integrated.get(alice.principal, made.id) == made
    clock.move(1000)
    change = IntegratedChange(label=None, context={"subdomain": "acme", "company_id": None})
    after = await service.integrated.change(alice.principal, made.id, change, same)
    assert (after.label, after.region, after.context, after.revision) == (None, "eu", {"subdomain": "acme"}, 2)
    assert await service.integrated.change(alice.principal, made.id, change, same) == after  # which writes nothing
    gone = await service.integrated.delete(alice.principal, made.id, same)
    assert gone == after
    for verb in (service.integrated.get(alice.principal, made.id), service.integrated.open(alice.account_id, made.id)):
        with pytest.raises(NotFound):
            await verb
    log = await log_of(service.store, alice.account_id, "integrated_account")
    assert [(one.action, one.user_id, one.entity_id) for one in log] == [
        ("created", alice.user_id, made.number),
        ("changed", alice.user_id, made.number),
        ("deleted", alice.user_id, made.number),
    ]


async def test_secrets_are_nowhere(service: Service, alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in any table, the change log and the kept answers among them; only whoever calls the vendor is given them."""
    new = NewIntegrated(integration="lever", tenant_id="acme-1", secrets={"api_key": SECRET})
    made: list[IntegratedAccount] = []

    def answer(account: IntegratedAccount) -> Any:
        made.append(account)
        return sent(account)

    await service.integrated.create(alice.principal, new, answer, Key("once"))
    (account,) = made
    await service.integrated.change_credentials(alice.principal, account.id, {"api_key": OTHER_SECRET}, same)
    _, secrets = await service.integrated.open(alice.account_id, account.id)
    assert secrets == {"api_key": OTHER_SECRET}
    seen = await everything(service.store) + "".join(capsys.readouterr()) + repr(account) + repr(new)
    for secret in (SECRET, OTHER_SECRET, KEY):
        assert secret not in seen
    # What is sealed is beside the document and not in the log, where it would stay after it was taken away.
    for sealed in account.sealed.values():
        assert sealed not in seen
    (row,) = await rows(service.store, select(integrated_accounts.c.sealed, integrated_accounts.c.body))
    assert "v1." in row[0]
    assert "v1." not in row[1]
    assert "v1." not in repr(await log_of(service.store, alice.account_id))
    await service.integrated.delete(alice.principal, account.id, same)
    assert "v1." not in await everything(service.store)


async def test_only_admins_manage_them(service: Service, cast: Cast) -> None:
    made = await connect(service, cast.alice)
    lesser = replace(cast.alice.principal, scopes=cast.alice.principal.scopes - {"admin"})
    verbs = service.integrated
    for who in (cast.bob.principal, lesser):
        for verb in (
            verbs.list(who, EVERYONE, 10, None),
            verbs.get(who, made.id),
            verbs.create(who, NewIntegrated(integration="lever", tenant_id="x"), same),
            verbs.change(who, made.id, IntegratedChange(label="x"), same),
            verbs.change_credentials(who, made.id, {"api_key": "x"}, same),
            verbs.delete(who, made.id, same),
            verbs.token(who, made.id),
        ):
            with pytest.raises(Forbidden):
                await verb
    assert await all_of(service, cast.alice) == [made]


async def test_accounts_do_not_see_each_others(service: Service, cast: Cast) -> None:
    ours, theirs = await connect(service, cast.alice), await connect(service, cast.charlie)
    verbs, who = service.integrated, cast.charlie.principal
    for verb in (
        verbs.get(who, ours.id),
        verbs.change(who, ours.id, IntegratedChange(label="x"), same),
        verbs.change_credentials(who, ours.id, {"api_key": "x"}, same),
        verbs.delete(who, ours.id, same),
        verbs.token(who, ours.id),
        verbs.open(who.account_id, ours.id),
    ):
        with pytest.raises(NotFound):
            await verb
    await verbs.note_status(who.account_id, ours.id, "needs_reauth", "Nothing to them")
    assert await all_of(service, cast.alice) == [ours]
    assert await all_of(service, cast.charlie) == [theirs]


async def test_lists_are_paged_and_filtered(service: Service, alice: Person) -> None:
    made = [
        await connect(service, alice, tenant_id=f"t{n % 2}", integration=("ashby", "lever")[n // 3], is_sandbox=n == 4)
        for n in range(5)
    ]
    assert await all_of(service, alice) == made
    for wanted, numbers in (
        (IntegratedFilter(tenant_id="t1"), [1, 3]),
        (IntegratedFilter(integration="ashby"), [0, 1, 2]),
        (IntegratedFilter(is_sandbox=True), [4]),
        (IntegratedFilter(is_sandbox=False, tenant_id="t0"), [0, 2]),
        (IntegratedFilter(tenant_id="t1", integration="ashby"), [1]),
        (IntegratedFilter(tenant_id="nobody"), []),
    ):
        assert await all_of(service, alice, wanted) == [made[n] for n in numbers]
    cursor = (await service.integrated.list(alice.principal, EVERYONE, 1, None)).cursor
    with pytest.raises(Invalid, match="cursor"):
        await service.integrated.list(alice.principal, IntegratedFilter(tenant_id="t1"), 1, cursor)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"integration": "Lever!"}, "integration"),
        ({"tenant_id": " "}, "tenant_id"),
        ({"tenant_id": "x" * 256}, "tenant_id"),
        ({"authentication_method": ""}, "authentication_method"),
        ({"label": "x" * 256}, "label"),
        ({"context": {"a b": "x"}}, "context"),
        ({"context": {"a": "x" * 8193}}, "context.a"),
        ({"context": {f"a{n}": "x" for n in range(33)}}, "context"),
        ({"secrets": {"api_key": ""}}, "credentials.api_key"),
        ({"secrets": {"api_key": " blank"}}, "credentials.api_key"),
        ({"secrets": {"api_key": "a\r\nX-Other: b"}}, "credentials.api_key"),
    ],
)
async def test_what_cannot_be_connected(service: Service, alice: Person, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        await connect(service, alice, **fields)
    assert [problem.field for problem in error.value.problems] == [field]
    assert "X-Other" not in str(error.value)
    assert await all_of(service, alice) == []


async def test_a_secret_does_not_become_what_is_shown(service: Service, alice: Person) -> None:
    made = await connect(service, alice)
    with pytest.raises(Invalid, match="is a secret"):
        await service.integrated.change(alice.principal, made.id, IntegratedChange(context={"api_key": "x"}), same)
    given = {"company_id": "1", "pin": "2", "who_knows": "3", "keyboard": "4"}
    assert divided(given, ("company_id", "keyboard"), ("pin",)) == (
        {"company_id": "1", "who_knows": "3", "keyboard": "4"},
        {"pin": "2"},
    )


@pytest.mark.parametrize(
    ("name", "sealed"),
    [
        *((name, True) for name in ("apiKey", "oauth.token.access_token", "Client-Secret", "password", "passwd")),
        *((name, True) for name in ("db_pwd", "credentials", "Authorization", "session_cookie")),
        *((name, False) for name in ("subdomain", "company_id", "region", "oauth.scope", "api_email")),
    ],
)
def test_what_nobody_asked_for_is_sealed_by_its_name(name: str, sealed: bool) -> None:
    assert divided({name: "x"}, ()) == (({}, {name: "x"}) if sealed else ({name: "x"}, {}))


async def test_where_it_is_is_for_an_operator_to_say(service: Service, alice: Person) -> None:
    new = NewIntegrated(integration="lever", tenant_id="acme-1")
    with pytest.raises(Forbidden, match="operator"):
        await service.integrated.create(alice.principal, new, same, base_url="https://elsewhere.example")
    operator = replace(alice.principal, user_id=NOBODY, token_id=NOBODY)
    made = await service.integrated.create(operator, new, same, base_url="http://127.0.0.1:8801/v1/")
    assert made.base_url == "http://127.0.0.1:8801/v1"
    for wrong in ("ftp://a.example", "https://", "https://u:p@a.example", "https://a.example?x=1", "a", "http://a:0"):
        with pytest.raises(Invalid, match="base_url"):
            await service.integrated.create(operator, new, same, base_url=wrong)


# -- how it stands -----------------------------------------------------------------------------------------------


async def test_one_that_is_refused_needs_new_credentials_and_no_other(
    service: Service, alice: Person, clock: ManualClock
) -> None:
    made, other = await connect(service, alice), await connect(service, alice)
    for _ in range(2):
        clock.move(1000)
        await service.integrated.note_status(
            alice.account_id, made.id, "needs_reauth", f"Unknown key {SECRET}, {SECRET}!", revision=made.revision
        )
    after = await service.integrated.get(alice.principal, made.id)
    assert (after.status, after.last_error, after.revision) == ("needs_reauth", "Unknown key …, …!", 2)
    assert await service.integrated.get(alice.principal, other.id) == other
    again = await service.integrated.change_credentials(alice.principal, made.id, {"api_key": OTHER_SECRET}, same)
    assert (again.id, again.status, again.last_error, again.revision) == (made.id, "active", None, 3)
    # An answer to the old credentials that comes late says nothing about the new ones.
    await service.integrated.note_status(alice.account_id, made.id, "needs_reauth", "late", revision=made.revision)
    assert (await service.integrated.get(alice.principal, made.id)).status == "active"
    await service.integrated.note_status(alice.account_id, "nobody", "needs_reauth", "gone meanwhile")


async def test_credentials_are_laid_over_those_there_are(service: Service, alice: Person) -> None:
    made = await connect(service, alice, secrets={"id": "public", "key": SECRET})
    after = await service.integrated.change_credentials(alice.principal, made.id, {"key": OTHER_SECRET}, same)
    assert after.secret_names == ("id", "key")
    _, secrets = await service.integrated.open(alice.account_id, made.id)
    assert secrets == {"id": "public", "key": OTHER_SECRET}
    with pytest.raises(Invalid, match="no credential"):
        await service.integrated.change_credentials(alice.principal, made.id, {}, same)


# -- passes ------------------------------------------------------------------------------------------------------


async def holder(service: Service, credential: str) -> Principal:
    return await service.identities.principal(credential, integrated=True)


async def test_a_pass_is_for_one_account_and_a_quarter_of_an_hour(
    service: Service, alice: Person, clock: ManualClock
) -> None:
    made, other = await connect(service, alice), await connect(service, alice)
    credential = await service.integrated.token(alice.principal, made.id)
    assert credential.startswith(f"dlp_{alice.account_id}_")
    with pytest.raises(Forbidden, match="one integrated account"):
        await service.identities.principal(credential)
    who = await holder(service, credential)
    assert (who.integrated_account_id, who.role, who.account_id) == (made.id, "member", alice.account_id)
    assert who.scopes == {"activities:read", "activities:write"}
    assert await service.integrated.get(who, made.id) == made
    changed = await service.integrated.change(who, made.id, IntegratedChange(label="Mine"), same)
    assert changed.label == "Mine"
    verbs = service.integrated
    for verb in (
        verbs.get(who, other.id),
        verbs.change(who, other.id, IntegratedChange(label="x"), same),
        verbs.list(who, EVERYONE, 10, None),
        verbs.create(who, NewIntegrated(integration="lever", tenant_id="x"), same),
        verbs.change_credentials(who, made.id, {"api_key": "x"}, same),
        verbs.delete(who, made.id, same),
        verbs.token(who, made.id),
    ):
        with pytest.raises(Forbidden):
            await verb
    clock.move(TOKEN_MS - 1)
    await holder(service, credential)
    clock.move(1)
    with pytest.raises(Unauthenticated):
        await holder(service, credential)


async def test_a_pass_ends_with_the_token_that_asked_for_it(service: Service, cast: Cast) -> None:
    made = await connect(service, cast.alice)
    credential = await service.integrated.token(cast.alice.principal, made.id)
    await service.identities.revoke_token(cast.alice.account_id, cast.alice.principal.token_id)
    with pytest.raises(Unauthenticated):
        await holder(service, credential)


async def test_a_pass_cannot_be_made_up(service: Service, cast: Cast) -> None:
    made = await connect(service, cast.alice)
    credential = await service.integrated.token(cast.alice.principal, made.id)
    theirs = await connect(service, cast.charlie)
    forged = [
        credential[:-1],
        credential[:-2] + ("AA" if credential[-2:] != "AA" else "BB"),
        credential.replace(f"dlp_{cast.alice.account_id}_", f"dlp_{cast.charlie.account_id}_"),
        credential.replace("dlp_", "dl_"),
        "dlp_1_",
        "dlp_1_x",
        "dlp_x_" + credential.rpartition("_")[2],
        "dlp_999_" + credential.rpartition("_")[2],
        f"dlp_{cast.alice.account_id}_é",
    ]
    for wrong in forged:
        assert wrong != credential
        for ask in (holder(service, wrong), service.identities.principal(wrong)):
            with pytest.raises(Unauthenticated):
                await ask
    operator = replace(cast.charlie.principal, user_id=NOBODY, token_id=NOBODY)
    with pytest.raises(Forbidden):
        await service.integrated.token(operator, theirs.id)


# -- keys --------------------------------------------------------------------------------------------------------


async def test_a_sealed_secret_is_of_its_row(service: Service, cast: Cast) -> None:
    one = await connect(service, cast.alice)
    other = await connect(service, cast.alice, secrets={"api_key": OTHER_SECRET})
    await service.store.database.run(lambda: _swap(cast.alice.account_id, one, other))
    with pytest.raises(Broken, match="connect it anew"):
        await service.integrated.open(cast.alice.account_id, one.id)
    await service.integrated.change_credentials(cast.alice.principal, one.id, {"api_key": SECRET}, same)
    _, secrets = await service.integrated.open(cast.alice.account_id, one.id)
    assert secrets == {"api_key": SECRET}


def _swap(account_id: int, one: IntegratedAccount, other: IntegratedAccount) -> Steps[None]:
    """Put one's sealed secrets into the other's row, as somebody could who has the database alone."""
    at = integrated_accounts.c
    own = update(integrated_accounts).where(at.account_id == bindparam("account_id"), at.id == bindparam("number"))
    change = statement(own.values(sealed=bindparam("new")), "new", "account_id", "number")
    sealed = '{"api_key":"' + other.sealed["api_key"] + '"}'
    yield Call(change, [(sealed, account_id, one.number)], many=True)


async def test_without_a_key_nothing_is_connected(store: Store, cast: Cast) -> None:
    service = Service(store)
    with pytest.raises(NoKey, match="openssl rand -hex 32"):
        await connect(service, cast.alice)
    assert await all_of(service, cast.alice) == []
    made = await connect(service, cast.alice, secrets={})  # which has nothing to seal
    assert await service.integrated.open(cast.alice.account_id, made.id) == (made, {})


async def test_a_key_file_is_made_when_it_is_needed(store: Store, cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "dayline.key"
    service = Service(store, keyring=Keyring(path=path, makes=True))
    await connect(service, cast.alice, secrets={})
    assert not path.exists()
    made = await connect(service, cast.alice)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = Service(store, keyring=Keyring(path=path, makes=True))
    assert (await other.integrated.open(cast.alice.account_id, made.id))[1] == {"api_key": SECRET}


async def test_a_lost_key_is_not_replaced_in_silence(store: Store, cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "dayline.key"
    made = await connect(Service(store, keyring=Keyring(path=path, makes=True)), cast.charlie)
    path.unlink()
    service = Service(store, keyring=Keyring(path=path, makes=True))
    for verb in (connect(service, cast.alice), service.integrated.open(cast.charlie.account_id, made.id)):
        with pytest.raises(NoKey, match="bring it back"):
            await verb
    assert not path.exists()


async def test_all_is_sealed_anew_with_a_new_key(service: Service, cast: Cast, store: Store) -> None:
    made = [await connect(service, who) for who in (cast.alice, cast.charlie, cast.alice)]
    bare = await connect(service, cast.alice, secrets={})
    later = Service(store, keyring=Keyring(text=f"{OTHER_KEY},{KEY}"))
    logged = len(await log_of(store, cast.alice.account_id))
    left = iter(range(1))

    def stop(_: int) -> None:
        if next(left, None) is None:
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        await later.integrated.sealing.rekey(stop)
    done = await later.integrated.sealing.rekey(lambda _: None)
    assert (done.anew, done.current, done.closed) == (1, 3, ())
    new = Service(store, keyring=Keyring(text=OTHER_KEY))
    for one, who in zip(made, (cast.alice, cast.charlie, cast.alice), strict=True):
        found, secrets = await new.integrated.open(who.account_id, one.id)
        assert secrets == {"api_key": SECRET}
        assert replace(found, sealed={}) == replace(one, sealed={})
    assert await new.integrated.get(cast.alice.principal, bare.id) == bare
    log = (await log_of(store, cast.alice.account_id))[logged:]
    assert [(row.entity, row.entity_id) for row in log] == [("sealing", made[0].number), ("sealing", made[2].number)]
    assert (await later.integrated.sealing.rekey(lambda _: None)).current == 4


async def test_what_cannot_be_opened_is_told_and_does_not_hold_up_the_rest(
    service: Service, cast: Cast, store: Store
) -> None:
    lost = await connect(Service(store, keyring=Keyring(text="0d" * 32)), cast.alice)
    made = await connect(service, cast.alice)
    later = Service(store, keyring=Keyring(text=f"{OTHER_KEY},{KEY}"))
    done = await later.integrated.sealing.rekey(lambda _: None)
    assert (done.anew, len(done.closed)) == (1, 1)
    assert "sealed with the key" in done.closed[0]
    assert (await later.integrated.open(cast.alice.account_id, made.id))[1] == {"api_key": SECRET}
    await later.integrated.change_credentials(cast.alice.principal, lost.id, {"api_key": SECRET}, same)
    assert (await later.integrated.sealing.rekey(lambda _: None)).closed == ()


async def test_who_changes_credentials_meanwhile_is_not_undone(service: Service, alice: Person, store: Store) -> None:
    made = await connect(service, alice)
    later = Service(store, keyring=Keyring(text=f"{OTHER_KEY},{KEY}"))
    await service.integrated.change_credentials(alice.principal, made.id, {"api_key": OTHER_SECRET}, same)
    deed = deed_of(None, "sealing", "changed", made.number, store.clock())
    before = await store.sequence(alice.account_id)
    await store.seal_anew(alice.account_id, made, {"api_key": "v1.of.before"}, deed)  # as one who read it before
    assert await store.sequence(alice.account_id) == before  # and nobody says that it was done
    assert (await later.integrated.open(alice.account_id, made.id))[1] == {"api_key": OTHER_SECRET}


async def test_one_that_is_changed_while_it_is_sealed_anew_is_sealed_anew_again(
    service: Service, alice: Person, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await connect(service, alice)
    later = Service(store, keyring=Keyring(text=f"{OTHER_KEY},{KEY}"))
    write, first = store.seal_anew, iter((True,))

    async def overtaken(*arguments: Any) -> None:
        if next(first, False):  # somebody who knows the old key alone is quicker
            await service.integrated.change_credentials(alice.principal, made.id, {"api_key": OTHER_SECRET}, same)
        await write(*arguments)

    monkeypatch.setattr(store, "seal_anew", overtaken)
    done = await later.integrated.sealing.rekey(lambda _: None)
    assert (done.anew, done.current) == (1, 0)
    new = Service(store, keyring=Keyring(text=OTHER_KEY))
    assert (await new.integrated.open(alice.account_id, made.id))[1] == {"api_key": OTHER_SECRET}


async def test_many_are_removed_at_once(service: Service, cast: Cast) -> None:
    made = [(await connect(service, cast.alice)).id for _ in range(3)]
    theirs = (await connect(service, cast.charlie)).id
    verbs, who = service.integrated, cast.alice.principal
    for ids in ([], [theirs]):
        with pytest.raises(NotFound):
            await verbs.delete_many(who, ids, tuple)
    with pytest.raises(Forbidden):
        await verbs.delete_many(cast.bob.principal, made, tuple)
    assert await verbs.delete_many(who, [made[2], theirs, made[0], made[2]], tuple) == (made[2], made[0])
    assert [one.id for one in await all_of(service, cast.alice)] == made[1:2]
    assert [one.id for one in await all_of(service, cast.charlie)] == [theirs]


async def test_the_key_is_not_in_the_database(service: Service, alice: Person, database_url: str) -> None:
    await connect(service, alice)
    if database_url.startswith("sqlite"):
        path, _ = sqlite_url(database_url)
        for file in path.parent.glob(f"{path.name}*"):
            assert KEY.encode() not in file.read_bytes()
            assert bytes.fromhex(KEY) not in file.read_bytes()
            assert SECRET.encode() not in file.read_bytes()
