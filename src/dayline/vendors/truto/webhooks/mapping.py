"""Webhooks to Truto's shapes, what is written of them, and which of Truto's events a change is. Pure.

A change of an activity is told as a list of activities shows it: what comes onto the list of candidates' activities was
created, and what leaves it was deleted.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import UNSET, UnsetType

from dayline.domain.activity import Activity
from dayline.domain.errors import Forbidden, Invalid, Problem, invalid
from dayline.domain.identity import Principal
from dayline.domain.integrated import IntegratedAccount
from dayline.domain.origin import COMMAND_LINE
from dayline.domain.told import Told
from dayline.domain.webhook import NewWebhook, Webhook, WebhookChange
from dayline.service.identity import NOBODY
from dayline.vendors.truto.accounts.mapping import environment_id, moment
from dayline.vendors.truto.local_mapping import candidate_of
from dayline.vendors.truto.webhooks import schema

FACE: Final = "truto"
SECRET: Final = "secret"  # noqa: S105 - its name
RECORD: Final = "record"
ACCOUNT: Final = "integrated_account"
SENT: Final = {
    RECORD: ("created", "updated", "deleted"),
    ACCOUNT: ("created", "active", "updated", "deleted", "reactivated", "authentication_error"),
}
_NEVER_SENT: Final = {
    ACCOUNT: ("post_install_error", "validation_error", "post_connect_form_submitted"),
    "sync_job_run": ("created", "updated", "started", "completed", "failed", "deleted", "record"),
    "sync_job_cron_trigger": ("failed",),
    "batch_job": ("completed", "failed", "dry_run_completed", "dry_run_failed"),
    "environment_integration": ("created", "updated", "deleted"),
    "api_token": ("created", "deleted"),
}
EVERYTHING: Final = ("*", "all")
_OF_RECORDS: Final = (f"{RECORD}:*",)
_KNOWN: Final = frozenset(
    f"{entity}:{action}" for table in (SENT, _NEVER_SENT) for entity, each in table.items() for action in (*each, "*")
) | {*EVERYTHING, "test"}
_NAMES: Final = {"url": "target_url", "events": "event_types"}
_ADMIN: Final = "Who is told of integrated accounts is for an admin to say, with a token of the scope admin."


def read_new(body: schema.NewWebhook, who: Principal, secret: str) -> NewWebhook:
    """What is to be made. Raises Invalid and Forbidden."""
    if body.environment_id not in (None, environment_id(who.account_id)):
        raise invalid("environment_id", "is not that of this account")
    events = read_types(body.event_types, who)
    return NewWebhook(face=FACE, url=body.target_url, active=body.is_active, events=events, secrets={SECRET: secret})


def read_change(body: schema.WebhookChange, before: Webhook, who: Principal) -> WebhookChange:
    """What changes. Raises Invalid, and Forbidden for what an admin alone may say."""
    if hears(before.events, ACCOUNT) and not _manages(who):
        raise Forbidden(_ADMIN)
    types: tuple[str, ...] | UnsetType = UNSET
    if not isinstance(body.event_types, UnsetType):
        types = read_types(body.event_types, who)
    return WebhookChange(url=body.target_url, active=body.is_active, events=types)


def read_types(given: Iterable[str] | None, who: Principal) -> tuple[str, ...]:
    """The types of events to tell of; none means all of them, as far as the caller may say so.

    Raises Invalid for one that Truto has not got, and Forbidden for one that this caller may not ask for.
    """
    types = tuple(dict.fromkeys(given or ()))
    for place, type_ in enumerate(types):
        if type_ not in _KNOWN:
            raise invalid(f"event_types[{place}]", f"is no type of event; those that are sent: {', '.join(sent())}")
    everything = not types or any(one in types for one in EVERYTHING)
    if _manages(who):
        return types
    if everything:
        return _OF_RECORDS
    if hears(types, ACCOUNT):
        raise Forbidden(_ADMIN)
    return types


def sent() -> list[str]:
    """The types of events that there are here."""
    return [f"{entity}:{action}" for entity, actions in SENT.items() for action in actions]


def hears(events: Sequence[str], entity: str) -> bool:
    """Whether who is told of these is told of anything of an entity."""
    return any(wanted(events, f"{entity}:{action}") for action in SENT[entity])


def wanted(events: Sequence[str], type_: str) -> bool:
    """Whether an event of this type is one of these."""
    if not events or any(one in events for one in EVERYTHING):
        return True
    return type_ in events or f"{type_.partition(':')[0]}:*" in events


def _manages(who: Principal) -> bool:
    return who.is_admin and "admin" in who.scopes


def named(error: Invalid) -> Invalid:
    """The error with the names that fields have here."""
    return Invalid(*(Problem(_NAMES.get(one.field, one.field), one.message, one.kind) for one in error.problems))


def show(webhook: Webhook, account_id: int) -> schema.Webhook:
    """The webhook, without its secret."""
    return schema.Webhook(
        id=webhook.uuid,
        target_url=webhook.url,
        is_active=webhook.active,
        event_types=list(webhook.events),
        environment_id=environment_id(account_id),
        created_at=moment(webhook.created_at),
        updated_at=moment(webhook.updated_at),
    )


def type_of(told: Told) -> str | None:
    """The type of event that a change, or the second part of one, is; None where Truto has none."""
    if told.entity == "activity" and told.part == 0:
        action = _of_record(told)
        return None if action is None else f"{RECORD}:{action}"
    if told.entity == ACCOUNT:
        action = _of_account(told) if told.part == 0 else "active" if _made_ready(told) else None
        return None if action is None else f"{ACCOUNT}:{action}"
    return None


def listed(state: object) -> bool:
    """Whether this is on the list of candidates' activities."""
    return isinstance(state, Activity) and state.deleted_at is None and candidate_of(state) is not None


def _of_record(told: Told) -> str | None:
    before, after = listed(told.before) or told.lost, listed(told.after)
    if told.before is None and told.after is not None and told.action in ("changed", "deleted"):
        before = True  # somebody was erased: nobody knows any more on whom it hung
    if before and after:
        return "updated"
    return "created" if after else "deleted" if before else None


def _of_account(told: Told) -> str | None:
    before, after = told.before, told.after
    if not isinstance(after, IntegratedAccount):
        return "deleted" if isinstance(before, IntegratedAccount) else None
    if not isinstance(before, IntegratedAccount):
        return "created"
    if before.status == after.status:
        return "updated"
    if after.status == "needs_reauth":
        return "authentication_error"
    return "reactivated" if _found_out(told) else "updated"


def _made_ready(told: Told) -> bool:
    """Whether somebody has connected it, for the first time or anew: that it works again was not found out then."""
    before, after = told.before, told.after
    if not isinstance(after, IntegratedAccount) or after.status != "active":
        return False
    if not isinstance(before, IntegratedAccount):
        return True
    return before.status != "active" and not _found_out(told)


def _found_out(told: Told) -> bool:
    """Whether the server noted this by itself, while somebody called."""
    return told.user_id == NOBODY and told.surface not in ("", COMMAND_LINE)
