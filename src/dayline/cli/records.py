"""``dayline records``: records out of a file. It must never stop at a line that it can refuse."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from dayline.cli.files import bar_by_bytes, tell_refused, told_files
from dayline.cli.frame import AccountName, Database, NotSo, account_of, operator, with_service
from dayline.domain.errors import Unavailable
from dayline.domain.record import Kind
from dayline.service import Service
from dayline.service.bulk import Outcome
from dayline.transfer.importing import Importer
from dayline.transfer.lines import Lines, open_lines
from dayline.transfer.pieces import COLUMNS, Names, Reader
from dayline.transfer.refusals import Refusals
from dayline.transfer.rows import Row, csv_rows, json_rows, read_header

records = typer.Typer(help="What activities hang on: bring it in from a file.", no_args_is_help=True)


@records.command("import")
def import_records(
    file: Annotated[Path, typer.Argument(help="A `.csv` file with a header, or `.jsonl` with one object a line.")],
    kind: Annotated[
        Kind | None, typer.Option(help="What the lines are, unless they say it in a column or field `kind`.")
    ] = None,
    account: AccountName = None,
    database: Database = None,
) -> None:
    """Create the records of a file, and change those that are there already, by their external id.

    The columns, or fields, are `external_id`, `kind`, `name`, `email`, `phone`, `owner` (a user's email address), `id`,
    `uuid` and `slug`; leave out what you do not have. In a CSV file commas, semicolons or tabs divide the cells, and an
    empty cell leaves what is stored as it is; in JSONL, null clears it. A line without `external_id` is known by all
    that it says.

    What is wrong with a line is told and written to FILE.refused.csv; all other lines come in, and the command ends
    with 1. Run it again as often as you like, also when it was stopped half-way: what is already so is not written
    again. A server may go on meanwhile.

    **Example:** `dayline records import contacts.csv --kind contact`, where contacts.csv begins with

        external_id,name,email,owner
        c-1,Mara Quell,mara@quell.example,ann@acme.example
    """
    begun = monotonic()
    with told_files(file), _rows(file, kind) as (lines, rows), Refusals(file) as refusals, bar_by_bytes(lines) as bar:

        async def work(service: Service) -> Counter[Outcome]:
            chosen = await account_of(service, account)
            owners = {user.email.casefold(): user.id for user in await service.identities.users(chosen.id)}
            importer = Importer(service.bulk, operator(chosen), refusals)
            with closing(Names()) as names:
                reader = Reader(kind, owners, names)
                try:
                    return await importer.take_in(map(reader.read, rows), lambda: bar(lines.position()))
                except Unavailable as error:
                    raise NotSo(f"{error.message} What is in stays in: run the same command again to go on.") from error

        counts = with_service(database, work)
    tell_refused(refusals)
    told = ", ".join(f"{counts[name]:,} {name}" for name in ("created", "changed", "unchanged", "refused"))
    typer.echo(f"{told}; {monotonic() - begun:.1f} seconds.")
    if refusals.count:
        raise typer.Exit(1)


@contextmanager
def _rows(file: Path, kind: Kind | None) -> Iterator[tuple[Lines, Iterator[Row]]]:
    """The rows of the file, by what its name ends with. Raises BadFile, NotSo and OSError."""
    match file.suffix.lower():
        case ".jsonl":
            with open_lines(file, ends="\n") as lines:
                yield lines, json_rows(lines)
        case ".csv":
            with open_lines(file, ends="\r\n") as lines:
                table = read_header(lines, COLUMNS)
                if kind is None and "kind" not in table.columns:
                    raise NotSo("Say what the lines are with --kind, or in a column named kind.")
                yield lines, csv_rows(lines, table)
        case _:
            raise NotSo(f"{file} is neither a .csv nor a .jsonl file.")
