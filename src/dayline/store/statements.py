"""Every fixed statement of the store, by name. Lists, whose shape depends on the filter, are in ``lists``."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    Text,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql import ClauseElement

from dayline.domain.activity import Activity
from dayline.domain.erasure import Erasure
from dayline.domain.identity import Account, Token, User
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.job import Job
from dayline.domain.record import Record
from dayline.domain.saved import SavedFilter
from dayline.domain.types import ActivityType
from dayline.domain.webhook import Webhook
from dayline.store.statement import Given, Params, Statement, add, put, remove, statement
from dayline.store.tables import (
    LIVING,
    accounts,
    activities,
    attachments,
    changes,
    counters,
    due,
    emails,
    erasures,
    filters,
    idempotency,
    integrated_accounts,
    jobs,
    links,
    records,
    sight,
    tokens,
    types,
    users,
    webhooks,
)
from dayline.store.unit import Entity

_account: BindParameter[int] = bindparam("account_id")

# Read in the same moment as the rows: once a statement, since it depends on none of them.
DIRECTORY = select(counters.c.directory).where(counters.c.account_id == _account).scalar_subquery()

# The group writer's own.
_COUNTED = ("sequence", "clock", "directory", "ids", "listening")
LOCK = statement(
    select(counters.c.sequence, counters.c.clock, counters.c.directory, counters.c.ids, counters.c.listening)
    .where(counters.c.account_id == _account)
    .with_for_update(),
    "account_id",
)
SAVE = statement(
    update(counters)
    .where(counters.c.account_id == _account)
    .values({name: bindparam(f"new_{name}") for name in _COUNTED}),
    *(f"new_{name}" for name in _COUNTED),
    "account_id",
)

# An account is there before anything else of it is, and its secret is for good.
CHANGE_ACCOUNT = statement(
    update(accounts).where(accounts.c.id == _account).values(name=bindparam("name"), settings=bindparam("settings")),
    "account_id",
    "name",
    "settings",
)
_APART = (filters, integrated_accounts, webhooks, erasures)  # on which nothing hangs
# Parents before children: a foreign key looks at what the statement before it wrote.
PUT: dict[str, Statement] = {
    "accounts": CHANGE_ACCOUNT,
    **{table.name: put(table) for table in (users, tokens, types, records, activities, *_APART)},
}
PUT_LINK: dict[str, Statement] = {table.name: put(table) for table in (links, sight, attachments, emails)}
# Where all that is written is new.
ADD: dict[str, Statement] = {table.name: add(table) for table in (records, activities)}
ADD_LINK: dict[str, Statement] = {links.name: add(links)}
REMOVE: dict[str, Statement] = {
    table.name: remove(table) for table in (links, sight, attachments, emails, records, activities, *_APART)
}
ADD_CHANGE = add(changes)
FORGET_STATES = statement(
    update(changes)
    .where(
        changes.c.account_id == _account,
        changes.c.entity == literal_column("'activity'"),  # spelled out: the index is over these alone
        changes.c.entity_id == bindparam("activity_id"),
    )
    .values(before=null(), after=null()),
    *("account_id", "activity_id"),
)


def _stir() -> Statement:
    """Say that an account has something to do from an instant on, or sooner if that was said before."""
    given = insert(due).values({name: bindparam(name) for name in ("account_id", "at")})
    at = given.excluded.at
    sooner = given.on_conflict_do_update(index_elements=["account_id"], set_={"at": at}, where=due.c.at > at)
    return statement(sooner, "account_id", "at")


STIR = _stir()


def _put_job() -> Statement:
    """Insert a job; where there is one of its kind for the same thing nothing, but that one given up begins anew."""
    given = insert(jobs).values({column.name: bindparam(column.name) for column in jobs.columns})
    anew = {name: given.excluded[name] for name in ("due_at", "state", "tries", "last_error", "payload", "created_at")}
    once = given.on_conflict_do_update(
        index_elements=["account_id", "kind", "dedupe"], set_=anew, where=jobs.c.state == literal_column("'dead'")
    )
    return statement(once, *(column.name for column in jobs.columns))


PUT_JOB = _put_job()
DROP_LANE = statement(
    jobs.delete().where(jobs.c.account_id == _account, jobs.c.lane == bindparam("lane")), "account_id", "lane"
)


def job_rows(account_id: int, new: Iterable[Job]) -> list[Params]:
    """Jobs as rows of ``PUT_JOB``."""
    return [(account_id, *(getattr(job, name) for name in PUT_JOB.names[1:])) for job in new]


PUT_KEY = put(idempotency)
PUT_ACCOUNT = put(accounts)
PUT_COUNTER = put(counters)

_TABLES: dict[type[Any], Table] = {
    Account: accounts,
    Activity: activities,
    Record: records,
    User: users,
    Token: tokens,
    ActivityType: types,
    SavedFilter: filters,
    IntegratedAccount: integrated_accounts,
    Webhook: webhooks,
    Erasure: erasures,
}


def table_of(entity: Entity) -> str:
    """The table in which entities like this one live."""
    return _TABLES[type(entity)].name


def _looked_up(table: Table, *columns: ColumnElement[Any]) -> Statement:
    """The bodies of the given rows of an account; a row of ``keys`` has one value for each column."""

    def found() -> ClauseElement:
        keys = Given("keys")
        same = [
            column == (keys.number(place) if column.type.python_type is int else keys.word(place))
            for place, column in enumerate(columns)
        ]
        return select(table.c.body).select_from(keys.lead_to(table, table.c.account_id == _account, *same))

    return statement(found, "account_id", "keys")


ACTIVITIES = _looked_up(activities, activities.c.id)
ACTIVITIES_BY_UUID = _looked_up(activities, activities.c.uuid)
RECORDS = {name: _looked_up(records, records.c.kind, records.c[name]) for name in ("id", "uuid", "slug", "external_id")}
USERS = _looked_up(users, users.c.id)
TOKENS = _looked_up(tokens, tokens.c.id)
FILTERS = _looked_up(filters, filters.c.id)
ERASURES = _looked_up(erasures, erasures.c.id)


def _found_webhooks() -> Statement:
    keys = Given("keys")
    found = select(webhooks.c.body, webhooks.c.sealed, webhooks.c.cursor, webhooks.c.missed)
    same = (webhooks.c.account_id == _account, webhooks.c.id == keys.number(0))
    return statement(found.select_from(keys.lead_to(webhooks, *same)), "account_id", "keys")


def _webhooks_of() -> Statement:
    """How many webhooks users have, by user."""
    keys = Given("keys")
    count = select(webhooks.c.owner_id, func.count())
    same = (webhooks.c.account_id == _account, webhooks.c.owner_id == keys.number(0))
    count = count.select_from(keys.lead_to(webhooks, *same)).group_by(webhooks.c.owner_id)
    return statement(count, "account_id", "keys")


WEBHOOKS = _found_webhooks()
WEBHOOKS_OF = _webhooks_of()
TYPES = {name: _looked_up(types, types.c[name]) for name in ("id", "key")}


def _kept_answers() -> Statement:
    keys = Given("keys")
    kept = idempotency.c
    columns = (kept.key, kept.fingerprint, kept.status, kept.headers, kept.body)
    same = (kept.account_id == _account, kept.key == keys.word(0))
    return statement(select(*columns).select_from(keys.lead_to(idempotency, *same)), "account_id", "keys")


IDEMPOTENCY = _kept_answers()


def seen_by(admin: ColumnElement[bool], user_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a user may see an activity, as the domain's ``visible`` says it."""
    has_part = exists().where(
        sight.c.account_id == activities.c.account_id,
        sight.c.user_id == user_id,
        sight.c.activity_id == activities.c.id,
    )
    return or_(activities.c.visibility == literal_column("'public'"), admin, has_part)


def _beside() -> Statement:
    """Of the given (place, kind, record, activity, admin, user): the places at which another open one can be seen.

    The ``written`` ones are not looked at.
    """
    asked, written = Given("asked"), Given("written")
    another = exists().where(
        links.c.account_id == _account,
        links.c.kind == asked.word(1),
        links.c.record_id == asked.number(2),
        links.c.activity_id != asked.number(3),
        links.c.activity_id.not_in(written.numbers()),
        links.c.open == literal_column("1"),
        activities.c.account_id == links.c.account_id,
        activities.c.id == links.c.activity_id,
        seen_by(asked.number(4) == literal_column("1"), asked.number(5)),
    )
    return statement(select(asked.number(0)).select_from(asked.rows).where(another), "account_id", "asked", "written")


BESIDE = _beside()


def _one(table: Table, *names: str) -> Statement:
    """The body of the row with these values."""

    def found() -> ClauseElement:
        same = (table.c[name] == bindparam(name) for name in names)
        return select(table.c.body).where(table.c.account_id == _account, *same)

    return statement(found, "account_id", *names)


def _activity(name: str) -> Statement:
    """The body of the activity with this name, and the account's directory revision."""
    found = select(activities.c.body, DIRECTORY)
    found = found.where(activities.c.account_id == _account, activities.c[name] == bindparam(name))
    return statement(found, "account_id", name)


ACTIVITY = {name: _activity(name) for name in ("id", "uuid")}
RECORD = {name: _one(records, "kind", name) for name in ("id", "uuid", "slug")}
ERASURE_LIST = statement(
    select(erasures.c.body).where(erasures.c.account_id == _account).order_by(erasures.c.id), "account_id"
)
USER_BY_EMAIL = _one(users, "email")
TYPE_LIST = _one(types)
USER_LIST = _one(users)
FILTER = _one(filters, "id")
FILTER_LIST = _one(filters)


def _credential(name: str) -> Statement:
    """What a token stands for, by its digest or id: the token, its user, and the account's secret and settings."""
    found = (
        select(tokens.c.body, users.c.body, accounts.c.secret, accounts.c.settings)
        .join(users, and_(users.c.account_id == tokens.c.account_id, users.c.id == tokens.c.user_id))
        .join(accounts, accounts.c.id == tokens.c.account_id)
        .where(tokens.c.account_id == _account, tokens.c[name] == bindparam(name))
    )
    return statement(found, "account_id", name)


CREDENTIAL = {name: _credential(name) for name in ("digest", "id")}
TOKEN_LIST = statement(
    select(tokens.c.body, tokens.c.used_at).where(tokens.c.account_id == _account).order_by(tokens.c.id), "account_id"
)
USED = statement(
    update(tokens)
    .where(tokens.c.account_id == _account, tokens.c.id == bindparam("token_id"))
    .values(used_at=bindparam("at")),
    "at",
    "account_id",
    "token_id",
)

_ACCOUNT = select(accounts.c.id, accounts.c.name, accounts.c.settings, accounts.c.created_at)
ACCOUNTS = statement(_ACCOUNT)
ACCOUNT = statement(_ACCOUNT.where(accounts.c.id == _account), "account_id")

# Spelled out, so that the index over deleted rows alone is seen to serve.
_LIVING: ColumnElement[int] = literal_column(str(LIVING))


def _expired_activities() -> Statement:
    """Ids of activities deleted before an instant, the first deleted first."""
    at = activities.c
    gone = select(at.id).where(at.account_id == _account, at.deleted_at > _LIVING, at.deleted_at < bindparam("before"))
    bounded = gone.order_by(at.deleted_at, at.id).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(bounded, "account_id", "before", "limit")


def _expired_records() -> Statement:
    """Kind and id of records deleted before an instant on which nothing hangs any more."""
    at = records.c
    linked = exists().where(links.c.account_id == _account, links.c.kind == at.kind, links.c.record_id == at.id)
    gone = select(at.kind, at.id).where(at.account_id == _account, at.deleted_at > _LIVING)
    bounded = gone.where(at.deleted_at < bindparam("before"), not_(linked)).limit(bindparam("limit"))
    return statement(bounded.offset(literal_column("0")), "account_id", "before", "limit")


EXPIRED_ACTIVITIES = _expired_activities()
EXPIRED_RECORDS = _expired_records()


def _file() -> Statement:
    """The activity, while it lives, whose attachment has its bytes under this key; and the attachment's id."""
    same = and_(activities.c.account_id == attachments.c.account_id, activities.c.id == attachments.c.activity_id)
    found = select(attachments.c.id, activities.c.body).join(activities, same)
    wanted = found.where(attachments.c.account_id == _account, attachments.c.key == bindparam("key"))
    return statement(
        wanted.where(attachments.c.gone == literal_column("0"), activities.c.deleted_at == _LIVING),
        "account_id",
        "key",
    )


def _known_files() -> Statement:
    """Which of these keys an attachment has."""
    keys = Given("keys")
    same = (attachments.c.account_id == _account, attachments.c.key == keys.word(0))
    return statement(select(attachments.c.key).select_from(keys.lead_to(attachments, *same)), "account_id", "keys")


def _history() -> Statement:
    """The changes of an activity before one of them, backwards."""
    at = changes.c
    told = select(at.sequence, at.action, at.user_id, at.token_id, at.at, at.surface, at.before, at.after).where(
        at.account_id == _account,
        at.entity == literal_column("'activity'"),  # spelled out: the index is over these alone
        at.entity_id == bindparam("activity_id"),
        at.sequence < bindparam("before"),
    )
    bounded = told.order_by(at.sequence.desc()).limit(bindparam("limit")).offset(literal_column("0"))
    return statement(bounded, "account_id", "activity_id", "before", "limit")


HISTORY = _history()
IDS = statement(select(counters.c.ids, counters.c.clock).where(counters.c.account_id == _account), "account_id")
LAST_CHANGE = statement(
    select(counters.c.sequence, counters.c.clock).where(counters.c.account_id == _account), "account_id"
)
FILE = _file()
KNOWN_FILES = _known_files()
GONE_FILES = statement(
    select(attachments.c.id, attachments.c.key).where(
        attachments.c.account_id == _account, attachments.c.gone == literal_column("1")
    ),
    "account_id",
)
ALL_FILES = statement(
    select(attachments.c.id, attachments.c.key)
    .where(
        attachments.c.account_id == _account,
        attachments.c.key.is_not(None),
        attachments.c.gone == literal_column("0"),
        attachments.c.id > bindparam("after_id"),
    )
    .order_by(attachments.c.id)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),
    "account_id",
    "after_id",
    "limit",
)

SCHEMA = statement(select(column("version_num", Text)).select_from(table("alembic_version")))
