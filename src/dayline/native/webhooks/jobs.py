"""Jobs: what is still to be done, and what was given up. The handlers, then the table of operations."""

from typing import Final

from dayline.domain.record import parse_uuid
from dayline.kit.dialect import NoQuery, Operation, Reply
from dayline.native.answers import Asked, encode
from dayline.native.webhooks import mapping, schema


async def list_jobs(call: Asked[schema.JobsQuery, None]) -> Reply:
    """List jobs in a state, and count all of them."""
    query, webhooks = call.query, call.service.webhooks
    found = await webhooks.jobs(call.who, query.state, query.lane, query.limit + 1, _after(query.cursor))
    shown = [mapping.show_job(job) for job in found[: query.limit]]
    counts = [mapping.show_count(count) for count in await webhooks.job_counts(call.who)]
    cursor = shown[-1].id if len(found) > query.limit else None
    return Reply(200, encode(schema.JobPage(data=shown, next_cursor=cursor, counts=counts)))


def _after(cursor: str | None) -> str:
    """The job behind which a page begins. Raises Invalid."""
    return "" if cursor is None else parse_uuid(cursor, "cursor")


async def retry_job(call: Asked[NoQuery, None]) -> Reply:
    """Try again what was given up. A second time changes nothing, so that no key is needed."""
    return Reply(202, encode(mapping.show_job(await call.service.webhooks.revive(call.who, call.path["id"]))))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/jobs",
        handler=list_jobs,
        name="listJobs",
        summary="List jobs",
        detail="For admins: what waits, is under way, or was given up after a day of tries; and how many there are.",
        scope="admin",
        query=schema.JobsQuery,
        reply=schema.JobPage,
    ),
    Operation(
        method="POST",
        path="/v1/jobs/{id}/retry",
        handler=retry_job,
        name="retryJob",
        summary="Try again what was given up",
        detail="For admins. It begins from the first try; one that is not given up stays as it is.",
        scope="admin",
        reply=schema.Job,
        status=202,
        path_help={"id": "The job's id."},
    ),
)
