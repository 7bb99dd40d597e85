"""Truto's own Python client, unmodified: it connects accounts, writes notes, lists them to the end and reads one."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from dayline.remote.standing import standing
from dayline.vendors.lever.sandbox import LeverSandbox
from tests.clients.truto import client
from tests.house import Town, living_town
from tests.vendors.truto.speech import OWN, connect
from tests.vendors.truto.webhooks.listening import listening, until, verified


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    settings = {"outbound_allow": "127.0.0.1", "outbound_pace": False}
    with living_town(tmp_path_factory.mktemp("sdk"), **settings) as running:
        yield running


@pytest.fixture
def truto(town: Town) -> Any:
    return client(town.alice.credential, town.url)


async def test_an_account_from_beginning_to_end(truto: Any) -> None:
    made = await truto.integrated_accounts._import(
        {
            "tenant_id": "acme-1",
            "environment_integration_id": "recruitee",
            "authentication_method": "api_key",
            "context": {"api_key": "r3cru1t", "company_id": "126786"},
        }
    )
    accounts = truto.integrated_accounts
    assert await accounts.get(made["id"]) == made
    assert [one["id"] for one in await accounts.list(tenant_id="acme-1").to_array()] == [made["id"]]
    every = await accounts.list(limit=1).to_array()
    assert [one["id"] for one in every] == [OWN["integrated_account_id"], made["id"]]
    changed = await accounts.update(made["id"], {"region": "eu"})
    assert changed["region"] == "eu"
    anew = await accounts.update(made["id"], {"context": {"api_key": "r3cru1t-2", "subdomain": "acme"}})
    assert anew["context"] == {"company_id": "126786", "subdomain": "acme"}
    token = (await accounts.create_integrated_account_token(made["id"]))["integrated_account_token"]
    assert (await client(token, truto.base_url)._get("integrated-account/me"))["id"] == made["id"]
    await accounts.delete(made["id"])
    with pytest.raises(aiohttp.ClientResponseError) as gone:
        await accounts.get(made["id"])
    assert gone.value.status == 404
    assert await truto.ping() == {"ping": "pong"}


async def test_notes_in_a_customers_system(town: Town, truto: Any) -> None:
    sandbox = LeverSandbox()
    with standing(sandbox) as url:
        id_ = connect(town, town.alice, sandbox, url)
        assert (await truto.integrated_accounts.run_post_install_actions(id_))["status"] == "active"
        opportunity = sandbox.candidates()[0].id
        asked = {"integrated_account_id": id_, "truto_ignore_remote_data": False}
        ids = set()
        for number in range(7):
            body = {"candidate_id": opportunity, "body": f"Number {number}", "visibility": "private"}
            made = await truto.unified_api.create("ats", "activities", body, asked)
            ids.add(made["id"])
        wanted = {**asked, "candidate": {"id": opportunity}, "limit": 3, "truto_exclude_fields": ["actor", "subject"]}
        listed = await truto.unified_api.list("ats", "activities", dict(wanted)).to_array()
        assert ids <= {one["id"] for one in listed}
        assert len(listed) == len({one["id"] for one in listed})
        assert all("actor" not in one for one in listed)
        one = await truto.unified_api.get("ats", "activities", made["id"], {**asked, "candidate_id": opportunity})
        assert one["body"] == "Number 6"
        with pytest.raises(aiohttp.ClientResponseError) as refused:
            await truto.unified_api.delete("ats", "activities", made["id"], asked)
        assert refused.value.status == 405
    town.wait(town.service.remote_log.write())
    log = await truto.logs.list(log_type="unified_proxy_api", log_type_filter={"integrated_account_id": id_}).to_array()
    assert {entry["method"] for entry in log} >= {"create", "list", "get"}


async def test_webhooks(town: Town, truto: Any) -> None:
    """As its own documentation has it: made with three fields, tried, changed, removed."""
    with listening() as ear:
        webhooks = truto.webhooks
        asked = {"target_url": ear.url, "event_types": ["record:created"], "is_active": True}
        made = await webhooks.create(dict(asked))
        assert {name: made[name] for name in asked} == asked
        assert await webhooks.test(made["id"]) == {"success": True}
        assert verified(ear.heard[0], made)["event"] == "test"
        candidate = town.record(town.alice, "candidate")
        note = await truto.unified_api.create(
            "ats", "activities", {"candidate_id": candidate.uuid, "body": "Told"}, dict(OWN)
        )
        await asyncio.to_thread(until, lambda: len(ear.heard) == 2)
        assert verified(ear.heard[1], made)["payload"]["records"] == [note]
        changed = await webhooks.update(made["id"], {"is_active": False})
        assert await webhooks.get(made["id"]) == changed
        assert [one["id"] for one in await webhooks.list(is_active=False, limit=1).to_array()] == [made["id"]]
        assert await webhooks.delete(made["id"]) == {"id": made["id"]}
        assert await webhooks.list().to_array() == []


async def test_activities_of_our_own(town: Town, truto: Any) -> None:
    candidate = town.record(town.alice, "candidate")
    body = {"candidate_id": candidate.uuid, "body": "First"}
    ids = [(await truto.unified_api.create("ats", "activities", body, dict(OWN)))["id"] for _ in range(5)]
    listed = truto.unified_api.list("ats", "activities", {**OWN, "candidate": {"id": candidate.uuid}, "limit": 2})
    assert [one["id"] async for one in listed] == ids[::-1]
    changed = await truto.unified_api.update("ats", "activities", ids[0], {"body": "Second"}, dict(OWN))
    assert changed["body"] == "Second"
    assert await truto.unified_api.delete("ats", "activities", ids[0], dict(OWN)) == {"id": ids[0]}
    stream = {**OWN, "truto_response_format": "stream", "candidate_id": candidate.uuid}
    assert len((await truto._get("unified/ats/activities", stream))["data"]) == 4
