"""``/session``: signing in and out at the page. It must never put a credential anywhere but into the cookie."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dayline.domain.errors import Forbidden, Unauthenticated
from dayline.domain.identity import ALL_SCOPES, Role
from dayline.domain.origin import PAGE, Origin, enter, plain_address
from dayline.domain.signing import LIFE_MS, csrf_of
from dayline.domain.time import format_instant
from dayline.kit import wire
from dayline.kit.params import read_body
from dayline.service import Service
from dayline.service.signing import Browser, Opened, SeveralAccounts
from dayline.web.guard import Site, address_of, check_csrf, check_origin
from dayline.web.headers import RENDERED

_MOST: Final = 16 << 10  # bytes of a sign-in

Text = Annotated[str, Meta(max_length=1024)]


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody signs in with; the account where it is one of several."""

    email: Annotated[str, Meta(max_length=320)]
    password: Text
    account_id: int | None = None


class Person(Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: int
    name: str
    email: str


class Named(Struct, frozen=True, kw_only=True):
    """An account."""

    id: int
    name: str


class Told(Struct, frozen=True, kw_only=True):
    """The session itself."""

    id: str
    created_at: str
    used_at: str
    expires_at: str


class Session(Struct, frozen=True, kw_only=True):
    """All that the page must know of who looks at it."""

    user: Person
    account: Named
    role: Role
    zone: str
    account_zone: str
    csrf: str
    scopes: list[str]
    session: Told


class Choice(Struct, frozen=True, kw_only=True):
    """The problem document (RFC 9457) of a password that fits in several accounts."""

    type: Literal["about:blank"] = "about:blank"
    title: str = "Conflict"
    status: int = 409
    detail: str
    accounts: list[Named]


def sessions(service: Service, site: Site, ended: Callable[[], str]) -> list[Route]:
    """The routes of signing in and out; ``ended`` makes the page that says that a link does not work any more."""
    desk = _Desk(service, site, ended)
    return [
        Route("/session", desk.session, methods=["GET", "POST", "DELETE"]),
        Route("/sessions", desk.sign_out_everywhere, methods=["DELETE"]),
        Route("/sign-in/{link}", desk.open_link, methods=["GET"]),
    ]


class _Desk:
    """The handlers; an error becomes a problem document further out."""

    def __init__(self, service: Service, site: Site, ended: Callable[[], str]) -> None:
        self._service, self._site, self._ended = service, site, ended

    async def session(self, request: Request) -> Response:
        _enter(request)
        match request.method:
            case "POST":
                return await self._sign_in(request)
            case "DELETE":
                return await self._sign_out(request)
            case _:
                check_origin(request, self._site)
                return await self._tell(self._site.cookie(request))

    async def _sign_in(self, request: Request) -> Response:
        check_origin(request, self._site)
        headers = dict(request.scope["headers"])
        # JSON alone: another site's form could send anything else without asking.
        if not headers.get(b"content-type", b"").startswith(b"application/json"):
            raise Forbidden("Expected content type application/json.")
        wire.check_json(headers)
        given = read_body(await wire.read_limited(request.receive, _MOST), SignIn, strict=True)
        try:
            opened = await self._service.signing.sign_in(
                given.email, given.password, self._browser(request), given.account_id
            )
        except SeveralAccounts as error:
            accounts = [Named(id=one.id, name=one.name) for one in error.accounts]
            choice = msgspec.json.encode(Choice(detail=error.message, accounts=accounts))
            return Response(choice, 409, media_type="application/problem+json")
        return self._with_cookie(request, await self._tell(opened.credential), opened)

    async def open_link(self, request: Request) -> Response:
        """A link is used by whoever follows it, not by what only looks where it leads."""
        _enter(request)
        if request.method == "HEAD" or "prefetch" in request.headers.get(
            "sec-purpose", request.headers.get("purpose", "")
        ):
            return Response(None, 204)
        try:
            opened = await self._service.signing.open_link(request.path_params["link"], self._browser(request))
        except Unauthenticated:
            return HTMLResponse(self._ended(), 410, RENDERED)
        return self._with_cookie(request, RedirectResponse("/", 303), opened)

    async def _sign_out(self, request: Request) -> Response:
        await self._service.signing.sign_out(await self._service.signing.principal(self._checked(request)))
        return self._without_cookie(request)

    async def sign_out_everywhere(self, request: Request) -> Response:
        """End every session of whoever asks, this one too."""
        _enter(request)
        who = await self._service.signing.principal(self._checked(request))
        await self._service.signing.sign_out_everywhere(who)
        return self._without_cookie(request)

    def _checked(self, request: Request) -> str:
        cookie = self._site.cookie(request)
        check_origin(request, self._site)
        check_csrf(request, cookie)
        return cookie

    async def _tell(self, credential: str) -> Response:
        whole = await self._service.signing.whole(credential)
        user, account, session = whole.user, whole.account, whole.session
        told = Session(
            user=Person(id=user.id, name=user.name, email=user.email),
            account=Named(id=account.id, name=account.name),
            role=user.role,
            zone=user.zone,
            account_zone=account.settings.zone,
            csrf=csrf_of(credential),
            scopes=sorted(ALL_SCOPES),
            session=Told(
                id=session.id,
                created_at=format_instant(session.created_at),
                used_at=format_instant(session.used_at),
                expires_at=format_instant(session.expires_at),
            ),
        )
        return Response(msgspec.json.encode(told), media_type="application/json")

    def _browser(self, request: Request) -> Browser:
        agent = request.headers.get("user-agent", "")
        return Browser(address_of(request), agent, self._site.cookie(request))

    def _with_cookie(self, request: Request, answer: Response, opened: Opened) -> Response:
        scheme = request.url.scheme
        answer.set_cookie(
            self._site.cookie_name(scheme),
            opened.credential,
            max_age=LIFE_MS // 1000,
            path="/",
            secure=self._site.secure(scheme),
            httponly=True,
            samesite="lax",
        )
        return answer

    def _without_cookie(self, request: Request) -> Response:
        scheme, answer = request.url.scheme, Response(None, 204)
        answer.delete_cookie(
            self._site.cookie_name(scheme), path="/", secure=self._site.secure(scheme), httponly=True, samesite="lax"
        )
        return answer


def _enter(request: Request) -> None:
    """What is written from here on is told to come from the page, and from where its browser is."""
    address = "" if request.client is None else plain_address(request.client.host)
    enter(Origin(PAGE, address, wire.request_id(dict(request.scope["headers"]))))
