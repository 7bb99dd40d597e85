"""The mount table and the lifespan: the only place where URLs meet code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import structlog
from msgspec import Struct
from starlette.types import ASGIApp

from dayline.config import BadSetting, Settings
from dayline.counting.board import Board
from dayline.domain.errors import DaylineError, invalid
from dayline.domain.origin import WORKER, Origin, enter, plain_address
from dayline.events.face import Face
from dayline.events.worker import AT_ONCE, SLOTS, Task, Worker
from dayline.kit.addresses import Allowed, NotAllowed, address_of
from dayline.kit.client import Bounds, Client
from dayline.kit.dialect import Caller, Dialect
from dayline.kit.dispatch import dispatcher
from dayline.kit.ledger import Ledger, Memory
from dayline.kit.limits import Policy
from dayline.kit.serve import application
from dayline.kit.throttle import throttle_of
from dayline.native import routes as native
from dayline.native.traffic.routes import Successor
from dayline.native.webhooks.face import FACE as OWN_FACE
from dayline.remote.calls import Remote
from dayline.remote.connector import Connector
from dayline.service import Service
from dayline.service.erasures import ERASE
from dayline.service.retention import PURGE, Keeps
from dayline.service.vault import Keyring, NoKey
from dayline.store.open import is_postgresql, open_store, sqlite_url
from dayline.store.store import Store
from dayline.vendors.ashby.connector import CONNECTOR as ASHBY
from dayline.vendors.atz import routes as atz
from dayline.vendors.lever.connector import CONNECTOR as LEVER
from dayline.vendors.pipedrive import routes as pipedrive
from dayline.vendors.pipedrive.migration import replacement
from dayline.vendors.pipedrive.webhooks.face import FACE as PIPEDRIVE_FACE
from dayline.vendors.recruitee.connector import CONNECTOR as RECRUITEE
from dayline.vendors.reevo import routes as reevo
from dayline.vendors.truto import routes as truto
from dayline.vendors.truto.desk import Desk
from dayline.vendors.truto.limits import PER_ACCOUNT
from dayline.vendors.truto.webhooks.face import FACE as TRUTO_FACE
from dayline.web.entry import with_sessions
from dayline.web.front import front, watched
from dayline.web.guard import site_of
from dayline.web.watch import Watch


def _succeeds(called: str) -> Successor | None:
    found = replacement(called)
    return None if found is None else Successor(found.call, found.parameters)


VENDORS: tuple[Dialect, ...] = (pipedrive.DIALECT, atz.DIALECT, reevo.DIALECT, truto.DIALECT)
FACES: dict[str, Face] = {face.name: face for face in (OWN_FACE, PIPEDRIVE_FACE, TRUTO_FACE)}
NATIVE = native.dialect(VENDORS, _succeeds, FACES)
DIALECTS: tuple[Dialect, ...] = (*VENDORS, NATIVE)
CONNECTORS: dict[str, Connector] = {connector.name: connector for connector in (ASHBY, LEVER, RECRUITEE)}
TASKS: dict[str, Task] = {
    ERASE: lambda service, account_id, job: service.erasing.piece(account_id, job),
    PURGE: lambda service, account_id, job: service.retention.piece(account_id, job),
}
TIDY_SECONDS = 60
PURGE_EVERY = 24 * 60  # rounds of tidying: once a day

_log = structlog.get_logger("dayline.app")


class House(Struct, frozen=True):
    """A running Dayline, without its socket."""

    app: ASGIApp
    service: Service
    remote: Remote
    worker: Worker


@asynccontextmanager
async def open_house(settings: Settings, board: Board | None = None) -> AsyncIterator[House]:
    """Open the store and build the application; on the way out, finish every write. Raises Unavailable, BadSetting.

    On the ``board`` the processes of one server leave their numbers for each other.
    """
    # What a setting can spoil comes before what would have to be closed again.
    keyring, client, ledger = keyring_of(settings), client_of(settings), ledger_of(settings)
    async with AsyncExitStack() as open_:  # closed from the last to the first, whatever becomes of one of them
        open_.push_async_callback(ledger.close)
        store = await store_of(settings)
        open_.push_async_callback(store.close)
        service = service_of(store, settings, keyring)
        open_.push_async_callback(service.activities.close)
        remote = remote_of(service, settings, client)
        open_.push_async_callback(remote.client.close)
        open_.push_async_callback(_tried, service.tidy)
        open_.push_async_callback(_ended, asyncio.create_task(_tidy_up(service)))
        open_.callback(service.changes.close)
        worker = worker_of(service, settings)
        open_.push_async_callback(worker.stop)
        if settings.worker:
            store.listeners.append(worker.written)
            worker.start()
        watch = watch_of(settings, worker if settings.worker else None, remote, board)
        yield House(build(service, remote, settings, ledger, watch), service, remote, worker)


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Do what is due without serving; on the way out, finish what is under way. Raises Unavailable and BadSetting."""
    keyring = keyring_of(settings)
    allowed_of(settings)
    store = await store_of(settings)
    try:
        worker = worker_of(service_of(store, settings, keyring), settings)
        store.listeners.append(worker.written)
        worker.start()
        try:
            yield worker
        finally:
            await worker.stop()
    finally:
        await store.close()


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


def service_of(store: Store, settings: Settings, keyring: Keyring) -> Service:
    """All verbs over an open store."""
    allowed = allowed_of(settings)

    def check_url(url: str) -> None:
        try:
            parts = allowed.check_url(url)
            host = parts.hostname or ""
            if address_of(host) is not None:  # what a name stands for is looked at when it is called
                allowed.check(host, parts.port or (80 if parts.scheme == "http" else 443), (host,))
        except NotAllowed as error:
            raise invalid("url", error.message) from None

    return Service(
        store,
        rendering_bytes=settings.rendering_bytes,
        keyring=keyring,
        keeps=Keeps(
            call_days=settings.log_days,
            delivery_days=settings.delivery_days,
            key_hours=settings.key_hours,
            change_days=settings.change_days,
        ),
        check_url=check_url,
        streams=settings.streams,
        streams_each=settings.streams_each,
    )


def worker_of(service: Service, settings: Settings) -> Worker:
    """What tells others, and does what need not be done at once. Raises BadSetting."""
    seconds = settings.outbound_seconds
    bounds = Bounds(seconds=seconds, streaming=seconds, connections=SLOTS, each=AT_ONCE)
    client = Client(allowed_of(settings), bounds=bounds, paced=False, breaks=False)
    return Worker(service, client, FACES, TASKS, lease_seconds=settings.lease_seconds)


def keyring_of(settings: Settings) -> Keyring:
    """What seals credentials: the key that is given, or on SQLite a file beside the database. Raises NoKey."""
    if settings.secret_key is not None and settings.secret_key_file is not None:
        raise NoKey("Both DAYLINE_SECRET_KEY and DAYLINE_SECRET_KEY_FILE are given: leave out one of them.")
    if settings.secret_key is None and settings.secret_key_file is None:
        if is_postgresql(settings.database_url):
            return Keyring()
        return Keyring(path=sqlite_url(settings.database_url)[0].with_suffix(".key"), makes=True)
    file = None if settings.secret_key_file is None else Path(settings.secret_key_file)
    keyring = Keyring(text=settings.secret_key, path=file)
    keyring.held()  # what cannot be used is told at the start
    return keyring


def client_of(settings: Settings) -> Client:
    """The way out, within the bounds that the settings name. Raises BadSetting."""
    bounds = Bounds(
        seconds=settings.outbound_seconds,
        streaming=settings.outbound_stream_seconds,
        streamed=settings.outbound_stream_bytes,
    )
    return Client(allowed_of(settings), bounds=bounds, paced=settings.outbound_pace, breaks=settings.outbound_breaker)


def allowed_of(settings: Settings) -> Allowed:
    """What may be called. Raises BadSetting."""
    try:
        return Allowed.parse(settings.outbound_allow)
    except ValueError as error:
        raise BadSetting(f"DAYLINE_OUTBOUND_ALLOW: {error}.") from None


def remote_of(service: Service, settings: Settings, client: Client) -> Remote:
    """The verbs on other systems; their connections end with the client."""
    return Remote(service, CONNECTORS, client, settle_seconds=settings.outbound_settle_seconds)


def ledger_of(settings: Settings) -> Ledger:
    """Where the use of limits is kept: in this process, or in the server that the settings name."""
    if settings.limits_url is None:
        return Memory()
    # Loaded only where it is needed: a start without is quicker.
    from dayline.kit.shared import Shared  # noqa: PLC0415

    return Shared(settings.limits_url)


def watched_worker(settings: Settings, worker: Worker) -> ASGIApp:
    """What a worker that stands beside the server answers to the operator."""
    return watched(worker.service, NATIVE.envelope, watch_of(settings, worker, None, None))


def watch_of(settings: Settings, worker: Worker | None, remote: Remote | None, board: Board | None) -> Watch:
    """What the operator is told of this process; ``worker`` where it has one."""
    return Watch(
        token=settings.metrics_token,
        board=board,
        worker=worker,
        client=None if remote is None else remote.client,
        database="postgresql" if is_postgresql(settings.database_url) else "sqlite",
    )


def build(service: Service, remote: Remote, settings: Settings, ledger: Ledger, watch: Watch) -> ASGIApp:
    """Put every surface in its place; what callers spend of their limits is kept in the ledger."""
    desk = Desk(service, remote, throttle_of(PER_ACCOUNT, _quotas(PER_ACCOUNT, settings), ledger))
    site = site_of(settings.public_url)
    known = [(dialect, with_sessions(dialect, site, always=dialect is not NATIVE)) for dialect in DIALECTS]
    applications = [(dialect, _application(admitting, service, desk, settings, ledger)) for dialect, admitting in known]
    return dispatcher(applications, front(service, DIALECTS, NATIVE.envelope, site, watch=watch))


def _application(dialect: Dialect, service: Service, desk: Desk, settings: Settings, ledger: Ledger) -> ASGIApp:
    def seen(who: Caller, address: str, request_id: str) -> None:
        service.traffic.note(who.account_id, who.token_id, dialect.name)
        enter(Origin(dialect.name, plain_address(address), request_id))

    return application(
        dialect,
        desk if dialect.name == truto.DIALECT.name else service,  # the one dialect that calls other systems
        strict=settings.strict,
        body_limit=settings.body_limit,
        file_limit=settings.file_limit,
        quotas=_quotas(dialect.limits, settings),
        ledger=ledger,
        public_url=settings.public_url,
        seen=seen,
    )


def _quotas(policy: Policy | None, settings: Settings) -> dict[str, int]:
    limits = policy.limits if policy is not None else ()
    return {limit.setting: getattr(settings, limit.setting) for limit in limits}


async def _tidy_up(service: Service) -> None:
    """Once a minute, what need not be written at once; once a day, the purge. What fails now is tried again later.

    At the start, and once a day, the files that a crash left half stored.
    """
    enter(Origin(WORKER))
    for rounds in count():
        if rounds % PURGE_EVERY == 0:
            await _tried(service.attachments.settle)
        await asyncio.sleep(TIDY_SECONDS)
        await _tried(service.tidy)
        if rounds % PURGE_EVERY == 0:  # each job then goes on by itself; new accounts get theirs the next day
            await _tried(service.retention.put_in)


async def _tried(work: Callable[[], Awaitable[object]]) -> None:
    """Do something that is tried again later by itself; what is wrong with it is logged, and stops nothing else."""
    try:
        await work()
    except DaylineError as error:
        _log.warning("tidying failed", reason=error.message)
    except Exception:  # noqa: BLE001 - such as a disk that cannot be read for a while
        _log.exception("tidying failed")


async def _ended(task: "asyncio.Task[None]") -> None:
    """Call a task off."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
