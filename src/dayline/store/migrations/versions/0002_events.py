"""What is told: webhooks, jobs, deliveries, and from where each change came."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WALLED = ("webhooks", "jobs", "deliveries", "erasures")
_ACTING_FOR = "NULLIF(current_setting('app.account', true), '')::bigint"
_WORDS = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable, autoincrement=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, _WORDS, nullable=False)


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("counters", sa.Column("listening", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    for name in ("surface", "address", "request_id"):
        op.add_column("changes", sa.Column(name, _WORDS, nullable=False, server_default=sa.text("''")))
    edited = sa.text("updated_at > created_at")
    columns = ["account_id", "updated_at", "id"]
    op.create_index("activities_edited", "activities", columns, sqlite_where=edited, postgresql_where=edited)
    _webhooks()
    _jobs()
    _deliveries()
    _erasures()
    if op.get_bind().dialect.name == "postgresql":
        _wall_off()


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        _number("account_id"),
        _number("id"),
        _word("uuid"),
        _number("owner_id"),
        _word("face"),
        sa.Column("active", sa.SmallInteger, nullable=False),
        _number("cursor"),
        _number("missed"),
        _word("sealed"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.UniqueConstraint("account_id", "uuid"),
        sa.ForeignKeyConstraint(["account_id", "owner_id"], ["users.account_id", "users.id"]),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        _number("account_id"),
        _word("id"),
        _word("lane"),
        _word("kind"),
        _word("dedupe"),
        _number("due_at"),
        _word("state"),
        _number("tries"),
        _number("fence"),
        _word("last_error"),
        _number("sequence", nullable=True),
        _word("payload"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.UniqueConstraint("account_id", "kind", "dedupe"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    still = sa.text("state <> 'dead'")
    columns = ["account_id", "lane", "due_at", "id"]
    op.create_index("jobs_due", "jobs", columns, sqlite_where=still, postgresql_where=still)
    op.create_index("jobs_lane", "jobs", ["account_id", "lane", "id"])
    op.create_table(
        "due",
        _number("account_id"),
        _number("at"),
        sa.PrimaryKeyConstraint("account_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_index("due_at", "due", ["at", "account_id"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        _number("account_id"),
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
        _number("status", nullable=True),
        _number("ms"),
        _word("error"),
        _word("url"),
        _word("request_headers"),
        _word("request_body"),
        _word("response_headers"),
        _word("response_body"),
        sa.PrimaryKeyConstraint("account_id", "at", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )
    op.create_index("deliveries_of", "deliveries", ["account_id", "webhook_id", "at", "id"])
    op.create_index("deliveries_event", "deliveries", ["account_id", "event_id", "at"])


def _erasures() -> None:
    op.create_table(
        "erasures",
        _number("account_id"),
        _number("id"),
        _word("body"),
        sa.PrimaryKeyConstraint("account_id", "id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
    )


def _wall_off() -> None:
    for table in _WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY account ON {table} USING (account_id = {_ACTING_FOR})")


def downgrade() -> None:
    """Within a generation nothing is taken away; restore a backup instead."""
    raise NotImplementedError("This schema cannot be taken back: restore a backup instead.")
