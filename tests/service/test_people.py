"""Users, tokens and settings as their own people write them: what the change log says, and what comes too late."""

import asyncio

import pytest
from msgspec.structs import replace

from dayline.domain.errors import Conflict, Forbidden, NotFound, Unauthenticated
from dayline.domain.identity import Account, Role, Token, User, UserChange
from dayline.service import Service
from dayline.service.identity import NewUser
from dayline.service.preferences import SettingsChange
from dayline.service.tokens import NewToken
from tests.cast import Cast, Person, move_in
from tests.store.peek import Change, log_of

CAROL = NewUser(name="Carol", email="carol@example.com")


def as_user(user: User) -> User:
    return user


def as_token(token: Token) -> Token:
    return token


def as_account(account: Account) -> Account:
    return account


async def last_of(service: Service, who: Person) -> Change:
    """What was written last in his account."""
    return (await log_of(service.store, who.account_id))[-1]


def by(who: Person) -> tuple[int, int]:
    """Whose doing the change log calls it, and with which token."""
    return who.user_id, who.principal.token_id


async def lonely(service: Service, role: Role) -> Person:
    """The only user of an account."""
    account = await service.identities.create_account("Lonely")
    return await move_in(service, account, "Lou", role)


async def test_the_log_says_who_wrote_a_user(service: Service, alice: Person) -> None:
    carol = await service.people.create(alice.principal, CAROL, as_user)
    made = await last_of(service, alice)
    assert (made.entity, made.entity_id, made.action, made.before) == ("user", carol.id, "created", None)
    assert (made.user_id, made.token_id) == by(alice)
    await service.people.change(alice.principal, carol.id, UserChange(zone="Asia/Tokyo"), as_user)
    changed = await last_of(service, alice)
    assert (changed.entity_id, changed.action, changed.before) == (carol.id, "changed", made.after)
    assert "Asia/Tokyo" in str(changed.after)


async def test_the_log_says_who_wrote_a_token_and_never_its_credential(service: Service, cast: Cast) -> None:
    alice, bob = cast.alice, cast.bob
    token, credential = await service.tokens.create(alice.principal, NewToken(user_id=bob.user_id), as_token)
    made = await last_of(service, alice)
    assert (made.entity, made.entity_id, made.user_id, made.token_id) == ("token", token.id, *by(alice))
    await service.tokens.revoke(bob.principal, token.id, as_token)
    ended = await last_of(service, alice)
    assert (ended.entity_id, ended.action, ended.user_id, ended.token_id) == (token.id, "changed", *by(bob))
    assert not any(credential.split("_")[2] in str(change) for change in await log_of(service.store, alice.account_id))


async def test_the_log_says_who_changed_the_settings_and_no_other_account_has_them(
    service: Service, cast: Cast
) -> None:
    alice, charlie = cast.alice, cast.charlie
    theirs = await service.preferences.get(charlie.principal)
    change = SettingsChange(zone="Asia/Tokyo", retention_days=7, rate_limit=5)
    await service.preferences.change(alice.principal, change, as_account)
    told = await last_of(service, alice)
    assert (told.entity, told.entity_id, told.action) == ("account", alice.account_id, "changed")
    assert (told.user_id, told.token_id) == by(alice)
    assert alice.principal.secret.hex() not in str(told)
    assert await service.preferences.get(charlie.principal) == theirs


async def test_what_changes_nothing_is_not_in_the_log(service: Service, alice: Person) -> None:
    user = await service.people.get(alice.principal, alice.user_id)
    before = await log_of(service.store, alice.account_id)
    same = UserChange(name=f" {user.name} ", email=user.email, zone=user.zone, role=user.role, active=True)
    assert await service.people.change(alice.principal, user.id, same, as_user) == user
    await service.preferences.change(alice.principal, SettingsChange(zone="UTC"), as_account)
    assert await log_of(service.store, alice.account_id) == before


async def test_a_refused_write_is_not_in_the_log(service: Service, cast: Cast) -> None:
    before = await log_of(service.store, cast.bob.account_id)
    bob, id_ = cast.bob.principal, cast.alice.user_id
    with pytest.raises(Forbidden):
        await service.people.create(bob, CAROL, as_user)
    with pytest.raises(Forbidden):
        await service.people.change(bob, id_, UserChange(name="B"), as_user)
    with pytest.raises(Forbidden):
        await service.tokens.create(bob, NewToken(user_id=id_), as_token)
    with pytest.raises(NotFound):
        await service.tokens.revoke(bob, cast.alice.principal.token_id, as_token)
    with pytest.raises(Forbidden):
        await service.preferences.change(bob, SettingsChange(zone="Asia/Tokyo"), as_account)
    assert await log_of(service.store, cast.bob.account_id) == before


@pytest.mark.parametrize("change", [UserChange(role="member"), UserChange(active=False)], ids=["demoted", "inactive"])
async def test_of_admins_who_all_leave_at_once_one_stays(service: Service, alice: Person, change: UserChange) -> None:
    others = [NewUser(name=f"A{n}", email=f"a{n}@example.com", role="admin") for n in range(4)]
    ids = [alice.user_id, *[(await service.people.create(alice.principal, new, as_user)).id for new in others]]
    leaving = [service.people.change(alice.principal, id_, change, as_user) for id_ in ids]
    answers = await asyncio.gather(*leaving, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", *["User"] * 4]
    users = await service.identities.users(alice.account_id)
    assert [user.active and user.role == "admin" for user in users].count(True) == 1


async def test_an_inactive_admin_does_not_count(service: Service, alice: Person) -> None:
    new = NewUser(name="Ida", email="ida@example.com", role="admin")
    ida = await service.people.create(alice.principal, new, as_user)
    await service.people.change(alice.principal, ida.id, UserChange(active=False), as_user)
    with pytest.raises(Conflict, match="only admin"):
        await service.people.change(alice.principal, alice.user_id, UserChange(role="member"), as_user)


async def test_where_there_is_no_admin_a_member_is_not_taken_for_the_last(service: Service) -> None:
    lou = await lonely(service, "member")
    changed = await service.people.change(lou.principal, lou.user_id, UserChange(zone="Europe/Riga"), as_user)
    assert (changed.zone, changed.revision) == ("Europe/Riga", 2)
    email = changed.email
    assert (await service.identities.set_role(lou.account_id, email, "member")).role == "member"
    assert (await service.identities.set_role(lou.account_id, email, "admin")).role == "admin"
    with pytest.raises(Conflict, match="only admin"):
        await service.identities.set_role(lou.account_id, email, "member")


async def test_the_last_admin_may_change_all_else(service: Service) -> None:
    lou = await lonely(service, "admin")
    change = UserChange(name="Lou Reed", zone="America/New_York", email="reed@example.com", active=True)
    assert (await service.people.change(lou.principal, lou.user_id, change, as_user)).name == "Lou Reed"


async def test_a_token_that_was_revoked_since_it_was_let_in_makes_none(service: Service, cast: Cast) -> None:
    bob = cast.bob.principal
    await service.tokens.revoke(cast.alice.principal, bob.token_id, as_token)
    before = await log_of(service.store, bob.account_id)
    with pytest.raises(Unauthenticated):
        await service.tokens.create(bob, NewToken(user_id=bob.user_id), as_token)
    assert await log_of(service.store, bob.account_id) == before


async def test_a_token_that_is_revoked_twice_at_once_ends_once(service: Service, cast: Cast) -> None:
    ending = [service.tokens.revoke(cast.alice.principal, cast.bob.principal.token_id, as_token) for _ in range(3)]
    answers = await asyncio.gather(*ending, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotFound", "NotFound", "Token"]


async def test_an_address_is_of_one_user_whoever_asks_first(service: Service, alice: Person) -> None:
    asking = [
        *(service.people.create(alice.principal, CAROL, as_user) for _ in range(3)),
        service.people.change(alice.principal, alice.user_id, UserChange(email="CAROL@example.com"), as_user),
    ]
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 3 + ["User"]
    users = await service.identities.users(alice.account_id)
    assert [user.email.casefold() for user in users].count(CAROL.email) == 1


async def test_pages_of_users_belong_to_their_account(service: Service, cast: Cast) -> None:
    page = await service.people.list(cast.alice.principal, 1, None)
    assert ([user.id for user in page.items], page.cursor is None) == ([cast.alice.user_id], False)
    rest = await service.people.list(cast.alice.principal, 1, page.cursor)
    assert ([user.id for user in rest.items], rest.cursor) == ([cast.bob.user_id], None)
    whole = await service.people.list(cast.charlie.principal, 100, None)
    assert [user.email for user in whole.items] == ["charlie@acme-rival.test"]
    made = replace(CAROL, email="charlie@acme-rival.test")  # unique in its account alone
    assert (await service.people.create(cast.alice.principal, made, as_user)).id == 3
