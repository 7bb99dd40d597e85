"""The statements of jobs: to take, hold and end them, and to say in which account there is something to do."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from dayline.domain.job import Job
from dayline.domain.webhook import lane_of
from dayline.store.statement import Given, Statement, statement
from dayline.store.tables import counters, due, jobs, webhooks
from dayline.store.webhooks import TOLD

_account: BindParameter[int] = bindparam("account_id")
_at = jobs.c
NAMES = Job.__struct_fields__
_COLUMNS = tuple(_at[name] for name in NAMES)
_WAITS = _at.state != literal_column("'dead'")  # spelled out: the index is over these alone
_OURS = and_(_at.account_id == _account, _at.id == bindparam("job_id"), _at.fence == bindparam("job_fence"))


def _take() -> Statement:
    """Take what is due in a lane, what others are taking left out."""
    waiting = (
        select(_at.id)
        .where(_at.account_id == _account, _at.lane == bindparam("lane"), _WAITS, _at.due_at <= bindparam("now"))
        .order_by(_at.due_at, _at.id)
        .limit(bindparam("room"))
        .offset(literal_column("0"))
        .with_for_update(skip_locked=True)
    )
    # Asked once, whatever the plan: within a join it would be asked again for each row, and then take the whole lane.
    chosen = waiting.cte("chosen").prefix_with("MATERIALIZED")
    taken = update(jobs).where(_at.account_id == _account, _at.id.in_(select(chosen.c.id)))
    held = {"state": literal_column("'held'"), "fence": _at.fence + literal_column("1"), "due_at": bindparam("until")}
    return statement(taken.values(held).returning(*_COLUMNS), "account_id", "lane", "now", "room", "until")


def _changed(whose: Update, *names: str) -> Statement:
    change = whose.values({name: bindparam(f"new_{name}") for name in names})
    return statement(change, *(f"new_{name}" for name in names), "account_id", "job_id", "job_fence")


TAKE = _take()
REMOVE = statement(jobs.delete().where(_OURS), "account_id", "job_id", "job_fence")
# What has ended meanwhile keeps the instant at which it is tried again.
RENEW = _changed(update(jobs).where(_OURS, _at.state == literal_column("'held'")), "due_at")
AGAIN = _changed(update(jobs).where(_OURS), "state", "due_at", "tries", "last_error", "payload")

# By account, so that the same ones are not the first each time.
DUE = statement(
    select(due.c.account_id)
    .where(due.c.at <= bindparam("now"), due.c.account_id > bindparam("after"))
    .order_by(due.c.account_id)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),
    *("now", "after", "limit"),
)
LOCK_DUE = statement(select(due.c.at).where(due.c.account_id == _account).with_for_update(), "account_id")
SET_DUE = statement(
    update(due).where(due.c.account_id == _account).values(at=bindparam("new_at")), "new_at", "account_id"
)
NOT_DUE = statement(due.delete().where(due.c.account_id == _account), "account_id")


def _of_lanes(found: Callable[[ColumnElement[bool]], Select[Any]], *names: str) -> Statement:
    """The given lanes, each with what is found of its jobs that are not done."""
    lanes = Given("lanes")
    theirs = and_(_at.account_id == _account, _at.lane == lanes.word(0), _WAITS)
    asked = select(lanes.word(0), found(theirs).scalar_subquery()).select_from(lanes.rows)
    return statement(asked, "account_id", "lanes", *names)


def _first_due(theirs: ColumnElement[bool]) -> Select[Any]:
    return select(_at.due_at).where(theirs).order_by(_at.due_at).limit(literal_column("1")).offset(literal_column("0"))


def _some(theirs: ColumnElement[bool]) -> Select[Any]:
    some: Select[Any] = select(literal_column("1")).select_from(jobs).where(theirs)
    bounded = some.limit(bindparam("most")).offset(literal_column("0"))
    return select(func.count()).select_from(bounded.subquery())


NEXT = _of_lanes(_first_due)
# Whether somebody is at something in a lane.
TAKEN = statement(
    select(literal_column("1"))
    .where(
        _at.account_id == _account,
        _at.lane == bindparam("lane"),
        _WAITS,
        _at.state == literal_column("'held'"),
        _at.due_at > bindparam("now"),
    )
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    *("account_id", "lane", "now"),
)
# How many wait in each of these lanes, counted no further than ``most``.
WAITING = _of_lanes(_some, "most")
# Whether a webhook that is told things has not seen all that there is.
BEHIND = statement(
    select(webhooks.c.id)
    .join(counters, counters.c.account_id == webhooks.c.account_id)
    .where(
        webhooks.c.account_id == _account,
        counters.c.account_id == _account,
        TOLD,
        webhooks.c.cursor < counters.c.sequence,
    )
    .limit(literal_column("1"))
    .offset(literal_column("0")),
    "account_id",
)
LATEST = statement(select(counters.c.sequence).where(counters.c.account_id == _account), "account_id")


def _go_on() -> Statement:
    """Move the cursors of webhooks that stand at the same change; locked in one order, whatever the plan."""
    theirs, ids = webhooks.c, Given("webhook_ids")
    standing = select(theirs.id).where(
        theirs.account_id == _account, theirs.id.in_(ids.numbers()), theirs.cursor == bindparam("before")
    )
    chosen = standing.order_by(theirs.id).with_for_update().cte("chosen").prefix_with("MATERIALIZED")
    moved = update(webhooks).where(theirs.account_id == _account, theirs.id.in_(select(chosen.c.id)))
    return statement(
        moved.values(cursor=bindparam("new_cursor")).returning(theirs.id),
        *("new_cursor", "account_id", "webhook_ids", "before"),
    )


GO_ON = _go_on()
_webhook_id = cast(webhooks.c.id, Text)
LANE_ID = func.substr(_at.lane, literal_column(str(len(lane_of(0)))))  # of a webhook's lane: its id
DELIVERS = and_(_at.kind == literal_column("'deliver'"), _webhook_id == LANE_ID)
"""Whether a job tells a webhook something, beside which it stands in a statement."""
# What a replay is put in for once begins with the webhook's id, and goes on with 37 characters of its own.
REPLAYS = and_(
    _at.kind == literal_column("'replay'"),
    func.length(_at.dedupe) == func.length(_webhook_id) + literal_column("37"),
    func.substr(_at.dedupe, literal_column("1"), func.length(_webhook_id)) == _webhook_id,
)
"""Whether a job tells a webhook once more what it was told."""
RESTING = select(_webhook_id).where(webhooks.c.account_id == _account, not_(TOLD))
_waits_for_rest = or_(
    and_(_at.kind == literal_column("'deliver'"), LANE_ID.in_(RESTING)),  # asked once, not for each job
    and_(_at.kind == literal_column("'replay'"), exists(RESTING.where(REPLAYS))),
)
# Nothing is kept for webhooks that are told nothing: nobody knows for how long that is.
LOWEST = statement(
    select(func.min(_at.sequence)).where(_at.account_id == _account, not_(_waits_for_rest)), "account_id"
)
ONE = statement(
    select(*_COLUMNS).where(_at.account_id == _account, _at.id == bindparam("job_id")), "account_id", "job_id"
)
REVIVE = statement(
    update(jobs)
    .where(_at.account_id == _account, _at.id == bindparam("job_id"), _at.state == literal_column("'dead'"))
    .values(state=literal_column("'waiting'"), tries=literal_column("0"), due_at=bindparam("now"))
    .returning(_at.lane),
    *("account_id", "job_id", "now"),
)
_lane: ColumnElement[bool] = _at.lane == bindparam("lane")
LIST = {
    lane: statement(
        select(*_COLUMNS)
        .where(_at.account_id == _account, _at.id > bindparam("after"), _at.state == bindparam("state"), *chosen)
        .order_by(_at.id)
        .limit(bindparam("limit"))
        .offset(literal_column("0")),
        *("account_id", "after", "state", "limit", *(("lane",) if lane else ())),
    )
    for lane, chosen in ((False, ()), (True, (_lane,)))
}
COUNTS = statement(
    select(_at.lane, _at.kind, _at.state, func.count(), cast(func.min(_at.due_at), BigInteger))
    .where(_at.account_id == _account)
    .group_by(_at.lane, _at.kind, _at.state),
    "account_id",
)
HOLD_WEBHOOK = statement(
    update(webhooks)
    .where(webhooks.c.account_id == _account, webhooks.c.id == bindparam("webhook_id"))
    .values(cursor=webhooks.c.cursor)
    .returning(webhooks.c.id),
    *("account_id", "webhook_id"),
)
