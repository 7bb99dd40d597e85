"""The main relation in two halves, and a time by its two ends: each half merged with what is stored."""

import datetime as dt
from typing import Any

import pytest
from msgspec.structs import replace

from dayline.domain.activity import Activity, Conference, Location, Participant, When
from dayline.domain.draft import Draft
from dayline.domain.errors import Invalid
from dayline.domain.record import RecordKey, Ref
from dayline.domain.relating import Family, MainPair
from dayline.domain.rules import change, same
from dayline.domain.time import MAX_DURATION
from tests.domain.book import BOB, Book, changed, key, made, ref

CANDIDATE: Family = ("candidate",)
JOB: Family = ("job",)
OTHER: Family = ("other", "lead")
FAMILIES: tuple[Family, ...] = (CANDIDATE, JOB, ("deal",), OTHER)
START = 1_777_111_200_000  # 2026-04-25T10:00:00Z
HOUR = 3_600_000
TIMED = When(dt.date(2026, 4, 25), dt.time(10), 3600, "Europe/Tallinn")


class Slugs(Book):
    """A book in which a slug is a kind and a number."""

    def record(self, key: RecordKey) -> Ref:
        kind, _, number = str(key.value).partition("_")
        return ref(key.kind, int(number)) if kind == key.kind else super().record(key)


def paired(before: Activity, **parts: Any) -> Activity:
    return change(before, Draft(pair=MainPair(families=FAMILIES, **parts)), BOB, Slugs())


def shown(activity: Activity) -> tuple[str | None, str | None, list[str]]:
    main = activity.main
    return None if main is None else main.slug, activity.main_kind, [one.slug for one in activity.related]


RELATED = replace(made(), related=(ref("deal", 1), ref("organization", 1)))


@pytest.mark.parametrize(
    ("before", "parts", "after"),
    [
        (made(), {"slug": "job_1"}, ("job_1", None, ["job_1"])),
        (made(), {"slug": "lead_1", "family": OTHER}, ("lead_1", None, ["lead_1"])),
        (made(), {"family": JOB}, (None, "job", [])),
        (made(), {"family": OTHER}, (None, "other", [])),
        (made(), {"slug": None}, (None, None, [])),
        (RELATED, {"slug": "deal_2"}, ("deal_2", None, ["deal_2", "organization_1"])),
        (RELATED, {"slug": "job_1", "family": JOB}, ("job_1", None, ["job_1", "organization_1"])),
        (RELATED, {"slug": "job_1", "family": None}, ("job_1", None, ["job_1", "organization_1"])),
        (RELATED, {"family": ("deal",)}, ("deal_1", None, ["deal_1", "organization_1"])),
        (RELATED, {"slug": "deal_1"}, ("deal_1", None, ["deal_1", "organization_1"])),
        (RELATED, {"slug": None}, (None, "none", ["organization_1"])),
        (RELATED, {"family": None}, (None, "none", ["organization_1"])),
        (RELATED, {"slug": None, "family": JOB}, (None, "job", ["organization_1"])),
    ],
)
def test_the_halves_are_merged(before: Activity, parts: dict[str, Any], after: tuple[Any, ...]) -> None:
    once = paired(before, **parts)
    assert shown(once) == after
    assert same(once, paired(once, **parts)) or parts.get("family", 1) is None


@pytest.mark.parametrize(
    ("before", "parts", "field"),
    [
        (made(), {"slug": "job_1", "family": CANDIDATE}, "slug"),
        (made(), {"slug": "nobody_1"}, "slug"),
        (RELATED, {"slug": "job_1"}, "slug"),
        (RELATED, {"family": JOB}, "kind"),
        (replace(made(), main_kind="candidate"), {"slug": "job_1"}, "slug"),
    ],
)
def test_halves_that_do_not_belong_together(before: Activity, parts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        paired(before, **parts)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_participant_stays_one_when_he_is_no_longer_the_main_relation() -> None:
    before = replace(made(), participants=(Participant(ref("contact"), True),))
    assert before.main == ref("contact")
    after = paired(before, slug=None)
    assert (after.main, after.main_kind, after.participants) == (None, "none", before.participants)
    assert paired(after, slug="job_1", family=JOB).main == ref("job")


def test_what_was_said_without_a_record_ends_with_the_relations_of_then() -> None:
    before = replace(RELATED, main_kind="none")
    assert changed(before, Draft(subject="Other")).main is None
    assert changed(before, Draft(main=None)).main == ref("deal")
    more = Draft(relations=(key("organization"), key("job")))
    assert changed(before, more).main == ref("job")
    assert changed(before, Draft(primary=key("contact"))).main == ref("deal")


@pytest.mark.parametrize(
    ("before", "ends", "after"),
    [
        (When(), {"starts_at": START, "ends_at": START + HOUR}, replace(TIMED, zone=None)),
        (TIMED, {"starts_at": START + HOUR // 2}, replace(TIMED, time=dt.time(10, 30), duration=1800)),
        (TIMED, {"ends_at": START + 24 * HOUR + 999}, replace(TIMED, duration=86_400)),
        (TIMED, {"starts_at": START, "ends_at": START + HOUR}, TIMED),
        (When(TIMED.date), {"starts_at": START}, When(TIMED.date, dt.time(10))),
        (When(None, dt.time(9), 60), {"starts_at": START}, When(TIMED.date, dt.time(10), 60)),
        (When(), {"starts_at": -1}, When(dt.date(1969, 12, 31), dt.time(23, 59, 59))),
    ],
)
def test_a_time_by_its_ends(before: When, ends: dict[str, int], after: When) -> None:
    assert changed(replace(made(), when=before), Draft(**ends)).when == after  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "ends", "field"),
    [
        (TIMED, {"starts_at": START + HOUR}, "ends_at"),
        (TIMED, {"ends_at": START}, "ends_at"),
        (TIMED, {"ends_at": START + 999}, "ends_at"),
        (When(TIMED.date), {"ends_at": START}, "starts_at"),
        (TIMED, {"ends_at": START + (MAX_DURATION + 1) * 1000}, "duration"),
    ],
)
def test_an_end_that_cannot_be(before: When, ends: dict[str, int], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        changed(replace(made(), when=before), Draft(**ends))  # type: ignore[arg-type]
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_text_for_a_place_or_a_link_ends_what_belongs_to_another_one() -> None:
    hall, call = Location(value="Hall", country="EE"), Conference(client="zoom", url="https://z.test/1", id="1")
    before = replace(made(), location=hall, conference=call)
    kept = changed(before, Draft(place="Hall", link="https://z.test/1"))
    assert (kept.location, kept.conference) == (hall, call)
    other = changed(before, Draft(place="Room", link="https://m.test"))
    assert (other.location, other.conference) == (Location(value="Room"), Conference(url="https://m.test"))
    none = changed(before, Draft(place=None, link=None))
    assert (none.location, none.conference) == (None, None)
    nameless = replace(made(), location=Location(country="EE"), conference=Conference(client="zoom"))
    assert same(nameless, changed(nameless, Draft(place=None, link=None)))


def test_no_priority_is_not_made_normal_by_who_cannot_tell_them_apart() -> None:
    assert changed(made(), Draft(urgency="normal")).priority is None
    assert changed(made(), Draft(urgency="high")).priority == "high"
    assert changed(replace(made(), priority="high"), Draft(urgency="normal")).priority == "normal"
