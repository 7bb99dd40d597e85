"""``dayline get``, ``backup`` and ``purge``: to ask, to keep a copy, and to let go."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from dayline.app import open_house
from dayline.cli.frame import Database, NotSo, check_there, guarded, settings_of, with_service
from dayline.cli.progress import bars, counting
from dayline.cli.start import token_file
from dayline.config import Settings
from dayline.log import start_logging
from dayline.service import Service
from dayline.service.retention import Purged
from dayline.store.files import mirror


def get(
    path: Annotated[str, typer.Argument(help="A path of this server, with its query: `/api/v2/activities?limit=3`.")],
    token: Annotated[
        str | None, typer.Option(envvar="DAYLINE_TOKEN", help="A token; the sample data's own when left out.")
    ] = None,
    database: Database = None,
) -> None:
    """Answer one GET request and print the answer, without a server running.

    It is the same application on the same database, so what it prints is what a client would get. Ends with 1 unless
    the answer is a success.

    **Example:** `dayline get '/api/v2/activities?limit=3' --token TOKEN`
    """
    settings = settings_of(database_url=database, log_level="error")
    start_logging(settings)
    status, body = guarded(lambda: asyncio.run(_ask(settings, path, token)))
    typer.echo(body)
    if status >= 300:
        typer.echo(f"status {status}", err=True)
        raise typer.Exit(1)


async def _ask(settings: Settings, path: str, token: str | None) -> tuple[int, str]:
    if not path.startswith("/"):
        raise NotSo(f"{path!r} is not a path: begin it with a slash.")
    check_there(settings.database_url)
    kept = token_file(settings)
    credential = token or (kept.read_text().strip() if kept.exists() else "")
    async with open_house(settings) as house:
        return await _request(house.app, path, {"x-api-token": credential} if credential else {})


async def _request(app: Any, target: str, headers: dict[str, str]) -> tuple[int, str]:
    """Call the application as a server would."""
    path, _, query = target.partition("?")
    messages: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())],
        "server": ("localhost", 80),
        "client": None,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in messages)
    return int(messages[0]["status"]), body.decode()


def backup(
    file: Annotated[
        Path, typer.Argument(help="Where the copy goes. One that is there is replaced when the new one is complete.")
    ],
    database: Database = None,
) -> None:
    """Copy the database as it is now, also while a server reads and writes it.

    The copy is checked, readable by its owner only, and there either whole or not at all. Attachments go into a folder
    beside it, which later copies only add to. The key that seals credentials is in neither: keep it elsewhere, since
    whoever has both can open them. To restore, stop the server and put the copy in the place of the database
    file, without the `-wal` and `-shm` files beside it, and the folder in the place of the folder of attachments.

    **Example:** `dayline backup /var/backups/dayline-$(date +%F).db`
    """
    folder, kept = file.parent / f"{file.stem}.files", list[int]()
    with bars() as progress:
        task = progress.add_task("Copying", total=None)

        def told(done: int, pages: int) -> None:
            progress.update(task, completed=done, total=pages)

        async def copy(service: Service) -> None:
            # Before and after: what is removed meanwhile is in the first pass, what is added in the second.
            kept.append(_mirror(service, folder))
            await service.store.backup(file, told)
            kept.append(_mirror(service, folder))

        with_service(database, copy)
    typer.echo(f"The copy is in {file} ({file.stat().st_size:,} bytes).")
    if folder.exists():
        typer.echo(f"The attachments are in {folder} ({sum(kept):,} new).")


def _mirror(service: Service, folder: Path) -> int:
    """Bring what the folder lacks, and give its number; the folder itself needs no copy."""
    source = service.store.files.folder
    return 0 if source.resolve() == folder.resolve() else mirror(source, folder, lambda _: None)


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    database: Database = None,
) -> None:
    """Remove for good what was deleted longer ago than its account keeps it (30 days, unless set otherwise), and what
    the program wrote down by itself longer ago than `DAYLINE_LOG_DAYS`, `DAYLINE_DELIVERY_DAYS`, `DAYLINE_KEY_HOURS`
    and `DAYLINE_CHANGE_DAYS` say.

    A running server does this once a day, in small pieces. So does this command: it can be stopped and begun again,
    also while a server runs.

    **Example:** `dayline purge --dry-run`
    """
    with counting("gone") as told:

        async def work(service: Service) -> Purged:
            return await (service.retention.due() if dry_run else service.retention.purge(told))

        found = with_service(database, work)
    verb = "would go" if dry_run else "went"
    lines = [f"{found.activities:,} activities and {found.records:,} records {verb}."]
    lines += [f"{many:,} {what} {verb}." for name, what in _LOGGED.items() if (many := getattr(found, name))]
    typer.echo(" ".join(lines))


_LOGGED = {
    "deliveries": "deliveries to webhooks",
    "calls": "logged calls",
    "keys": "idempotency keys",
    "changes": "changes of the log",
    "jobs": "given up jobs",
}
