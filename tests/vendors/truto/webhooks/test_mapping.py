"""Which of Truto's events a change is, and who asks for it, piece by piece."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dayline.app import FACES
from dayline.domain.activity import Activity, Attendee, Participant
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.origin import COMMAND_LINE
from dayline.domain.record import Ref, new_uuid
from dayline.domain.told import Logged, Thing, Told, left_of, parts_of, told_to
from dayline.domain.types import TypeRef
from dayline.domain.webhook import Webhook
from dayline.events.face import Face, Sending
from dayline.native.webhooks.face import FACE as OWN_FACE
from dayline.service import Service
from dayline.vendors.truto.webhooks.face import FACE, signature
from dayline.vendors.truto.webhooks.mapping import EVERYTHING, SECRET, SENT, hears, listed, sent, type_of, wanted

KEY = b"k" * 32
BARE = Activity(id=7, uuid="u", type=TypeRef(6, "call"), owner_id=1, creator_id=1, editor_id=1)
CANDIDATE, CONTACT = (Ref(kind, 1, f"{kind}-1", f"{kind}_1") for kind in ("candidate", "contact"))
NOTE = replace(BARE, related=(CANDIDATE,))
ACCOUNT = IntegratedAccount(number=1, id="i", integration="lever", tenant_id="t")
REFUSED = replace(ACCOUNT, status="needs_reauth", last_error="Refused")


def events(before: Thing | None, after: Thing | None, entity: str = "activity", **fields: Any) -> list[str | None]:
    """All that a change is to an admin."""
    of = {
        "sequence": 5,
        "action": "changed" if before else "created",
        "user_id": 1,
        "token_id": 1,
        "at": 8,
        "surface": "truto",
    }
    logged = Logged(entity=entity, entity_id=7, before=before, after=after, **of | fields)
    told = told_to(logged, KEY, 1, admin=True)
    return [] if told is None else [type_of(part) for part in parts_of(told, KEY)]


@pytest.mark.parametrize(
    "state",
    [
        NOTE,
        replace(BARE, participants=(Participant(CONTACT), Participant(CANDIDATE))),
        replace(BARE, attendees=(Attendee(ref=CANDIDATE),)),
    ],
)
def test_what_hangs_on_a_candidate_in_any_way_is_told_of(state: Activity) -> None:
    assert events(None, state) == ["record:created"]
    assert events(state, replace(state, subject="S")) == ["record:updated"]
    assert events(state, replace(state, deleted_at=9)) == ["record:deleted"]
    assert events(replace(state, deleted_at=9), state) == ["record:created"]
    assert events(replace(state, deleted_at=9), None) == [None]
    assert events(replace(BARE, related=(CONTACT,)), state) == ["record:created"]
    assert events(state, replace(BARE, related=(CONTACT,))) == ["record:deleted"]


def test_what_lost_a_person_who_was_erased_is_told_of() -> None:
    """Of what it was before nothing is kept, nor on whom it hung."""
    assert events(None, NOTE, action="changed") == ["record:updated"]
    assert events(None, BARE, action="changed") == ["record:deleted"]
    assert events(None, replace(BARE, deleted_at=9), action="deleted") == ["record:deleted"]
    for action in ("created", "changed", "deleted", "purged"):
        assert events(None, None, action=action) == [None]


def test_what_its_owner_may_not_see_any_more_is_deleted() -> None:
    hidden = replace(NOTE, visibility="private")
    logged = Logged(
        sequence=5,
        entity="activity",
        entity_id=7,
        action="changed",
        user_id=1,
        token_id=1,
        at=8,
        before=NOTE,
        after=hidden,
    )
    told = told_to(logged, KEY, 2, admin=False)
    assert told is not None
    left = left_of(told)
    assert left is not None
    assert type_of(told) == type_of(left) == "record:deleted"


@pytest.mark.parametrize("entity", ["candidate", "contact", "user", "type", "activity"])
def test_nothing_else_is(entity: str) -> None:
    assert events(BARE, BARE) == [None]
    assert events(None, None, entity) == [None]


STATES = st.none() | st.builds(
    lambda related, deleted, subject: replace(BARE, related=related, deleted_at=deleted, subject=subject),
    st.sampled_from([(), (CANDIDATE,), (CONTACT,), (CONTACT, CANDIDATE)]),
    st.none() | st.just(9),
    st.sampled_from("abc"),
)


@given(st.lists(STATES, max_size=8))
def test_whoever_follows_what_he_is_told_has_the_list(states: list[Activity | None]) -> None:
    there, before = False, None
    for after in states:
        for event in events(before, after):
            if event is not None:
                assert (event == "record:created") == (not there)
                there = event != "record:deleted"
        assert there == listed(after)
        before = after


def account(before: Thing | None, after: Thing | None, **fields: Any) -> list[str]:
    found = events(before, after, "integrated_account", **fields)
    return [type_.partition(":")[2] for type_ in found if type_ is not None]


def test_what_becomes_of_an_integrated_account() -> None:
    assert account(None, ACCOUNT) == ["created", "active"]
    assert account(None, REFUSED) == ["created"]
    assert account(ACCOUNT, replace(ACCOUNT, region="eu")) == ["updated"]
    assert account(ACCOUNT, replace(ACCOUNT, revision=2)) == ["updated"]
    assert account(ACCOUNT, REFUSED, user_id=0) == ["authentication_error"]
    assert account(REFUSED, replace(REFUSED, last_error="Again")) == ["updated"]
    assert account(ACCOUNT, None) == account(REFUSED, None) == ["deleted"]


@pytest.mark.parametrize(
    ("user_id", "surface", "words"),
    [
        (0, "truto", ["reactivated"]),
        (0, "dayline", ["reactivated"]),
        (1, "truto", ["updated", "active"]),
        (0, COMMAND_LINE, ["updated", "active"]),
        (0, "", ["updated", "active"]),
    ],
)
def test_who_made_it_active_again(user_id: int, surface: str, words: list[str]) -> None:
    assert account(REFUSED, ACCOUNT, user_id=user_id, surface=surface) == words


def test_every_event_that_is_said_to_be_sent_is_one() -> None:
    found = {event for before in (None, NOTE) for after in (None, NOTE) for event in events(before, after)}
    told = {event for event in found if event is not None}
    words = {word for before in (None, ACCOUNT, REFUSED) for after in (None, ACCOUNT, REFUSED) if before or after
             for user_id in (0, 1) for word in account(before, after, user_id=user_id)}  # fmt: skip
    assert told == {f"record:{word}" for word in SENT["record"]}
    assert words == set(SENT["integrated_account"])
    assert sorted(sent()) == sorted([*told, *(f"integrated_account:{word}" for word in words)])


@pytest.mark.parametrize("type_", sent())
def test_what_is_asked_for(type_: str) -> None:
    entity = type_.partition(":")[0]
    for asked in ((), *((one,) for one in EVERYTHING), (type_,), (f"{entity}:*",), ("test", type_)):
        assert wanted(asked, type_)
        assert hears(asked, entity)
    others = tuple(one for one in sent() if one != type_)
    assert not wanted((*others, "test", "sync_job_run:*"), type_)


def test_no_other_face_has_two_events_for_a_change() -> None:
    """Of the second one they must say nothing: it would be the first again."""
    told = told_to(
        Logged(
            sequence=5,
            entity="integrated_account",
            entity_id=1,
            action="created",
            user_id=1,
            token_id=1,
            at=8,
            before=None,
            after=ACCOUNT,
        ),
        KEY,
        1,
        admin=True,
    )
    assert isinstance(told, Told)
    for face in FACES.values():
        webhook = Webhook(id=1, uuid="w", face=face.name, owner_id=1, url="https://hooks.example.com")
        found = [face.event(webhook, part) for part in parts_of(told, KEY)]
        assert found == (["integrated_account:created", "integrated_account:active"] if face is FACE else [None, None])
    assert OWN_FACE in FACES.values()


def test_a_signature_is_the_one_that_anybody_can_make() -> None:
    """Of RFC 4231's second case, so that it is not our own code that says what is right."""
    made = signature("Jefe", b"what do ya want for nothing?")
    assert made == "format=sha256,v=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
async def test_a_test_says_the_same_each_time(service: Service, face: Face) -> None:
    """Only what counts attempts differs: a receiver may know it by its bytes."""
    at, secrets = 1_796_135_460_000, {SECRET: "whsec_c2VjcmV0"}
    webhook = Webhook(id=1, uuid="w", face=face.name, owner_id=1, url="https://hooks.example.com")
    first = Sending(webhook=webhook, id=new_uuid(at), told=None, attempt=1, now=at + 1, account_id=1, secrets=secrets)
    bodies = [
        (await face.render(service, replace(first, attempt=attempt, now=at + later))).body
        for attempt, later in ((1, 100), (1, 5_000), (1, 7_200_000))
    ]
    assert bodies[0] == bodies[1] == bodies[2]
    assert b"2026-12-01" in bodies[0]


def test_of_a_test_before_it_told_when_it_was_asked_for_it_is_now() -> None:
    webhook = Webhook(id=1, uuid="w", face="truto", owner_id=1, url="https://hooks.example.com")
    for id_ in (str(uuid4()), "no uuid"):
        assert Sending(webhook=webhook, id=id_, told=None, attempt=1, now=77, account_id=1, secrets={}).at == 77
