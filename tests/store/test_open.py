"""Opening: which URLs name a database, who may read its file, and how durable its connections really are."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from dayline.domain.errors import DaylineError
from dayline.store.copying import one_moment
from dayline.store.group import Steps
from dayline.store.open import BadDatabaseUrl, open_store, sqlite_url
from dayline.store.statement import Call, Rows, statement
from dayline.store.store import Store


@contextmanager
def generous_umask() -> Iterator[None]:
    """New files may be read and written by everybody, unless their maker says otherwise."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


async def pragma(store: Store, name: str) -> object:
    """The value of a pragma on the writer's connection."""

    def steps() -> Steps[Rows]:
        return (yield Call(statement(text(f"PRAGMA {name}")), [()]))

    return (await store.database.run(steps))[0][0]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///dayline.db", "dayline.db"),
        ("sqlite:////var/lib/dayline.db", "/var/lib/dayline.db"),
        ("sqlite:///with%20space%3F.db", "with space?.db"),
        ("sqlite:///./up/../d.db", "./up/../d.db"),
    ],
)
def test_a_url_names_a_file(url: str, path: str) -> None:
    assert sqlite_url(url) == (Path(path), {})


@pytest.mark.parametrize("password", ["se/cret", "se#cret", "se?cret", "se[cret", "cret/@x"])
async def test_a_password_that_cannot_be_read_is_not_quoted(password: str) -> None:
    url = f"postgresql://user:{password}@127.0.0.1:1/dayline"
    with pytest.raises(DaylineError) as refused:
        await open_store(url)
    assert "cret" not in str(refused.value)
    with pytest.raises(DaylineError) as refused:
        await one_moment(url).__aenter__()
    assert "cret" not in str(refused.value)


def test_a_url_may_set_some_pragmas() -> None:
    url = "sqlite:///d.db?max_page_count=100&cache_size=-2000&mmap_size=0"
    assert sqlite_url(url)[1] == {"max_page_count": 100, "cache_size": -2000, "mmap_size": 0}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "dayline.db",
        "sqlite:dayline.db",
        "sqlite://dayline.db",
        "sqlite://host/dayline.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://[",
        "sqlite:///a%00b.db",
        "sqlite:/dayline.db",
        "sqlite:///a#b.db",
        "SQLITE:///dayline.db",
        "mysql:///dayline.db",
        "postgresql://localhost/dayline",
        "sqlite:///d.db?synchronous=0",
        "sqlite:///d.db?journal_mode=DELETE",
        "sqlite:///d.db?cache_size=",
        "sqlite:///d.db?cache_size=1;DROP",
        "sqlite:///d.db?cache_size=--1",
        "sqlite:///d.db?cache_size",
    ],
)
def test_any_other_url_is_refused_with_its_reason(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        sqlite_url(url)
    assert repr(url) in refused.value.message


@pytest.mark.parametrize("name", ["a?b.db", "a b.db", "a%20b.db", "ä#.db"])
async def test_a_file_of_any_name_is_the_one_that_is_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    store = await open_store(path.as_uri().replace("file:", "sqlite:/"))
    assert await store.ready()
    await store.close()
    assert os.listdir(tmp_path) == [name]


async def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    path = tmp_path / "new" / "dayline.db"
    with generous_umask():
        store = await open_store(f"sqlite:///{path}")
        await store.create_account("Acme")
        modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
        await store.close()
    assert modes == {"dayline.db": 0o600, "dayline.db-wal": 0o600, "dayline.db-shm": 0o600}


async def test_the_writer_syncs_every_commit_and_checks_every_key(sqlite_path: Path) -> None:
    store = await open_store(f"sqlite:///{sqlite_path}")
    assert await pragma(store, "journal_mode") == "wal"
    assert await pragma(store, "synchronous") == 2  # FULL
    assert await pragma(store, "foreign_keys") == 1
    assert await pragma(store, "query_only") == 0
    assert await pragma(store, "busy_timeout") == 5000
    await store.close()


async def test_readers_cannot_write(sqlite_path: Path) -> None:
    store = await open_store(f"sqlite:///{sqlite_path}")
    for read in (store.database.fetch, store.database.scan):
        with pytest.raises(Exception, match=r"read-only|readonly"):
            await read(Call(statement(text("DELETE FROM accounts")), [()]))
    await store.close()


async def test_the_pragmas_of_the_url_reach_the_writer(sqlite_path: Path) -> None:
    store = await open_store(f"sqlite:///{sqlite_path}?max_page_count=12345&cache_size=-4321")
    assert await pragma(store, "max_page_count") == 12345
    assert await pragma(store, "cache_size") == -4321
    await store.close()


async def test_the_log_of_writes_does_not_keep_other_readers_out(sqlite_path: Path) -> None:
    store = await open_store(f"sqlite:///{sqlite_path}")
    await store.create_account("Acme")
    with closing(sqlite3.connect(f"file:{sqlite_path}?mode=ro", uri=True)) as other:
        assert other.execute("SELECT name FROM accounts").fetchall() == [("Acme",)]
    await store.close()
