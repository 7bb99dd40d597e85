"""The first schema: accounts and who works in them, records, activities and what hangs on them, the change log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Every table but those that are asked for all accounts, or for none.
_WALLED = (
    *("activities", "attachments", "calls", "changes", "counters", "filters", "idempotency", "links", "passwords"),
    *("records", "sessions", "sight", "sign_in_links", "tokens", "types", "users", "metered_calls"),
    *("integrated_accounts", "remote_attempts", "remote_calls"),
)
_ACTING_FOR = "NULLIF(current_setting('app.account', true), '')::bigint"
_WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable, autoincrement=False)


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False)


def _word(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _WORDS, nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Make every table and index."""
    op.create_table(
        "accounts",
        _number("id"),
        _word("name"),
        _bytes("secret"),
        _word("settings"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "changes",
        _number("account_id"),
        _number("sequence"),
        _word("entity"),
        _number("entity_id"),
        _word("action"),
        _number("user_id"),
        _number("token_id"),
        _number("at"),
        _word("before", nullable=True),
        _word("after", nullable=True),
        sa.PrimaryKeyConstraint("account_id", "sequence"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    _index_where("changes_activity", "changes", ["account_id", "entity_id", "sequence"], "entity = 'activity'")
    op.create_table(
        "counters",
        _number("account_id"),
        _number("sequence"),
        _number("clock"),
        _number("directory"),
        _word("ids"),
        sa.PrimaryKeyConstraint("account_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_table(
        "idempotency",
        _number("account_id"),
        _word("key"),
        _word("fingerprint"),
        _flag("status"),
        _word("headers"),
        _bytes("body"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("account_id", "key"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_index("idempotency_age", "idempotency", ["account_id", "created_at"])
    op.create_table(
        "records",
        _number("account_id"),
        _word("kind"),
        _number("id"),
        _word("uuid"),
        _word("slug"),
        _word("external_id", nullable=True),
        _number("owner_id", nullable=True),
        _number("created_at"),
        _number("updated_at"),
        _number("deleted_at"),
        _word("search"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "kind", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.UniqueConstraint("account_id", "kind", "external_id"),
        sa.UniqueConstraint("account_id", "kind", "uuid"),
        sa.UniqueConstraint("account_id", "slug"),
    )
    op.create_index("records_updated", "records", ["account_id", "kind", "updated_at", "id"])
    _index_where("records_deleted", "records", ["account_id", "deleted_at", "kind", "id"], "deleted_at > 0")
    op.create_table(
        "types",
        _number("account_id"),
        _number("id"),
        _word("key"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.UniqueConstraint("account_id", "key"),
    )
    op.create_table(
        "users",
        _number("account_id"),
        _number("id"),
        _word("uuid"),
        _word("slug"),
        _word("email"),
        _flag("active"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.UniqueConstraint("account_id", "email"),
        sa.UniqueConstraint("account_id", "slug"),
        sa.UniqueConstraint("account_id", "uuid"),
    )
    op.create_table(
        "activities",
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
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id", "owner_id"], ["users.account_id", "users.id"]),
        sa.UniqueConstraint("account_id", "uuid"),
    )
    op.create_index("activities_created", "activities", ["account_id", "created_at", "id"])
    _index_where("activities_long", "activities", ["account_id", "ends", "due"], "ends - due > 86400000")
    _index_where("activities_deleted", "activities", ["account_id", "deleted_at", "id"], "deleted_at > 0")
    op.create_index("activities_done", "activities", ["account_id", "done", "due", "id"])
    op.create_index("activities_due", "activities", ["account_id", "due", "id", "ends"])
    op.create_index("activities_owner", "activities", ["account_id", "owner_id", "id"])
    op.create_index("activities_type", "activities", ["account_id", "type_key", "id"])
    op.create_index("activities_updated", "activities", ["account_id", "updated_at", "id"])
    op.create_table(
        "links",
        _number("account_id"),
        _word("kind"),
        _number("record_id"),
        _number("activity_id"),
        _flag("open"),
        sa.PrimaryKeyConstraint("account_id", "kind", "record_id", "activity_id"),
        sa.ForeignKeyConstraint(
            ["account_id", "kind", "record_id"], ["records.account_id", "records.kind", "records.id"]
        ),
        sqlite_with_rowid=False,
    )
    _index_where("links_open", "links", ["account_id", "kind", "record_id", "activity_id"], "open = 1")
    op.create_table(
        "sight",
        _number("account_id"),
        _number("user_id"),
        _number("activity_id"),
        sa.PrimaryKeyConstraint("account_id", "user_id", "activity_id"),
        sa.ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tokens",
        _number("account_id"),
        _number("id"),
        _number("user_id"),
        _word("digest"),
        _number("used_at", nullable=True),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
        sa.UniqueConstraint("account_id", "digest"),
    )
    op.create_table(
        "attachments",
        _number("account_id"),
        _number("id"),
        _number("activity_id"),
        _word("key", nullable=True),
        _number("updated_at"),
        _flag("gone"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.UniqueConstraint("account_id", "key"),
    )
    op.create_index("attachments_updated", "attachments", ["account_id", "updated_at", "id"])
    _index_where("attachments_gone", "attachments", ["account_id", "id"], "gone = 1")
    op.create_table(
        "metered_calls",
        _number("account_id"),
        _number("token_id"),
        _word("agent"),
        _word("called"),
        _number("calls"),
        _number("first_at"),
        _number("last_at"),
        sa.PrimaryKeyConstraint("account_id", "token_id", "agent", "called"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_table(
        "filters",
        _number("account_id"),
        _number("id"),
        _number("owner_id"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id", "owner_id"], ["users.account_id", "users.id"]),
    )
    _sign_in()
    _integrated()
    _attempts()
    if op.get_bind().dialect.name == "postgresql":
        _wall_off()


def _sign_in() -> None:
    """Who comes in at the page, and what was called lately."""
    op.create_table(
        "emails",
        _number("account_id"),
        _word("email"),
        sa.PrimaryKeyConstraint("account_id", "email"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_index("emails_email", "emails", ["email", "account_id"])
    op.create_table(
        "passwords",
        _number("account_id"),
        _number("user_id"),
        _word("hash"),
        _number("changed_at"),
        sa.PrimaryKeyConstraint("account_id", "user_id"),
        sa.ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
    )
    op.create_table(
        "sessions",
        _number("account_id"),
        _word("id"),
        _number("user_id"),
        _word("digest"),
        _number("created_at"),
        _number("used_at"),
        _number("expires_at"),
        _word("agent"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
        sa.UniqueConstraint("account_id", "digest"),
    )
    op.create_index("sessions_user", "sessions", ["account_id", "user_id"])
    op.create_table(
        "sign_in_links",
        _number("account_id"),
        _word("digest"),
        _number("user_id"),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("account_id", "digest"),
        sa.ForeignKeyConstraint(["account_id", "user_id"], ["users.account_id", "users.id"]),
    )
    op.create_table(
        "attempts",
        _word("whom"),
        _number("failures"),
        _number("until"),
        _number("last_at"),
        sa.PrimaryKeyConstraint("whom"),
    )
    op.create_table(
        "calls",
        _number("account_id"),
        _number("token_id"),
        _word("surface"),
        _number("hour"),
        _number("calls"),
        _number("last_at"),
        sa.PrimaryKeyConstraint("account_id", "token_id", "surface", "hour"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )


def _integrated() -> None:
    """Accounts in other systems, and what was called there."""
    op.create_table(
        "integrated_accounts",
        _number("account_id"),
        _number("id"),
        _word("uuid"),
        _word("integration"),
        _word("tenant_id"),
        _flag("sandbox"),
        _word("sealed"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.UniqueConstraint("account_id", "uuid"),
    )
    op.create_index("integrated_accounts_tenant", "integrated_accounts", ["account_id", "tenant_id", "id"])
    op.create_table(
        "remote_calls",
        _number("account_id"),
        _number("at"),
        _word("id"),
        _word("integrated_account_id"),
        _word("integration"),
        _word("operation"),
        _word("method"),
        _word("path"),
        _number("status", nullable=True),
        _number("ms"),
        _number("result_count", nullable=True),
        _word("message"),
        _word("request_id"),
        sa.PrimaryKeyConstraint("account_id", "at", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_index("remote_calls_of", "remote_calls", ["account_id", "integrated_account_id", "at", "id"])


def _attempts() -> None:
    """What was tried to be written to another system."""
    op.create_table(
        "remote_attempts",
        _number("account_id"),
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
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "integrated_id", "key"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.UniqueConstraint("account_id", "integrated_id", "remote_id"),
    )
    op.create_index("remote_attempts_same", "remote_attempts", ["account_id", "integrated_id", "digest"])
    op.create_index("remote_attempts_age", "remote_attempts", ["account_id", "first_at"])


def _wall_off() -> None:
    """The second wall: whatever a statement says, a session sees the rows of the account that it acts for alone."""
    for table in _WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY account ON {table} USING (account_id = {_ACTING_FOR})")


def downgrade() -> None:
    """There is nothing below the first schema; restore a backup instead."""
    raise NotImplementedError("The first schema cannot be taken back: restore a backup instead.")
