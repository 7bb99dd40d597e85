"""The ``dayline`` command. Says what it did and what to try next; an error says how to mend it."""

from typing import Annotated

import typer

from dayline import __version__
from dayline.cli import (
    activities,
    audit,
    care,
    connect,
    connections,
    doctor,
    jobs,
    moving,
    people,
    person,
    records,
    remote_log,
    sandbox,
    signing,
    start,
    v1,
    webhooks,
)

app = typer.Typer(
    help="Dayline: a self-hosted activity server that speaks the wire formats your software already speaks.",
    epilog="Start with `dayline init`, then `dayline serve`; or look around first with `dayline serve --demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(start.init)
app.command()(start.serve)
app.add_typer(people.tokens, name="token")
app.add_typer(people.users, name="user")
people.users.command("passwd")(signing.set_password)
people.users.command("link")(signing.make_link)
app.add_typer(records.records, name="records")
app.add_typer(activities.activities, name="activities")
app.add_typer(v1.pipedrive, name="pipedrive")
app.command()(connect.connect)
app.add_typer(connections.connections, name="connections")
app.command()(connections.rekey)
app.command()(remote_log.log)
app.command()(audit.audit)
app.add_typer(webhooks.webhooks, name="webhooks")
app.add_typer(jobs.jobs, name="jobs")
app.command()(jobs.worker)
app.command()(sandbox.sandbox)
app.command()(care.get)
app.command()(care.backup)
app.command()(moving.copy)
app.command()(care.purge)
app.add_typer(person.person, name="person")
app.command()(doctor.doctor)


@app.callback(invoke_without_command=True)
def dayline(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Answer ``--version``."""
    if version:
        typer.echo(f"dayline {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
