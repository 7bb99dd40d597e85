"""``dayline doctor``: looks at everything that has to be right, and says what to do where it is not."""

import asyncio
import os
from collections.abc import Iterator

import typer

from dayline.cli.connect import PREFIX as CONNECT
from dayline.cli.doctor_events import examine_events
from dayline.cli.doctor_files import examine_files
from dayline.cli.doctor_sqlite import examine_sqlite
from dayline.cli.doctor_vault import examine_vault
from dayline.cli.doctor_watching import examine_watching
from dayline.cli.finding import Finding
from dayline.cli.frame import Database, settings_of
from dayline.config import PREFIX, Settings
from dayline.domain.errors import DaylineError
from dayline.store.open import is_postgresql, shown, sqlite_url

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(database: Database = None) -> None:
    """Look at the configuration, the database, its schema, the disk, the clock, the walls between accounts, the
    files of attachments, the credentials of integrated accounts, the jobs, the webhooks and the change log, and at who
    is told metrics and traces.

    On PostgreSQL also at the login's rights, the connections, and the settings that decide what a crash costs.

    A line for each, with what to do where something is not right. Ends with 1 when something has to be done.

    **Example:** `dayline doctor --database sqlite:////var/lib/dayline.db`
    """
    settings = settings_of(database_url=database)
    findings = list(_examine(settings))
    # Only on a schema that needs no migration: to look must change nothing.
    sound = all(finding.verdict != "fail" for finding in findings)
    if sound and any(finding.what == "schema" and finding.verdict == "ok" for finding in findings):
        findings += [asyncio.run(examine_files(settings)), asyncio.run(examine_vault(settings))]
        findings += asyncio.run(examine_events(settings))
    findings += examine_watching(settings)
    for finding in findings:
        typer.secho(f"{finding.verdict:>5}  ", fg=_COLOURS[finding.verdict], nl=False)
        typer.echo(f"{finding.what:<14} {finding.how}")
        if finding.advice:
            typer.echo(f"{'':22}→ {finding.advice}")
    if any(finding.verdict == "fail" for finding in findings):
        raise typer.Exit(1)


def _examine(settings: Settings) -> Iterator[Finding]:
    yield _configuration(settings)
    if is_postgresql(settings.database_url):
        # Loaded only where it is needed, as the store does.
        from dayline.cli.doctor_postgres import examine_postgres  # noqa: PLC0415

        yield from asyncio.run(examine_postgres(settings))
        return
    try:
        path, _ = sqlite_url(settings.database_url)
    except DaylineError as error:
        yield Finding("fail", "database", shown(settings.database_url), error.message)
        return
    yield from examine_sqlite(path)


def _configuration(settings: Settings) -> Finding:
    given = sorted(name for name in os.environ if name.startswith(PREFIX))
    known = {PREFIX + name.upper() for name in settings.__struct_fields__} | {f"{PREFIX}TOKEN"}
    unknown = [name for name in given if name not in known and not name.startswith(CONNECT)]
    if unknown:
        return Finding(
            "warn", "configuration", f"{', '.join(unknown)} is no setting", f"settings are {', '.join(sorted(known))}"
        )
    return Finding("ok", "configuration", f"from the environment: {', '.join(given)}" if given else "all defaults")
