"""Every setting of the program, read once from the environment (``DAYLINE_*``) and then fixed."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from dayline.domain.errors import DaylineError

PREFIX = "DAYLINE_"
Port = Annotated[int, Meta(ge=0, le=65_535)]


class BadSetting(DaylineError):
    """A setting has a value that cannot be used; the message says which, and what it may be."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings; the variable of each is ``DAYLINE_`` and its name in capitals."""

    database_url: str = "sqlite:///dayline.db"
    migration_url: str | None = None  # as whom to migrate PostgreSQL, where the serving login may not
    connections: Annotated[int, Meta(ge=2, le=1000)] = 8  # to PostgreSQL, for each process
    pgbouncer: bool = False  # a transaction-mode PgBouncer is in between
    host: str = "127.0.0.1"
    port: Port = 8000
    strict: bool = False  # refuse what a vendor refuses, rather than accept a safe superset
    body_limit: Annotated[int, Meta(ge=1024)] = 1 << 20  # bytes of a JSON request
    rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 6000  # requests a minute with one token; 0 for no limit
    statement_timeout: Annotated[float, Meta(gt=0)] = 5.0  # seconds that one read may take, or wait for a lock
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"  # auto: console on a terminal, else json


def read_settings(given: Mapping[str, object], environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; what is given and not None goes before the environment. Raises BadSetting."""
    values: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        text = environment.get(PREFIX + name.upper(), "")
        if text:
            values[name] = text
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        message, _, field = str(error).partition(" - at `$.")
        raise BadSetting(f"{PREFIX}{field.rstrip('`').upper()}: {message}.") from None
