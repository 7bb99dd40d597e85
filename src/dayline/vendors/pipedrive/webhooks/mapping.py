"""Pipedrive's webhooks to and from the domain, and in which words each is told. Pure."""

from typing import Final

from dayline.domain.delivery import Delivery
from dayline.domain.errors import Problem, invalid
from dayline.domain.identity import Scope
from dayline.domain.record import Record
from dayline.domain.told import Thing, Told
from dayline.domain.webhook import NewWebhook, Webhook
from dayline.vendors.pipedrive.answers import precise_instant
from dayline.vendors.pipedrive.webhooks import schema

NAME: Final = "pipedrive"
USER: Final = "http_auth_user"
PASSWORD: Final = "http_auth_password"  # noqa: S105 - its name
ANY: Final = "*"
NO_URL: Final = "invalid or non-reachable URL"

_VERSIONS: Final[dict[str, dict[str, str]]] = {
    "2.0": {"created": "create", "restored": "create", "changed": "change", "deleted": "delete"},
    "1.0": {"created": "added", "restored": "added", "changed": "updated", "deleted": "deleted"},
}
_VERBS: Final = {"2.0": ("create", "change", "delete", ANY), "1.0": ("added", "updated", "deleted", "merged", ANY)}
# What is told, by the change log's names. Of version 1.0 only what API v1 itself is served of.
_OBJECTS: Final[dict[str, dict[str, str]]] = {
    "2.0": {
        **{kind: kind for kind in ("activity", "deal", "lead", "organization", "project", "user")},
        "contact": "person",
    },
    "1.0": {"activity": "activity", "type": "activityType", "user": "user"},
}
_OF_ACTIVITIES: Final = ("activity", "activityType")


def new_webhook(body: schema.AddWebhookRequest, caller_id: int, host: str, scopes: frozenset[str]) -> NewWebhook:
    """What a POST asks for. ``host`` is where the caller reached this server. Raises Invalid."""
    version = body.version or ("2.0" if body.event_action in _VERBS["2.0"] else "1.0")
    if body.event_action not in _VERBS[version]:
        raise invalid("event_action", f"In version {version} this is one of {', '.join(_VERBS[version])}.")
    if ":" in (body.http_auth_user or ""):
        raise invalid(USER, "This value should not have a colon in it.")
    event = f"{body.event_action}.{body.event_object}"
    given = {USER: body.http_auth_user, PASSWORD: body.http_auth_password}
    extras = {"version": version, "host": host, "owner": str(caller_id)}
    return NewWebhook(
        face=NAME,
        url=body.subscription_url,
        owner_id=body.user_id,
        name=body.name or event,
        events=(event,),
        extras=extras | ({"names": "1"} if "records:read" in scopes else {}),
        secrets={name: text for name, text in given.items() if text},
    )


def needed_scopes(event_object: str) -> tuple[Scope, ...]:
    """What a token must be allowed to read, for its bearer to have it told to somebody."""
    if event_object in _OF_ACTIVITIES:
        return ("activities:read",)
    return ("activities:read", "records:read") if event_object == ANY else ("records:read",)


def errors_of(problems: tuple[Problem, ...], message: str) -> dict[str, list[str]]:
    """What is wrong by field, the URL in the vendor's words first."""
    errors: dict[str, list[str]] = {}
    for problem in problems or (Problem("", message),):
        field = "subscription_url" if problem.field == "url" else problem.field or "body"
        told = [NO_URL, problem.message] if problem.field == "url" else [problem.message]
        errors.setdefault(field, []).extend(told)
    return errors


def show(webhook: Webhook, company_id: int, auth_user: str | None, last: Delivery | None) -> schema.Webhook:
    """A webhook as Pipedrive shows it."""
    action, _, object_ = _events_of(webhook)[0].partition(".")
    owner_id = maker_of(webhook)
    return schema.Webhook(
        id=webhook.id,
        company_id=company_id,
        owner_id=owner_id,
        user_id=webhook.owner_id,
        event_action=action,
        event_object=object_,
        subscription_url=webhook.url,
        version=version_of(webhook),
        is_active=1 if webhook.active else 0,
        add_time=precise_instant(webhook.created_at),
        http_auth_user=auth_user,
        last_delivery_time=None if last is None else precise_instant(last.at),
        last_http_status=None if last is None else last.status,
        admin_id=owner_id,
        name=webhook.name,
    )


def version_of(webhook: Webhook) -> schema.Version:
    """In which version it is told."""
    return "1.0" if webhook.extras.get("version") == "1.0" else "2.0"


def maker_of(webhook: Webhook) -> int:
    """Who made it."""
    return int(webhook.extras.get("owner", webhook.owner_id))


def _events_of(webhook: Webhook) -> tuple[str, ...]:
    return webhook.events or (f"{ANY}.{ANY}",)


def words_of(webhook: Webhook, told: Told) -> tuple[str, str] | None:
    """Action and object as the webhook's version calls them; None where Pipedrive has no word, or it is not asked for.

    What an event is about must be there, but for the end of a person who was erased, of whom there is the id alone.
    """
    version = version_of(webhook)
    action, object_ = _VERSIONS[version].get(told.action), _OBJECTS[version].get(told.entity)
    if action is None or object_ is None:
        return None
    if told.thing is None and (told.action != "deleted" or told.entity != "contact"):
        return None
    asked = {tuple(event.partition(".")[::2]) for event in _events_of(webhook)}
    wanted = any((verb, noun) in asked for verb in (action, ANY) for noun in (object_, ANY))
    return (action, object_) if wanted else None


def identity_of(told: Told) -> str:
    """The id of what it is about: of a lead its UUID."""
    thing = told.thing
    return thing.uuid if isinstance(thing, Record) and thing.kind == "lead" else str(told.entity_id)


def states(told: Told, action: str) -> tuple[Thing | None, Thing | None]:
    """What is, and what was before, as both versions have it: what is new was nothing, what is deleted is nothing."""
    if action in ("create", "added"):
        return told.after, None
    if action in ("delete", "deleted"):
        return None, told.before or told.after
    return told.after, told.before
