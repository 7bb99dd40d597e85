"""The schema, once for both databases; Alembic's migrations make it, and a test holds the two together.

``account_id`` leads every primary key, unique key, foreign key and index, so that an account can live on its own shard.
Sort columns are NOT NULL with a sentinel, because a keyset over NULL ends early. Instants are ms UTC, JSON is text.
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
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

LIVING = 0  # deleted_at of what is not deleted
NO_DUE = 1 << 62  # due of an activity without a date: after every date

_DELETED = text("deleted_at > 0")  # so that the purge need not read what lives

# Tables that are not below an account: outside row-level security, and on every shard.
REFERENCE = frozenset({"accounts"})

metadata = MetaData()

# Byte order on both databases: PostgreSQL would otherwise sort text by the rules of a language.
Words: TypeEngine[str] = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, autoincrement=False)  # numbers are handed out by the counter


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False)


def _word(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Words, nullable=nullable)


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
# so that commit order is sequence order. ``directory`` counts renames and removals of what appears inside activities.
counters = Table(
    "counters",
    metadata,
    *_account(),
    _number("sequence"),
    _number("clock"),
    _number("directory"),
    _word("ids"),
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
    Index(
        "records_deleted", "account_id", "deleted_at", "kind", "id", sqlite_where=_DELETED, postgresql_where=_DELETED
    ),
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
    Index("activities_due", "account_id", "due", "id", "ends"),
    Index("activities_owner", "account_id", "owner_id", "id"),
    Index("activities_done", "account_id", "done", "due", "id"),
    Index("activities_deleted", "account_id", "deleted_at", "id", sqlite_where=_DELETED, postgresql_where=_DELETED),
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
        postgresql_where=text("open = 1"),
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
    Index("attachments_gone", "account_id", "id", sqlite_where=text("gone = 1"), postgresql_where=text("gone = 1")),
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
    PrimaryKeyConstraint("account_id", "sequence"),
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
v1_calls = Table(
    "v1_calls",
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
