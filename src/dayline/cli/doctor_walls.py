"""What ``dayline doctor`` looks at in a PostgreSQL database: its schema, and what keeps accounts apart. It only reads.

It must never need a right beyond those that serving needs.
"""

from typing import TypeAlias

import asyncpg

from dayline.cli.finding import Finding
from dayline.config import Settings
from dayline.store.migrations import HEAD, serves
from dayline.store.tables import REFERENCE, metadata

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

WALLED = sorted(set(metadata.tables) - REFERENCE)


async def schema(connection: Connection, _: Settings) -> Finding:
    """Whether there is a schema that this program can work on."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return Finding("fail", "schema", "none", "make it with `dayline init`")
    if not await connection.fetchval("SELECT has_table_privilege('alembic_version', 'SELECT')"):
        return Finding("fail", "schema", "the login may not read it", await _grant(connection))
    found = str(await connection.fetchval("SELECT version_num FROM alembic_version"))
    if found == HEAD:
        return Finding("ok", "schema", f"{HEAD}, the newest")
    if serves(found):
        return Finding("ok", "schema", f"{found}, of a newer Dayline, beside which this one ({HEAD}) can go on")
    if found > HEAD:
        return Finding("fail", "schema", f"{found}, of a Dayline newer than this one ({HEAD})", "install that one")
    return Finding("warn", "schema", f"{found}, not {HEAD}", "start the server, which migrates it; keep a backup")


async def accounts(connection: Connection, _: Settings) -> Finding:
    """Whether there is anybody to serve."""
    if not await connection.fetchval("SELECT has_table_privilege('accounts', 'SELECT')"):
        return Finding("fail", "accounts", "the login may not read them", await _grant(connection))
    count = await connection.fetchval("SELECT count(*) FROM accounts")
    return Finding("ok" if count else "warn", "accounts", f"{count}", "" if count else "make one with `dayline init`")


_LACKING = """
    SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL OR NOT (
        has_table_privilege(to_regclass(name), 'SELECT') AND has_table_privilege(to_regclass(name), 'INSERT')
        AND has_table_privilege(to_regclass(name), 'UPDATE') AND has_table_privilege(to_regclass(name), 'DELETE'))
"""


async def rights(connection: Connection, _: Settings) -> Finding:
    """Whether the login may do what serving needs."""
    lacking = await connection.fetch(_LACKING, sorted(metadata.tables))
    if lacking:
        how = f"the login cannot read and write {_list(lacking)}"
        return Finding("fail", "rights", how, await _grant(connection))
    return Finding("ok", "rights", "the login can read and write every table")


async def _grant(connection: Connection) -> str:
    login = await connection.fetchval("SELECT quote_ident(current_user)")
    return f"as the tables' owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {login}"


# Tables without security, without force, without a policy, or with one that asks for something else.
_OPEN = """
    SELECT name FROM unnest($1::text[]) AS name LEFT JOIN pg_class ON pg_class.oid = to_regclass(name)
    WHERE NOT coalesce(relrowsecurity AND relforcerowsecurity, false)
    OR NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polpermissive)
    OR EXISTS (
        SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polpermissive AND (
            coalesce(pg_get_expr(polqual, polrelid), '') NOT LIKE '(account_id = %app.account%'
            OR pg_get_expr(polwithcheck, polrelid) NOT LIKE '(account_id = %app.account%'))
"""
_LOGIN = """
    SELECT quote_ident(rolname) AS name, rolsuper, rolbypassrls,
        EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('accounts') AND relowner = pg_roles.oid) AS owner
    FROM pg_roles WHERE rolname = current_user
"""


async def second_wall(connection: Connection, _: Settings) -> Finding:
    """Whether the database itself keeps accounts apart: on every table, and for this login."""
    open_ = await connection.fetch(_OPEN, WALLED)
    if open_:
        advice = "put back what the migration did: ENABLE and FORCE ROW LEVEL SECURITY, and its policy alone"
        return Finding("fail", "second wall", f"row-level security is not in force on {_list(open_)}", advice)
    login = await connection.fetchrow(_LOGIN)
    assert login is not None
    if login["rolsuper"] or login["rolbypassrls"]:
        which = "a superuser" if login["rolsuper"] else "allowed to bypass row-level security"
        how = f"absent: {login['name']} is {which}, so accounts are kept apart by every statement alone"
        advice = f"serve with another login, or ALTER ROLE {login['name']} NOSUPERUSER NOBYPASSRLS"
        return Finding("warn", "second wall", how, advice)
    owner = "; it owns the tables, and could take that down" if login["owner"] else ""
    return Finding("ok", "second wall", f"row-level security holds for {login['name']} on {len(WALLED)} tables{owner}")


def _list(rows: list[asyncpg.Record]) -> str:
    return ", ".join(row["name"] for row in rows)
