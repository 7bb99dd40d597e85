"""What every page and asset tells a browser: where scripts, styles and data may come from, and what must be reported.

Nothing here may be loosened for one page's sake: a page that needs more gets headers of its own.
"""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dayline.web.guard import Site

REPORTS: Final = "/csp-report"
_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_REPORTED: Final = f"report-uri {REPORTS}; report-to csp"

# The page that is built: its own files and its own server, and nothing inline.
PAGE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    f" object-src 'none'; {_REPORTED}",
    "Reporting-Endpoints": f'csp="{REPORTS}"',
    "Cache-Control": "no-cache",
}
# The pages that are rendered here have no script at all.
RENDERED: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none';"
    f" form-action 'none'; frame-ancestors 'none'; {_REPORTED}",
    "Reporting-Endpoints": f'csp="{REPORTS}"',
    "Cache-Control": "no-cache",
}
_ALWAYS: Final = {
    "Content-Security-Policy": _NOTHING,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_TRANSPORT: Final = "max-age=31536000"


def with_headers(app: ASGIApp, site: Site) -> ASGIApp:
    """The application, whose every answer has the headers that it has not set itself."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                if site.secure(scope["scheme"]):
                    headers.setdefault("Strict-Transport-Security", _TRANSPORT)
            await send(message)

        await app(scope, receive, sent)

    return answer
