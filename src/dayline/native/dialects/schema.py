"""Renderings on the native API's wire. No behaviour."""

from typing import Annotated, Any

from msgspec import Meta, Struct


class Rendering(Struct, frozen=True, kw_only=True):
    """The activity in one dialect."""

    dialect: Annotated[str, Meta(description="Its name, which is also its mount.")]
    title: str
    shown: Annotated[Any, Meta(description="The activity as this dialect shows it to a caller who reads it.")]
    left_out: Annotated[
        list[str],
        Meta(description="What is stored and not shown there, or not whole; the rows of docs/dialects.md name it."),
    ]


class Renderings(Struct, frozen=True, kw_only=True):
    """One activity in every dialect that can show it."""

    id: int
    uuid: str
    revision: int
    dialects: list[Rendering]
