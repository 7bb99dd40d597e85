"""Integrated accounts: a customer's own account in another system, and what is logged of each call to it. Pure.

No secret is ever here: ``sealed`` holds what only ``service/vault.py`` can open, and it is no part of the document.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import Forbidden, invalid
from dayline.domain.identity import Principal

V = TypeVar("V")

Status = Literal["active", "needs_reauth"]
TOKEN_MS = 15 * 60 * 1000  # the life of a token for one integrated account
MOST_ENTRIES = 32  # of a context, secret ones and others each
LONGEST_ENTRY = 8_192  # characters
LONGEST_WORD = 255  # characters of a tenant id, a label, a name
LONGEST_ERROR = 500  # characters of what another system said
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}")
_CREDENTIAL = re.compile(
    r"key|token|secret|passw|passphrase|pwd|credential|authori[sz]ation|bearer|cookie|jwt|signature|certificate",
    re.IGNORECASE,
)


class IntegratedAccount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A connection to one customer's account in another system. Instants in ms UTC.

    ``id`` is the uuid by which callers know it, and stays when it is connected anew; ``number`` is for us alone.
    ``context`` is what is no secret; ``secret_names`` tells what else is known. ``base_url`` is where its system is,
    if that is not where the vendor's is. ``stood_at`` is since when it has its status; 0 since it was connected.
    ``secrets_set_at`` is when secrets were put in anew, 0 for never.
    """

    number: int
    id: str
    integration: str
    tenant_id: str
    label: str | None = None
    status: Status = "active"
    authentication_method: str = "api_key"
    region: str | None = None
    base_url: str | None = None
    context: dict[str, str] = {}
    secret_names: tuple[str, ...] = ()
    secrets_set_at: int = 0
    is_sandbox: bool = False
    last_error: str | None = None
    stood_at: int = 0
    revision: int = 1
    created_at: int = 0
    updated_at: int = 0
    sealed: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"IntegratedAccount(id={self.id!r}, integration={self.integration!r}, status={self.status!r})"


class NewIntegrated(Struct, frozen=True, kw_only=True):
    """An integrated account to be made. ``secrets`` are sealed before anything is written."""

    integration: str
    tenant_id: str
    context: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}
    label: str | None = None
    authentication_method: str = "api_key"
    region: str | None = None
    is_sandbox: bool = False

    def __repr__(self) -> str:
        return f"NewIntegrated(integration={self.integration!r}, tenant_id={self.tenant_id!r})"


class IntegratedChange(Struct, frozen=True, kw_only=True):
    """What a write changes of an integrated account; what is UNSET stays as it is.

    ``context`` is laid over the one there is; a None in it takes the name away.
    """

    tenant_id: str | UnsetType = UNSET
    label: str | None | UnsetType = UNSET
    region: str | None | UnsetType = UNSET
    is_sandbox: bool | UnsetType = UNSET
    context: Mapping[str, str | None] | UnsetType = UNSET


class IntegratedFilter(Struct, frozen=True, kw_only=True):
    """Which integrated accounts; what is None does not matter."""

    tenant_id: str | None = None
    integration: str | None = None
    is_sandbox: bool | None = None


class RemoteCall(Struct, frozen=True, kw_only=True):
    """One call to another system, as it is logged: never with a query, a credential or a body. ``at`` is in ms UTC.

    ``path`` has the names of what stands in it, not its values. ``status`` is the vendor's, None where there was no
    answer; ``ms`` how long it took; ``message`` what went wrong, empty where nothing did.
    """

    id: str
    at: int
    integrated_account_id: str
    integration: str
    operation: str
    method: str
    path: str
    status: int | None = None
    ms: int = 0
    result_count: int | None = None
    message: str = ""
    request_id: str = ""


class CallFilter(Struct, frozen=True, kw_only=True):
    """Which calls. Instants in ms UTC: from ``since`` on, up to ``until`` and without it.

    ``status`` is the vendor's; ``failed`` asks for what was no success, an answer that never came among it.
    """

    integrated_account_id: str | None = None
    operation: str | None = None
    status: int | None = None
    failed: bool = False
    since: int | None = None
    until: int | None = None


def divided(
    given: Mapping[str, V], shown: Collection[str], secret: Collection[str] = ()
) -> tuple[dict[str, V], dict[str, V]]:
    """Part what may be shown from what is secret: what is known to be, and of the unknown what is called like one."""
    sealed = {name for name in given if name in secret or (name not in shown and is_called_secret(name))}
    open_ = {name: value for name, value in given.items() if name not in sealed}
    return open_, {name: value for name, value in given.items() if name in sealed}


def is_called_secret(name: str) -> bool:
    """Whether an entry that nobody asked for is named as credentials are: rather one too many than one shown."""
    return _CREDENTIAL.search(name) is not None


def make_account(new: NewIntegrated, base_url: str | None, now: int) -> IntegratedAccount:
    """Make the integrated account, without its number, id and sealed secrets. Raises Invalid."""
    made = IntegratedAccount(
        number=0,
        id="",
        integration=new.integration,
        tenant_id=new.tenant_id.strip(),
        label=new.label,
        authentication_method=new.authentication_method,
        region=new.region,
        base_url=None if base_url is None else check_base_url(base_url),
        context=dict(new.context),
        secret_names=tuple(sorted(new.secrets)),
        is_sandbox=new.is_sandbox,
        created_at=now,
        updated_at=now,
    )
    _check(made)
    return made


def change_account(before: IntegratedAccount, change: IntegratedChange, now: int) -> IntegratedAccount:
    """Make what ``before`` becomes; the same one when nothing differs. Raises Invalid."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    if change.context is not UNSET:
        laid = {**before.context, **change.context}
        given["context"] = {name: value for name, value in laid.items() if value is not None}
        if secret := sorted(given["context"].keys() & set(before.secret_names)):
            raise invalid(f"context.{secret[0]}", "This is a secret: change it with the credentials.")
    if all(getattr(before, name) == value for name, value in given.items()):
        return before
    after = replace(before, **given, revision=before.revision + 1, updated_at=now)
    _check(after)
    return after


def reconnect(before: IntegratedAccount, sealed: Mapping[str, str], now: int) -> IntegratedAccount:
    """Make what ``before`` becomes with these sealed secrets laid over its own: active again, under the same id."""
    both = {**before.sealed, **sealed}
    return replace(
        before,
        sealed=both,
        secret_names=tuple(sorted(both)),
        secrets_set_at=now,
        status="active",
        last_error=None,
        stood_at=before.stood_at if before.status == "active" else now,
        revision=before.revision + 1,
        updated_at=now,
    )


def stand(before: IntegratedAccount, status: Status, last_error: str | None, now: int) -> IntegratedAccount:
    """Make what ``before`` becomes in this state; the same one when it is so already."""
    error = None if last_error is None else last_error[:LONGEST_ERROR]
    if (before.status, before.last_error) == (status, error):
        return before
    since = before.stood_at if before.status == status else now
    revision = before.revision + 1
    return replace(before, status=status, last_error=error, stood_at=since, revision=revision, updated_at=now)


def check_manager(who: Principal) -> None:
    """Raise Forbidden unless the caller may manage integrated accounts: an admin, with a token that says so."""
    if who.integrated_account_id is not None:
        raise Forbidden("A token for one integrated account cannot do this.")
    if not who.is_admin or "admin" not in who.scopes:
        raise Forbidden("Only an admin of the account, with a token of the scope admin, may do this.")


def check_reach(who: Principal, id_: str) -> None:
    """Raise Forbidden when the caller's token is for another integrated account than this one."""
    if who.integrated_account_id not in (None, id_):
        raise Forbidden("This token is for another integrated account.")


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, longest first: what another system says may repeat what it was sent."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def check_secrets(secrets: Mapping[str, str]) -> None:
    """Raise Invalid unless these can be sealed; the error never quotes one."""
    if not secrets:
        raise invalid("credentials", "There is no credential in this.")
    _check_entries("credentials", secrets)
    for name, value in secrets.items():
        if not value or value != value.strip() or not value.isprintable():
            raise invalid(f"credentials.{name}", "This is empty, or has blanks around it or marks inside.")


def check_base_url(url: str) -> str:
    """Give the URL without a slash at its end. Raises Invalid unless it is one of http or https, and only that."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or parts.username is not None or not url.isprintable() or " " in url:
        raise invalid("base_url", "This value should be a URL such as https://api.example.com, without a query.")
    return url.rstrip("/")


def _check(account: IntegratedAccount) -> None:
    for name, pattern in (("integration", _SLUG), ("authentication_method", _SLUG)):
        if not pattern.fullmatch(getattr(account, name)):
            raise invalid(name, "This value should be a short word of small letters, such as api_key.")
    if not account.tenant_id.strip():
        raise invalid("tenant_id", "This value should not be blank.")
    for name in ("tenant_id", "label", "region"):
        if len(getattr(account, name) or "") > LONGEST_WORD:
            raise invalid(name, f"This value should have at most {LONGEST_WORD} characters.")
    _check_entries("context", account.context)


def _check_entries(where: str, entries: Mapping[str, str]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise invalid(where, f"This should have at most {MOST_ENTRIES} entries.")
    for name, value in entries.items():
        if not _NAME.fullmatch(name):
            raise invalid(where, "A name in this should have letters, digits, _ - and . only.")
        if len(value) > LONGEST_ENTRY:
            raise invalid(f"{where}.{name}", f"This value should have at most {LONGEST_ENTRY} characters.")
