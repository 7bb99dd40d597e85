"""How a path of the native API names things: by id, UUID or slug."""

from typing import Final

from dayline.domain.errors import NotFound
from dayline.domain.record import Identity, is_uuid

MAX_DIGITS: Final = 18  # as many as surely fit in 63 bits


def parse_identity(text: str) -> Identity:
    """Read a name: digits are an id, the form of a UUID is one, the rest a slug. Raises NotFound."""
    if text.isascii() and text.isdecimal():
        if len(text) > MAX_DIGITS:
            raise NotFound("No such thing")
        return int(text)
    return text.lower() if is_uuid(text) else text
