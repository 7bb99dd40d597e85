"""A whole Dayline for tests: the real application on a new SQLite file, behind a real server on a loopback port."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import uvicorn
from msgspec import Struct

from dayline.app import House, open_house
from dayline.config import read_settings
from dayline.domain.identity import Principal, Role
from dayline.domain.record import Kind, Record, RecordDraft
from dayline.service.identity import NewUser

T = TypeVar("T")


class Person(Struct, frozen=True):
    """One of the cast: who he is, and the credential to call with."""

    name: str
    credential: str
    principal: Principal

    @property
    def user_id(self) -> int:
        return self.principal.user_id


class Town:
    """A running house and its people: Alice, an admin, and Bob, a member, of one account, and Charlie of another."""

    def __init__(self, house: House, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.house, self.url, self._loop = house, url, loop
        acme = self.wait(house.service.identities.create_account("Acme"))
        other = self.wait(house.service.identities.create_account("Other"))
        self.alice = self.move_in(acme.id, "Alice", "admin")
        self.bob = self.move_in(acme.id, "Bob", "member")
        self.charlie = self.move_in(other.id, "Charlie", "admin")

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something of the service on the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def move_in(self, account_id: int, name: str, role: Role) -> Person:
        """Add a user with a token."""
        identities = self.house.service.identities
        new = NewUser(name=name, email=f"{name.lower()}@example.com", role=role)
        user = self.wait(identities.add_user(account_id, new))
        credential = self.wait(identities.issue_token(account_id, user.id, "test")).credential
        return Person(name, credential, self.wait(identities.principal(credential)))

    def record(self, who: Person, kind: Kind, name: str = "Something") -> Record:
        """Add a record to somebody's account."""
        draft = RecordDraft(kind=kind, name=name, email=f"{kind}@example.com")
        return self.wait(self.house.service.records.create(who.principal, draft, lambda record: record))

    def client(self, who: Person | None = None, **headers: str) -> httpx2.Client:
        """A plain HTTP client, with the credential of one of the cast."""
        if who is not None:
            headers["x-api-token"] = who.credential
        return httpx2.Client(base_url=self.url, headers=headers, timeout=30)


@contextmanager
def living_town(folder: Path, **settings: object) -> Iterator[Town]:
    """Open a house on a new database in the folder, serve it, and close it in the end."""
    ready = threading.Event()
    made: dict[str, Any] = {}

    async def live() -> None:
        url = f"sqlite:///{folder}/dayline.db"
        async with open_house(read_settings({"database_url": url, **settings}, {})) as house:
            config = uvicorn.Config(
                house.app, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False
            )
            server = uvicorn.Server(config)
            made.update(house=house, server=server, loop=asyncio.get_running_loop())
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
                await asyncio.sleep(0.005)
            made["port"] = server.servers[0].sockets[0].getsockname()[1]
            ready.set()
            await serving

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield Town(made["house"], f"http://127.0.0.1:{made['port']}", made["loop"])
    finally:
        made["server"].should_exit = True
        thread.join(30)
