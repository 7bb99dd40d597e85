"""Where an id can stand in Reevo's v2."""

from collections.abc import Iterator
from typing import Any

from dayline.vendors.reevo.routes import DIALECT
from tests.visibility.places import Map, Place

REST: dict[str, Any] = {"metadata": {"activity_time": "2026-01-31T08:00:00Z", "subject": "Mine"}}
FIELDS = (
    ("account_id", "organization"),
    ("opportunity_id", "deal"),
    ("contact_ids[]", "contact"),
    ("sequence_id", "sequence"),
)
SCOPES = (("account_id", "organization"), ("opportunity_id", "deal"), ("contact_id", "contact"))


def _places() -> Iterator[Place]:
    for field, names in FIELDS:
        for where in (field, f"{field}.value"):
            place = f"body attributes.{where}"
            yield Place(operation="logActivity", where=place, names=names, by="uuid", body={"attributes": REST})
    for field, names in SCOPES:
        yield Place(operation="queryActivities", where=f"body {field}", names=names, by="uuid")


MAP = Map(
    dialect=DIALECT,
    places=tuple(_places()),
    free={
        "logActivity: body attributes.contact_ids": "null there, which names nobody",
        "logActivity: body attributes.pipeline_select_list_value_id": "kept as it is, and looked up nowhere",
        "logActivity: body attributes.pipeline_select_list_value_id.value": "the same in its envelope",
    },
    others=frozenset(f"attributes.{field}.value" for field in (*dict(FIELDS), "pipeline_select_list_value_id")),
)
