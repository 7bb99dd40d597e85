"""Passwords as hashes: argon2id, in threads of its own. It must never run on the event loop, nor keep a password."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final

from dayline.domain.signing import plain_password

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# What OWASP asks for at the least, with one pass more: 46 MiB and a tenth of a second for each guess.
PASSES: Final = 2
MEMORY_KIB: Final = 47_104
LANES: Final = 1
_THREADS: Final = 2  # so many guesses at once, and so much memory for them, whoever asks


@cache
def _hasher() -> "PasswordHasher":
    # Loaded by whoever signs in first: a start, and a process that only serves tokens, do without.
    from argon2 import PasswordHasher, Type  # noqa: PLC0415

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    return _hasher().hash("nobody's")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="dayline-hash")


async def hash_of(password: str) -> str:
    """What is stored of a password, with a new salt."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _hash, plain_password(password))


async def fits(password: str, stored: str | None) -> bool:
    """Whether this is the password. Where there is none, it takes as long to say so."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _verify, plain_password(password), stored)


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _verify(password: str, stored: str | None) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415

    nobodys = _nobodys()  # made beforehand, or the first stranger would wait for it
    try:
        _hasher().verify(stored or nobodys, password)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None
