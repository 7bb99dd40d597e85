"""What clients build conditions from: operators by the type of a field, and relative dates. No behaviour."""

from typing import Final

from dayline.vendors.pipedrive.filters.schema import Helpers, Labels

_EMPTY: Final[Labels] = {"IS NULL": "is empty", "IS NOT NULL": "is not empty"}
_EQUAL: Final[Labels] = {"=": "is", "!=": "is not"}
_ORDER: Final[Labels] = {
    **_EQUAL, ">": "is more than", "<": "is less than", ">=": "is at least", "<=": "is at most", **_EMPTY,
}  # fmt: skip
_TIMES: Final[Labels] = {
    **_EQUAL, ">": "is after", "<": "is before", ">=": "is exactly or after", "<=": "is exactly or before", **_EMPTY,
}  # fmt: skip
_SPANS: Final[Labels] = {
    **_TIMES,
    "ends_at": "ends at",
    "does_not_end_at": "does not end at",
    "ends_before": "ends before",
    "ends_e_before": "ends exactly at or before",
    "ends_after": "ends after",
    "ends_e_after": "ends exactly at or after",
    "includes": "includes",
}
_TITLES: Final[Labels] = {
    "=": "is", "LIKE '%$%'": "contains", "LIKE '$%'": "starts with", "NOT LIKE '$%'": "does not start with",
}  # fmt: skip
_TEXTS: Final[Labels] = {**_EQUAL, **_EMPTY, **_TITLES}
_SETS: Final[Labels] = {**_EQUAL, "contains": "contains", "not_contains": "does not contain", **_EMPTY}
_CHOICES: Final[Labels] = {**_EQUAL, **_EMPTY}
_OLD: Final[Labels] = {
    "NOT LIKE '%$%'": "does not contain", "LIKE '%$'": "ends with", "NOT LIKE '%$'": "does not end with",
}  # fmt: skip

_PAST: Final = (
    "last_quarter", *(f"{count}_months_ago" for count in range(6, 1, -1)), "1_month_ago", "last_month",
    "3_weeks_ago", "2_weeks_ago", "1_week_ago", "last_week", "yesterday", "before_today",
)  # fmt: skip
_PRESENT: Final = ("this_quarter", "this_month", "this_week", "today", "now", "later_or_today", "before_tomorrow")
_FUTURE: Final = (
    "tomorrow", "later_or_tomorrow", "next_week", "in_1_week", "in_2_weeks", "in_3_weeks", "next_month", "in_1_month",
    *(f"in_{count}_months" for count in range(2, 7)),
)  # fmt: skip


def _labelled(*names: str) -> Labels:
    return {name: name.replace("_", " ") for name in names}


HELPERS: Final = Helpers(
    operators={
        **dict.fromkeys(("int", "double", "monetary"), _ORDER),
        **dict.fromkeys(("date", "time"), _TIMES),
        **dict.fromkeys(("daterange", "timerange"), _SPANS),
        **dict.fromkeys(("varchar", "text", "address"), _TEXTS),
        "title": _TITLES,
        "set": _SETS,
        **dict.fromkeys(("enum", "user"), _CHOICES),
        **dict.fromkeys(("deal", "lead", "project", "product", "person", "people", "organization", "org"), _CHOICES),
        **dict.fromkeys(("status", "visible_to", "currency", "pipeline", "stage"), _EQUAL),
    },
    deprecated_operators=dict.fromkeys(("varchar", "text", "address", "title"), _OLD),
    relative_dates={"past": _labelled(*_PAST), "present": _labelled(*_PRESENT), "future": _labelled(*_FUTURE)},
    address_field_components={
        "formatted_address": "Whole address",
        "country": "Country",
        "admin_area_level_1": "State or county",
        "admin_area_level_2": "Region",
        "locality": "City, town or village",
        "sublocality": "District",
        "route": "Street",
        "street_number": "House number",
        "subpremise": "Apartment or suite",
        "postal_code": "Postal code",
    },
)
