"""What the handlers of Pipedrive's smaller resources share. It must never look at what an answer is about."""

from collections.abc import Iterable
from typing import Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from dayline.domain.errors import Forbidden
from dayline.domain.identity import Principal
from dayline.domain.time import format_instant
from dayline.kit.dialect import Call, Operation, Reply
from dayline.service import Service
from dayline.vendors.pipedrive.v1.errors import NO_PERMISSION

Q = TypeVar("Q")
B = TypeVar("B")
Asked: TypeAlias = Call[Service, Principal, Q, B]

encode: Final = msgspec.json.Encoder().encode


def ok(answer: Struct, status: int = 200) -> Reply:
    """The answer as JSON."""
    return Reply(status, encode(answer))


def check_admin(who: Principal) -> None:
    """Raise Forbidden, in API v1's words, unless the caller is a global admin."""
    if not who.is_admin:
        raise Forbidden(NO_PERMISSION)


def may_read_activities(who: Principal) -> bool:
    """Whether the credential lets its bearer know of activities, where he looks up something else."""
    return "activities:read" in who.scopes


def v1_instant(ms: int) -> str:
    """An instant as API v1 writes it: ``YYYY-MM-DD HH:MM:SS`` in UTC."""
    return format_instant(ms).replace("T", " ").removesuffix("Z")


def precise_instant(ms: int) -> str:
    """An instant with its milliseconds: ``YYYY-MM-DDTHH:MM:SS.sssZ``."""
    return f"{format_instant(ms).removesuffix('Z')}.{ms % 1000:03d}Z"


def claimed(operations: Iterable[Operation]) -> tuple[str, ...]:
    """The prefixes of these operations, such as ``/v1/users``; those of API v1 in both of their spellings."""
    found: set[str] = set()
    for operation in operations:
        version = next(version for version in ("/v1/", "/api/v2/") if operation.path.startswith(version))
        prefix = version + operation.path.removeprefix(version).partition("/")[0]
        found |= {prefix, f"/api{prefix}"} if version == "/v1/" else {prefix}
    return tuple(sorted(found))
