"""Who did what, and from where: what the audit is asked, what it tells, and deeds that change no thing. Pure.

No secret is ever told: what a thing says of itself leaves out what opens anything.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct, field

from dayline.domain.history import Via, via_of
from dayline.domain.origin import Origin, current_origin
from dayline.domain.time import FIRST_INSTANT, LAST_INSTANT, format_instant

Action = Literal["created", "changed", "deleted", "restored", "purged", "refused"]
Values = dict[str, Any]

# From the change, which says when and by whom.
_FOLLOWS: Final = frozenset({"revision", "updated_at", "stood_at", "editor_id"})
_NOISE: Final = _FOLLOWS | {"id", "uuid", "slug", "number", "created_at"}
_ABOUT_USERS: Final = frozenset({"session", "password", "sign_in_link"})

Kind: TypeAlias = Literal[
    "session",  # of a user, as the next two
    "password",
    "sign_in_link",
    "delivery",  # what was asked to be sent to a webhook
    "job_retry",  # of a job, which has no number: it is 0
    "remote_note",  # written through an integrated account
    "sealing",  # of the secrets of a webhook or an integrated account
    "person_export",  # of a candidate or a contact
]
"""What a deed is, and of what its number is."""

DEEDS: Final[frozenset[str]] = frozenset(get_args(Kind))


class Act(Struct, frozen=True, kw_only=True):
    """Something done that changes no thing of the account, such as signing in, or having a webhook told again.

    ``entity_id`` is whom or what it is about.
    """

    entity: Kind
    action: Action
    entity_id: int
    details: Mapping[str, str] = {}


class Deed(Act, frozen=True, kw_only=True):
    """An act with who did it and when. ``by`` is 0 where nobody is known, ``at`` in ms UTC."""

    at: int
    by: int = 0
    token_id: int = 0
    origin: Origin = field(default_factory=current_origin)


class AuditFilter(Struct, frozen=True, kw_only=True):
    """Which rows; what is None does not matter. Instants in ms UTC: from ``since`` on, up to ``until`` and without it.

    ``user_id`` is who did it.
    """

    user_id: int | None = None
    token_id: int | None = None
    via: Via | None = None
    surface: str | None = None
    address: str | None = None
    request_id: str | None = None
    action: str | None = None
    entity: str | None = None
    entity_id: int | None = None
    since: int | None = None
    until: int | None = None


class Trace(Struct, frozen=True, kw_only=True):
    """One row of the audit. ``before`` and ``after`` are documents as they are stored, None where there is none."""

    sequence: int
    at: int
    entity: str
    entity_id: int
    action: Action
    user_id: int
    token_id: int
    surface: str
    address: str
    request_id: str
    before: str | None
    after: str | None

    @property
    def via(self) -> Via:
        """By what it came."""
        return via_of(self.token_id, self.surface)

    def people(self) -> set[int]:
        """The users that it names."""
        about = {self.entity_id} if self.entity in _ABOUT_USERS else set()
        return {self.user_id, *about} - {0}


def lacks_state(trace: Trace) -> bool:
    """Whether it has not both states, though there were two: from one of them a person was erased."""
    two = trace.action in ("changed", "deleted", "restored") and trace.entity not in DEEDS
    return two and (trace.before is None or trace.after is None)


def _erases(trace: Trace) -> bool:
    """Whether this is what erased somebody, and not a row from which somebody was erased later.

    Of an activity both may look alike, but for the token: an erasure writes without one.
    """
    if trace.after is None or not lacks_state(trace):
        return False
    return trace.entity != "activity" or not trace.token_id


class Changed(Struct, frozen=True):
    """A field as it was and as it became; None where there was none."""

    name: str
    before: Any
    after: Any


def changed(before: Values | None, after: Values | None) -> list[Changed]:
    """The fields in which two states differ; of what came or went, those that had a value."""
    if before is None or after is None:
        only = after or before or {}
        told = {name: value for name, value in only.items() if name not in _NOISE and value not in (None, "", [], {})}
        return [Changed(name, before and before[name], after and after[name]) for name in told]
    names = [*after, *(name for name in before if name not in after)]
    return [
        Changed(name, before.get(name), after.get(name))
        for name in names
        if name not in _FOLLOWS and before.get(name) != after.get(name)
    ]


# -- what may be told of things that no dialect shows ----------------------------------------------------------------

_SECRETS: Final = frozenset({"digest", "sealed", "cursor", "key", "search"})
_HIDDEN: Final = "…"


def harmless(entity: str, one: Changed) -> Changed | None:
    """A field of a stored document without what opens anything, with its instants as text.

    That a secret came, went or has changed is told, and not what it is.
    """
    before, after = (_readable(one.name, _safe(entity, one.name, value)) for value in (one.before, one.after))
    return None if before is None and after is None else Changed(one.name, before, after)


def without_secrets(entity: str, values: Values) -> Values:
    """A stored document of something that no dialect shows, without what opens anything."""
    return {name: _safe(entity, name, value) for name, value in values.items()}


def is_secret(entity: str, name: str) -> bool:
    """Whether a field of a stored document opens something."""
    return name in _SECRETS and entity != "type"


def _safe(entity: str, name: str, value: Any) -> Any:
    if is_secret(entity, name):
        return _HIDDEN if value else None
    if entity == "webhook" and value is not None:
        # Behind the host of a URL may stand what opens it, and what a face keeps for itself nobody here knows.
        if name == "url":
            return place_of(value)
        if name == "extras":
            return sorted(value)
    return value


def _readable(name: str, value: Any) -> Any:
    instant = name.endswith("_at") or name == "until"
    if not instant or not isinstance(value, int) or not FIRST_INSTANT <= value <= LAST_INSTANT:
        return value
    return format_instant(value) if value else None


def place_of(url: str) -> str:
    """Where a URL leads, and not by which door."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    return f"{scheme}://{host}" + ("" if rest in (host, f"{host}/") else "/…")


# -- in words --------------------------------------------------------------------------------------------------------

_MOST_NAMED: Final = 3
_LONGEST_NAME: Final = 60


# With the name of who did it, that of whom it is about, and how; the third is for who does it to himself.
_DEEDS: Final = {
    ("session", "created"): ("{who} signed in{how}", None),
    ("session", "deleted"): ("{who} signed {about} out{how}", "{who} signed out{how}"),
    ("session", "refused"): ("Somebody could not sign in as {about}", None),
    ("password", "changed"): ("{who} set the password of {about}", "{who} set an own password"),
    ("password", "deleted"): ("{who} took the password of {about} away", None),
    ("password", "refused"): ("{who} gave a wrong password, and could not set another", None),
    ("sign_in_link", "created"): ("{who} made a link that signs {about} in", None),
    ("delivery", "created"): ("{who} had a test sent to webhook {id}", None),
    ("delivery", "restored"): ("{who} had {what} sent to webhook {id} again", None),
    ("job_retry", "restored"): ("{who} had a job tried again that was given up", None),
    # With the id of the note, where it is known to be there; before, and where that was never known, see _ASKED.
    ("remote_note", "created"): ("{who} had a note written{how} through integrated account {id}", None),
    ("sealing", "changed"): ("{who} had the secrets of {what} sealed anew", None),
    ("person_export", "created"): ("{who} took out all that is kept about {what}", None),
}


_ASKED: Final = "{who} asked for a note to be written{how} through integrated account {id}"


def summary(trace: Trace, fields: list[Changed], name: str, names: Mapping[int, str]) -> str:
    """One sentence of what was done. ``name`` is the thing's own, ``names`` those of users by id."""
    who = _who(trace, names)
    others, own = _DEEDS.get((trace.entity, trace.action), (None, None))
    if others is not None:
        if trace.entity == "remote_note" and not _detail(fields, "note"):
            others = _ASKED
        words = own if own is not None and trace.user_id == trace.entity_id else others
        about = names.get(trace.entity_id, f"user {trace.entity_id}")
        what = _detail(fields, "what") or "something"
        return words.format(who=who, about=about, id=trace.entity_id, what=what, how=_how(fields))
    thing = f"{trace.entity.replace('_', ' ')} {trace.entity_id}{f' “{_short(name)}”' if name else ''}"
    if _erases(trace):
        return f"{who} erased a person from {thing}"
    if trace.entity == "token" and any(one.name == "revoked_at" for one in fields):
        return f"{who} revoked {thing}"
    done = f"{who} {trace.action} {thing}"
    return f"{done}: {_listed(fields)}" if trace.action == "changed" and fields else done


def _who(trace: Trace, names: Mapping[int, str]) -> str:
    if trace.user_id:
        return names.get(trace.user_id, f"User {trace.user_id}")
    if trace.via == "command line" and trace.address.startswith("os:"):
        return f"{trace.address.removeprefix('os:')} at the command line"
    return {"command line": "The command line", "worker": "The worker"}.get(trace.via, "Somebody")


def _how(fields: list[Changed]) -> str:
    how = _detail(fields, "how")
    return f" {how}" if how else ""


def _detail(fields: list[Changed], name: str) -> Any:
    return next((one.after or one.before for one in fields if one.name == name), None)


def _listed(fields: list[Changed]) -> str:
    named = [one.name.replace("_", " ") for one in fields]
    more = len(named) - _MOST_NAMED
    return ", ".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
