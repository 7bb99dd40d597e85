"""A store on every database, the verbs over it, and the cast.

A new database is one more entry in DATABASES; VARIANTS are others of a kind.

The event loop of a test opens the store, so that everything async in a test runs on the loop that the store lives on.
"""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from msgspec import Struct

from dayline.service import Service
from dayline.service.vault import Keyring
from dayline.store.migrations.run import migrate_postgres, migrate_sqlite
from dayline.store.open import open_store
from dayline.store.sqlite import create_file
from dayline.store.store import Store
from tests.cast import KEY, Cast, ManualClock, Person, move_all_in
from tests.postgres import Pooler, Server, machines_binaries, wheels_binaries

DATABASES = ["sqlite", "postgresql"]
# What takes longest: below these names of folders and files.
LONGEST = ("drill", "test_documents.py", "tongues", "visibility", "browser", "vendors", "native", "store")
_numbers = count(1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes take file by file, let what takes longest begin first: none is left alone with it then.

    A process alone keeps to pytest's own order, in which each database is set up once.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.path.relative_to(Path(__file__).parent)))


def _turn(path: Path) -> tuple[int, str]:
    """Neighbours stay together, since they share houses."""
    return (LONGEST.index(path.parts[0]) if path.parts[0] in LONGEST else len(LONGEST)), str(path)


def pytest_collection_finish() -> None:
    """All that was collected is there to the end: nobody has to look through it again and again for what is not."""
    gc.collect()
    gc.freeze()


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


class Ground(Struct, frozen=True):
    """An empty, migrated database, and how it has to be opened."""

    url: str
    pooled: bool = False


class Variant(Struct, frozen=True):
    """Another PostgreSQL than the usual one: other binaries, another order of texts, or behind a PgBouncer.

    Where there is no PgBouncer, the program still speaks as if there were one.
    """

    binaries: Path
    locale: str = ""
    pooled: bool = False


def _variants() -> dict[str, Variant]:
    debians = machines_binaries()
    icu = Variant(debians[0], "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'") if debians else None
    own = Variant(wheels_binaries(), "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST'")
    return {"pooled": Variant(wheels_binaries(), pooled=True), "other order": icu or own}


VARIANTS = _variants()


class Running(Struct, frozen=True):
    """A variant that runs: its server, the name of its empty database, and the port by which it is reached."""

    server: Server
    template: str
    port: int


@pytest.fixture(scope="session")
def variants() -> Iterator[Callable[[str], Running]]:
    """Each variant that is asked for, started when it is."""
    running: dict[str, Running] = {}
    poolers: list[Pooler] = []

    def get(name: str) -> Running:
        if name not in running:
            server = Server(VARIANTS[name].binaries)
            url = server.create("template_dayline", locale=VARIANTS[name].locale)
            asyncio.run(migrate_postgres(url, url))
            if VARIANTS[name].pooled and Pooler.BINARY.exists():
                poolers.append(Pooler(server))
            port = poolers[-1].port if VARIANTS[name].pooled and poolers else server.port
            running[name] = Running(server, "template_dayline", port)
        return running[name]

    yield get
    for pooler in poolers:
        pooler.close()
    for variant in running.values():
        variant.server.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is asked of a database is asked of each; what is asked of its statements, also of the variants."""
    own = any(marker.args[0] == "ground" for marker in metafunc.definition.iter_markers("parametrize"))
    if "ground" in metafunc.fixturenames and not own:
        thorough = metafunc.module.__name__ in THOROUGH
        metafunc.parametrize("ground", [*DATABASES, *(VARIANTS if thorough else ())], indirect=True)


GROUND = "dayline_ground"
THOROUGH = frozenset(
    f"tests.store.test_{name}"
    for name in (
        "conditions",
        "counts",
        "filters",
        "groups",
        "idempotency",
        "isolation",
        "lists",
        "log",
        "lookups",
        "more_open",
        "paging",
    )
)


@pytest.fixture
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """An empty, migrated database, once for each database there is."""
    if request.param == "sqlite":
        yield Ground(f"sqlite:///{request.getfixturevalue('sqlite_path')}")
        return
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        variant, pooled = Running(server, request.getfixturevalue("postgres_template"), server.port), False
    else:
        variant, pooled = request.getfixturevalue("variants")(request.param), VARIANTS[request.param].pooled
    server = variant.server
    # One database for all tests in turn: to make one for each would cost more than the tests.
    if not server.has(GROUND):
        server.create(GROUND, variant.template)
    server.empty(GROUND)
    yield Ground(server.url(GROUND).replace(f":{server.port}/", f":{variant.port}/"), pooled)


@pytest.fixture
def database_url(ground: Ground) -> str:
    """The URL of an empty, migrated database, once for each database there is."""
    return ground.url


class Homes:
    """Where the houses of this run keep everything: on each database in turn."""

    def __init__(self, database: str, server: Server | None, template: str) -> None:
        self.database, self._server, self._template = database, server, template

    def new(self, folder: Path) -> str:
        """The URL of an empty database; in this folder if it is a file."""
        if self._server is None:
            return f"sqlite:///{folder}/dayline.db"
        return self._server.create(f"dayline_{next(_numbers)}", self._template)


@pytest.fixture(scope="session", params=DATABASES)
def homes(request: pytest.FixtureRequest) -> Homes:
    """Both databases in turn, for whole houses."""
    if request.param == "sqlite":
        return Homes(request.param, None, "")
    return Homes(request.param, request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template"))


@pytest.fixture
def clock() -> ManualClock:
    """What the store takes for the present: it stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
async def store(ground: Ground, clock: ManualClock) -> AsyncIterator[Store]:
    """An open store, closed in the end."""
    opened = await open_store(ground.url, clock=clock, pgbouncer=ground.pooled)
    yield opened
    await opened.close()


@pytest.fixture
def service(store: Store) -> Service:
    """All verbs over the store."""
    return Service(store, keyring=Keyring(text=KEY))


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
