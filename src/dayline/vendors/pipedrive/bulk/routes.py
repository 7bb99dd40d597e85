"""Adding many activities at once: the handler and its row of the table. The vendor has nothing like it."""

from collections.abc import Sequence
from typing import Final

from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.service.batch import Outcome
from dayline.vendors.pipedrive.answers import Asked, ok
from dayline.vendors.pipedrive.bulk import mapping, schema


async def add_activities(call: Asked[NoQuery, schema.BulkRequest]) -> Reply:
    """Add many activities in one write."""

    def answer(outcomes: Sequence[Outcome]) -> Reply:
        return ok(mapping.show(outcomes))

    items, whole = mapping.read(call.body), call.body.mode == "all"
    return await call.service.batch.create(call.who, items, answer, call.once, whole=whole, field="activities")


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v2/activities/bulk",
        handler=add_activities,
        name="addActivities",
        summary="Add up to 500 activities",
        detail="One write. An extension: the vendor adds them one by one.",
        scope="activities:write",
        body=schema.BulkRequest,
        reply=schema.BulkResponse,
        cost=10,
        extension=True,
    ),
)
