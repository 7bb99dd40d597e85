"""The shapes of a bulk addition: Pipedrive has none, so what is inside is its own and what is around it is ours."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from dayline.vendors.pipedrive.schema import Activity

MOST = 500  # activities in a request


class BulkRequest(Struct, frozen=True, kw_only=True):
    """Up to 500 new activities in one write."""

    activities: Annotated[
        list[dict[str, Any]],
        Meta(min_length=1, max_length=MOST, description="Each as the body of `addActivity`."),
    ]
    mode: Annotated[
        Literal["all", "each"],
        Meta(description="`all`: where one is refused, none is added. `each`: a refused one harms no other."),
    ] = "all"


class BulkItem(Struct, frozen=True, kw_only=True):
    """What became of one of them: ``data`` where it was added, else what a request of its own had been answered."""

    success: bool
    data: Activity | UnsetType = UNSET
    error: str | UnsetType = UNSET
    code: str | UnsetType = UNSET


class BulkCounts(Struct, frozen=True):
    """How many of them became what."""

    added: int
    refused: int


class BulkResponse(Struct, frozen=True, kw_only=True):
    """What became of each, in the order of the request; ``success`` tells that the request was done."""

    success: Literal[True] = True
    data: list[BulkItem]
    additional_data: BulkCounts
