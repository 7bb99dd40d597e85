"""Which dialect gets a request, and what it sees of the mount's prefix."""

from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dayline.kit.dialect import Call, Dialect, Operation, Reply
from dayline.kit.dispatch import dispatcher
from dayline.kit.serve import application
from tests.kit.server import serving
from tests.kit.toy import TOY, Box, Person, envelope

ToyCall = Call[Box, Person, Any, Any]


async def tell(call: ToyCall) -> Reply:
    """Say who answered, and the fingerprint of the request."""
    return Reply(200, msgspec.json.encode({"once": call.once and call.once.fingerprint}))


def dialect(name: str, claims: tuple[str, ...], fallback: tuple[str, ...] = ()) -> Dialect:
    paths = ("/v1/activity", "/v1/activities")
    operations = tuple(
        Operation(method="POST", path=path, handler=tell, name=path, summary="", scope="", reply=Any) for path in paths
    )
    return msgspec.structs.replace(
        TOY,
        name=name,
        operations=operations,
        claims=claims,
        fallback=fallback,
        envelope=lambda failure: msgspec.structs.replace(envelope(failure), headers=(("X-From", name),)),
    )


DIALECTS = (
    dialect("red", ("/v1/activity",)),
    dialect("blue", ("/v1/activities", "/v1/deals"), ("/v1", "/api/v1")),
    dialect("green", ("/v1/deals/special",), ("/api",)),
)


def joined() -> ASGIApp:
    applications = [(one, application(one, Box(), strict=False)) for one in DIALECTS]
    return dispatcher(applications, PlainTextResponse("other", headers={"X-From": "other"}))


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with serving(joined()) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/v1/activity/x", "red"),
        ("/v1/activity/", "red"),
        ("/v1/activities/x", "blue"),
        ("/v1/activityx", "blue"),
        ("/v1/deals/1", "blue"),
        ("/v1/deals/special/1", "green"),
        ("/v1/deals/specials", "blue"),
        ("/v1", "blue"),
        ("/api/v1/x", "blue"),
        ("/api/v2", "green"),
        ("/red/v1/deals", "red"),
        ("/green/v1/activity/x", "green"),
        ("/red", "red"),
        ("/redder", "other"),
        ("/", "other"),
        ("/a" * 1000, "other"),
        ("/v1" + "/a" * 1000, "blue"),
    ],
)
def test_the_longest_claim_decides(client: httpx2.Client, path: str, owner: str) -> None:
    assert client.get(path).headers["x-from"] == owner


def test_the_fingerprint_leaves_the_mount_out(client: httpx2.Client) -> None:
    headers = {"idempotency-key": "k"}
    at_root = client.post("/v1/activity", headers=headers).json()
    assert at_root == client.post("/red/v1/activity?api_token=x", headers=headers).json()
    assert at_root["once"]


def test_the_document_is_under_the_mount_only(client: httpx2.Client) -> None:
    assert client.get("/blue/openapi.json").json()["servers"][0] == {"url": "/blue"}
    assert client.get("/openapi.json").headers["x-from"] == "other"


async def test_lifespan_goes_to_the_rest() -> None:
    seen: list[str] = []

    async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await dispatcher([], otherwise)({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan"]


def test_two_dialects_cannot_claim_the_same() -> None:
    rivals = [(dialect(name, ("/v1/x",)), PlainTextResponse("")) for name in ("a", "b")]
    with pytest.raises(ValueError, match="/v1/x"):
        dispatcher(rivals, PlainTextResponse(""))


@pytest.mark.parametrize("path", ["/v1/activity/{id}", "/v1/activity/{other}"])
def test_a_table_cannot_say_a_path_twice(path: str) -> None:
    rows = tuple(msgspec.structs.replace(TOY.operations[2], path=written) for written in (path, "/v1/activity/{id}"))
    with pytest.raises(ValueError, match=r"twice|different"):
        application(msgspec.structs.replace(TOY, operations=rows), Box(), strict=False)
