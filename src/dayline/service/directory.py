"""The names behind the ids in activities, as they are now."""

from msgspec import Struct

from dayline.domain.identity import User
from dayline.domain.record import Kind, Record
from dayline.domain.types import ActivityType


class Directory(Struct, frozen=True):
    """The records and users that activities mention; types, by key, where they were asked for."""

    records: dict[tuple[Kind, int], Record]
    users: dict[int, User]
    types: dict[str, ActivityType] = {}
