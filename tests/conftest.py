"""A store on every database, the verbs over it, and the cast. A new database is one more entry in DATABASES.

The event loop of a test opens the store, so that everything async in a test runs on the loop that the store lives on.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from dayline.service import Service
from dayline.store.migrations.run import migrate_postgres, migrate_sqlite
from dayline.store.open import open_store
from dayline.store.sqlite import create_file
from dayline.store.store import Store
from tests.cast import Cast, ManualClock, Person, move_all_in
from tests.postgres import Server, wheels_binaries

DATABASES = ["sqlite", "postgresql"]
_numbers = count(1)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with the newest schema, to be copied: migrating for each test would cost the most."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    create_file(path)
    migrate_sqlite(path)
    return path


@pytest.fixture
def sqlite_path(migrated: Path, tmp_path: Path) -> Path:
    """A migrated SQLite file for this test alone."""
    return Path(shutil.copy(migrated, tmp_path / "dayline.db"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of our own."""
    server = Server(wheels_binaries())
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_template(postgres: Server) -> str:
    """The name of an empty PostgreSQL database with the newest schema, to be copied."""
    url = postgres.create("template_dayline")
    asyncio.run(migrate_postgres(url, url))
    return "template_dayline"


@pytest.fixture
def postgres_url(postgres: Server, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database for this test alone."""
    name = f"dayline_{next(_numbers)}"
    yield postgres.create(name, postgres_template)
    postgres.drop(name)


class Homes:
    """Where the houses of this run keep everything: on each database in turn."""

    def __init__(self, server: Server | None, template: str) -> None:
        self._server, self._template = server, template

    def new(self, folder: Path) -> str:
        """The URL of an empty database; in this folder if it is a file."""
        if self._server is None:
            return f"sqlite:///{folder}/dayline.db"
        return self._server.create(f"dayline_{next(_numbers)}", self._template)


@pytest.fixture(scope="session", params=DATABASES)
def homes(request: pytest.FixtureRequest) -> Homes:
    """Both databases in turn, for whole houses."""
    if request.param == "sqlite":
        return Homes(None, "")
    return Homes(request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database, once for each database there is."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{request.getfixturevalue('sqlite_path')}"


@pytest.fixture
def clock() -> ManualClock:
    """What the store takes for the present: it stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
async def store(database_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    """An open store, closed in the end."""
    opened = await open_store(database_url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def service(store: Store) -> Service:
    """All verbs over the store."""
    return Service(store)


@pytest.fixture
async def cast(service: Service) -> Cast:
    """Alice, Bob and Charlie."""
    return await move_all_in(service)


@pytest.fixture
def alice(cast: Cast) -> Person:
    """An admin, who owns what the tests make."""
    return cast.alice


@pytest.fixture
def bob(cast: Cast) -> Person:
    """A member of Alice's account."""
    return cast.bob


@pytest.fixture
def charlie(cast: Cast) -> Person:
    """An admin of another account."""
    return cast.charlie
