"""Integrated accounts at sandboxes that stand on the test's own loop, and a way to them. No part is replaced."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from dayline.app import CONNECTORS
from dayline.domain.attempt import LEASE_MS
from dayline.domain.identity import Principal
from dayline.domain.integrated import IntegratedAccount, NewIntegrated
from dayline.kit.addresses import Allowed
from dayline.kit.client import Bounds, Client
from dayline.kit.dialect import Once
from dayline.remote.calls import Filters, Options, Outcome, Remote
from dayline.remote.connector import NewNote
from dayline.remote.errors import RemoteError
from dayline.remote.merging import NONE
from dayline.remote.sandbox import Sandbox
from dayline.remote.standing import stand
from dayline.service import Service
from dayline.service.identity import NOBODY
from dayline.vendors.ashby.sandbox import AshbySandbox
from dayline.vendors.lever.sandbox import LeverSandbox
from dayline.vendors.recruitee.sandbox import RecruiteeSandbox
from tests.cast import Person

SANDBOXES: dict[str, type[Sandbox]] = {
    "ashby": AshbySandbox,
    "lever": LeverSandbox,
    "recruitee": RecruiteeSandbox,
}
PATIENT = Bounds(seconds=10)
HASTY = Bounds(seconds=0.5)  # for calls that are to fail: on a busy machine a good one may take longer
__all__ = ["LEASE_MS", "Filters", "Options"]


class Far(Struct, frozen=True):
    """A vendor's sandbox, and our account there."""

    sandbox: Sandbox
    account: IntegratedAccount
    url: str

    @property
    def id(self) -> str:
        return self.account.id

    @property
    def candidate(self) -> str:
        return self.sandbox.candidates()[0].id

    @property
    def texts(self) -> list[str]:
        """What was written, in its order."""
        return [text_of(one.document) for one in self.sandbox.written]

    def note(self, body: str | None = "Called", **fields: Any) -> NewNote:
        return NewNote(candidate_id=fields.pop("candidate_id", self.candidate), body=body, **fields)


def text_of(document: Any) -> str:
    """The text of a note as any of the three vendors keeps it."""
    for name in ("content", "body"):
        if isinstance(document.get(name), str):
            return str(document[name])
    return str(document["fields"][0]["value"])


def once(key: str, fingerprint: str = "same") -> Once:
    return Once(key, fingerprint)


@asynccontextmanager
async def sandboxes(service: Service, who: Person, *names: str) -> AsyncIterator[dict[str, Far]]:
    """Let these vendors stand, with an account of ours at each."""
    async with AsyncExitStack() as standing:
        found = {}
        for name in names:
            sandbox = SANDBOXES[name]()
            url = await standing.enter_async_context(stand(sandbox))
            found[name] = Far(sandbox, await connected(service, who, name, sandbox, url), url)
        yield found


async def connected(
    service: Service, who: Person, name: str, sandbox: Sandbox, url: str, **secrets: str
) -> IntegratedAccount:
    """An integrated account there, as an operator connects one."""
    given = dict(sandbox.context()) | secrets
    secret = {ask.name for ask in CONNECTORS[name].asks if ask.secret}
    new = NewIntegrated(
        integration=name,
        tenant_id="acme",
        secrets={name: value for name, value in given.items() if name in secret},
        context={name: value for name, value in given.items() if name not in secret},
    )
    return await connected_as(service, who, new, url)


async def connected_as(service: Service, who: Person, new: NewIntegrated, url: str) -> IntegratedAccount:
    """The integrated account that is meant, there."""
    operator: Principal = replace(who.principal, user_id=NOBODY, token_id=NOBODY)
    return await service.integrated.create(operator, new, lambda made: made, base_url=url)


@asynccontextmanager
async def remote(
    service: Service, bounds: Bounds = PATIENT, *, settle_seconds: float = 0, **more: Any
) -> AsyncIterator[Remote]:
    """The way to sandboxes, without pace and breaker."""
    client = Client(Allowed.parse("127.0.0.1"), bounds=bounds, paced=False, breaks=False, **more)
    try:
        yield Remote(service, CONNECTORS, client, settle_seconds=settle_seconds)
    finally:
        await client.close()


async def write(
    to: Remote, who: Person, far: Far, note: NewNote, key: str | None = None, options: Options = NONE, **more: Any
) -> Outcome:
    """Create a note."""
    return await to.create(who.principal, far.id, note, options, None if key is None else once(key), **more)


async def refused_to_wait(service: Service, who: Person, far: Far, key: str | None = None) -> RemoteError:
    """How a write ends that got there and was not answered in time. On a busy machine it needs more to get there."""
    for seconds in (HASTY.seconds, 2, 10):
        asked = len(far.sandbox.requests)
        async with remote(service, Bounds(seconds=seconds)) as hasty:
            with pytest.raises(RemoteError) as error:
                await write(hasty, who, far, far.note(), key)
        if len(far.sandbox.requests) > asked:
            return error.value
    raise AssertionError("it never got there")


async def until(holds: Callable[[], object]) -> None:
    """Wait until something is so."""
    while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
        await asyncio.sleep(0.01)
