"""The verbs: what callers may do, and the only writer. Checks who may, plans rows, logs changes; never speaks HTTP."""

from dayline.domain.time import DAY_MS
from dayline.service.activities import Activities, Directory, ManyWritten, Written
from dayline.service.bulk import Bulk
from dayline.service.identity import Identities
from dayline.service.moving import Moving
from dayline.service.people import People
from dayline.service.preferences import Preferences
from dayline.service.records import Records
from dayline.service.retention import Retention
from dayline.service.tokens import Tokens
from dayline.service.types import Types
from dayline.store.store import Store
from dayline.store.unit import Once

KEY_LIFE_MS = DAY_MS  # how long an idempotency key is remembered, at the least


class Service:
    """All verbs over one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.activities = Activities(store)
        self.records = Records(store)
        self.bulk = Bulk(store)
        self.moving = Moving(store)
        self.identities = Identities(store)
        self.people = People(store)
        self.tokens = Tokens(store)
        self.types = Types(store)
        self.preferences = Preferences(store)
        self.retention = Retention(store)

    async def tidy(self) -> None:
        """Note the last uses of tokens and forget old idempotency keys. Raises Unavailable."""
        await self.identities.note_uses()
        await self.store.forget_keys(self.store.clock() - KEY_LIFE_MS)


__all__ = ["Activities", "Bulk", "Directory", "Identities", "ManyWritten", "Once", "Records", "Service", "Written"]
