"""``dayline sandbox``: a vendor's system in memory, to try everything without any account.

It must never be reached from another machine: it lets in whoever knows a key that this command prints.
"""

import re
from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dayline.app import CONNECTORS
from dayline.cli.connect import PREFIX as ANSWERS
from dayline.cli.frame import fail
from dayline.config import PREFIX

if TYPE_CHECKING:
    from dayline.remote.sandbox import Sandbox

ALLOW: Final = f"{PREFIX}OUTBOUND_ALLOW"
PORTS: Final = {"ashby": 8801, "lever": 8802, "recruitee": 8803}  # apart, so that all may run at once
_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


def sandbox(
    vendor: Annotated[str, typer.Argument(help=f"Whose: {', '.join(PORTS)}.")],
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="The port to listen on; 0 takes any that is free."
            f"  [default: {', '.join(f'{port} for {name}' for name, port in PORTS.items())}]",
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="The API key that it lets in.")] = "sandbox-key",
) -> None:
    """Run a sandbox of Ashby, Lever or Recruitee on this machine until Ctrl-C, to try the whole way without an account.

    It answers as that vendor does, keeps everything in memory, has a few candidates, shows what it received and was
    made to write, and fails on demand. It proves that Dayline and this sandbox agree, not what the vendor does.

    **Example:** `dayline sandbox ashby`, then the lines that it prints.
    """
    from dayline.remote.standing import serve  # noqa: PLC0415 - the other commands need no server

    if vendor not in PORTS:
        fail(f"There is no sandbox of {vendor!r}; there is one of {', '.join(PORTS)}.")
    if _KEY.fullmatch(key) is None:
        fail("A key has letters, digits, dots, dashes and underscores alone.")
    made = sandbox_of(vendor, key)
    chosen = PORTS[vendor] if port is None else port
    try:
        serve(made, chosen, lambda url: typer.echo("\n".join(greeting(made, url))))
    except OSError as error:
        fail(f"Cannot listen on port {chosen}: {error.strerror}. Choose another with --port.")


def sandbox_of(vendor: str, key: str) -> "Sandbox":
    """Make the sandbox of one of ``PORTS``; only its own module is loaded."""
    if vendor == "ashby":
        from dayline.vendors.ashby.sandbox import AshbySandbox  # noqa: PLC0415

        return AshbySandbox(key)
    if vendor == "lever":
        from dayline.vendors.lever.sandbox import LeverSandbox  # noqa: PLC0415

        return LeverSandbox(key)
    from dayline.vendors.recruitee.sandbox import RecruiteeSandbox  # noqa: PLC0415

    return RecruiteeSandbox(key)


def greeting(made: "Sandbox", url: str) -> Iterator[str]:
    """What to know and what to try, line by line."""
    connector = CONNECTORS[made.vendor]
    root = url.removesuffix(made.base_path)
    place = root.removeprefix("http://")
    known = made.candidates()
    yield f"A sandbox of {connector.label} is running, in memory. Ctrl-C stops it."
    yield ""
    yield f"  address     {url}"
    yield from (f"  {name:<11} {value}" for name, value in made.context().items())
    yield from (f"  candidate   {one.id}  {one.name}" for one in known)
    yield f"  try         {made.example(url)}"
    yield ""
    yield f"Dayline calls nothing on this machine unless {ALLOW} says so. Where `dayline init` was run:"
    yield ""
    yield f"  connect     {_connect(made, url, place)}"
    yield f"  serve       {ALLOW}={place} dayline serve"
    yield f"  write       {_write(known[0].id)}"
    yield ""
    yield "with the TOKEN that `dayline init` printed and the ID of the account that `dayline connect` prints."
    yield ""
    yield f"  look        curl {root}/_sandbox/requests   what it received"
    yield f"              curl {root}/_sandbox/written    what was written since the start"
    yield f'  break it    curl {root}/_sandbox/faults -d \'{{"fault": "torn_after_write", "times": 1}}\''
    yield f"  begin anew  curl -X POST {root}/_sandbox/reset"


def _connect(made: "Sandbox", url: str, place: str) -> str:
    """The line that connects here: secrets in the environment, as in real life, the rest said."""
    secret = {ask.name for ask in CONNECTORS[made.vendor].asks if ask.secret}
    context = made.context().items()
    given = [f"{ANSWERS}{name.upper()}={quote(value)}" for name, value in context if name in secret]
    said = [f" --set {name}={quote(value)}" for name, value in context if name not in secret]
    line = f"dayline connect {made.vendor} --tenant sandbox --sandbox --base-url {url}{''.join(said)}"
    return " ".join((f"{ALLOW}={place}", *given, line))


def _write(candidate_id: str) -> str:
    body = f'{{"candidate_id": "{candidate_id}", "body": "Phone screen went well", "visibility": "private"}}'
    return (
        "curl -H 'authorization: Bearer TOKEN' -H 'content-type: application/json'"
        " 'http://127.0.0.1:8000/unified/ats/activities?integrated_account_id=ID'"
        f" -d '{body}'"
    )
