"""The pages about this server and its surfaces' documents, rendered here; no script, and nothing from elsewhere."""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from dayline import __version__
from dayline.kit.dialect import Dialect
from dayline.kit.openapi import document
from dayline.web.headers import RENDERED
from dayline.web.surface import Surface, surface_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_FOLDER = Path(__file__).parent
_CODE = re.compile(r"`([^`]+)`")


@cache
def _templates() -> "Environment":
    # Loaded when somebody looks: two MiB that a process which only serves programs can do without.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    templates = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["with_code"] = _with_code
    return templates


def _with_code(text: str) -> "Markup":
    """Text with its `code` marked up; all else in it is only text."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped right here


def pages(dialects: Sequence[Dialect]) -> list[Route]:
    """The routes of all pages."""

    @cache  # only when somebody looks
    def surfaces() -> list[Surface]:
        return [surface_of(dialect, document(dialect)) for dialect in dialects]

    return [
        Route("/about", _page("home.html", surfaces), name="about"),
        Route("/docs", _page("docs.html", surfaces), name="docs"),
        Route("/static/dayline.css", _stylesheet, name="stylesheet"),
    ]


def _page(template: str, surfaces: Callable[[], Sequence[Surface]]) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        page = _templates().get_template(template)
        address = str(request.base_url).rstrip("/")
        return HTMLResponse(page.render(surfaces=surfaces(), address=address, version=__version__), headers=RENDERED)

    return show


def plain_page(template: str) -> str:
    """A page that says the same to everybody."""
    return _templates().get_template(template).render(version=__version__)


async def _stylesheet(_: Request) -> Response:
    return FileResponse(_FOLDER / "static" / "dayline.css", headers=RENDERED)
