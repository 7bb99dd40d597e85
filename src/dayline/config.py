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
MetricsToken = Annotated[str, Meta(min_length=16, pattern="^[!-~]+$")]
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
    proxies: str = "127.0.0.1 ::1"  # who is believed when he says for whom he calls: addresses and networks, or none
    strict: bool = False  # refuse what a vendor refuses, rather than accept a safe superset
    files: str | None = None  # the folder of attachments; beside a SQLite file, or dayline.files here
    file_limit: Annotated[int, Meta(ge=1)] = 25 << 20  # bytes of one attachment
    secret_key: str | None = None  # what seals the credentials of integrated accounts, or several: the first one seals
    secret_key_file: str | None = None  # the same, one a line; on SQLite a file is made beside the database when needed
    log_days: Annotated[int, Meta(ge=1, le=36_500)] = 30  # that calls to other systems stay in the log
    delivery_days: Annotated[int, Meta(ge=1, le=36_500)] = 30  # that deliveries and given up jobs stay in the log
    key_hours: Annotated[int, Meta(ge=1, le=8_760)] = 24  # that the answer to an Idempotency-Key is kept, at the least
    change_days: Annotated[int, Meta(ge=0, le=36_500)] = 0  # that the change log is kept; 0 for ever
    outbound_allow: str = ""  # what may be called that is not public or has no TLS: hosts, host:port, networks
    outbound_seconds: Annotated[float, Meta(gt=0, le=30)] = 15.0  # that a call to another system may take in all
    outbound_stream_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 300.0  # the same of one that is streamed
    outbound_stream_bytes: Annotated[int, Meta(ge=1)] = 256 << 20  # of it, at the most
    outbound_settle_seconds: Annotated[float, Meta(ge=0)] = 5.0  # in which a note whose answer was lost may appear
    outbound_pace: bool = True  # keep to what the other systems allow
    outbound_breaker: bool = True  # leave alone for a while what keeps failing
    worker: bool = True  # do what is due in the serving process; else `dayline worker` does it beside
    lease_seconds: Annotated[float, Meta(ge=1, le=3_600)] = 60.0  # after which what a worker left is another's
    public_url: PublicUrl | None = None  # where callers reach this server, for the links that it gives
    body_limit: Annotated[int, Meta(ge=1024)] = 1 << 20  # bytes of a JSON request
    rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 6000  # requests a minute with one token; 0 for no limit
    atz_rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 0  # the same there; the vendor's is 60
    truto_rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 0  # requests in ten seconds with one token, there
    truto_account_rate_limit: Annotated[int, Meta(ge=0, le=10**9)] = 0  # the same to one integrated account
    pipedrive_daily_tokens: Annotated[int, Meta(ge=1, le=10**15)] = 10**9  # that an account may spend there in a day
    pipedrive_burst: Annotated[int, Meta(ge=1, le=10**9)] = 20_000  # requests in two seconds with one token, there
    streams: Annotated[int, Meta(ge=0)] = 500  # of changes, and requests that wait for one, in each process
    streams_each: Annotated[int, Meta(ge=0)] = 20  # the same with one token
    limits_url: LimitsUrl | None = None  # a Valkey or Redis where several processes count requests together
    rendering_bytes: Annotated[int, Meta(ge=0)] = 64 << 20  # of memory for activities as they were last shown
    statement_timeout: Annotated[float, Meta(gt=0)] = 5.0  # seconds that one read may take, or wait for a lock
    metrics_token: MetricsToken | None = None  # what reads `/metrics` must send it; nobody reads them without one
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"  # auto: console on a terminal, else json

    def __repr__(self) -> str:
        return f"Settings({', '.join(self.__struct_fields__)})"  # values may be secrets


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
