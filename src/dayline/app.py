"""The mount table and the lifespan: the only place where URLs meet code."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import structlog
from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dayline.config import Settings
from dayline.domain.errors import DaylineError
from dayline.kit.dialect import Dialect, Failure
from dayline.kit.dispatch import dispatcher
from dayline.kit.ledger import Ledger, Memory
from dayline.kit.serve import application
from dayline.native import routes as native
from dayline.service import Service
from dayline.store.open import open_store
from dayline.store.store import Store
from dayline.vendors.atz import routes as atz
from dayline.vendors.pipedrive import routes as pipedrive
from dayline.vendors.reevo import routes as reevo
from dayline.web.files import files
from dayline.web.pages import pages

VENDORS: tuple[Dialect, ...] = (pipedrive.DIALECT, atz.DIALECT, reevo.DIALECT)
NATIVE = native.dialect(VENDORS)
DIALECTS: tuple[Dialect, ...] = (*VENDORS, NATIVE)
TIDY_SECONDS = 60
PURGE_EVERY = 24 * 60  # rounds of tidying: once a day

_log = structlog.get_logger("dayline.app")


class House(Struct, frozen=True):
    """A running Dayline, without its socket."""

    app: ASGIApp
    service: Service


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open the store and build the application; on the way out, finish every write. Raises Unavailable."""
    store = await store_of(settings)
    service, ledger = Service(store, rendering_bytes=settings.rendering_bytes), ledger_of(settings)
    tidying = asyncio.create_task(_tidy_up(service))
    try:
        yield House(build(service, settings, ledger), service)
    finally:
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying
        with suppress(DaylineError):
            await service.tidy()
        await store.close()
        await ledger.close()


async def store_of(settings: Settings) -> Store:
    """Open the store that the settings name. Raises BadDatabaseUrl and Unavailable."""
    return await open_store(
        settings.database_url,
        statement_timeout=settings.statement_timeout,
        connections=settings.connections,
        pgbouncer=settings.pgbouncer,
        migration_url=settings.migration_url,
        files=None if settings.files is None else Path(settings.files),
    )


def ledger_of(settings: Settings) -> Ledger:
    """Where the use of limits is kept: in this process, or in the server that the settings name."""
    if settings.limits_url is None:
        return Memory()
    # Loaded only where it is needed: a start without is quicker.
    from dayline.kit.shared import Shared  # noqa: PLC0415

    return Shared(settings.limits_url)


def build(service: Service, settings: Settings, ledger: Ledger) -> ASGIApp:
    """Put every surface in its place; what callers spend of their limits is kept in the ledger."""
    applications = [(dialect, _application(dialect, service, settings, ledger)) for dialect in DIALECTS]
    return dispatcher(applications, _front(service))


def _application(dialect: Dialect, service: Service, settings: Settings, ledger: Ledger) -> ASGIApp:
    return application(
        dialect,
        service,
        strict=settings.strict,
        body_limit=settings.body_limit,
        file_limit=settings.file_limit,
        quotas=_quotas(dialect, settings),
        ledger=ledger,
        public_url=settings.public_url,
    )


def _quotas(dialect: Dialect, settings: Settings) -> dict[str, int]:
    limits = dialect.limits.limits if dialect.limits is not None else ()
    return {limit.setting: getattr(settings, limit.setting) for limit in limits}


def _front(service: Service) -> ASGIApp:
    """What is at the root beside the dialects: pages for people, health for operators, and a 404 for the rest."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        try:
            migrated = await service.store.ready()
        except DaylineError as error:
            return JSONResponse({"status": "unavailable", "reason": error.message}, 503, {"Retry-After": "5"})
        if not migrated:
            return JSONResponse({"status": "unavailable", "reason": "The schema is not migrated."}, 503)
        return JSONResponse({"status": "ok"})

    routes = [Route("/healthz", alive), Route("/readyz", ready), files(service), *pages(DIALECTS)]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _problem})
    app.router.redirect_slashes = False
    return app


async def _problem(_: Request, error: Exception) -> Response:
    """What no dialect claims is answered with a problem document."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    reply = NATIVE.envelope(Failure(error.status_code, error.detail))
    return Response(reply.body, reply.status, headers, reply.media_type)


async def _tidy_up(service: Service) -> None:
    """Once a minute, what need not be written at once; once a day, the purge. What fails now is tried again later.

    At the start, and once a day, the files that a crash left half stored.
    """
    for rounds in count():
        try:
            if rounds % PURGE_EVERY == 0:
                await service.attachments.settle()
            await asyncio.sleep(TIDY_SECONDS)
            await service.tidy()
            if rounds % PURGE_EVERY == PURGE_EVERY - 1:
                purged = await service.retention.purge()
                _log.info("purged", activities=purged.activities, records=purged.records)
        except DaylineError as error:
            _log.warning("tidying failed", reason=error.message)
