"""The ``dayline`` command. Says what it did and what to try next; an error says how to mend it."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from dayline import __version__

# Where each command is, in the order in which the help shows them: a module below this one, and its name there.
# A module is loaded when its command is asked for, so that a process that serves keeps none of the others in memory.
_COMMANDS = {
    "init": ("start", "init"),
    "serve": ("start", "serve"),
    "connect": ("connect", "connect"),
    "rekey": ("connections", "rekey"),
    "log": ("remote_log", "log"),
    "audit": ("audit", "audit"),
    "worker": ("jobs", "worker"),
    "sandbox": ("sandbox", "sandbox"),
    "get": ("care", "get"),
    "backup": ("care", "backup"),
    "copy": ("moving", "copy"),
    "purge": ("care", "purge"),
    "doctor": ("doctor", "doctor"),
    "token": ("people", "tokens"),
    "user": ("people", "users"),
    "records": ("records", "records"),
    "activities": ("activities", "activities"),
    "pipedrive": ("v1", "pipedrive"),
    "connections": ("connections", "connections"),
    "webhooks": ("webhooks", "webhooks"),
    "jobs": ("jobs", "jobs"),
    "person": ("person", "person"),
}


@cache
def _command(name: str) -> Any:
    """A command as Typer makes it, or a group of them."""
    module, there = _COMMANDS[name]
    found = getattr(import_module(f"dayline.cli.{module}"), there)
    alone = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="markdown")
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return get_group(alone).commands[name]


class _Commands(Mapping[str, Any]):
    """The commands by their names, each loaded when it is looked at."""

    def __getitem__(self, name: str) -> Any:
        return _command(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The command; a KeyError of its module while it loads is not taken for a command that there is not."""
        return self[name] if name in _COMMANDS else default

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class _Dayline(TyperGroup):
    """All commands, without loading them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given | {"commands": _Commands()})


app = typer.Typer(
    cls=_Dayline,
    help="Dayline: a self-hosted activity server that speaks the wire formats your software already speaks.",
    epilog="Start with `dayline init`, then `dayline serve`; or look around first with `dayline serve --demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


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
