"""What Truto's webhooks are sent: every event, signed, as the API shows it, and to nobody who may not see it."""

from typing import Any

import httpx2
import pytest

from dayline.domain.delivery import DeliveryFilter
from dayline.domain.identity import UserChange
from dayline.domain.origin import COMMAND_LINE, Origin, enter
from dayline.remote.standing import standing
from dayline.vendors.lever.sandbox import LeverSandbox
from tests.events.receiver import Receiver
from tests.house import Town
from tests.vendors.truto.speech import ACCOUNTS, OWN, ROOT, Customer, connect
from tests.vendors.truto.test_accounts import NEW, SECRET
from tests.vendors.truto.webhooks.listening import HOOKS, hook, of, until, verified

LAST = "record:created"


def told(ear: Receiver, webhook: Any, count: int) -> list[Any]:
    """So many events, in the order in which they happened; each is checked."""
    until(lambda: len(of(ear.heard, webhook)) >= count)
    return [verified(heard, webhook) for heard in of(ear.heard, webhook)]


def types(events: list[Any]) -> list[str]:
    return [event["event"] for event in events]


def candidate(town: Town) -> str:
    return town.record(town.alice, "candidate").uuid


def note(client: httpx2.Client, candidate_id: str, body: str = "Met", **fields: Any) -> Any:
    answer = client.post(ROOT, params=OWN, json={"candidate_id": candidate_id, "body": body} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def last(client: httpx2.Client, candidate_id: str) -> None:
    """Something that every webhook of records hears of: whoever has heard it has heard what was before, or never will.

    (What is sent at the same time may overtake; what was never sent cannot.)
    """
    note(client, candidate_id, "Last")


def test_a_note_from_beginning_to_end(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    made_hook = hook(alice, ear.url, "record:*")
    someone = candidate(town)
    made = note(alice, someone, "First")
    (created,) = told(ear, made_hook, 1)
    path = f"{ROOT}/{made['id']}"
    assert alice.get(path, params=OWN).json() == made
    account = alice.get(f"{ACCOUNTS}/{OWN['integrated_account_id']}").json()
    assert created["payload"] == {
        "integrated_account_id": OWN["integrated_account_id"],
        "tenant_id": account["tenant_id"],
        "environment_integration_id": account["environment_integration_id"],
        "resource": "ats/activities",
        "records": [made],
    }
    changed = alice.patch(path, params=OWN, json={"body": "Second"}).json()
    until(lambda: len(ear.heard) == 2)
    assert alice.delete(path, params=OWN).status_code == 200
    until(lambda: len(ear.heard) == 3)
    events = told(ear, made_hook, 3)
    assert types(events) == ["record:created", "record:updated", "record:deleted"]
    assert [event["payload"]["records"] for event in events] == [[made], [changed], [{"id": made["id"]}]]
    assert len({event["id"] for event in events}) == 3


def test_it_does_not_matter_who_wrote_it(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    """A call through another dialect, about a candidate, is an activity of the own store all the same."""
    webhook, someone = hook(alice, ear.url, "record:created"), town.record(town.alice, "candidate")
    body = {"type": "call", "subject": "Rang", "related": [{"kind": "candidate", "id": someone.id}]}
    made = alice.post("/dayline/v1/activities", json=body)
    assert made.status_code == 201, made.text
    (event,) = told(ear, webhook, 1)
    (record,) = event["payload"]["records"]
    assert record == alice.get(f"{ROOT}/{made.json()['uuid']}", params=OWN).json()
    assert (record["candidate"], record["activity_type"], record["remote_data"]["type"]) == (
        {"id": someone.uuid},
        None,
        "call",
    )


def test_what_comes_onto_the_list_is_created_and_what_leaves_it_deleted(
    town: Town, alice: httpx2.Client, ear: Receiver
) -> None:
    webhook, someone = hook(alice, ear.url, "record:*"), town.record(town.alice, "candidate")
    made = alice.post("/dayline/v1/activities", json={"type": "call", "subject": "About nobody"}).json()
    path = f"/dayline/v1/activities/{made['id']}"
    for related in ([{"kind": "candidate", "id": someone.id}], []):
        assert alice.patch(path, json={"related": related}).status_code == 200
        until(lambda: len(ear.heard) >= (1 if related else 2))  # noqa: B023 - it is over before the next
    assert alice.patch(path, json={"subject": "Still about nobody"}).status_code == 200
    last(alice, someone.uuid)
    events = told(ear, webhook, 3)
    assert types(events) == ["record:created", "record:deleted", LAST]
    assert events[1]["payload"]["records"] == [{"id": made["uuid"]}]


def test_what_is_hidden_is_deleted_for_whom_it_is_hidden_from(
    town: Town, alice: httpx2.Client, bob: httpx2.Client, ear: Receiver
) -> None:
    his, hers, someone = hook(bob, ear.url), hook(alice, ear.url, "record:*"), candidate(town)
    note(alice, someone, "Never his", visibility="private")
    made = note(alice, someone, "His for a while")
    path = f"{ROOT}/{made['id']}"
    until(lambda: len(of(ear.heard, his)) == 1)
    alice.patch(path, params=OWN, json={"visibility": "admin_only", "body": "Not for him"})
    until(lambda: len(of(ear.heard, his)) == 2)
    alice.patch(path, params=OWN, json={"body": "Not for him either"})
    alice.patch(path, params=OWN, json={"visibility": "public", "body": "His again"})
    events = told(ear, his, 3)
    assert types(events) == ["record:created", "record:deleted", "record:created"]
    assert [event["payload"]["records"][0].get("body") for event in events] == ["His for a while", None, "His again"]
    assert all(b"Never his" not in heard.body and b"Not for him" not in heard.body for heard in of(ear.heard, his))
    assert sorted(types(told(ear, hers, 5))) == ["record:created"] * 2 + ["record:updated"] * 3


def test_only_what_was_asked_for(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    webhook, someone = hook(alice, ear.url, "record:deleted", "sync_job_run:*"), candidate(town)
    made = note(alice, someone)
    alice.patch(f"{ROOT}/{made['id']}", params=OWN, json={"body": "Again"})
    alice.delete(f"{ROOT}/{made['id']}", params=OWN)
    assert types(told(ear, webhook, 1)) == ["record:deleted"]
    alice.patch(f"{HOOKS}/{webhook['id']}", json={"event_types": ["record:created"]})
    last(alice, someone)
    assert types(told(ear, webhook, 2)) == ["record:deleted", LAST]


def test_a_paused_webhook_goes_on_where_it_was(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    webhook, someone = hook(alice, ear.url, "record:created", is_active=False), candidate(town)
    made = note(alice, someone, "While it was paused")
    assert alice.patch(f"{HOOKS}/{webhook['id']}", json={"is_active": True}).status_code == 200
    assert told(ear, webhook, 1)[0]["payload"]["records"] == [made]


def test_an_integrated_account_from_beginning_to_end(alice: httpx2.Client, ear: Receiver) -> None:
    webhook = hook(alice, ear.url, "integrated_account:*")
    made = alice.post(ACCOUNTS, json=NEW).json()
    path = f"{ACCOUNTS}/{made['id']}"
    until(lambda: len(ear.heard) == 2)
    changed = alice.patch(path, json={"region": "eu"}).json()
    until(lambda: len(ear.heard) == 3)
    anew = alice.patch(f"{path}/credentials", json={"context": {"api_key": "another-secret"}}).json()
    until(lambda: len(ear.heard) == 4)
    assert alice.delete(path).status_code == 200
    events = told(ear, webhook, 5)
    of_account = [f"integrated_account:{word}" for word in ("active", "created", "updated", "updated", "deleted")]
    assert sorted(types(events[:2])) + types(events[2:]) == of_account
    payloads = [event["payload"] for event in events]
    assert payloads == [made, made, changed, anew, {"id": made["id"]}]
    assert len({event["id"] for event in events}) == 5
    assert not any(secret in heard.body for heard in ear.heard for secret in (SECRET.encode(), b"another-secret"))


def test_a_credential_that_is_refused_and_good_again(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    """That it works again is found out, or somebody gives a new one: Truto tells these two apart."""
    webhook, sandbox = hook(alice, ear.url, "integrated_account:*"), LeverSandbox()
    with standing(sandbox) as url:
        customer = Customer(alice, connect(town, town.alice, sandbox, url))
        until(lambda: len(ear.heard) == 2)
        opportunity = sandbox.candidates()[0].id
        for turn in (0, 1):
            sandbox.fail("401")
            assert customer.list(candidate_id=opportunity).status_code == 401
            refused = customer.account()
            until(lambda: len(ear.heard) == 3 + 2 * turn)  # noqa: B023 - it is over before the next
            if turn == 0:
                assert customer.list(candidate_id=opportunity).status_code == 200
                until(lambda: len(ear.heard) == 4)
        anew = alice.patch(f"{ACCOUNTS}/{customer.id}/credentials", json={"context": {"api_key": sandbox.key}}).json()
    events = told(ear, webhook, 7)
    words = [type_.partition(":")[2] for type_ in types(events)]
    assert words[2:5] == ["authentication_error", "reactivated", "authentication_error"]
    assert sorted(words[5:]) == ["active", "updated"]
    assert events[4]["payload"] == refused
    assert (refused["status"], bool(refused["last_error"])) == ("needs_reauth", True)
    assert events[5]["payload"] == events[6]["payload"] == anew


def test_connected_anew_by_the_command_line_is_not_found_out(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    webhook, sandbox = hook(alice, ear.url, "integrated_account:*"), LeverSandbox()
    id_ = connect(town, town.alice, sandbox, "http://127.0.0.1:9")
    verbs, who = town.service.integrated, town.alice.principal

    async def operate() -> None:
        enter(Origin(COMMAND_LINE))
        await verbs.note_status(who.account_id, id_, "needs_reauth", "Refused")
        await verbs.note_status(who.account_id, id_, "active")

    town.wait(operate())
    events = told(ear, webhook, 5)
    assert sorted(type_.partition(":")[2] for type_ in types(events)) == [
        *("active", "active", "authentication_error", "created", "updated")
    ]


def test_a_member_hears_nothing_of_integrated_accounts(
    town: Town, alice: httpx2.Client, bob: httpx2.Client, ear: Receiver
) -> None:
    """Not even where his webhook was made by an admin who has become one of the members since."""
    dora = town.move_in(town.alice.account_id, "Dora", "admin")
    with town.client(dora) as client:
        hers = hook(client, ear.url)
    his, admins, someone = hook(bob, ear.url), hook(alice, ear.url), candidate(town)
    people = town.service.people
    town.wait(people.change(town.alice.principal, dora.user_id, UserChange(role="member"), lambda user: user))
    made = alice.post(ACCOUNTS, json=NEW).json()
    until(lambda: len(of(ear.heard, admins)) == 2)
    assert alice.delete(f"{ACCOUNTS}/{made['id']}").status_code == 200
    last(alice, someone)
    assert types(told(ear, his, 1)) == types(told(ear, hers, 1)) == [LAST]
    assert len(told(ear, admins, 4)) == 4


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 Oh\r\n\r\n"])
def test_what_was_not_taken_is_sent_again_under_its_id(
    town: Town, alice: httpx2.Client, ear: Receiver, answer: bytes
) -> None:
    webhook, someone = hook(alice, ear.url, "record:created"), candidate(town)
    ear.answers.append(answer)
    note(alice, someone)
    first, second = told(ear, webhook, 2)
    assert first == second
    verbs, who = town.service.webhooks, town.alice.principal
    found = town.wait(verbs.get(who, webhook["id"]))
    (delivery, *_) = town.wait(verbs.deliveries(who, DeliveryFilter(webhook_id=found.id), 1, None)).items
    assert town.wait(verbs.send_again(who, found.id, delivery.sequence)) == first["id"]
    assert told(ear, webhook, 3)[2] == first


def test_both_events_of_one_change_can_be_sent_again(town: Town, alice: httpx2.Client, ear: Receiver) -> None:
    webhook = hook(alice, ear.url, "integrated_account:active", "integrated_account:created")
    made = alice.post(ACCOUNTS, json=NEW).json()
    before = told(ear, webhook, 2)
    verbs, who = town.service.webhooks, town.alice.principal
    found = town.wait(verbs.get(who, webhook["id"]))
    town.wait(verbs.replay(who, found.id, max(town.wait(town.service.store.feed.first(who.account_id)) - 1, 0)))
    until(lambda: len([one for one in ear.heard if one.json["payload"]["id"] == made["id"]]) == 4)
    again = [event for event in told(ear, webhook, 4) if event["payload"]["id"] == made["id"]]
    assert {event["id"] for event in again} == {event["id"] for event in before}
    assert sorted(types(again)) == sorted(types(before) * 2)
