"""Many activities to and from the domain, each as a request of its own would have it. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from dayline.domain.activity import Activity
from dayline.domain.errors import Invalid
from dayline.kit.wording import problem_of
from dayline.service.batch import Item, Outcome
from dayline.vendors.pipedrive import mapping as v2
from dayline.vendors.pipedrive.bulk import schema
from dayline.vendors.pipedrive.errors import validation
from dayline.vendors.pipedrive.schema import AddActivityRequest


def read(body: schema.BulkRequest) -> list[Item]:
    """What to add, or what is wrong with it, in order."""
    return [_read(item) for item in body.activities]


def _read(item: dict[str, Any]) -> Item:
    try:
        return v2.new_draft(msgspec.convert(item, AddActivityRequest))
    except msgspec.ValidationError as error:
        return (problem_of(error),)
    except Invalid as error:
        return error.problems


def show(outcomes: Sequence[Outcome]) -> schema.BulkResponse:
    """What became of each."""
    added = sum(isinstance(outcome, Activity) for outcome in outcomes)
    return schema.BulkResponse(
        data=[_show(outcome) for outcome in outcomes],
        additional_data=schema.BulkCounts(added=added, refused=len(outcomes) - added),
    )


def _show(outcome: Outcome) -> schema.BulkItem:
    if isinstance(outcome, Activity):
        return schema.BulkItem(success=True, data=v2.show(outcome))
    refused = validation(outcome)
    return schema.BulkItem(success=False, error=refused.error, code=refused.code)
