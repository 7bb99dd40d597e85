"""Who may come in: credentials that are whole, known, in time and of somebody active; and what is kept of them."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from dayline.domain.errors import Conflict, Invalid, Unauthenticated
from dayline.domain.identity import ALL_SCOPES, Account, Scope, Token, User, digest
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.store.tables import metadata, tokens
from dayline.store.unit import Entity, Entry, Facts, Needs, Plan, Unit
from tests.cast import Cast, ManualClock, Person
from tests.store.peek import rows

CAROL = NewUser(name="Carol", email="carol@example.com")


async def rewrite(service: Service, account_id: int, before: Entity, after: Entity) -> None:
    """Change a user or a token as a later verb will."""

    def plan(_: Facts) -> Plan[None]:
        return Plan((Entry("changed", before, after),), None)

    unit: Unit[None, None] = Unit(account_id, 0, 0, True, Needs(account=True), plan, lambda result: result.value)
    await service.store.write(unit)


async def stored(service: Service, who: Person) -> tuple[Token, User]:
    """The token and the user behind a credential."""
    found = await service.store.credential(who.account_id, digest(who.credential))
    assert found is not None
    return found[:2]


async def last_uses(service: Service) -> dict[tuple[int, int], int]:
    """When each token was last used, as far as it is written down."""
    used = select(tokens.c.account_id, tokens.c.id, tokens.c.used_at).where(tokens.c.used_at.is_not(None))
    return {(account_id, id_): at for account_id, id_, at in await rows(service.store, used)}


async def refused(service: Service, credential: str) -> bool:
    try:
        await service.identities.principal(credential)
    except Unauthenticated:
        return True
    return False


async def test_a_credential_stands_for_its_user(service: Service, cast: Cast) -> None:
    who = await service.identities.principal(cast.bob.credential)
    assert (who.account_id, who.user_id, who.role, who.is_admin) == (1, cast.bob.user_id, "member", False)
    assert who.scopes == ALL_SCOPES
    assert cast.alice.principal.is_admin
    assert who.secret == cast.alice.principal.secret != cast.charlie.principal.secret


async def test_a_credential_with_another_accounts_number_is_unknown(service: Service, cast: Cast) -> None:
    for person, number in ((cast.alice, 2), (cast.charlie, 1), (cast.alice, 3), (cast.alice, 10**17)):
        secret = person.credential.split("_")[2]
        assert await refused(service, f"dl_{number}_{secret}")
        assert not await refused(service, person.credential)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text.upper(),
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: text.replace("dl_1", "dl_01"),
        lambda text: text.replace("dl_1", "dl_+1"),
        lambda text: text.replace("dl_1", "dl_\u0661"),
        lambda text: text.replace("_", "-"),
        digest,
        lambda text: f"dl_1_{digest(text)}",
        lambda text: text[:-1] + "\ud800",
        lambda text: text + "\x00",
    ],
)
async def test_a_credential_that_is_not_whole_is_refused(service: Service, alice: Person, change: Any) -> None:
    assert await refused(service, change(alice.credential))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text() | st.from_regex(r"dl_\d+_.*"))
async def test_any_text_is_unauthenticated_and_nothing_else(service: Service, cast: Cast, text: str) -> None:
    assert cast
    assert await refused(service, text)


@pytest.mark.parametrize(("lasts", "valid_after"), [(0, False), (-1, False), (1, True)])
async def test_a_token_is_valid_until_the_instant_at_which_it_expires(
    service: Service, alice: Person, clock: ManualClock, lasts: int, valid_after: bool
) -> None:
    expires_at = clock.now + 1_000
    issue = service.identities.issue_token
    issued = await issue(alice.account_id, alice.user_id, "short", expires_at=expires_at)
    clock.move(1_000 - lasts)
    assert await refused(service, issued.credential) is not valid_after


async def test_a_token_that_expired_long_ago_is_not_one_that_never_expires(service: Service, alice: Person) -> None:
    issued = await service.identities.issue_token(alice.account_id, alice.user_id, "old", expires_at=0)
    assert await refused(service, issued.credential)


async def test_a_revoked_token_is_refused_and_the_users_other_ones_are_not(service: Service, alice: Person) -> None:
    other = await service.identities.issue_token(alice.account_id, alice.user_id, "other")
    token, _ = await stored(service, alice)
    await rewrite(service, alice.account_id, token, replace(token, revoked_at=1))
    assert await refused(service, alice.credential)
    assert not await refused(service, other.credential)


async def test_an_inactive_user_is_refused_with_all_his_tokens(service: Service, cast: Cast) -> None:
    other = await service.identities.issue_token(cast.bob.account_id, cast.bob.user_id, "other")
    _, user = await stored(service, cast.bob)
    await rewrite(service, cast.bob.account_id, user, replace(user, active=False))
    assert await refused(service, cast.bob.credential)
    assert await refused(service, other.credential)
    assert not await refused(service, cast.alice.credential)
    await rewrite(service, cast.bob.account_id, replace(user, active=False), user)
    assert not await refused(service, cast.bob.credential)


async def test_a_token_has_the_scopes_that_it_was_issued_with(service: Service, alice: Person) -> None:
    scopes: frozenset[Scope] = frozenset({"records:read"})
    issued = await service.identities.issue_token(alice.account_id, alice.user_id, "one", scopes=scopes)
    assert (await service.identities.principal(issued.credential)).scopes == scopes


async def test_no_table_holds_a_credential(service: Service, cast: Cast) -> None:
    for table in metadata.tables.values():
        for row in await rows(service.store, select(table)):
            for person in (cast.alice, cast.bob, cast.charlie):
                assert person.credential.split("_")[2] not in repr(row), table.name


async def test_last_uses_are_written_when_they_are_noted(service: Service, cast: Cast, clock: ManualClock) -> None:
    await service.identities.note_uses()
    first = await last_uses(service)
    assert first == {(1, 1): clock.now, (1, 2): clock.now, (2, 1): clock.now}
    clock.move(5_000)
    await service.identities.principal(cast.charlie.credential)
    assert await refused(service, cast.alice.credential + "x")
    assert await last_uses(service) == first
    await service.tidy()
    assert await last_uses(service) == {**first, (2, 1): clock.now}


async def test_a_change_of_a_token_does_not_forget_its_last_use(service: Service, alice: Person) -> None:
    await service.identities.note_uses()
    before = await last_uses(service)
    token, _ = await stored(service, alice)
    await rewrite(service, alice.account_id, token, replace(token, name="renamed"))
    assert await last_uses(service) == before
    assert (await stored(service, alice))[0].name == "renamed"


async def test_an_account_comes_with_a_name_of_its_own(service: Service, cast: Cast) -> None:
    made = await service.identities.create_account("  Third ")
    assert (made.id, made.name) == (3, "Third")
    assert await service.identities.account("Third") == made
    assert await service.identities.account("third") is None
    assert [type_.id for type_ in sorted(await service.store.types(3), key=lambda type_: type_.id)] == list(
        range(2, 10)
    )
    for taken in ("Third", " Third"):
        with pytest.raises(Conflict, match="Third"):
            await service.identities.create_account(taken)
    with pytest.raises(Invalid):
        await service.identities.create_account(" ")
    assert cast.alice.account_id == 1


async def test_of_accounts_made_at_once_with_one_name_one_is_made(service: Service) -> None:
    names = ["Acme", "Other", "Acme", "Third", "Acme"]
    answers = await asyncio.gather(*map(service.identities.create_account, names), return_exceptions=True)
    made = [answer for answer in answers if isinstance(answer, Account)]
    assert sorted(account.name for account in made) == ["Acme", "Other", "Third"]  # whichever came first
    assert [type(answer) for answer in answers if answer not in made] == [Conflict, Conflict]
    assert sorted(account.id for account in await service.store.accounts()) == [1, 2, 3]


async def test_users_are_added_in_order_with_an_address_of_their_own(service: Service, alice: Person) -> None:
    carol = await service.identities.add_user(alice.account_id, CAROL)
    assert (carol.id, carol.role, carol.active) == (3, "member", True)
    assert carol.slug.startswith("user_")
    assert [user.id for user in await service.identities.users(alice.account_id)] == [1, 2, 3]
    for email in ("carol@example.com", "CAROL@example.com", " carol@example.com "):
        with pytest.raises(Conflict, match="email"):
            await service.identities.add_user(alice.account_id, replace(CAROL, email=email))
    assert (await service.identities.add_user(2, CAROL)).id == 2
    assert (await service.identities.add_user(alice.account_id, replace(CAROL, email="d@example.com"))).id == 4


@pytest.mark.parametrize(("name", "email"), [("", "a@b"), (" ", "a@b"), ("A", ""), ("A", "nobody")])
async def test_a_user_needs_a_name_and_an_address(service: Service, alice: Person, name: str, email: str) -> None:
    with pytest.raises(Invalid):
        await service.identities.add_user(alice.account_id, NewUser(name=name, email=email))


async def test_of_users_added_at_once_with_one_address_one_is_added(service: Service, alice: Person) -> None:
    adding = [service.identities.add_user(alice.account_id, CAROL) for _ in range(5)]
    answers = await asyncio.gather(*adding, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 4 + ["User"]
    assert len(await service.identities.users(alice.account_id)) == 3


async def test_a_token_is_issued_only_for_a_user_of_the_account(service: Service, cast: Cast) -> None:
    carol = await service.identities.add_user(cast.alice.account_id, CAROL)
    with pytest.raises(Invalid) as unknown:
        await service.identities.issue_token(cast.charlie.account_id, carol.id, "stolen")
    assert [problem.field for problem in unknown.value.problems] == ["user_id"]
    with pytest.raises(Invalid):
        await service.identities.issue_token(cast.alice.account_id, 99, "nobody's")
    assert (await service.identities.issue_token(cast.alice.account_id, carol.id, "good")).token.id == 3
