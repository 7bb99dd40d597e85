"""The audit over HTTP: for admins of the account, with no secret in it, in pages and as a file."""

import csv
import io
import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from dayline.domain.audit import Changed, harmless
from dayline.domain.identity import ALL_SCOPES
from dayline.domain.integrated import NewIntegrated
from dayline.domain.webhook import NewWebhook, WebhookChange
from dayline.store.tables import tokens
from tests.cast import Person
from tests.house import Town
from tests.native.problems import ACTIVITIES, RECORDS, assert_problem
from tests.native.test_erasures import until_done

AUDIT = "/dayline/v1/audit"


def told(client: httpx2.Client, **query: str | int) -> list[dict[str, Any]]:
    answer = client.get(AUDIT, params=query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_a_write_is_told_with_who_what_and_from_where(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        made = nora.post(
            ACTIVITIES, json={"type": "call", "subject": "First"}, headers={"x-request-id": "mine-1"}
        ).json()
        nora.patch(f"{ACTIVITIES}/{made['id']}", json={"subject": "Second", "priority": "high"})
        assert nora.post("/api/v2/activities", json={"subject": "Another"}).is_success
        changed, created = told(nora, entity="activity", entity_id=made["id"])
    assert created["summary"] == f"Nora created activity {made['id']} “First”"
    assert created["user"] == {"id": newcomer.user_id, "name": "Nora"}
    assert created["token"] == {"id": newcomer.principal.token_id, "name": "test"}
    assert (created["via"], created["surface"], created["address"]) == ("token", "dayline", "127.0.0.1")
    assert (created["request_id"], created["action"], created["entity_id"]) == ("mine-1", "created", made["id"])
    assert {"name": "subject", "before": None, "after": "First"} in created["fields"]
    assert changed["summary"] == f"Nora changed activity {made['id']} “Second”: subject, priority"
    assert changed["fields"] == [
        {"name": "subject", "before": "First", "after": "Second"},
        {"name": "priority", "before": None, "after": "high"},
    ]
    assert changed["sequence"] > created["sequence"]
    with town.client(newcomer) as nora:
        assert nora.get(f"{AUDIT}/{changed['sequence']}").json() == changed


def test_what_happens_to_tokens_webhooks_and_accounts_is_told_without_a_secret(town: Town, newcomer: Person) -> None:
    who, verbs = newcomer.principal, town.service
    hook = NewWebhook(
        face="dayline",
        url="https://hooks.example/T0/door-code?key=query-code",
        extras={"user": "extra-code"},
        secrets={"signing": "whsec_hook-secret"},
    )
    connection = NewIntegrated(
        integration="lever", tenant_id="acme", context={"region": "eu"}, secrets={"api_key": "lever-secret"}
    )
    town.wait(verbs.webhooks.create(who, hook, lambda made: made))
    town.wait(verbs.integrated.create(who, connection, lambda made: made))
    with town.client(newcomer) as nora:
        issued = nora.post("/dayline/v1/tokens", json={"name": "nightly"}).json()
        nora.delete(f"/dayline/v1/tokens/{issued['id']}")
        nora.patch("/dayline/v1/settings", json={"retention_days": 45})
        answer = nora.get(AUDIT)
    rows = {(row["entity"], row["action"]): row for row in answer.json()["data"]}
    assert rows["token", "changed"]["summary"] == f"Nora revoked token {issued['id']} “nightly”"
    assert rows["account", "changed"]["fields"][0]["name"] == "settings"
    webhook = {field["name"]: field["after"] for field in rows["webhook", "created"]["fields"]}
    assert (webhook["url"], webhook["extras"]) == ("https://hooks.example/…", ["user"])
    connected = {field["name"]: field["after"] for field in rows["integrated_account", "created"]["fields"]}
    assert (connected["integration"], connected["secret_names"]) == ("lever", ["api_key"])
    hidden = ("door-code", "query-code", "extra-code", "hook-secret", "lever-secret", issued["credential"])
    digests = [row[0] for row in town.rows(select(tokens.c.digest))]
    assert digests
    assert [secret for secret in (*hidden, *digests, "digest", "sealed") if secret in answer.text] == []


def test_what_is_never_told_is_compared_all_the_same(town: Town, newcomer: Person) -> None:
    """Two doors of a host, and two secrets of a name, look alike: that there was another one before is told."""
    who, verbs = newcomer.principal, town.service
    door = "https://hooks.example/T0/"
    hook = NewWebhook(face="pipedrive", url=f"{door}old-code", secrets={"http_auth_password": "old-secret"})
    connection = NewIntegrated(integration="lever", tenant_id="acme", secrets={"api_key": "old-lever"})
    made = town.wait(verbs.webhooks.create(who, hook, lambda made: made))
    account = town.wait(verbs.integrated.create(who, connection, lambda made: made))
    town.wait(verbs.webhooks.change(who, made.id, WebhookChange(url=f"{door}new-code"), lambda made: made))
    secrets = {"http_auth_password": "new-secret"}
    town.wait(verbs.webhooks.change_secrets(who, made.id, secrets, lambda made: made))
    town.wait(verbs.integrated.change_credentials(who, account.id, {"api_key": "new-lever"}, lambda made: made))
    with town.client(newcomer) as nora:
        answer = nora.get(AUDIT, params={"action": "changed"})
    connected, sealed, moved = answer.json()["data"]
    assert moved["fields"] == [{"name": "url", "before": "https://hooks.example/…", "after": "https://hooks.example/…"}]
    assert moved["summary"].endswith(": url")
    for row in (sealed, connected):
        assert [field["name"] for field in row["fields"]] == ["secrets_set_at"]
        assert row["fields"][0]["after"].endswith("Z")
    assert [word for word in ("old-", "new-") if word in answer.text] == []


@pytest.mark.parametrize(
    ("before", "after", "shown"), [(None, "a", (None, "…")), ("a", None, ("…", None)), ("a", "b", ("…", "…"))]
)
def test_a_secret_that_came_or_went_is_told_and_not_what_it_was(
    before: str | None, after: str | None, shown: tuple[str | None, str | None]
) -> None:
    assert harmless("token", Changed("digest", before, after)) == Changed("digest", *shown)


def test_what_an_erasure_wrote_is_told_as_that(town: Town, newcomer: Person) -> None:
    """What was before is not in the log: it must not look as though there had been nothing."""
    with town.client(newcomer) as nora:
        wanda = nora.post(RECORDS, json={"kind": "contact", "name": "Wanda Zyx-Tester"}).json()
        deal = nora.post(RECORDS, json={"kind": "deal", "name": "A deal"}).json()
        related = [{"kind": one["kind"], "id": one["id"]} for one in (wanda, deal)]
        body = {"type": "call", "subject": "Ask Wanda Zyx-Tester", "related": related[1:]}
        named = nora.post(ACTIVITIES, json=body).json()
        his = nora.post(ACTIVITIES, json={"type": "call", "related": related[:1]}).json()
        nora.patch(f"{ACTIVITIES}/{his['id']}", json={"related": related[1:]})  # a state that was his alone goes
        asked = nora.post(f"{RECORDS}/contact/{wanda['id']}/erase", json={"confirm": "Wanda Zyx-Tester"})
        until_done(nora, asked.headers["location"])
        reworded, made = told(nora, entity="activity", entity_id=named["id"])
        moved, _ = told(nora, entity="activity", entity_id=his["id"])
    assert (reworded["action"], reworded["fields"]) == ("changed", [])
    assert reworded["summary"] == f"Nora erased a person from activity {named['id']} “Ask [erased]”"
    assert made["summary"] == f"Nora created activity {named['id']} “Ask [erased]”"
    assert (moved["summary"], moved["fields"]) == (f"Nora changed activity {his['id']}", [])


def test_what_somebody_has_done_again_is_told(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        made = nora.post("/dayline/v1/webhooks", json={"url": "https://hooks.example/a"}).json()
        asked = nora.post(f"/dayline/v1/webhooks/{made['id']}/test", headers={"x-request-id": "try-1"}).json()
        assert nora.post(f"/dayline/v1/webhooks/{made['id']}/replay", json={"since": 1}).status_code == 202
        replayed, tried = told(nora, entity="delivery", entity_id=made["id"])
    assert (tried["summary"], tried["request_id"]) == (f"Nora had a test sent to webhook {made['id']}", "try-1")
    assert (tried["action"], tried["token"]["id"]) == ("created", newcomer.principal.token_id)
    assert tried["fields"] == [{"name": "event", "before": None, "after": asked["event_id"]}]
    assert replayed["summary"].startswith("Nora had the changes 2 to ")
    assert replayed["summary"].endswith(f" sent to webhook {made['id']} again")
    assert replayed["address"] == "127.0.0.1"


def test_it_is_for_admins_with_the_scope_and_of_their_account(
    town: Town, alice: httpx2.Client, bob: httpx2.Client, charlie: httpx2.Client, stranger: httpx2.Client
) -> None:
    alice.post(ACTIVITIES, json={"type": "call", "subject": "Ours alone"})
    last = told(alice, limit=1)[0]["sequence"]
    for path in (AUDIT, f"{AUDIT}/{last}", f"{AUDIT}/export"):
        assert_problem(bob.get(path), 403)
        assert_problem(stranger.get(path), 401)
        with town.client(town.credential(town.alice, scopes=ALL_SCOPES - {"admin"})) as lesser:
            assert_problem(lesser.get(path), 403)
    assert "Ours alone" not in charlie.get(AUDIT, params={"limit": 200}).text
    assert "Ours alone" not in charlie.get(f"{AUDIT}/export", params={"format": "jsonl"}).text
    assert_problem(charlie.get(f"{AUDIT}/{last + 1_000}"), 404)
    assert told(charlie, entity="activity") == []
    cursor = alice.get(AUDIT, params={"limit": 1}).json()["next_cursor"]
    assert_problem(charlie.get(AUDIT, params={"limit": 1, "cursor": cursor}), 400, "cursor")


def test_it_comes_in_pages(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        for number in range(7):
            nora.post(RECORDS, json={"kind": "deal", "name": f"Deal {number}"})
        whole = told(nora)
        pages, query = [], {"limit": "4"}
        while True:
            answer = nora.get(AUDIT, params=query).json()
            pages.append(answer["data"])
            if answer["next_cursor"] is None:
                break
            query["cursor"] = answer["next_cursor"]
    assert [len(page) for page in pages] == [4, 4, 1]
    assert [row for page in pages for row in page] == whole
    assert [row["sequence"] for row in whole] == list(range(9, 0, -1))


def test_filters_by_time_and_the_rest(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        nora.post(RECORDS, json={"kind": "deal", "name": "A"})
        assert nora.post("/api/v2/activities", json={"subject": "B"}).is_success
        (deal,) = told(nora, entity="deal")
        assert told(nora, since="2999-01-01") == []
        assert len(told(nora, until="2999-01-01", since="2001-01-01T00:00:00Z")) == 4
        assert {row["entity"] for row in told(nora, user_id=0)} == {"user", "token"}
        assert {row["surface"] for row in told(nora, surface="pipedrive")} == {"pipedrive"}
        assert told(nora, request_id=deal["request_id"]) == [deal]
        assert len(told(nora, address="::ffff:127.0.0.1")) == len(told(nora, address="127.0.0.1")) == 2
        assert told(nora, address="203.0.113.9") == []
        assert told(nora, action="purged") == []
        assert len(told(nora, token_id=newcomer.principal.token_id, via="token")) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-13-01"}, "until"),
        ({"entity_id": 1}, "entity_id"),
        ({"via": "mail"}, "via"),
        ({"action": "hidden"}, "action"),
        ({"limit": 501}, "limit"),
        ({"token_id": 0}, "token_id"),
        ({"cursor": "x"}, "cursor"),
        ({"nothing": 1}, "nothing"),
    ],
)
def test_what_makes_no_sense_is_refused(alice: httpx2.Client, query: dict[str, str | int], field: str) -> None:
    assert_problem(alice.get(AUDIT, params=query), 400, field)


@pytest.mark.parametrize("name", ["0", "99999999", "x", "-1", "9" * 30])
def test_a_row_that_is_not_there(alice: httpx2.Client, name: str) -> None:
    assert_problem(alice.get(f"{AUDIT}/{name}"), 404)


def test_long_texts_are_cut_in_lists_alone(town: Town, newcomer: Person) -> None:
    note = "long " * 400
    with town.client(newcomer) as nora:
        made = nora.post(ACTIVITIES, json={"type": "call", "note": note}).json()
        (row,) = told(nora, entity="activity", entity_id=made["id"])
        whole = nora.get(f"{AUDIT}/{row['sequence']}").json()
    (cut,) = (field["after"] for field in row["fields"] if field["name"] == "note")
    assert cut == note[:500] + "…"
    (kept,) = (field["after"] for field in whole["fields"] if field["name"] == "note")
    assert kept == made["note"]


def test_all_of_it_is_a_file(town: Town, newcomer: Person) -> None:
    with town.client(newcomer) as nora:
        nora.post(RECORDS, json={"kind": "deal", "name": "=1+1"})
        for number in range(250):
            nora.post(RECORDS, json={"kind": "deal", "name": f"Deal {number}"})
        answer = nora.get(f"{AUDIT}/export", params={"surface": "dayline"})
        lines = nora.get(f"{AUDIT}/export", params={"format": "jsonl"})
        empty = nora.get(f"{AUDIT}/export", params={"since": "2999-01-01"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="audit.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 251
    assert rows[-1]["summary"] == "Nora created deal 1 “=1+1”"
    assert (rows[0]["address"], rows[0]["via"], rows[0]["user"]) == ("127.0.0.1", "token", "Nora")
    told_ = [json.loads(line) for line in lines.text.splitlines()]
    assert [row["sequence"] for row in told_] == list(range(253, 0, -1))
    assert {"name": "name", "before": None, "after": "=1+1"} in told_[250]["fields"]
    assert len(empty.text.splitlines()) == 1
