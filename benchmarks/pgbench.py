"""What PostgreSQL itself can do: the store's own statements in scripts for pgbench, without Dayline around them.

It runs as the superuser, so that row-level security costs it nothing.
"""

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.reads import GET, LIST, WARM_PAGES
from benchmarks.recorded import AnyUnit, changes, creates, record
from benchmarks.rows import a_draft, activity_rows
from benchmarks.world import World, make_world
from dayline.domain.draft import Draft
from dayline.store import statements
from dayline.store.statement import Call, postgresql_text
from tests.postgres import Server, wheels_binaries

# Stand-ins of what differs from one transaction to the next. They are found again in whatever a statement is given.
_ID, _CLOCK, _TARGET = 7_000_000_001, 8_000_000_000_001, 6_000_000_001
_STAND_INS = {str(_ID): ":id::text", str(_CLOCK): ":at::text", str(_TARGET): ":target::text"}
_VARIANTS = 20
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
}


class Script(Struct, frozen=True):
    """A transaction for pgbench, and the values of its variables."""

    text: str
    values: dict[str, str]


class Scripts(Struct, frozen=True):
    """What is compared with, each as scripts of which pgbench takes one at random."""

    create: tuple[Script, ...]
    insert: tuple[Script, ...]
    patch: tuple[Script, ...]
    get: tuple[Script, ...]
    list: tuple[Script, ...]
    page: tuple[Script, ...]


class BenchServer(Server):
    """A PostgreSQL server of our own that keeps its promises: fsync is on."""

    def __init__(self) -> None:
        super().__init__(wheels_binaries(), settings=SETTINGS)
        self._runs = count(1)

    def pgbench(self, database: str, scripts: Sequence[Script], clients: int, seconds: int, **sets: str) -> float:
        """Run scripts from so many clients for so long; transactions a second. ``sets`` are set before each one."""
        run = next(self._runs)
        values = {"base": str(run * 10_000_000_000), "n": "0"}
        arguments: list[str] = []
        for number, script in enumerate(scripts):
            path = self.folder / f"script-{number}.sql"
            path.write_text("".join(f"\\set {name} {what}\n" for name, what in sets.items()) + script.text)
            path.chmod(0o644)
            arguments += ["-f", str(path)]
            values |= script.values
        told = self._run(
            "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-T", str(seconds),
            *arguments, *(part for name, value in values.items() for part in ("-D", f"{name}={value}")),
            f"postgresql://root@127.0.0.1:{self.port}/{database}",
        )  # fmt: skip
        found = re.search(r"tps = ([\d.]+)", told)
        if found is None:
            raise RuntimeError(told)
        return float(found[1])


@contextmanager
def bench_server() -> Iterator[BenchServer]:
    """A new server, removed afterwards."""
    server = BenchServer()
    try:
        yield server
    finally:
        server.close()


def make_scripts(folder: Path) -> Scripts:
    """Record what creates and changes do in a small world on SQLite, and write it as scripts."""
    world = make_world(f"sqlite:///{folder / 'recorder.db'}", folder / "files")
    with closing(sqlite3.connect(folder / "recorder.db", isolation_level=None)) as connection:
        _put_target(connection, world)
        chance = random.Random(4)
        drafts = [a_draft(chance) for _ in range(_VARIANTS)]
        created = [_calls(connection, unit) for unit in creates(world.url, world.first, drafts)]
        change = Draft(subject="What came of the call")
        changed = [_calls(connection, unit) for unit in changes(world.url, world.first, [(_TARGET, change)])]
    return Scripts(
        create=tuple(_transaction(calls, f"c{number}_") for number, calls in enumerate(created)),
        insert=tuple(_insert(calls, f"i{number}_") for number, calls in enumerate(created)),
        patch=tuple(_transaction(calls, f"p{number}_") for number, calls in enumerate(changed)),
        get=(_read(Call(GET, [(0, _TARGET)]), ""),),
        page=(_read(Call(LIST, [(0, _TARGET, 101)]), ""),),
        list=(_read(Call(LIST, [(0, _TARGET, 101)]), f"\\set target 100 * random(0, {WARM_PAGES - 1})\n"),),
    )


def _put_target(connection: sqlite3.Connection, world: World) -> None:
    for row, _ in activity_rows(world.first.account_id, _TARGET, _TARGET):
        connection.execute(f"INSERT INTO activities VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 - marks


def _calls(connection: sqlite3.Connection, unit: AnyUnit) -> list[Call]:
    """The calls of a unit, with stand-ins for what the counter gives; nothing stays written."""
    connection.execute("BEGIN")
    (text,) = connection.execute("SELECT ids FROM counters").fetchone()
    ids = msgspec.json.encode(msgspec.json.decode(text) | {"activity": _ID - 1}).decode()
    connection.execute("UPDATE counters SET sequence = ?, clock = ?, ids = ?", (_ID - 1, _CLOCK - 1, ids))
    calls = record(connection, unit, lambda: _CLOCK)
    connection.execute("ROLLBACK")
    return calls


def _transaction(calls: Sequence[Call], prefix: str) -> Script:
    """The whole write: the counter's row is locked and read first, as Dayline does, and gives the new numbers."""
    writing = _Writing(prefix, calls)
    lines = ["BEGIN;"]
    for call in calls:
        text = writing.statement(call)
        if call.statement is statements.LOCK:
            lines += [f"{text} \\gset", "\\set id :sequence + 1", "\\set at :clock + 1"]
        else:
            lines.append(f"{text};")
    return Script("\n".join([*lines, "COMMIT;", ""]), writing.values)


def _insert(calls: Sequence[Call], prefix: str) -> Script:
    """The activity's row alone, under an id that nobody else has."""
    writing = _Writing(prefix, calls)
    call = next(call for call in calls if call.statement.written == "activities")
    numbers = "\\set n :n + 1\n\\set id :base + :client_id * 100000000 + :n\n\\set at :id\n"
    return Script(f"{numbers}{writing.statement(call)};\n", writing.values)


def _read(call: Call, before: str) -> Script:
    writing = _Writing("r", [call])
    return Script(f"{before}{writing.statement(call)};\n", writing.values)


class _Writing:
    """Writes calls as pgbench reads them: text as variables, numbers as they are, stand-ins as what they stand for."""

    def __init__(self, prefix: str, calls: Sequence[Call]) -> None:
        self._prefix = prefix
        self.values: dict[str, str] = {}
        uuids = {self._uuid(call) for call in calls if call.statement.written == "activities"}
        number = ":target" if any(str(_TARGET) in str(call.params) for call in calls) else ":id"
        uuid = f"('01990000-0000-7000-8000-' || lpad({number}::text, 12, '0'))"
        self._stand_ins = _STAND_INS | dict.fromkeys(uuids, uuid)
        self._split = re.compile(f"({'|'.join(map(re.escape, self._stand_ins))})")

    @staticmethod
    def _uuid(call: Call) -> str:
        return str(call.params[0][call.statement.names.index("uuid")])

    def statement(self, call: Call) -> str:
        """The text of a call's statement, with what it is given."""
        whole_set = call.many and call.statement.make_whole is not None
        compiled = postgresql_text(call.statement, whole_set=whole_set)
        names = call.statement.names

        def given(match: re.Match[str]) -> str:
            place = compiled.places[int(match[1]) - 1]
            shown = [self._value(names[place], row[place]) for row in call.params]
            return f"ARRAY[{', '.join(shown)}]" if whole_set else shown[0]

        return re.sub(r"\$(\d+)", given, " ".join(compiled.text.split()))

    def _value(self, name: str, value: object) -> str:
        if name == "account_id":
            return ":account"
        if name == "new_directory" or (name == "new_ids" and str(_ID) not in str(value)):
            return f":{name.removeprefix('new_')}"  # as they were read with the lock
        if value is None:
            return "NULL"
        if isinstance(value, int):
            return {_ID: ":id", _CLOCK: ":at", _TARGET: ":target"}.get(value, str(value))
        assert isinstance(value, str)
        parts = [part for part in self._split.split(value) if part]
        if len(parts) == 1 and parts[0] not in self._stand_ins:
            return self._variable(value)
        shown = [self._stand_ins.get(part) or f"{self._variable(part)}::text" for part in parts]
        return f"({' || '.join(shown)})" if shown else "''"

    def _variable(self, value: str) -> str:
        known = next((name for name, kept in self.values.items() if kept == value), None)
        name = known or f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return f":{name}"
