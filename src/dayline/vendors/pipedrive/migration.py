"""What each call of Pipedrive's API v1 has become in v2, and what an activity's fields are called there. Only words.

It must never name a v2 call that the vendor does not have: what stays on v1 is not here.
"""

from typing import Final

from msgspec import Struct


class Replacement(Struct, frozen=True):
    """The v2 ``call``, what changes in its parameters, and whether it is about activities, whose fields change too."""

    call: str
    parameters: tuple[str, ...] = ()
    activity: bool = True


_LIST: Final = "GET /api/v2/activities"
_ITEM: Final = "/api/v2/activities/{id}"
_PAGES: Final = "start is cursor, given by additional_data.next_cursor"
_DONE: Final = "done is true or false, not 1 or 0"
_LATER: Final = "type, start_date and end_date are not the vendor's any more; Dayline takes them unless it is strict"


_WIDER: Final = "user_id is owner_id, which v2 ignores beside filter_id"


def _parent(parameter: str) -> Replacement:
    """A list below a record. Of persons the vendor's v2 finds the primary participant alone."""
    told = (f"the id of the path is {parameter}", "exclude is gone: leave those out yourself", _PAGES, _DONE)
    beside = {
        "person_id": ("at the vendor it finds primary participants only; here everybody who takes part",),
        "project_id": ("project_id is not the vendor's; Dayline takes it unless it is strict",),
    }
    return Replacement(_LIST, told + beside.get(parameter, ()))


def _fields(entity: str) -> dict[str, Replacement]:
    """The description of an entity's fields."""
    renamed = ("key is field_code, name is field_name; there are no numbers",)
    return {
        f"GET /v1/{entity}Fields": Replacement(f"GET /api/v2/{entity}Fields", (_PAGES, *renamed), activity=False),
        f"GET /v1/{entity}Fields/{{id}}": Replacement(
            f"GET /api/v2/{entity}Fields/{{id}}", ("by field_code, not by number", *renamed), activity=False
        ),
    }


_REPLACED: Final[dict[str, Replacement]] = {
    "GET /v1/activities": Replacement(
        _LIST, (_WIDER, "without user_id, or for 0, all that can be seen", _PAGES, _DONE, _LATER)
    ),
    "GET /v1/activities/collection": Replacement(
        _LIST,
        (
            "since is updated_since, until is updated_until, both in RFC 3339",
            "until includes its second, updated_until does not: ask for a second more",
            "user_id is owner_id",
            "type is not the vendor's any more; Dayline takes it unless it is strict",
        ),
    ),
    "GET /v1/activities/{id}": Replacement(f"GET {_ITEM}", ("attendees only with include_fields=attendees",)),
    "POST /v1/activities": Replacement("POST /api/v2/activities", ("JSON, not a form",)),
    "PUT /v1/activities/{id}": Replacement(f"PATCH {_ITEM}", ("JSON, not a form",)),
    "DELETE /v1/activities/{id}": Replacement(f"DELETE {_ITEM}", activity=False),
    "DELETE /v1/activities": Replacement(f"DELETE {_ITEM}", ("one call for each of ids",), activity=False),
    "GET /v1/deals/{id}/activities": _parent("deal_id"),
    "GET /v1/persons/{id}/activities": _parent("person_id"),
    "GET /v1/organizations/{id}/activities": _parent("org_id"),
    "GET /v1/projects/{id}/activities": _parent("project_id"),
    **_fields("activity"),
    **_fields("deal"),
    **_fields("person"),
    **_fields("organization"),
}


def replacement(called: str) -> Replacement | None:
    """What ``METHOD /v1/path`` has become; None when it stays, because v2 has no such call."""
    return _REPLACED.get(called)


FIELDS: Final = (
    ("user_id, assigned_to_user_id", "owner_id"),
    ("created_by_user_id", "creator_user_id"),
    ("busy_flag", "busy"),
    ("active_flag", "is_deleted, the opposite"),
    ("done", "done, written as true or false"),
    ("due_time, duration: HH:MM or empty", "the same as HH:MM:SS or null"),
    ("add_time, update_time, marked_as_done_time", "the same in RFC 3339; null, not empty"),
    ("location, location_country, …", "location.value, location.country, …"),
    ("participants[].primary_flag", "participants[].primary"),
    ("attendees[].email_address", "attendees[].email"),
    ("attendees[].is_organizer: 1 or 0", "the same as true or false"),
    ("company_id, update_user_id, type_name", "gone"),
    ("org_name, person_name, deal_title, owner_name, …", "gone, as are related_objects: get them by their ids"),
    ("reference_…, last_notification_…, rec_…, series", "gone"),
)
"""Fields of an activity in v1, and what they are in v2; all others keep their names."""
