"""Seals secrets with AES-256-GCM, each bound to its account, row and name, and opens them for one use.

It must never write a secret or a key anywhere, nor quote one in an error; the one file that it makes is the key's own.
Why it is so: ``docs/decisions/0013-sealed-credentials.md``.
"""

import base64
import fcntl
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from dayline.domain.errors import Unavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HOW = "make one with: openssl rand -hex 32"
_VERSION = "v1"
_NONCE = 12  # bytes, drawn anew for each sealing
_KEY = re.compile(r"[0-9a-fA-F]{64}")


class NoKey(Unavailable):
    """There is no key to seal or open with, or not the one that it was sealed with; the message says what to do."""


class Broken(Unavailable):
    """What is sealed was changed, or belongs to another account, row or name: it cannot be opened, ever."""


class Place(Struct, frozen=True):
    """Where a secret stands. What is sealed for one place cannot be opened at another."""

    account_id: int
    row: str
    name: str


class Key(Struct, frozen=True):
    """A master key of 256 random bits. ``id`` tells it from others and says nothing about it."""

    id: str
    bits: bytes

    def __repr__(self) -> str:
        return f"Key(id={self.id!r})"


class Keyring:
    """The master keys: the first one seals, and all of them open. From a text, or from a file, one key a line."""

    def __init__(self, *, text: str | None = None, path: Path | None = None, makes: bool = False) -> None:
        """``makes`` allows the file to be made, with a new key in it, when the first secret is to be sealed."""
        self.path, self._text, self._makes = path, text, makes
        self._known: tuple[Key, ...] = ()

    @property
    def there(self) -> bool:
        """Whether there is a key, or a file for it."""
        return self._text is not None or (self.path is not None and self.path.exists())

    @property
    def may_be_made(self) -> bool:
        """Whether ``make`` may begin a file that is not there."""
        return self._makes and not self.there

    def held(self, *, anew: bool = False) -> tuple[Key, ...]:
        """The keys, ``anew`` as the file has them now. Raises NoKey."""
        if anew or not self._known:
            self._known = parse_keys(self._read())
        return self._known

    def _read(self) -> str:
        if self._text is not None:
            return self._text
        if self.path is None:
            raise NoKey(f"There is no key to seal credentials with: {HOW}, and give it as DAYLINE_SECRET_KEY.")
        try:
            return self.path.read_text("ascii")
        except FileNotFoundError:
            raise NoKey(
                f"There is no key file {self.path}: bring it back from your backup; or, where nothing is sealed yet,"
                f" {HOW} > {self.path}"
            ) from None
        except (OSError, UnicodeError) as error:
            raise NoKey(f"The key file {self.path} cannot be read: {type(error).__name__}.") from None

    def make(self) -> None:
        """Make the file with a new key, for its owner alone; if another process was quicker, leave it. Raises NoKey."""
        assert self.path is not None
        try:
            write_keys(self.path, (new_key(),), over=False)
        except FileExistsError:
            pass
        except OSError as error:
            raise NoKey(f"The key file {self.path} cannot be made: {error.strerror}.") from error

    def add(self) -> Key:
        """Put a new key before those in the file, and give it. Raises NoKey."""
        if self._text is not None or self.path is None:
            raise NoKey(
                "The key comes from DAYLINE_SECRET_KEY, which a command cannot change: put a new one before the old"
                f" one, with a comma between them; {HOW}"
            )
        try:
            with _alone(self.path.parent):
                write_keys(self.path, (new_key(), *self.held(anew=True)), over=True)
        except OSError as error:
            raise NoKey(f"The key file {self.path} cannot be written: {error.strerror}.") from error
        return self.held(anew=True)[0]


class Vault:
    """Seals and opens."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def seal(self, place: Place, secret: str) -> str:
        """Seal a secret for a place, with the first key as it is now. Raises NoKey."""
        key, nonce = self.keyring.held(anew=True)[0], secrets.token_bytes(_NONCE)
        sealed = nonce + _cipher(key, place).encrypt(nonce, secret.encode(), _bound(key, place))
        return f"{_VERSION}.{key.id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, place: Place, sealed: str) -> str:
        """Open what was sealed for this place. Raises NoKey and Broken."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded only where something is sealed

        key = self._key(key_of(sealed))
        try:
            raw = base64.urlsafe_b64decode(sealed.rpartition(".")[2])
            return _cipher(key, place).decrypt(raw[:_NONCE], raw[_NONCE:], _bound(key, place)).decode()
        except (InvalidTag, ValueError):
            raise Broken(
                f"The credential {place.name!r} of {place.row} was changed, or is not of this account: connect it anew."
            ) from None

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the first key. Raises NoKey."""
        return key_of(sealed) == self.keyring.held()[0].id

    def _key(self, id_: str) -> Key:
        """The key with this id; the file is read again where it is not known. Raises NoKey."""
        for anew in (False, True):
            for key in self.keyring.held(anew=anew):
                if key.id == id_:
                    return key
        raise NoKey(
            f"This credential was sealed with the key {id_}, which is not among those that are given: add it behind"
            " the first one, or connect the account anew."
        )


def key_of(sealed: str) -> str:
    """The id of the key with which this was sealed. Raises Broken."""
    version, _, rest = sealed.partition(".")
    id_, dot, _ = rest.partition(".")
    if version != _VERSION or not dot:
        raise Broken("A sealed credential is not of a form that this version knows.")
    return id_


def parse_keys(text: str) -> tuple[Key, ...]:
    """Read keys, divided by commas or lines; a line that begins with # is none. Raises NoKey, which quotes none."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    words = [word for line in lines for word in line.replace(",", " ").split()]
    if not words or not all(_KEY.fullmatch(word) for word in words):
        raise NoKey(f"A key for credentials is 64 hexadecimal digits; {HOW}")
    return tuple(_key(bytes.fromhex(word)) for word in words)


def new_key() -> Key:
    """Draw a new key."""
    return _key(secrets.token_bytes(32))


def _key(bits: bytes) -> Key:
    return Key(hashlib.sha256(b"dayline key id\0" + bits).hexdigest()[:12], bits)


def write_keys(path: Path, keys: tuple[Key, ...], *, over: bool) -> None:
    """Write a key file whole or not at all, for its owner alone. Raises OSError, FileExistsError unless ``over``."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{key.bits.hex()}\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        if over:
            os.replace(name, path)
        else:
            os.link(name, path)
        _settle(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process changes a key file in this folder; two that added a key at once would lose one."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)  # which gives the lock back


def _settle(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def key_for(key: Key, account_id: int) -> bytes:
    """The account's own key, which follows from the master key (HKDF-Expand, RFC 5869) and is kept nowhere."""
    info = f"dayline credentials of account {account_id}".encode()
    return hmac.digest(key.bits, info + b"\x01", "sha256")


def _cipher(key: Key, place: Place) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key_for(key, place.account_id))


def _bound(key: Key, place: Place) -> bytes:
    """What the seal is bound to."""
    return msgspec.json.encode((_VERSION, key.id, "integrated_accounts", place.account_id, place.row, place.name))
