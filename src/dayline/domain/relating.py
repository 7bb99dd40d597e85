"""What becomes of the main relation where a caller names its kind and its record apart. Pure.

The two are checked as they are once merged with what is stored, so it must never be told by a caller what that is.
"""

from typing import Protocol, TypeAlias

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from dayline.domain.activity import Activity
from dayline.domain.errors import Invalid, invalid
from dayline.domain.record import Kind, RecordKey, Ref

Family: TypeAlias = tuple[Kind, ...]
"""Kinds that a caller holds for one; the first of them is what it means without a record."""


class MainPair(Struct, frozen=True, kw_only=True):
    """The main relation in two parts: of which family it is, and the slug of the record.

    A part that is UNSET stays as it is. A record alone has the family that is stored, or any of ``families`` where none
    is; a family alone is kept until there is a record. None takes the relation away, unless the other part is given.
    """

    families: tuple[Family, ...]
    family: Family | None | UnsetType = UNSET
    slug: str | None | UnsetType = UNSET
    family_field: str = "kind"
    slug_field: str = "slug"

    def record_keys(self) -> tuple[RecordKey, ...]:
        """Every record that may be meant."""
        if not isinstance(self.slug, str):
            return ()
        families = self.families if self.family is UNSET or self.family is None else (self.family,)
        return tuple(RecordKey(kind, self.slug, self.slug_field) for family in families for kind in family)


class Records(Protocol):
    """What turns a key into the living record that it names, or raises Invalid."""

    def record(self, key: RecordKey) -> Ref: ...


def paired(activity: Activity, pair: MainPair, records: Records) -> Activity:
    """The activity with this main relation. Raises Invalid when the merged parts do not belong together."""
    family = _stored_family(activity, pair) if pair.family is UNSET else pair.family
    if isinstance(pair.slug, str):
        return _with_main(activity, _found(pair, family, records))
    given = pair.family if isinstance(pair.family, tuple) else None
    if pair.slug is None or pair.family is None or activity.main is None:
        return _without_record(activity, given)
    if given is not None and activity.main.kind not in given:
        raise invalid(pair.family_field, f"The main relation is a {activity.main.kind}.")
    return activity


def _stored_family(activity: Activity, pair: MainPair) -> Family | None:
    kind = activity.main_kind if activity.main is None else activity.main.kind
    return next((family for family in pair.families if kind in family), None)


def _found(pair: MainPair, family: Family | None, records: Records) -> Ref:
    """The record that has the slug: there is one at the most in an account."""
    for key in pair.record_keys():
        if family is None or key.kind in family:
            try:
                return records.record(key)
            except Invalid:
                continue
    raise invalid(pair.slug_field, "No record with this slug exists.")


def _with_main(activity: Activity, ref: Ref) -> Activity:
    """The one before it goes, all others stay. What is the main relation already is left as it is."""
    if ref == activity.main:
        return activity
    others = (one for one in activity.related if one not in (ref, activity.main))
    return replace(activity, related=(ref, *others), main_chosen=True, main_kind=None)


def _without_record(activity: Activity, family: Family | None) -> Activity:
    """No other relation moves up: nobody chose it."""
    kept = tuple(one for one in activity.related if one != activity.main)
    bare = replace(activity, related=kept, main_chosen=False, main_kind=None)
    if family is not None:
        return replace(bare, main_kind=family[0])
    return bare if bare.main is None else replace(bare, main_kind="none")
