"""The verbs: what callers may do, and the only writer. Checks who may, plans rows, logs changes; never speaks HTTP."""

from dayline.service.activities import Activities, ManyWritten, Written
from dayline.service.attachments import Attachments
from dayline.service.attempts import Attempts
from dayline.service.audit import Audit
from dayline.service.backlog import Backlogs
from dayline.service.batch import Batch
from dayline.service.bulk import Bulk
from dayline.service.changes import Changes
from dayline.service.directory import Directory
from dayline.service.erasing import Erasing
from dayline.service.erasures import Erasures
from dayline.service.filters import Filters
from dayline.service.history import History
from dayline.service.identity import Identities
from dayline.service.integrated import Integrated
from dayline.service.meter import Meter
from dayline.service.moving import Moving
from dayline.service.passwords import Passwords
from dayline.service.people import People
from dayline.service.person_export import PersonExport
from dayline.service.preferences import Preferences
from dayline.service.records import Records
from dayline.service.remote_log import RemoteLog
from dayline.service.renderings import Rendering, Renderings
from dayline.service.retention import Keeps, Retention
from dayline.service.signing import Signing
from dayline.service.telling import Telling
from dayline.service.tokens import Tokens
from dayline.service.traffic import Traffic
from dayline.service.types import Types
from dayline.service.vault import Keyring, Vault
from dayline.service.webhooks import Check, Webhooks, anywhere
from dayline.service.writes import Writes
from dayline.store.store import Store
from dayline.store.unit import Once


class Service:
    """All verbs over one store."""

    def __init__(
        self,
        store: Store,
        *,
        rendering_bytes: int = 64 << 20,
        keyring: Keyring | None = None,
        keeps: Keeps | None = None,
        check_url: Check = anywhere,
        streams: int = 500,
        streams_each: int = 20,
    ) -> None:
        """``rendering_bytes`` bounds the memory for finished answers. ``keyring`` has what seals credentials.

        ``keeps`` says for how long what the program writes down stays. ``check_url`` raises Invalid for a URL to which
        nothing may be sent. So many ``streams`` of changes may be open, of one token so many ``streams_each``.
        """
        self.store = store
        self.keyring = keyring or Keyring()
        self.backlogs = Backlogs(store)
        self.activities = Activities(store, Renderings(rendering_bytes))
        self.attachments = Attachments(store)
        self.attempts = Attempts(store)
        self.audit = Audit(store)
        self.batch = Batch(store)
        self.changes = Changes(store, most=streams, each=streams_each)
        self.erasures = Erasures(store)
        self.erasing = Erasing(store)
        self.person_export = PersonExport(store, self.erasing)
        self.filters = Filters(store)
        self.records = Records(store)
        self.bulk = Bulk(store)
        self.moving = Moving(store)
        self.identities = Identities(store)
        self.people = People(store)
        self.tokens = Tokens(store)
        self.signing = Signing(store)
        self.passwords = Passwords(store)
        self.meter = Meter(store)
        self.traffic = Traffic(store)
        self.history = History(store)
        self.types = Types(store)
        self.preferences = Preferences(store)
        self.retention = Retention(store, self.attempts, keeps)
        self.integrated = Integrated(store, Vault(self.keyring))
        self.remote_log = RemoteLog(store)
        self.webhooks = Webhooks(store, self.integrated.sealing, check_url)
        self.telling = Telling(store)
        self.writes = Writes(store)

    async def tidy(self) -> None:
        """Note the last uses of tokens, and remove the files that went. Raises Unavailable."""
        await self.identities.note_uses()
        await self.signing.tidy()
        await self.meter.write()
        await self.traffic.write()
        await self.remote_log.write()
        await self.attachments.tidy()


__all__ = [
    "Activities",
    "Bulk",
    "Directory",
    "Identities",
    "ManyWritten",
    "Once",
    "Records",
    "Rendering",
    "Service",
    "Written",
]
