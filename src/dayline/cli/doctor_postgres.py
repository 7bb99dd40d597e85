"""What ``dayline doctor`` looks at on PostgreSQL. It only reads, as the login that serves; it prints no password."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import asyncpg

from dayline.cli.doctor_walls import Connection, accounts, rights, schema, second_wall
from dayline.cli.finding import SKEW_MS, Finding
from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.domain.time import now_ms
from dayline.store.open import shown
from dayline.store.postgres.errors import LOST, translated

Look: TypeAlias = Callable[[Connection, Settings], Awaitable[Finding]]

PATIENCE = 5.0  # seconds to wait for a connection, and for an answer
OLDEST, NEWEST = 15, 18  # the versions that Dayline is for
_FAILURES = (*LOST, asyncpg.PostgresError)


async def examine_postgres(settings: Settings) -> list[Finding]:
    """Look at a server and the database on it; what cannot be looked at is a finding too."""
    try:
        connection = await asyncpg.connect(
            settings.database_url,
            timeout=PATIENCE,
            command_timeout=PATIENCE,
            statement_cache_size=0,  # there may be a PgBouncer in between
            server_settings={"application_name": "dayline doctor"},
        )
    except (*_FAILURES, ValueError) as error:
        return [_unreachable(settings.database_url, error)]
    try:
        return await _looked_at(connection, settings)
    finally:
        with suppress(*LOST):
            await connection.close(timeout=1)


async def _looked_at(connection: Connection, settings: Settings) -> list[Finding]:
    findings = [await _looked(name, look, connection, settings) for name, look in _SERVER.items()]
    findings.append(await _looked("schema", schema, connection, settings))
    if findings[-1].verdict != "fail":
        findings += [await _looked(name, look, connection, settings) for name, look in _TABLES.items()]
    return findings


async def _looked(name: str, look: Look, connection: Connection, settings: Settings) -> Finding:
    try:
        async with connection.transaction():  # else a PgBouncer may split a statement between two servers
            return await look(connection, settings)
    except _FAILURES as error:
        return Finding("fail", name, _reason(error), "see the server's log, then ask again")


def _unreachable(url: str, error: BaseException) -> Finding:
    if isinstance(error, ValueError):  # the driver's words would hold parts of the URL, and so of a password
        how, advice = "the URL cannot be read", "write special characters in the password as %40, %2F and so on"
    else:
        how, advice = _reason(error), "see that it runs, that this machine may reach it, and who may log in"
    return Finding("fail", "database", f"{shown(url)}: {how}", advice)


def _reason(error: BaseException) -> str:
    """In our words, and in those of the server or the system."""
    told = translated(error)
    detail = str(error) or type(error).__name__
    return f"{told.message} ({detail})" if isinstance(told, DaylineError) else detail


async def _show(connection: Connection, name: str) -> str:
    return str(await connection.fetchval("SELECT current_setting($1)", name))


async def _database(connection: Connection, settings: Settings) -> Finding:
    number, encoding = int(await _show(connection, "server_version_num")), await _show(connection, "server_encoding")
    version = number // 10_000
    how = f"{shown(settings.database_url)}, PostgreSQL {version}.{number % 10_000}, {encoding}"
    if encoding != "UTF8":
        advice = "make a database with ENCODING 'UTF8' TEMPLATE template0, and copy everything over"
        return Finding("fail", "database", how, advice)
    if version < OLDEST:
        return Finding("fail", "database", how, f"Dayline needs PostgreSQL {OLDEST} or newer")
    if version > NEWEST:
        return Finding("warn", "database", how, f"this Dayline knows PostgreSQL {OLDEST} to {NEWEST}: look for a newer")
    return Finding("ok", "database", how)


async def _writes(connection: Connection, _: Settings) -> Finding:
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        advice = "use the primary's address, or that of the proxy which knows the primary"
        return Finding("fail", "writes", "the server is a standby, which takes none", advice)
    if await _show(connection, "transaction_read_only") == "on":
        advice = "look for default_transaction_read_only at the server, the database and the login"
        return Finding("fail", "writes", "transactions are read-only", advice)
    return Finding("ok", "writes", "the server is a primary and takes them")


async def _clock(connection: Connection, _: Settings) -> Finding:
    before = now_ms()
    theirs = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
    after = now_ms()
    ahead = theirs - after if theirs > after else min(theirs - before, 0)  # asking took a while, too
    if abs(ahead) > SKEW_MS:
        how = f"the server's is {abs(ahead) / 1000:,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
        return Finding("warn", "clock", how, "let both keep time by NTP; what is stored has this machine's time")
    return Finding("ok", "clock", "the server's agrees with this machine's")


async def _connections(connection: Connection, settings: Settings) -> Finding:
    wanted = settings.connections
    if settings.pgbouncer:
        return Finding("ok", "connections", f"{wanted} for each process, to a PgBouncer, which shares out its own")
    room = await _room(connection)
    used = await connection.fetchval("SELECT sum(numbackends) FROM pg_stat_database")
    how = f"{wanted} for each process; the server has room for {room}, {used} are open"
    if wanted > room:
        advice = "lower DAYLINE_CONNECTIONS, raise max_connections, or put a PgBouncer in between"
        return Finding("fail", "connections", how, advice)
    return Finding("ok", "connections", f"{how}; enough for {room // wanted} processes")


_ROOM = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int,
    (SELECT datconnlimit FROM pg_database WHERE datname = current_database()),
    (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)
"""


async def _room(connection: Connection) -> int:
    """How many connections there may be: for ordinary logins, to this database, and of this login."""
    row = await connection.fetchrow(_ROOM)
    assert row is not None
    return min(int(limit) for limit in row.values() if limit >= 0)


_COSTLY = {
    "synchronous_commit": "a crash of the server can lose writes that were answered with success",
    "fsync": "a crash of the server's machine can destroy the whole database",
    "full_page_writes": "a crash of the server's machine can destroy the whole database",
}


async def _durability(connection: Connection, _: Settings) -> Finding:
    values = {name: await _show(connection, name) for name in _COSTLY}
    off = [name for name, value in values.items() if value == "off"]
    if off:
        how = "; ".join(f"{name} is off: {_COSTLY[name]}" for name in off)
        return Finding("warn", "durability", how, f"turn {' and '.join(off)} on before anybody relies on it")
    how = f"a write is on the disk before it is answered; synchronous_commit is {values['synchronous_commit']}"
    return Finding("ok", "durability", how)


_SERVER: dict[str, Look] = {
    "database": _database,
    "writes": _writes,
    "clock": _clock,
    "connections": _connections,
    "durability": _durability,
}
_TABLES: dict[str, Look] = {"accounts": accounts, "rights": rights, "second wall": second_wall}
