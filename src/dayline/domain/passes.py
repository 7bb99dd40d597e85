"""Passes: credentials for one integrated account that end by themselves. Signed, and stored nowhere.

A pass stands for the token that asked for it, and is worth no more: it ends with that one, and at its own time. It must
never let its holder reach anything but that integrated account.
"""

import base64
import hmac

import msgspec
from msgspec import Struct

from dayline.domain.identity import Scope

PASS_SCOPES: frozenset[Scope] = frozenset({"activities:read", "activities:write"})  # that a pass allows at the most
_PREFIX = "dlp"
_MAC_BYTES = 32
_LABEL = b"dayline pass\0"  # so that nothing else signed with the account's secret is taken for a pass


class Pass(Struct, frozen=True, array_like=True):
    """For which integrated account, by which token, and until when (ms UTC)."""

    token_id: int
    integrated_account_id: str
    expires_at: int


def write_pass(account_id: int, secret: bytes, given: Pass) -> str:
    """The credential ``dlp_<account>_<pass>``, signed with the account's secret."""
    payload = msgspec.json.encode(given)
    spelled = base64.urlsafe_b64encode(payload + _mac(account_id, secret, payload)).rstrip(b"=").decode()
    return f"{_PREFIX}_{account_id}_{spelled}"


def claimed(credential: str) -> tuple[int, Pass] | None:
    """The account and the pass that a credential claims to be, not yet proven; None where it is no pass at all."""
    account, payload, _ = _parts(credential) or ("", b"", b"")
    try:
        return (int(account), msgspec.json.decode(payload, type=Pass)) if payload else None
    except (ValueError, msgspec.MsgspecError):
        return None


def proven(credential: str, secret: bytes) -> bool:
    """Whether a credential was signed with this secret."""
    parts = _parts(credential)
    return parts is not None and hmac.compare_digest(parts[2], _mac(int(parts[0]), secret, parts[1]))


def _parts(credential: str) -> tuple[str, bytes, bytes] | None:
    prefix, _, rest = credential.partition("_")
    account, _, spelled = rest.partition("_")
    if prefix != _PREFIX or not account.isascii() or not account.isdecimal() or len(account) > 18:
        return None
    try:
        raw = base64.b64decode(spelled.encode("ascii") + b"=" * (-len(spelled) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return account, raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]


def _mac(account_id: int, secret: bytes, payload: bytes) -> bytes:
    return hmac.digest(secret, _LABEL + f"{account_id}\0".encode() + payload, "sha256")
