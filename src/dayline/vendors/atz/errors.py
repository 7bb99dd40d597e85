"""Words a failure as ATZ does: one text, about the first field that is wrong. The only place that shapes an error.

Unreadable input and a reused key are 400, as ATZ has no 422 here. What a client sent is quoted in one case alone, where
a list names somebody whom nobody knows: it could not be found otherwise.
"""

import re
from typing import Final

import msgspec

from dayline.domain.errors import Problem
from dayline.kit.dialect import Failure, Headers, Reply
from dayline.vendors.atz import schema

_encode: Final = msgspec.json.Encoder().encode
_TEXTS: Final = {401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests"}
_BEARER: Final[Headers] = (("WWW-Authenticate", "Bearer"),)

_LISTS: Final = ("collaborators", "candidates_as_attendees", "contacts_as_attendees", "users_as_attendees")
# Somebody in one of them. Any other name with brackets is a field that the client made up.
_LISTED: Final = re.compile(rf"({'|'.join(_LISTS)})\[(.*)\]", re.DOTALL)
_TYPE: Final = "activity_type_id is invalid"
_ENTITY: Final = "related_to_entity must be one of 1, 2, 3, 4, 5, 10"
_IMPORTANCE: Final = "importance must be one of low, normal, high, critical"
_MOMENT: Final = "must be a valid ISO 8601 datetime"

# What is refused by its type, and what by its value, where neither says so itself. The domain has names of its own.
_WRONG_TYPES: Final = {
    "activity_type_id": _TYPE,
    "start_datetime": f"start_datetime {_MOMENT}",
    "end_datetime": f"end_datetime {_MOMENT}",
    "related_to_entity": _ENTITY,
    "importance": _IMPORTANCE,
    "do_not_send_calendar_invite": "do_not_send_calendar_invite must be a boolean",
    "mark_as_done": "mark_as_done must be a boolean",
    "limit": "limit must be a positive integer",
    "page": "page must be a positive integer",
    **{name: f"{name} must be names separated by commas" for name in _LISTS},
}
_WRONG_VALUES: Final = _WRONG_TYPES | {
    "id": "Invalid activity ID",
    "related_to": "related_to record not found",
    "pair": "related_to_entity must be that of related_to",
    "starts_at": "start_datetime is required, as the activity has no start yet",
    "ends_at": "end_datetime must be after start_datetime",
    "duration": "end_datetime must be less than 10000 hours after start_datetime, and before the year 10000",
    "sort_by": "sort_by must be one of created_at, updated_at",
    "sort_order": "sort_order must be one of asc, desc",
}


def envelope(failure: Failure) -> Reply:
    """The answer to a failure."""
    status = 400 if failure.status == 422 else failure.status
    return Reply(status, _encode(schema.Message(_text(failure))), _BEARER if status == 401 else ())


def _text(failure: Failure) -> str:
    if failure.problems:
        return _worded(failure.problems[0])
    if failure.status == 404 and failure.message.startswith("Activity"):
        return failure.message
    return _TEXTS.get(failure.status, failure.message)


def _worded(problem: Problem) -> str:
    field, message = problem.field, problem.message
    if not field:
        return f"Invalid {'query' if 'the query' in message else 'form' if 'form' in message else 'JSON body'}"
    if message.startswith(("is required", "must ")):
        return f"{field} {message}"
    if problem.kind == "unknown":
        return f"Invalid {field}: {message}"
    listed = _LISTED.fullmatch(field)
    if listed is not None:
        return _WRONG_TYPES[listed[1]] if problem.kind == "type" else f"Invalid {listed[1]}: {listed[2]}"
    if problem.kind == "type":
        return _WRONG_TYPES.get(field, f"{field} must be a string")
    return _WRONG_VALUES.get(field, f"Invalid {field}: {message}")
