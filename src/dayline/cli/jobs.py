"""``dayline jobs`` and ``dayline worker``: what is still to be done, and who does it."""

import asyncio
import signal
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
import uvloop

from dayline import __version__
from dayline.app import keyring_of, open_worker, watched_worker
from dayline.cli.frame import (
    AccountName,
    Database,
    account_of,
    check_there,
    fail,
    guarded,
    operator,
    plain,
    settings_of,
    with_service,
)
from dayline.config import Settings
from dayline.domain.identity import Principal
from dayline.domain.job import Job
from dayline.domain.time import format_instant
from dayline.log import start_logging
from dayline.native.webhooks import mapping
from dayline.service import Service
from dayline.service.webhooks import JobCount
from dayline.store.open import is_postgresql, shown
from dayline.telemetry import traced

jobs = typer.Typer(
    help="What is still to be done: deliveries, replays, and what takes longer. Without a command: how much there is.",
    invoke_without_command=True,
)
_PAGE = 500
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, as the API has it.")]


class State(StrEnum):
    """What a job may be."""

    WAITING = "waiting"
    HELD = "held"
    DEAD = "dead"


@jobs.callback()
def count_jobs(
    context: typer.Context, account: AccountName = None, database: Database = None, json: Json = False
) -> None:
    """Count the jobs of each lane and kind by state: `waiting`, `held` by a worker, `dead` (given up)."""
    if context.invoked_subcommand is not None:
        return

    async def work(service: Service) -> list[JobCount]:
        found = await service.webhooks.job_counts(operator(await account_of(service, account)))
        return sorted(found, key=lambda count: (count.lane, count.kind, count.state))

    counts = with_service(database, work)
    if not counts and not json:
        typer.echo("There is nothing to do.")
    for count in counts:
        typer.echo(msgspec.json.encode(mapping.show_count(count)) if json else _counted(count))
    if not json and any(count.state == "dead" for count in counts):
        typer.echo("\n  see them    dayline jobs list --state dead\n  try again   dayline jobs retry --all")


@jobs.command("list")
def list_jobs(
    state: Annotated[State, typer.Option(help="In which state.")] = State.DEAD,
    lane: Annotated[str | None, typer.Option(help="Only of this lane, such as `webhook:3`.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the oldest.")] = 50,
    account: AccountName = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """List jobs, those that were given up when nothing else is said: id, lane, kind, tries, when, and the last error.

    **Example:** `dayline jobs list --state waiting --lane webhook:3`
    """

    async def work(service: Service) -> list[Job]:
        who = operator(await account_of(service, account))
        return await _found(service, who, state.value, lane, limit)

    for job in with_service(database, work):
        typer.echo(msgspec.json.encode(mapping.show_job(job)) if json else _line(job))


@jobs.command("retry")
def retry_jobs(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Their ids, as `dayline jobs list` shows.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
    lane: Annotated[str | None, typer.Option(help="With --all: only of this lane, such as `webhook:3`.")] = None,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Try again what was given up, from the first try on.

    **Example:** `dayline jobs retry --all --lane webhook:3`
    """
    if bool(ids) == every:
        fail("Say which: ids, or --all.")

    async def work(service: Service) -> int:
        who = operator(await account_of(service, account))
        chosen, done = list(ids or ()), 0
        while every:
            dead = await _found(service, who, State.DEAD.value, lane, _PAGE)
            if not dead:
                return done
            for job in dead:
                await service.webhooks.revive(who, job.id)
            done += len(dead)
        for id_ in chosen:
            await service.webhooks.revive(who, id_)
        return len(chosen)

    typer.echo(f"{with_service(database, work):,} are tried again by `dayline serve` or `dayline worker`.")


def worker(
    database: Database = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Answer `/healthz`, `/readyz` and `/metrics` on this port.  [default: none]"
        ),
    ] = None,
) -> None:
    """Do what is due without serving, until Ctrl-C or SIGTERM: deliver to webhooks, and what takes longer.

    `dayline serve` does it by itself; to have it apart, serve with `DAYLINE_WORKER=0`, and run one or more of these
    beside it, with the same settings. What one leaves when it is killed, another does once its time is up
    (`DAYLINE_LEASE_SECONDS`).

    **Example:** `dayline worker --database postgresql://dayline@db/dayline`
    """
    settings = settings_of(database_url=database)
    guarded(lambda: check_there(settings.database_url))
    start_logging(settings)

    def run() -> None:
        with traced(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings, port))

    guarded(run)


async def _work(settings: Settings, port: int | None) -> None:
    told = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, told.set)
    async with open_worker(settings) as at_work, AsyncExitStack() as beside:
        typer.echo(_greeting(settings))
        if port is not None:
            from dayline.serve import answering  # noqa: PLC0415 - the other commands need no server

            app = watched_worker(settings, at_work)
            address = await beside.enter_async_context(answering(settings, app, settings.host, port))
            typer.echo(f"  watch     {address}/metrics")
        await told.wait()


def _greeting(settings: Settings) -> str:
    lines = [
        f"Dayline {__version__} does what is due: webhooks, and what takes longer. Ctrl-C stops it.",
        "",
        f"  database  {shown(settings.database_url)}",
        "  see       dayline jobs, dayline webhooks list",
    ]
    if is_postgresql(settings.database_url):
        if not keyring_of(settings).there:
            lines.append("  note      there is no key to open secrets with: give it the server's DAYLINE_SECRET_KEY")
    else:
        lines.append(
            "  note      SQLite has one writer at a time: there `dayline serve` does it just as well by itself"
        )
    return "\n".join(lines)


async def _found(service: Service, who: Principal, state: str, lane: str | None, limit: int) -> list[Job]:
    found, after = list[Job](), ""
    while len(found) < limit:
        page = await service.webhooks.jobs(who, state, lane, min(_PAGE, limit - len(found)), after)
        if not page:
            break
        found += page
        after = page[-1].id
    return found


def _counted(count: JobCount) -> str:
    due = format_instant(count.first_due)
    return f"{count.lane:<16} {count.kind:<12} {count.state:<8} {count.jobs:>8,}  from {due}"


def _line(job: Job) -> str:
    return (
        f"{job.id}  {job.lane:<14} {job.kind:<10} {job.tries:>2} tries  {format_instant(job.due_at)}"
        f"  {plain(job.last_error)}"
    ).rstrip()
