"""kill -9 in the midst of writing: what was acknowledged is there, what was not is there whole or not at all."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from dayline.service import Service
from dayline.store.open import open_store
from tests.cast import gather_cast, log_call
from tests.store.disk import assert_whole

KILLS = 10
ROOT = Path(__file__).parents[2]


def acknowledged(ledger: Path) -> dict[int, int]:
    """The last revision of each activity that the writer was told of. A line cut short was not finished being told."""
    text = ledger.read_text() if ledger.exists() else ""
    lines = (line.split() for line in text[: text.rfind("\n") + 1].splitlines())
    newest: dict[int, int] = {}
    for id_, revision in lines:
        newest[int(id_)] = max(int(revision), newest.get(int(id_), 0))
    return newest


def stored(path: Path) -> dict[int, int]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT id, revision FROM activities WHERE account_id = 1").fetchall())


def write_until_killed(path: Path, credential: str, ledger: Path, pause: float) -> None:
    """Let a writer write for a while after its first acknowledgement of this life, and kill it."""
    told = ledger.stat().st_size if ledger.exists() else 0
    command = [sys.executable, "-m", "tests.store.writer", f"sqlite:///{path}", credential, str(ledger)]
    with subprocess.Popen(command, cwd=ROOT) as writer:
        while not (ledger.exists() and ledger.stat().st_size > told):
            assert writer.poll() is None, "the writer ended by itself"
            time.sleep(0.002)
        time.sleep(pause)
        writer.kill()


async def test_no_acknowledged_write_is_lost(sqlite_path: Path, tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    store = await open_store(f"sqlite:///{sqlite_path}")
    alice = (await gather_cast(Service(store))).alice
    await store.close()
    ledger = tmp_path / "ledger"
    for kill in range(KILLS):
        write_until_killed(sqlite_path, alice.credential, ledger, chance.uniform(0, 0.12))
        there = stored(sqlite_path)
        told = acknowledged(ledger)
        lost = {id_: revision for id_, revision in told.items() if there.get(id_, 0) < revision}
        assert not lost, (seed, kill, lost)
        assert_whole(sqlite_path)
    store = await open_store(f"sqlite:///{sqlite_path}")
    assert (await log_call(Service(store), alice)).id == len(stored(sqlite_path))
    await store.close()
