"""``dayline activities``: out to a file, and in from one. It must never leave half a file, nor write a line twice."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated, BinaryIO, Final

import typer

from dayline.cli.files import bar_by_bytes, tell_refused, told_files
from dayline.cli.frame import AccountName, Database, NotSo, account_of, operator, with_service
from dayline.cli.progress import counting
from dayline.domain.errors import Unavailable
from dayline.domain.identity import Account, Principal
from dayline.native.activities.table import COLUMNS
from dayline.service import Service
from dayline.transfer.arrivals import Arrivals
from dayline.transfer.drafting import Drafter
from dayline.transfer.exporting import Piece, as_lines, as_table
from dayline.transfer.lines import Lines, open_lines
from dayline.transfer.refusals import Refusals
from dayline.transfer.rows import Row, csv_rows, json_rows, read_header
from dayline.transfer.told import Arrival, read_told
from dayline.transfer.whole import replacing

STDOUT: Final = Path("-")
LONGEST_LINE: Final = 4_194_304  # characters: an activity with all that the API lets be said, every one escaped
LONGEST_ROW: Final = 1_048_576

activities = typer.Typer(help="What was done and is planned: out to a file, and in from one.", no_args_is_help=True)


@activities.command("export")
def export_activities(
    file: Annotated[Path, typer.Argument(help="A `.jsonl` file, or `.csv`; `-` prints JSONL.")],
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Write the activities of an account into a file. A server may go on meanwhile.

    JSONL loses nothing: each line is an object with one key, `activity`, or before it `user`, `type` or `record` for
    what the activities mention. Deleted ones are in it as long as they can be restored. Attachments are named, but
    their files are not in it. Import it into another account with `dayline activities import`.

    CSV is for people and spreadsheets: the living activities, one a row. A cell that a spreadsheet would take for a
    formula begins with a quote.

    The file is readable by its owner only, and there either whole or not at all; one that is there is replaced.

    **Examples:** `dayline activities export acme.jsonl`,
    `dayline activities export - --account Acme | gzip > acme.jsonl.gz`
    """
    begun = monotonic()
    write = _writer(file)
    with told_files(file), _opened(file) as target, counting("activities") as advance:

        async def work(service: Service) -> int:
            chosen = await account_of(service, account)
            count = 0
            async for piece in write(service, operator(chosen)):
                target.write(piece.content)
                advance(piece.count)
                count += piece.count
            return count

        count = with_service(database, work)
    where = "" if file == STDOUT else f" are in {file}"
    typer.echo(f"{count:,} activities{where}; {monotonic() - begun:.1f} seconds.", err=file == STDOUT)


def _writer(file: Path) -> Callable[[Service, Principal], AsyncIterator[Piece]]:
    with told_files(file):
        match file.suffix.lower():
            case ".jsonl":
                return as_lines
            case ".csv":
                return as_table
            case _ if file == STDOUT:
                return as_lines
            case _:
                raise NotSo(f"{file} is neither a .csv nor a .jsonl file, nor - for the standard output.")


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if file != STDOUT:
        with replacing(file) as target:
            yield target
    else:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


@activities.command("import")
def import_activities(
    file: Annotated[Path, typer.Argument(help="A `.jsonl` file as `export` writes it, or a `.csv` with a header.")],
    new_ids: Annotated[
        bool, typer.Option("--new-ids", help="Give an activity the next free id where its own is another's.")
    ] = False,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Create the activities of a file that are not there yet. What is there is never changed.

    JSONL, as `dayline activities export` writes it, comes in exactly as it is: ids, uuids, revisions, all times. Users
    are known by email address, types by key, records by kind and uuid; missing ones are created, users as members
    without a token. An activity is known by its uuid: the same one is left alone, another version is refused.
    One with attachments is refused, since their files are not in it: `dayline copy` takes whole accounts along.

    CSV has the columns that `export` writes; leave out what you do not have, but `type` and `owner` (a user's email
    address). Each row becomes a new activity, now. `related` and `participants` are as in `deal:17 organization:3`,
    `attendees` too, or email addresses. A row is known by its `uuid`, or by all that it says; its `id` does not count.

    What is wrong with a line is told and written to FILE.refused.csv; all other lines come in, and the command ends
    with 1. Run it again as often as you like, also when it was stopped half-way: what is there is not written again.
    A server may go on meanwhile.

    **Examples:** `dayline activities import acme.jsonl --account Acme`,
    `dayline activities import calls.csv`, where calls.csv begins with

        type,subject,date,time,duration,owner,participants
        call,Intro call,2026-12-01,14:30,00:15:00,ann@acme.example,contact:5
    """
    begun = monotonic()
    with (
        told_files(file),
        _rows(file) as (lines, rows),
        Refusals(file, "uuid") as refusals,
        bar_by_bytes(lines) as advance,
    ):

        async def work(service: Service) -> Counter[str]:
            chosen = await account_of(service, account)
            arrivals = await _arrivals(service, chosen, file, rows)
            taker = Arrivals(
                service.moving, operator(chosen), refusals, lambda: _emails(service, chosen), new_ids=new_ids
            )
            try:
                return await taker.take_in(arrivals, lambda: advance(lines.position()))
            except Unavailable as error:
                raise NotSo(f"{error.message} What is in stays in: run the same command again to go on.") from error

        counts = with_service(database, work)
    tell_refused(refusals)
    typer.echo(f"{_told(counts)}; {monotonic() - begun:.1f} seconds.")
    if refusals.count:
        raise typer.Exit(1)


@contextmanager
def _rows(file: Path) -> Iterator[tuple[Lines, Iterator[Row]]]:
    """The rows of the file, by what its name ends with. Raises BadFile, NotSo and OSError."""
    match file.suffix.lower():
        case ".jsonl":
            with open_lines(file, ends="\n", longest=LONGEST_LINE) as lines:
                yield lines, json_rows(lines)
        case ".csv":
            with open_lines(file, ends="\r\n", longest=LONGEST_ROW) as lines:
                yield lines, csv_rows(lines, read_header(lines, COLUMNS))
        case _:
            raise NotSo(f"{file} is neither a .csv nor a .jsonl file.")


async def _arrivals(service: Service, account: Account, file: Path, rows: Iterator[Row]) -> Iterator[Arrival]:
    if file.suffix.lower() == ".jsonl":
        return map(read_told, rows)
    return map(Drafter(await _emails(service, account)).read, rows)


async def _emails(service: Service, account: Account) -> dict[str, int]:
    """The account's users: their ids by email address in lower case."""
    return {user.email.casefold(): user.id for user in await service.identities.users(account.id)}


def _told(counts: Counter[str]) -> str:
    told = ", ".join(f"{counts[name]:,} {name}" for name in ("created", "unchanged", "refused"))
    return f"{told}; with them {counts['users']:,} users, {counts['types']:,} types, {counts['records']:,} records"
