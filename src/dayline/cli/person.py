"""``dayline person``: what is kept about somebody, and its erasure. It must never erase without being told twice."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from dayline.app import TASKS
from dayline.cli.frame import AccountName, Database, NotSo, account_of, operator, with_service
from dayline.cli.progress import counting
from dayline.domain.erasure import Erasure
from dayline.domain.identity import Principal
from dayline.domain.marks import fold
from dayline.domain.record import RecordKey
from dayline.events.alone import work_on
from dayline.service import Service

Kind = Literal["candidate", "contact"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_WAIT = 1.0  # seconds between two looks, while a server is at it

person = typer.Typer(help="One candidate or contact: take out all that is kept, or erase it.", no_args_is_help=True)
Which = Annotated[Kind, typer.Argument(metavar="KIND", help="`candidate` or `contact`.")]
Named = Annotated[str, typer.Argument(metavar="WHO", help="The id, UUID, slug or email address.")]


@person.command("export")
def export_person(
    kind: Which,
    who: Named,
    into: Annotated[Path | None, typer.Option("--into", metavar="FILE", help="Where the ZIP goes.")] = None,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Write all that is kept about a person into a ZIP: the record, activities, files, and what the logs say.

    Other people are named in it, too: look at it before you hand it over. Its report.json tells what is in it.

    **Example:** `dayline person export candidate 17 --into candidate-17.zip`
    """

    async def work(service: Service) -> Path:
        operating = operator(await account_of(service, account))
        key = await _key(service, operating, kind, who)
        target = into or Path(f"{kind}-{key.value}.zip")
        unfinished = target.with_name(f".{target.name}")
        unfinished.touch(mode=0o600)
        try:
            with unfinished.open("wb") as file, counting("bytes") as told:
                async for piece in await service.person_export.export(operating, key):
                    file.write(piece)
                    told(len(piece))
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        return target

    target = with_service(database, work)
    typer.echo(f"All that is kept is in {target} ({target.stat().st_size:,} bytes).")


@person.command("erase")
def erase_person(
    kind: Which,
    who: Named,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="NAME", help="The name or email address, instead of being asked.")
    ] = None,
    same_email: Annotated[
        bool, typer.Option("--same-email", help="Everybody with the same email address is the same person.")
    ] = False,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Erase a person for good: it cannot be taken back.

    Activities in which nobody else outside of the account has a part go, with their files. Out of all others, and out
    of everything else that is kept, go the names and addresses. Backups keep what they have, and so does whoever was
    told. Stopped half-way it goes on when it is run again, or by a server.

    **Example:** `dayline person erase candidate 17`
    """
    said = confirm or typer.prompt("This cannot be taken back. The name or email address of the person")

    async def work(service: Service) -> Erasure:
        operating = operator(await account_of(service, account))
        key = await _key(service, operating, kind, who)
        if (begun := await service.erasures.begun(operating, key)) is not None:
            typer.echo(f"Goes on as erasure {begun.id}.")
        made = await service.erasures.request(operating, key, said, lambda made: made, same_email=same_email)
        with counting("pieces done") as told:
            while made.state != "done":
                if made.state == "stopped":
                    raise NotSo(f"Erasure {made.id} has stopped: `dayline jobs` tells why. Run this again to go on.")
                if not await work_on(service, operating.account_id, TASKS):
                    await asyncio.sleep(_WAIT)  # a server has it
                told(1)
                made = await service.erasures.get(operating, made.id)
        return made

    done = with_service(database, work)
    typer.echo(f"Erased: {', '.join(f'{kind} {id_}' for kind, id_ in done.records)}.")
    for what, many in done.counts.items():
        typer.echo(f"  {many:,} {what}")
    for line in done.left:
        typer.echo(f"  Left: {line}")


async def _key(service: Service, who: Principal, kind: Kind, named: str) -> RecordKey:
    """The record that is meant. Raises NotSo."""
    if "@" not in named:
        return RecordKey(kind, int(named) if named.isdecimal() else named, "id")
    found = await service.erasures.by_email(who, kind, fold(named.strip()))
    if len(found) != 1:
        there = ", ".join(str(one.id) for one in found) or "none"
        raise NotSo(
            f"Say by id which {kind} is meant: there is {there} with this email address."
            " Whoever is being erased already has none any more."
        )
    return RecordKey(kind, found[0].id, "id")
