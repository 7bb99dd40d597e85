"""``/files/…``: the bytes of an attachment, for whoever has its link. It must never let a browser show them."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from dayline.domain.errors import DaylineError, NotFound
from dayline.service import Service

# Whatever the file is, it is saved and not run: not as a page of this host, and not as what its type is not.
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


def files(service: Service) -> Route:
    """The route that sends files; ranges and HEAD are answered too."""

    async def send(request: Request) -> Response:
        try:
            stored = await service.attachments.open(request.path_params["link"])
        except NotFound as error:
            raise HTTPException(404, error.message) from None
        except DaylineError as error:
            raise HTTPException(503, error.message, {"Retry-After": "5"}) from None
        if not stored.path.is_file():
            raise HTTPException(
                404, "The bytes of this file are not here: `dayline doctor` tells which files are missing."
            )
        told = stored.attachment
        return FileResponse(stored.path, headers=_SAFE, media_type=told.media_type, filename=told.name)

    return Route("/files/{link}", send, methods=["GET"])
