"""Signing in at the page: sessions, how long they last, what a password must be, and how long a failure makes one wait.

Pure. No secret is in here: what is kept of a credential is its digest. Instants and spans are in ms.
"""

import hashlib
import hmac
import unicodedata
from typing import Final

from msgspec import Struct

from dayline.domain.errors import invalid
from dayline.domain.identity import account_of, digest, new_credential
from dayline.domain.time import DAY_MS

MINUTE_MS: Final = 60_000
IDLE_MS: Final = 7 * DAY_MS  # without a request a session ends
LIFE_MS: Final = 30 * DAY_MS  # it ends whatever happens
LINK_MS: Final = 15 * MINUTE_MS
INVITATION_MS: Final = DAY_MS  # a link that an admin gives to somebody else
SHORTEST, LONGEST = 10, 1024  # characters of a password
AGENT: Final = 200  # characters of a User-Agent that are kept

FORGET_MS: Final = DAY_MS  # failures are forgotten that long after the last one
_FREE_BY_EMAIL: Final = 5
_FREE_BY_ADDRESS: Final = 30  # a whole office may share one
_FIRST_WAIT_MS, _LONGEST_WAIT_MS = 10_000, 15 * MINUTE_MS

_SESSION, _LINK = "ds", "dk"  # how their credentials begin; a token's begins with dl, and none passes for another


class Session(Struct, frozen=True, kw_only=True):
    """Somebody's browser that is signed in. ``agent`` is what it calls itself; ``used_at`` is to the minute."""

    id: str
    user_id: int
    created_at: int
    used_at: int
    expires_at: int
    agent: str

    def ended(self, now: int) -> bool:
        """Whether it has been idle, or has lived, for too long."""
        return now >= self.expires_at or now - self.used_at >= IDLE_MS


class Attempts(Struct, frozen=True):
    """The failures of one email address, or from one network address. Before ``until`` nothing is tried."""

    failures: int = 0
    until: int = 0
    last_at: int = 0


def new_session_credential(account_id: int) -> str:
    """What the cookie of a new session holds."""
    return new_credential(account_id, _SESSION)


def new_link_credential(account_id: int) -> str:
    """What a link that signs in once ends with."""
    return new_credential(account_id, _LINK)


def account_of_session(credential: str) -> int | None:
    """The account that a cookie claims to be of, or None when it has not the form of one."""
    return account_of(credential, _SESSION)


def account_of_link(credential: str) -> int | None:
    """The account that a link claims to be of, or None when it has not the form of one."""
    return account_of(credential, _LINK)


def csrf_of(credential: str) -> str:
    """What a page must send along to show that it could read our answers. It follows from the cookie, one way only."""
    return digest(f"csrf:{credential}")


def same_secret(one: str, other: str) -> bool:
    """Whether both are the same, without telling by the time it takes how much of them is."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def plain_password(text: str) -> str:
    """The password in one form, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: str, email: str) -> None:
    """Raise Invalid unless this may be the password of whoever has this email address."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid("password", f"Use {SHORTEST} to {LONGEST} characters; a few words in a row are easy to keep.")
    if password.casefold().strip() == email.casefold() or len(set(password)) < 4:
        raise invalid("password", "This is the first thing that somebody else would try.")


def whom_by_email(email: str) -> tuple[str, int]:
    """What failures with an email address are counted under, and how many are free.

    Only a digest: people type passwords into the field for the address.
    """
    return f"email {hashlib.sha256(email.encode('utf-8', 'surrogatepass')).hexdigest()}", _FREE_BY_EMAIL


def whom_by_address(address: str) -> tuple[str, int]:
    """What failures from a network address are counted under, and how many are free."""
    return f"address {hashlib.sha256(address.encode('utf-8', 'surrogatepass')).hexdigest()}", _FREE_BY_ADDRESS


def whom_by_user(account_id: int, user_id: int) -> tuple[str, int]:
    """What failures of somebody who is signed in are counted under, and how many are free.

    Not his email address: there strangers' failures count, who must not keep him from changing his password.
    """
    return f"user {account_id}:{user_id}", _FREE_BY_EMAIL


def after_failure(before: Attempts, free: int, now: int) -> Attempts:
    """One failure more: when the free ones are used up, twice as long a wait after each."""
    failures = 1 + (0 if now - before.last_at >= FORGET_MS else before.failures)
    return Attempts(failures, now + _wait(failures, free), now)


def after_success(counted: Attempts, free: int) -> Attempts:
    """What is left when an attempt that was counted as a failure was none; the others stay what they were."""
    failures = max(0, counted.failures - 1)
    return Attempts(failures, counted.last_at + _wait(failures, free), counted.last_at)


def _wait(failures: int, free: int) -> int:
    return 0 if failures < free else min(_LONGEST_WAIT_MS, _FIRST_WAIT_MS << min(failures - free, 20))
