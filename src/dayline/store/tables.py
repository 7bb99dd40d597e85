"""The schema, once for both databases; Alembic's migrations make it, and a test holds the two together.

``account_id`` leads every primary key, unique key, foreign key and index, so that an account can live on its own shard.
Sort columns are NOT NULL with a sentinel, because a keyset over NULL ends early. Instants are ms UTC, JSON is text.
Which rows an index is over stands here for SQLite, and in the migrations for both: an option of PostgreSQL's would load
its dialect into every process on SQLite.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

LIVING = 0  # deleted_at of what is not deleted
NO_DUE = 1 << 62  # due of an activity without a date: after every date

_DELETED = text("deleted_at > 0")  # so that the purge need not read what lives
_OF_ONE = text("entity = 'activity'")
_LONG = text("ends - due > 86400000")
_EDITED = text("updated_at > created_at")

# Tables that are not below an account: outside row-level security, and on every shard.
REFERENCE = frozenset({"accounts", "attempts", "due", "emails"})

metadata = MetaData()

# Byte order on both databases: PostgreSQL would otherwise sort text by the rules of a language.
Words: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, autoincrement=False)  # numbers are handed out by the counter


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False)


def _word(name: str, *, nullable: bool = False, since: str | None = None) -> Column[str]:
    """``since`` names the migration that added it to rows that there were, empty."""
    return Column(name, Words, nullable=nullable, server_default=None if since is None else text("''"))


def _account() -> tuple[Column[int], ForeignKeyConstraint]:
    return _number("account_id"), ForeignKeyConstraint(["account_id"], ["accounts.id"])


# The one table that is not below an account.
accounts = Table(
    "accounts",
    metadata,
    _number("id"),
    _word("name"),
    Column("secret", LargeBinary, nullable=False),
    _word("settings"),
    _number("created_at"),
    PrimaryKeyConstraint("id"),
)

# Locked first by everything that writes: ids, the change log's sequence and the instant of a write come from here,
# so that commit order is sequence order. ``directory`` counts renames and removals of what appears inside activities,
# ``listening`` the active webhooks: while there are any, each write says that there is something to tell.
counters = Table(
    "counters",
    metadata,
    *_account(),
    _number("sequence"),
    _number("clock"),
    _number("directory"),
    _word("ids"),
    Column("listening", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("account_id"),
)

users = Table(
    "users",
    metadata,
    *_account(),
    _number("id"),
    _word("uuid"),
    _word("slug"),
    _word("email"),
    _flag("active"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "uuid"),
    UniqueConstraint("account_id", "slug"),
    UniqueConstraint("account_id", "email"),
)

# ``used_at`` is written once a minute, outside the change log, so it stands beside the body and not in it, and a change
# of the body leaves it.
tokens = Table(
    "tokens",
    metadata,
    _number("account_id"),
    _number("id"),
    _number("user_id"),
    _word("digest"),
    Column("used_at", BigInteger, nullable=True, info={"apart": True}),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "digest"),
    ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
)

types = Table(
    "types",
    metadata,
    *_account(),
    _number("id"),
    _word("key"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "key"),
)

records = Table(
    "records",
    metadata,
    *_account(),
    _word("kind"),
    _number("id"),
    _word("uuid"),
    _word("slug"),
    _word("external_id", nullable=True),
    Column("owner_id", BigInteger, nullable=True),
    _number("created_at"),
    _number("updated_at"),
    _number("deleted_at"),
    _word("search"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "kind", "id"),
    UniqueConstraint("account_id", "kind", "uuid"),
    UniqueConstraint("account_id", "slug"),
    UniqueConstraint("account_id", "kind", "external_id"),
    Index("records_updated", "account_id", "kind", "updated_at", "id"),
    Index("records_deleted", "account_id", "deleted_at", "kind", "id", sqlite_where=_DELETED),
)

# ``due`` is what it sorts by and ``ends`` when it is over; that one stands in the index too, so that a window need not
# read each activity that began before it. ``priority`` and ``main_kind`` are empty and ``main_id`` is 0 where there is
# none. What is searched stands apart for those who do not see internal notes.
activities = Table(
    "activities",
    metadata,
    _number("account_id"),
    _number("id"),
    _word("uuid"),
    _number("revision"),
    _number("owner_id"),
    _word("type_key"),
    _flag("done"),
    _word("priority"),
    _word("visibility"),
    _word("main_kind"),
    _number("main_id"),
    _number("due"),
    _number("ends"),
    _number("created_at"),
    _number("updated_at"),
    _number("deleted_at"),
    _word("search"),
    _word("search_note"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "uuid"),
    ForeignKeyConstraint(["account_id", "owner_id"], ["users.account_id", "users.id"]),
    Index("activities_created", "account_id", "created_at", "id"),
    Index("activities_updated", "account_id", "updated_at", "id"),
    # What was changed after it was made, since a moment: else it was made since, and stands at the end of the ids.
    Index("activities_edited", "account_id", "updated_at", "id", sqlite_where=_EDITED),
    Index("activities_due", "account_id", "due", "id", "ends"),
    # The few that go on for more than a day: where a window has to be looked for from, beside the day before it.
    Index("activities_long", "account_id", "ends", "due", sqlite_where=_LONG),
    Index("activities_owner", "account_id", "owner_id", "id"),
    Index("activities_type", "account_id", "type_key", "id"),
    Index("activities_done", "account_id", "done", "due", "id"),
    Index("activities_deleted", "account_id", "deleted_at", "id", sqlite_where=_DELETED),
)

# Which activities hang on a record. ``open`` repeats what the activity says (undone and living), so that "is there
# something still planned here?" is one step into a small index. No foreign key to activities: checking it when an
# activity is purged would read this whole table, since nothing here starts with the activity.
links = Table(
    "links",
    metadata,
    _number("account_id"),
    _word("kind"),
    _number("record_id"),
    _number("activity_id"),
    _flag("open"),
    PrimaryKeyConstraint("account_id", "kind", "record_id", "activity_id"),
    ForeignKeyConstraint(["account_id", "kind", "record_id"], ["records.account_id", "records.kind", "records.id"]),
    Index(
        "links_open",
        "account_id",
        "kind",
        "record_id",
        "activity_id",
        sqlite_where=text("open = 1"),
    ),
    sqlite_with_rowid=False,
)

# Which users have a part in an activity that is not public, and so may see it.
sight = Table(
    "sight",
    metadata,
    _number("account_id"),
    _number("user_id"),
    _number("activity_id"),
    PrimaryKeyConstraint("account_id", "user_id", "activity_id"),
    ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
    sqlite_with_rowid=False,
)

# Whose the attachments are: the activity's body describes one, and its bytes lie in a file named by ``key``, which a
# link has not. The row of a file that is ``gone`` stays until the file is removed, so that a crash in between leaves
# none behind.
attachments = Table(
    "attachments",
    metadata,
    *_account(),
    _number("id"),
    _number("activity_id"),
    _word("key", nullable=True),
    _number("updated_at"),
    _flag("gone"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "key"),
    Index("attachments_updated", "account_id", "updated_at", "id"),
    Index("attachments_gone", "account_id", "id", sqlite_where=text("gone = 1")),
)

# Conditions under a name; who may see one is in its body.
filters = Table(
    "filters",
    metadata,
    _number("account_id"),
    _number("id"),
    _number("owner_id"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    ForeignKeyConstraint(["account_id", "owner_id"], ["users.account_id", "users.id"]),
)

# What was written, when, by whom, and from where: ``surface`` is a dialect's name or a part of the program, ``address``
# the caller's. It is the outbox, too: events are made of it, in its order.
changes = Table(
    "changes",
    metadata,
    *_account(),
    _number("sequence"),
    _word("entity"),
    _number("entity_id"),
    _word("action"),
    _number("user_id"),
    _number("token_id"),
    _number("at"),
    _word("before", nullable=True),
    _word("after", nullable=True),
    _word("surface", since="0002"),
    _word("address", since="0002"),
    _word("request_id", since="0002"),
    PrimaryKeyConstraint("account_id", "sequence"),
    # The history of one activity. What else changes is looked for by nobody, and need not be in it.
    Index("changes_activity", "account_id", "entity_id", "sequence", sqlite_where=_OF_ONE),
)

idempotency = Table(
    "idempotency",
    metadata,
    *_account(),
    _word("key"),
    _word("fingerprint"),
    _flag("status"),
    _word("headers"),
    Column("body", LargeBinary, nullable=False),
    _number("created_at"),
    PrimaryKeyConstraint("account_id", "key"),
    Index("idempotency_age", "account_id", "created_at"),
)

# Who still calls what is going away. Added to once a minute, outside the change log, as the last uses of tokens are.
metered_calls = Table(
    "metered_calls",
    metadata,
    *_account(),
    _number("token_id"),
    _word("agent"),
    _word("called"),
    _number("calls"),
    _number("first_at"),
    _number("last_at"),
    PrimaryKeyConstraint("account_id", "token_id", "agent", "called"),
)

# In which accounts an email address is somebody's: whoever signs in has not said yet where. It follows ``users``.
emails = Table(
    "emails",
    metadata,
    *_account(),
    _word("email"),
    PrimaryKeyConstraint("account_id", "email"),
    Index("emails_email", "email", "account_id"),
)

# Apart from the users, whose bodies are in the change log: nothing that helps to guess a password may stay there.
passwords = Table(
    "passwords",
    metadata,
    _number("account_id"),
    _number("user_id"),
    _word("hash"),
    _number("changed_at"),
    PrimaryKeyConstraint("account_id", "user_id"),
    ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
)

# Who is signed in at the page, outside the change log. ``used_at`` is written once a minute.
sessions = Table(
    "sessions",
    metadata,
    _number("account_id"),
    _word("id"),
    _number("user_id"),
    _word("digest"),
    _number("created_at"),
    _number("used_at"),
    _number("expires_at"),
    _word("agent"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "digest"),
    ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
    Index("sessions_user", "account_id", "user_id"),
)

# Links that sign somebody in once.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    _number("account_id"),
    _word("digest"),
    _number("user_id"),
    _number("expires_at"),
    PrimaryKeyConstraint("account_id", "digest"),
    ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
)

# Failed attempts to sign in, by the digest of an email address or of a network address: of no account, since it may be
# nobody's address. Nobody of them may try again ``until`` then.
attempts = Table(
    "attempts",
    metadata,
    _word("whom"),
    _number("failures"),
    _number("until"),
    _number("last_at"),
    PrimaryKeyConstraint("whom"),
)

# What was called with each token on which surface, hour by hour; ``hour`` is its first instant. Added to once a minute.
calls = Table(
    "calls",
    metadata,
    *_account(),
    _number("token_id"),
    _word("surface"),
    _number("hour"),
    _number("calls"),
    _number("last_at"),
    PrimaryKeyConstraint("account_id", "token_id", "surface", "hour"),
)

# Connections to customers' accounts in other systems. ``sealed`` is a JSON object, a sealed secret by its name: beside
# the body and not in it, so that it does not stay in the change log.
integrated_accounts = Table(
    "integrated_accounts",
    metadata,
    *_account(),
    _number("id"),
    _word("uuid"),
    _word("integration"),
    _word("tenant_id"),
    _flag("sandbox"),
    _word("sealed"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "uuid"),
    Index("integrated_accounts_tenant", "account_id", "tenant_id", "id"),
)

# What was called there, outside the change log; purged by age.
remote_calls = Table(
    "remote_calls",
    metadata,
    *_account(),
    _number("at"),
    _word("id"),
    _word("integrated_account_id"),
    _word("integration"),
    _word("operation"),
    _word("method"),
    _word("path"),
    Column("status", BigInteger, nullable=True),
    _number("ms"),
    Column("result_count", BigInteger, nullable=True),
    _word("message"),
    _word("request_id"),
    PrimaryKeyConstraint("account_id", "at", "id"),
    Index("remote_calls_of", "account_id", "integrated_account_id", "at", "id"),
)

# What was tried to be written to another system, under the key of whoever asked for it: committed as pending before the
# call, so that one whose outcome nobody knows is known to be such. ``fence`` goes up each time that somebody takes it
# on, and only the last one may say how it went. ``digest`` is of what the note says, so that the same note under two
# keys is not taken for one; ``remote_id`` is the vendor's for the note that this attempt has, and no other can have.
remote_attempts = Table(
    "remote_attempts",
    metadata,
    *_account(),
    _word("integrated_id"),
    _word("key"),
    _word("fingerprint"),
    _word("digest"),
    _word("state"),
    _number("fence"),
    _number("lease_until"),
    _number("first_at"),
    _number("unsure_at"),
    _word("remote_id", nullable=True),
    Column("answer", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account_id", "integrated_id", "key"),
    UniqueConstraint("account_id", "integrated_id", "remote_id"),
    Index("remote_attempts_same", "account_id", "integrated_id", "digest"),
    Index("remote_attempts_age", "account_id", "first_at"),
)

# Who wants to be told. ``cursor`` is the last change that was looked at for it, and no part of the body: it goes on by
# itself, and is set back to tell again. ``missed`` is the last change that was cut from the log before it was looked at
# for it. ``sealed`` is a JSON object, a sealed secret by its name.
webhooks = Table(
    "webhooks",
    metadata,
    _number("account_id"),
    _number("id"),
    _word("uuid"),
    _number("owner_id"),
    _word("face"),
    _flag("active"),
    Column("cursor", BigInteger, nullable=False, info={"apart": True}),
    Column("missed", BigInteger, nullable=False, info={"apart": True}),
    _word("sealed"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "uuid"),
    ForeignKeyConstraint(["account_id", "owner_id"], ["users.account_id", "users.id"]),
)

# That a person was erased, and what became of it. It names nobody.
erasures = Table(
    "erasures",
    metadata,
    *_account(),
    _number("id"),
    _word("body"),
    PrimaryKeyConstraint("account_id", "id"),
)

_OPEN = text("state <> 'dead'")

# What is to be done, and by when. Whoever takes a job sets ``due_at`` to when he must be done with it and raises
# ``fence``, with which alone he may say how it went; so one that was left is due again by itself. A ``lane`` is what
# jobs wait for each other in, such as one webhook; ``sequence`` the change that a job needs, which then is not purged.
jobs = Table(
    "jobs",
    metadata,
    *_account(),
    _word("id"),
    _word("lane"),
    _word("kind"),
    _word("dedupe"),
    _number("due_at"),
    _word("state"),
    _number("tries"),
    _number("fence"),
    _word("last_error"),
    Column("sequence", BigInteger, nullable=True),
    _word("payload"),
    _number("created_at"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "kind", "dedupe"),
    Index("jobs_due", "account_id", "lane", "due_at", "id", sqlite_where=_OPEN),
    Index("jobs_lane", "account_id", "lane", "id"),
)

# Accounts that have something to be done, and from when on: early perhaps, never late.
due = Table(
    "due",
    metadata,
    *_account(),
    _number("at"),
    PrimaryKeyConstraint("account_id"),
    Index("due_at", "at", "account_id"),
)

# Each time that something was sent to a webhook, and what came back; outside the change log, purged by age.
deliveries = Table(
    "deliveries",
    metadata,
    *_account(),
    _number("at"),
    _word("id"),
    _number("webhook_id"),
    _word("event_id"),
    _word("event"),
    _word("entity"),
    _number("entity_id"),
    _number("sequence"),
    _number("attempt"),
    _word("outcome"),
    Column("status", BigInteger, nullable=True),
    _number("ms"),
    _word("error"),
    _word("url"),
    _word("request_headers"),
    _word("request_body"),
    _word("response_headers"),
    _word("response_body"),
    PrimaryKeyConstraint("account_id", "at", "id"),
    Index("deliveries_of", "account_id", "webhook_id", "at", "id"),
    Index("deliveries_event", "account_id", "event_id", "at"),
)
