"""Every setting of the program, read once from the environment (``DAYLINE_*``) and then fixed."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from dayline.domain.errors import DaylineError

PREFIX = "DAYLINE_"
Port = Annotated[int, Meta(ge=0, le=65_535)]
LimitsUrl = Annotated[str, Meta(pattern="^((valkeys?|rediss?)://[^/]|unix://)")]
PublicUrl = Annotated[str, Meta(pattern="^https?://[^/?#]+(/[^?#]*[^/?#])?$")]


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
    files: str | None = None  # the folder of attachments; beside a SQLite file, or dayline.files here
    file_limit: Annotated[int, Meta(ge=1)] = 25 << 20  # bytes of one attachment
    public_url: PublicUrl | None = None  # where callers reach this server, for the links that it gives
    body_limit: Annotated[int, Meta(ge=1024)] = 1 << 20  # bytes of a JSON request
    rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 6000  # requests a minute with one token; 0 for no limit
    atz_rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 0  # the same there; the vendor's is 60
    pipedrive_daily_tokens: Annotated[int, Meta(ge=1, le=10**15)] = 10**9  # that an account may spend there in a day
    pipedrive_burst: Annotated[int, Meta(ge=1, le=10**9)] = 20_000  # requests in two seconds with one token, there
    limits_url: LimitsUrl | None = None  # a Valkey or Redis where several processes count requests together
    rendering_bytes: Annotated[int, Meta(ge=0)] = 64 << 20  # of memory for activities as they were last shown
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
