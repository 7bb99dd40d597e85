"""A toy dialect for the kit's tests: a box of things, kept by Alice, which Bob may only read."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request

from dayline.domain.errors import Conflict, KeyReused, NotFound, Unauthenticated, Unavailable, invalid
from dayline.kit.dialect import PUBLIC, Call, Dialect, Failure, Operation, Refused, Reply
from dayline.kit.params import Id


class Person(Struct, frozen=True):
    """A caller."""

    account_id: int
    scopes: frozenset[str]
    token_id: int = 1
    rate_limit: int | None = None


PEOPLE = {
    "alice": Person(1, frozenset({"things:read", "things:full"})),
    "bob": Person(2, frozenset({"things:read"})),
}


class Part(Struct, frozen=True):
    """A piece of a thing."""

    part_id: Id | None = None
    primary: bool = False


class Thing(Struct, frozen=True):
    """What the toy keeps."""

    name: Annotated[str, Meta(max_length=50, description="What it is called")]
    size: Annotated[int, Meta(ge=1, le=9)] | None = None
    weight: float | None = None
    kind: Literal["big", "small"] = "small"
    parts: list[Part] = []
    anything: Any = None
    nickname: str | None = None


class ThingQuery(Struct, frozen=True):
    """The filters of the list."""

    limit: Annotated[int, Meta(ge=1, le=500, description="How many at most")] = 100
    done: bool | None = None
    ids: str | None = None
    since_id: int | None = msgspec.field(default=None, name="since")
    factor: float | None = None
    kind: Literal["big", "small"] | None = None
    color: str | None = None


class OwnerQuery(Struct, frozen=True):
    """A query with something required."""

    owner: Id


class Box(Struct):
    """The toy's service: it remembers the calls, so that tests can look at what a handler got."""

    calls: list[Call[Any, Any, Any, Any]] = []


ToyCall = Call[Box, Person, Any, Any]

ERRORS: dict[str, Exception] = {
    "missing": NotFound("Thing not found"),
    "clash": Conflict("taken"),
    "reused": KeyReused("the key was used before"),
    "busy": Unavailable("the database is busy", retry_after=7),
    "full": Unavailable("the disk is full", full=True),
    "slow": Refused(Failure(429, "too many requests", headers=(("Retry-After", "60"),))),
    "odd": invalid("a.b", "is odd"),
    "crash": ZeroDivisionError("secret detail"),
}


async def show(call: ToyCall) -> Reply:
    """Answer with all that the call holds, or fail in the way that the id names."""
    call.service.calls.append(call)
    error = ERRORS.get(call.path.get("id", ""))
    if error is not None:
        raise error
    return Reply(200, msgspec.json.encode({"path": call.path, "query": call.query, "body": call.body}))


async def remove(call: ToyCall) -> Reply:
    """Answer without a body."""
    return Reply(204)


async def add(call: ToyCall) -> Reply:
    """Answer with a header of its own and one that replaces the kit's."""
    call.service.calls.append(call)
    headers = (("Location", "/v1/things/1"), ("Cache-Control", "private"))
    if call.once is not None:
        return call.once.replay(201, headers, b'{"stored":true}')
    return Reply(201, msgspec.json.encode(call.body), headers)


async def ping(call: ToyCall) -> Reply:
    """Answer anybody."""
    return Reply(200, b"pong", media_type="text/plain")


async def authenticate(request: Request, service: Box) -> Person:
    """Know the caller by header or query."""
    name = request.headers.get("x-api-token") or request.query_params.get("api_token", "")
    if name not in PEOPLE:
        raise Unauthenticated("unauthorized access")
    return PEOPLE[name]


def envelope(failure: Failure) -> Reply:
    """Shape a failure the toy's way."""
    problems = [{"field": p.field, "message": p.message, "kind": p.kind} for p in failure.problems]
    body = {"success": False, "error": failure.message, "code": failure.status, "problems": problems}
    return Reply(failure.status, msgspec.json.encode(body), (("X-Toy", "yes"),))


def _operation(method: str, path: str, handler: Callable[[ToyCall], Awaitable[Reply]], **rest: Any) -> Operation:
    defaults: dict[str, Any] = {
        "scope": "things:read",
        "reply": Thing,
        "summary": f"{method} it",
        "name": f"{method.lower()}{path}",
    }
    return Operation(method=method, path=path, handler=handler, **(defaults | rest))


TOY = Dialect(
    name="toy",
    title="Toy",
    version="1",
    description="A toy.",
    operations=(
        _operation("GET", "/v1/things", show, query=ThingQuery, cost=10, extensions=frozenset({"color"})),
        _operation(
            "POST",
            "/v1/things",
            add,
            body=Thing,
            scope="things:full",
            status=201,
            extensions=frozenset({"nickname"}),
        ),
        _operation("GET", "/v1/things/{id}", show, path_help={"id": "The thing's number"}, detail="One thing."),
        _operation("PATCH", "/v1/things/{id}", show, body=Thing, scope="things:full"),
        _operation("DELETE", "/v1/things/{id}", remove, scope="things:full", status=204, reply=None),
        _operation("GET", "/v1/things/collection", show, query=OwnerQuery, reply=list[Thing]),
        _operation("GET", "/v1/ping", ping, scope=PUBLIC, reply=str),
    ),
    authenticate=authenticate,
    envelope=envelope,
    claims=("/v1/things",),
    fallback=("/v1",),
    credential_query=frozenset({"api_token"}),
    security_schemes={"token": {"type": "apiKey", "in": "header", "name": "x-api-token"}},
)
