"""What the handlers of this dialect have at hand: the verbs, and the calls to customers' own systems."""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from msgspec import Struct

from dayline.domain.errors import Forbidden, Invalid, Problem
from dayline.domain.identity import Principal
from dayline.domain.record import is_uuid
from dayline.kit.dialect import Call
from dayline.kit.throttle import Throttle
from dayline.remote.calls import Remote
from dayline.remote.connector import Connector
from dayline.service import Service
from dayline.service.signing import Signing

Q = TypeVar("Q")
B = TypeVar("B")


class Desk(Struct, frozen=True, eq=False):
    """``throttle`` counts the requests to each integrated account, where there is a limit."""

    service: Service
    remote: Remote
    throttle: Throttle | None = None

    @property
    def signing(self) -> Signing:
        """The verbs by which a session of the page is known."""
        return self.service.signing

    @property
    def connectors(self) -> Mapping[str, Connector]:
        """The vendors that can be called, by their slugs."""
        return self.remote.connectors


Asked: TypeAlias = Call[Desk, Principal, Q, B]


def account_of(who: Principal, given: str | None) -> str:
    """The integrated account that a request is for. Raises Invalid, and Forbidden for a token of another one."""
    if who.integrated_account_id is not None:
        if given is not None and folded(given) != who.integrated_account_id:
            raise Forbidden("This token is for another integrated account.")
        return who.integrated_account_id
    if given is None or not given.strip():
        raise Invalid(Problem("integrated_account_id", "is required", "missing"))
    return folded(given)


def folded(id_: str) -> str:
    """The id of an integrated account as it is kept: a uuid may be written in capitals, too."""
    return id_.lower() if is_uuid(id_) else id_
