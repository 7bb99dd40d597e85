"""PostgreSQL's errors in the domain's words: what to try again, and what to tell. It must never swallow one."""

import asyncio

import asyncpg
from sqlalchemy import UniqueConstraint

from dayline.domain.errors import Conflict, Unavailable
from dayline.store.tables import metadata

UNKNOWN = (
    "The connection to the database was lost while it was committing: the write may or may not have happened. Look"
    " before you repeat it, or send an Idempotency-Key next time."
)
# The connection is no good any more, or never was one. Some of these come from the driver, some from the socket.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    asyncio.TimeoutError,
)
# Nothing was written, and the same again may well succeed.
CLASHED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

TOO_LONG = "This took longer than the statement time-out: ask for less, or filter by fewer things."
_UNAVAILABLE: dict[type[BaseException], str] = {
    asyncpg.QueryCanceledError: TOO_LONG,
    asyncpg.LockNotAvailableError: "Somebody else holds what this needs.",
    asyncpg.TooManyConnectionsError: "The database has no connection left.",
    asyncpg.ReadOnlySQLTransactionError: "The database is read-only.",
    asyncpg.InsufficientPrivilegeError: "The database login lacks a right: see `dayline doctor`.",
    asyncpg.UndefinedTableError: "The database has not the schema that this program knows.",
    asyncpg.InvalidAuthorizationSpecificationError: "The database refuses the login.",
    asyncpg.InvalidCatalogNameError: "There is no such database.",
    asyncpg.OutOfMemoryError: "The database has no memory for this.",
    asyncpg.PostgresSystemError: "The database's machine reports an error.",
    **dict.fromkeys(LOST, "The database cannot be reached."),
    **dict.fromkeys(CLASHED, "The database is busy."),
}


def translated(error: BaseException) -> BaseException:
    """Say the error in the domain's words, where the database's state is the cause; a fault of ours stays as it is."""
    match error:
        case asyncpg.ForeignKeyViolationError():
            return Conflict("This hangs on something that does not exist.")
        case asyncpg.UniqueViolationError():
            return Conflict(f"Something with this {_taken(error)} exists already.")
        case asyncpg.DiskFullError():
            return Unavailable("The disk has no room for this.", full=True)
    told = next((message for kind, message in _UNAVAILABLE.items() if isinstance(error, kind)), None)
    return error if told is None else Unavailable(told)


def _taken(error: asyncpg.UniqueViolationError) -> str:
    """The last column of the key that is taken: the one that differs. Row-level security hides the error's details."""
    return _KEYS.get(error.constraint_name or "", "id")


_KEYS = {
    f"{table.name}_{'_'.join(key.columns.keys())}_key": key.columns.keys()[-1]
    for table in metadata.tables.values()
    for key in table.constraints
    if isinstance(key, UniqueConstraint)
}
