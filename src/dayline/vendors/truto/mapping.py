"""Activities of any system to Truto's shapes, and Truto's queries to what they ask for. Pure.

Follows Truto's reference for the unified ATS API, read 2026-11-21.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.errors import Invalid, Problem, invalid
from dayline.domain.time import format_instant, parse_instant
from dayline.remote.connector import Person, RemoteActivity
from dayline.remote.listing import Op
from dayline.vendors.truto import schema

V = TypeVar("V")
W = TypeVar("W")

NOT_AN_INSTANT: Final = "expected an instant, such as 2026-12-01T14:30:00Z"
KEYS: Final = ("id", "activity_type", "subject", "body", "visibility", "updated_at", "created_at")
COMPARISONS: Final[tuple[Op, ...]] = get_args(Op)


class Asked(Struct, frozen=True, kw_only=True):
    """Which activities a list is to have. ``created_at`` are comparisons and instants in ms UTC; all must hold.

    Those with ``in`` are one comparison: any of them must hold.
    """

    candidate_id: str | None = None
    actor_id: str | None = None
    actor_type: schema.ActorType | None = None
    activity_type: schema.ActivityType | None = None
    created_at: tuple[tuple[Op, int], ...] = ()
    limit: int | None = None
    cursor: str | None = None


class Form(Struct, frozen=True, kw_only=True):
    """How an answer is to look."""

    format: schema.Format = "unified"
    ignore_remote_data: bool = False
    exclude: frozenset[str] = frozenset()
    key_by: str | None = None


def read_form(query: schema.OneQuery) -> Form:
    """How the caller wants his answer. Raises Invalid for a field by which nothing can be keyed."""
    given = (query.truto_exclude_fields, query.truto_exclude_fields_list)
    excluded = frozenset(name.strip() for text in given if text is not None for name in text.split(","))
    key_by = query.truto_key_by if isinstance(query, schema.ListQuery) else None
    if key_by is not None and key_by not in KEYS:
        raise invalid("truto_key_by", f"expected one of {', '.join(KEYS)}")
    return Form(
        format=query.truto_response_format,
        ignore_remote_data=query.truto_ignore_remote_data,
        exclude=excluded,
        key_by=key_by,
    )


def read_asked(query: schema.ListQuery) -> Asked:
    """What a list asks for. Raises Invalid, naming the parameter."""
    if query.actor_type is not None and query.actor_id is None:
        raise invalid("actor[id]", "is required with actor[type]", "missing")
    return Asked(
        candidate_id=candidate_of(query.candidate_id, query.candidate_id_nested),
        actor_id=query.actor_id,
        actor_type=query.actor_type,
        activity_type=query.activity_type,
        created_at=tuple(_comparisons(query)),
        limit=None if query.truto_ignore_limit else query.limit,
        cursor=query.next_cursor,
    )


def candidate_of(plain: str | None, nested: str | None) -> str | None:
    """The candidate, in either spelling. Raises Invalid where the two differ, or nothing is in it."""
    if plain is not None and nested is not None and plain != nested:
        raise invalid("candidate[id]", "is another one than candidate_id")
    candidate = nested if plain is None else plain
    if candidate is not None and not candidate.strip():
        raise invalid("candidate_id", "is empty", "missing")
    return candidate


def _comparisons(query: schema.ListQuery) -> Iterable[tuple[Op, int]]:
    if query.created_at is not None:
        yield "eq", read_moment(query.created_at, "created_at")
    for operator in COMPARISONS:
        text = getattr(query, f"created_at_{operator}")
        if text is not None:
            for one in text.split(",") if operator == "in" else (text,):
                yield operator, read_moment(one.strip(), f"created_at[{operator}]")


def read_moment(text: str, field: str) -> int:
    """Read an instant. A + that was not percent-encoded has become a blank. Raises Invalid."""
    head, blank, zone = text.rpartition(" ")
    text = f"{head}+{zone}" if blank and "T" in head else text
    try:
        return parse_instant(text)
    except ValueError:
        raise invalid(field, NOT_AN_INSTANT) from None


def given(body: schema.ActivityRequest) -> dict[str, object]:
    """The fields that a body has, by their names on the wire; null is nothing."""
    names = zip(body.__struct_encode_fields__, body.__struct_fields__, strict=True)
    values = ((wire, getattr(body, name)) for wire, name in names)
    return {wire: value for wire, value in values if value is not None and value is not UNSET}


def check_required(body: schema.ActivityRequest, required: Sequence[str], integration: str) -> None:
    """Raise Invalid unless everything that the integration needs is there, and is not blank."""
    sent = given(body)
    lacking = [name for name in required if not str(sent.get(name, "")).strip()]
    if lacking:
        raise Invalid(*(Problem(name, f"is required by {integration}", "missing") for name in lacking))


def show(activity: RemoteActivity) -> schema.Activity:
    """The activity in the unified model, as far as it is known."""
    return schema.Activity(
        id=activity.id,
        candidate=_known(activity.candidate_id, schema.Candidate),
        actor=UNSET
        if activity.actor_id is None or activity.actor_type is None
        else schema.Actor(activity.actor_id, activity.actor_type),
        activity_type=activity.activity_type,
        from_=_parties(activity.sender),
        to=_parties(activity.to),
        cc=_parties(activity.cc),
        subject=UNSET if activity.subject is None else activity.subject,
        body=UNSET if activity.body is None else activity.body,
        visibility=UNSET if activity.visibility is None else activity.visibility,
        updated_at=_known(activity.updated_at, instant),
        created_at=_known(activity.created_at, instant),
        remote_data=activity.raw,
    )


def _known(value: V | None, make: Callable[[V], W]) -> W | UnsetType:
    return UNSET if value is None else make(value)


def _parties(people: Iterable[Person]) -> list[schema.Party] | UnsetType:
    return [schema.Party(person.email, person.name) for person in people] or UNSET


def instant(ms: int) -> str:
    """Write an instant with its milliseconds."""
    return f"{format_instant(ms)[:-1]}.{ms % 1000:03d}Z"


def shaped(activity: RemoteActivity, form: Form) -> dict[str, schema.Json]:
    """The activity as the caller wants it, field by field."""
    shown = show(activity)
    if form.format == "normalized":
        shown = _normalized(shown)
    elif form.ignore_remote_data:
        shown = replace(shown, remote_data=UNSET)
    fields: dict[str, schema.Json] = msgspec.to_builtins(shown)
    return {name: value for name, value in fields.items() if name not in form.exclude}


def _normalized(shown: schema.Activity) -> schema.Activity:
    """With every key of the model: null, or an empty list, where nothing is known. What is another system's is out."""
    lists: dict[str, list[schema.Party]] = {name: [] for name in ("from_", "to", "cc") if getattr(shown, name) is UNSET}
    nulls = {name: None for name in shown.__struct_fields__ if name not in lists and getattr(shown, name) is UNSET}
    return replace(shown, **nulls, **lists, remote_data=UNSET)


def shaped_list(activities: Sequence[RemoteActivity], cursor: str | None, form: Form) -> dict[str, schema.Json]:
    """A page as the caller wants it. Where several have the key by which they are asked for, the last one stays."""
    result: schema.Json = [shaped(activity, form) for activity in activities]
    if form.key_by is not None:
        keys = [key_of(activity, form.key_by) for activity in activities]
        result = dict(zip(keys, result, strict=True))
    return page_of(result, cursor, len(activities))


def page_of(result: schema.Json, cursor: str | None, count: int) -> dict[str, schema.Json]:
    """A page of what is shown already."""
    return {
        "result": result,
        "next_cursor": cursor,
        "prev_cursor": None,
        "result_count": count,
        "is_partial_response": False,
    }


def key_of(activity: RemoteActivity, field: str) -> str:
    """The value by which an activity is found in the object; ``null`` where it has none."""
    value = getattr(show(activity), field)
    return "null" if value is None or value is UNSET else str(value)
