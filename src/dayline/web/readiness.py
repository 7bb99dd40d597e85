"""``/readyz``: whether requests can be served, and how each part of the server is.

503 is for what makes requests fail, and for nothing else: whoever balances load takes a server away for it. What is
told here anybody may read: no path, no name, no credential.
"""

import os
from pathlib import Path
from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType, json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dayline.domain.errors import DaylineError
from dayline.service import Service
from dayline.service.backlog import Backlog
from dayline.web.watch import Watch

NEGLECTED: Final = 600.0  # seconds: even a webhook that always fails is tried every five minutes


class Part(Struct, frozen=True, omit_defaults=True):
    """How a part is. ``degraded`` fails what needs this part alone, ``unavailable`` every request."""

    status: Literal["ok", "degraded", "unavailable"]
    reason: str | UnsetType = UNSET


_OK: Final = Part("ok")


class _Told(Struct, frozen=True):
    status: str
    reason: str | UnsetType
    parts: dict[str, Part]


def readiness(service: Service, folder: Path | None, watch: Watch) -> Route:
    """The route. The page was built into the folder; without one, none is served here."""

    async def ready(_: Request) -> Response:
        parts = {**await _stored(service, watch), "files": _files(service)}
        if folder is not None:
            parts["page"] = _page(folder)
        worst = next((part for part in parts.values() if part.status == "unavailable"), None)
        if worst is not None:
            told = _Told("unavailable", worst.reason, parts)
            return Response(json.encode(told), 503, {"Retry-After": "5"}, "application/json")
        status = "degraded" if any(part.status == "degraded" for part in parts.values()) else "ok"
        return Response(json.encode(_Told(status, UNSET, parts)), media_type="application/json")

    return Route("/readyz", ready, name="ready")


async def _stored(service: Service, watch: Watch) -> dict[str, Part]:
    """What the database has to say: of itself, and of what needs it."""
    try:
        if not await service.store.ready():
            return {"database": _OK, "schema": Part("unavailable", "The schema is not migrated.")}
        found = {"database": _OK, "schema": _OK}
        backlog = await service.backlogs.latest() or Backlog()
    except DaylineError as error:
        return {"database": Part("unavailable", error.message)}
    found["worker"] = _worker(watch, backlog.neglected_for(service.store.clock()))
    keyring = service.keyring
    lacking = backlog.sealed and not keyring.there
    found["credentials"] = (
        Part("degraded", "There are credentials of integrated accounts or webhooks, and no key that opens them.")
        if lacking
        else _OK
    )
    return found


def _worker(watch: Watch, neglected: float) -> Part:
    if watch.worker is not None and not watch.worker.at_work:
        return Part("degraded", "The worker of this process has stopped.")
    if neglected > NEGLECTED:
        where = "" if watch.worker is not None else " This process has no worker: look for `dayline worker`."
        return Part("degraded", f"Something has been due for {neglected:,.0f} s, and nobody tries to do it.{where}")
    return _OK


def _files(service: Service) -> Part:
    folder = service.store.files.folder
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), None)
    if there is None or not os.access(there, os.W_OK | os.X_OK):
        return Part("degraded", "The folder of attachments cannot be written: none can be added.")
    return _OK


def _page(folder: Path) -> Part:
    return _OK if (folder / "index.html").is_file() else Part("degraded", "The page has not been built.")
