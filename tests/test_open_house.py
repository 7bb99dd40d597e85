"""A house that is opened and closed: what goes wrong with one part of it leaves no other open, and ends no other."""

import asyncio
import os
from pathlib import Path

import pytest

from dayline import app
from dayline.app import open_house
from dayline.config import Settings, read_settings
from dayline.events.worker import Worker
from dayline.service import Service
from dayline.service.attachments import Attachments
from dayline.service.retention import Retention
from tests.cast import KEY
from tests.events.conftest import until
from tests.store.test_close import open_files


@pytest.fixture
def settings(sqlite_path: Path, tmp_path: Path) -> Settings:
    given = {"database_url": f"sqlite:///{sqlite_path}", "files": str(tmp_path / "files"), "secret_key": KEY}
    return read_settings(given, {})


async def test_what_cannot_be_closed_leaves_nothing_else_open(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Worker.stop

    async def stop_badly(worker: Worker) -> None:
        await stop(worker)
        raise OSError("no")

    monkeypatch.setattr(Worker, "stop", stop_badly)
    with pytest.raises(OSError, match="no"):
        async with open_house(settings):
            assert open_files(tmp_path)
    assert open_files(tmp_path) == []
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_what_cannot_be_opened_leaves_nothing_open(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(app, "build", build)
    with pytest.raises(OSError, match="no"):
        async with open_house(settings):
            raise AssertionError("it opened")
    assert open_files(tmp_path) == []


async def test_whatever_goes_wrong_tidying_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fails(name: str) -> object:
        async def fail(_: object) -> None:
            done.append(name)
            raise OSError(os.strerror(5))

        return fail

    monkeypatch.setattr(app, "TIDY_SECONDS", 0.01)
    monkeypatch.setattr(app, "PURGE_EVERY", 3)
    monkeypatch.setattr(Attachments, "settle", fails("settle"))
    monkeypatch.setattr(Service, "tidy", fails("tidy"))
    monkeypatch.setattr(Retention, "put_in", fails("put in"))
    async with open_house(settings):
        await until(lambda: done.count("put in") == 2)
    assert done[:7] == ["settle", "tidy", "put in", "tidy", "tidy", "settle", "tidy"]
