"""The page as it was built: its index, its assets, and a word of help where it has not been built.

It must never send a file from anywhere but the folder of the build.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from dayline.web.headers import PAGE, RENDERED

FOLDER: Final = Path(__file__).parent / "built"
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_REFUSED: Final = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*", re.IGNORECASE)


def built(folder: Path, unbuilt: Callable[[], str]) -> list[Route]:
    """The routes of the page; ``unbuilt`` makes what is shown in its place while there is none."""

    async def index(request: Request) -> Response:
        file = folder / "index.html"
        if not file.is_file():
            return HTMLResponse(unbuilt(), headers=RENDERED)
        return _sent(request, file, PAGE)

    async def asset(request: Request) -> Response:
        return _found(request, folder / "assets", _FOR_EVER)

    async def beside(request: Request) -> Response:
        return _sent(request, folder / request.url.path.removeprefix("/"), {"Cache-Control": "no-cache"})

    return [
        Route("/", index),
        Route("/app", index),
        Route("/app/{rest:path}", index),
        Route("/assets/{name}", asset),
        *(Route(f"/{name}", beside) for name in _beside_the_index(folder)),
    ]


def _beside_the_index(folder: Path) -> list[str]:
    """What else lies at the top of the build, such as an icon."""
    names = [file.name for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
    return sorted(name for name in names if name != "index.html" and _known(name))


def _known(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and Path(name).suffix in _TYPES


def _found(request: Request, folder: Path, headers: dict[str, str]) -> Response:
    name = request.path_params["name"]
    if not _known(name) or not (folder / name).is_file():
        raise HTTPException(404)
    return _sent(request, folder / name, headers)


def _sent(request: Request, file: Path, headers: dict[str, str]) -> Response:
    """The file, in the smallest of the forms that are there and that the browser takes."""
    media_type, headers = _TYPES[file.suffix], {**headers, "Vary": "Accept-Encoding"}
    taken = _taken(request.headers.get("accept-encoding", ""))
    for encoding, suffix in _ENCODINGS:
        smaller = file.with_name(file.name + suffix)
        if encoding in taken and smaller.is_file():
            return FileResponse(smaller, headers={**headers, "Content-Encoding": encoding}, media_type=media_type)
    return FileResponse(file, headers=headers, media_type=media_type)


def _taken(accepted: str) -> set[str]:
    """The codings that an Accept-Encoding names, but for those that it refuses by a weight of 0."""
    parts = (part.partition(";") for part in accepted.split(","))
    return {coding.strip().lower() for coding, _, weight in parts if not _REFUSED.fullmatch(weight)}
