"""The vendor's npm client makes, lists and deletes webhooks unmodified, and what it then writes is told."""

from tests.clients.node import run_script
from tests.events.receiver import Receiver
from tests.house import Town
from tests.vendors.pipedrive.webhooks.conftest import heard


async def test_the_npm_client(town: Town, ear: Receiver) -> None:
    seen = run_script(
        "pipedrive_webhooks.mjs",
        DAYLINE_URL=town.url,
        DAYLINE_TOKEN=town.alice.credential,
        DAYLINE_MEMBER=town.bob.credential,
        DAYLINE_ADMIN=str(town.alice.user_id),
        DAYLINE_HOOK=ear.url,
    )
    added, old = seen["added"]["data"], seen["old"]["data"]
    assert (seen["added"]["status"], seen["added"]["success"]) == ("ok", True)
    assert (added["name"], added["version"], old["version"]) == ("sync", "2.0", "1.0")
    assert (added["http_auth_user"], added["http_auth_password"]) == ("ann", None)
    assert seen["listed"]["data"] == [added, old]
    assert seen["removed"] == {"status": "ok", "success": True}
    assert [row["id"] for row in seen["left"]["data"]] == [added["id"]]
    assert seen["refusals"]["gone"] == {"status": "error", "success": False, "errors": {"id": ["not found"]}}
    assert seen["refusals"]["url"]["errors"]["subscription_url"][0] == "invalid or non-reachable URL"
    assert seen["refusals"]["other"] == {"success": False, "message": "Forbidden"}
    (event,) = await heard(ear, 1)
    assert event["meta"]["entity_id"] == str(seen["activity"]["data"]["id"])
    assert event["data"]["subject"] == "By the client"
    assert ear.heard[0].headers["authorization"] == "Basic YW5uOnBhc3M="
