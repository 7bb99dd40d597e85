"""Which integration needs and takes which field of a new activity: as Truto documents it, and as it is here.

Data alone. What a connector or Dayline's own store says of itself is in its ``methods``.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

Need = Literal["required", "supported"]

INTEGRATIONS: Final = ("ashby", "lever", "recruitee")
"""Those for which Truto documents the method."""

REQUEST: Final[Mapping[str, Mapping[str, Need]]] = {
    "candidate_id": {"ashby": "required", "lever": "required", "recruitee": "required"},
    "body": {"ashby": "required", "lever": "supported", "recruitee": "required"},
    "visibility": {"lever": "supported"},
    "created_at": {"lever": "supported"},
    "remote_data": {},
}
"""The fields of the request, and what Truto documents of each integration; nothing is said of the last one."""

RESPONSE: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("ashby",),
    "candidate": ("ashby",),
    "actor": ("ashby",),
    "activity_type": ("ashby",),
    "from": (),
    "to": (),
    "cc": (),
    "subject": (),
    "body": ("ashby",),
    "visibility": (),
    "updated_at": (),
    "created_at": ("ashby",),
    "remote_data": (),
}
"""The fields of the answer, and for which integrations Truto documents them."""


class Row(Struct, frozen=True):
    """A field of a request, and what it is to one integration: as documented, and here."""

    field: str
    documented: Need | None
    here: Need | None


def rows(integration: str, required: tuple[str, ...], supported: tuple[str, ...]) -> Iterator[Row]:
    """What each field of a new activity is to an integration that needs and takes these."""
    here: dict[str, Need] = {**dict.fromkeys(supported, "supported"), **dict.fromkeys(required, "required")}
    for field in (*REQUEST, *(name for name in here if name not in REQUEST)):
        documented = REQUEST.get(field, {}).get(integration)
        yield Row(field, documented, "supported" if field == "remote_data" else here.get(field))
