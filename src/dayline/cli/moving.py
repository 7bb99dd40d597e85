"""``dayline copy``: whole accounts from one database to another."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dayline.cli.frame import NotSo, fail, guarded, settings_of
from dayline.cli.progress import bars
from dayline.config import Settings
from dayline.store.files import mirror
from dayline.store.open import files_beside, is_postgresql, open_store, schema_of, shown, sqlite_url
from dayline.store.store import Store

if TYPE_CHECKING:
    from dayline.store.copying import Copied


def copy(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The database to copy from.")],
    target: Annotated[str, typer.Option("--to", metavar="URL", help="The database to copy to; migrated if need be.")],
    account: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Which account; may be said again. All when left out.")
    ] = None,
) -> None:
    """Copy accounts from one database to another: SQLite to PostgreSQL, back, or between two of a kind.

    Everything comes along as it is: ids, revisions, tokens, the change log, also cursors that somebody holds. The copy
    is of one moment; stop the server first, or run the command again after you have. It can be broken off and run again
    at any time, and writes only what differs. In the end both sides are read again and compared. The files of
    attachments come along too, unless both databases keep them in one folder (`DAYLINE_FILES`). Credentials of
    integrated accounts come along sealed: give the other server the same key (`DAYLINE_SECRET_KEY`, or the key file).

    **Example:** `dayline copy --from sqlite:///dayline.db --to postgresql://dayline:secret@db.example/dayline`
    """
    settings = settings_of(database_url=target)
    copied = guarded(lambda: asyncio.run(_copy(source, settings, account or [])))
    for one in copied:
        _tell(one)
    if any(one.difference for one in copied):
        fail("The copy is not the same: run the command again. If that does not help, tell us of it.")


async def _copy(source: str, settings: Settings, names: list[str]) -> "list[Copied]":
    # The drivers of both databases are behind it, and no other command needs both.
    from dayline.store.copying import choose, copy_account, count, one_moment  # noqa: PLC0415

    if source == settings.database_url:
        raise NotSo("Both databases are the same.")
    if not is_postgresql(source):
        path, _ = sqlite_url(source)
        if not path.exists() or schema_of(path) is None:
            raise NotSo(f"{shown(source)} is not a database of Dayline's.")
    target = await open_store(
        settings.database_url,
        statement_timeout=60.0,  # a page of the largest rows, on a disk that others use
        connections=settings.connections,
        pgbouncer=settings.pgbouncer,
        migration_url=settings.migration_url,
        files=None if settings.files is None else Path(settings.files),
    )
    try:
        _bring_files(source, settings, target)
        async with one_moment(source) as here:
            chosen = await choose(here, target, names)
            with bars() as progress:
                total = sum([await count(here, one) for one in chosen])
                task = progress.add_task("Copying", total=total)
                return [
                    await copy_account(here, target, one, lambda rows: progress.advance(task, rows)) for one in chosen
                ]
    finally:
        await target.close()


def _bring_files(source: str, settings: Settings, target: Store) -> None:
    """The bytes of attachments, before the rows that name them, unless both databases keep them in one folder."""
    folder = Path(settings.files) if settings.files else files_beside(source)
    if folder.resolve() != target.files.folder.resolve():
        brought = mirror(folder, target.files.folder, lambda _: None)
        typer.echo(f"Attachments: {brought:,} files brought from {folder} to {target.files.folder}.", err=True)


def _tell(one: "Copied") -> None:
    if one.difference is not None:
        where = f"{one.difference.table} {one.difference.key}"
        typer.secho(f"{one.account}: differs, first at {where}", err=True, fg="red")
        return
    done = "nothing to change" if not one.written and not one.removed else f"{one.written:,} written"
    gone = f", {one.removed:,} removed" if one.removed else ""
    typer.echo(f"{one.account}: {one.rows:,} rows, {done}{gone}; the same on both sides, sha256 {one.checksum[:16]}")
