"""The activities of the sample data: two months behind and six weeks ahead, mostly in working hours. Pure."""

import datetime as dt
import random
from collections.abc import Sequence

from msgspec import UNSET

from dayline.demo.content import COMPANIES, DESCRIPTIONS, HIRING, NOTES, SALES
from dayline.domain.activity import Conference, Location, Priority, When
from dayline.domain.draft import Attendance, Draft, Invited, Relate, TypeKey
from dayline.domain.identity import User, UserKey
from dayline.domain.record import Kind, Record, RecordKey
from dayline.domain.time import date_ms, time_ms

DAYS_BEHIND, DAYS_AHEAD = 60, 45
HIRING_SHARE = 0.35
TIMED = ("call", "meeting", "lunch", "interview")  # what has an hour; the others are mostly for a day
MINUTES = {"call": (15, 30), "meeting": (30, 45, 60, 90), "lunch": (60,), "interview": (45, 60)}


class Diary:
    """Draws one believable activity after another."""

    def __init__(self, chance: random.Random, today: dt.date, users: Sequence[User], records: Sequence[Record]) -> None:
        self._chance, self._today, self._users = chance, today, users
        self._records: dict[Kind, list[Record]] = {}
        for record in records:
            self._records.setdefault(record.kind, []).append(record)

    def plan(self) -> Draft:
        """The next activity."""
        return self._hiring() if self._chance.random() < HIRING_SHARE else self._selling()

    def _selling(self) -> Draft:
        place = self._chance.randrange(len(self._records["contact"]))
        person, company = self._records["contact"][place], self._records["organization"][place % len(COMPANIES)]
        about = self._about(place % len(COMPANIES))
        related = (_relate(about), _relate(company))
        return self._draft(SALES, person, about, related, place % len(COMPANIES))

    def _about(self, company: int) -> Record:
        """A deal with the company as a rule; now and then its lead, if it has one, or what concerns everybody."""
        kinds: tuple[Kind, ...] = ("deal", "lead", "project", "sequence", "other")
        kind = self._chance.choices(kinds, (76, 12, 6, 3, 3))[0]
        if kind == "lead" and company < len(self._records["lead"]):
            return self._records["lead"][company]
        return self._records["deal"][company] if kind in ("deal", "lead") else self._chance.choice(self._records[kind])

    def _hiring(self) -> Draft:
        person, job = self._chance.choice(self._records["candidate"]), self._chance.choice(self._records["job"])
        return self._draft(HIRING, person, job, (_relate(person), _relate(job)), None)

    def _draft(
        self,
        templates: Sequence[tuple[str, int, Sequence[str]]],
        person: Record,
        about: Record,
        related: tuple[Relate, ...],
        company: int | None,
    ) -> Draft:
        chance = self._chance
        type_, _, subjects = chance.choices(templates, [weight for _, weight, _ in templates])[0]
        when = self._when(type_)
        done = self._done(when, type_)
        owner = chance.choice(self._users)
        return Draft(
            subject=chance.choice(subjects).format(person=person.name, about=about.name),
            type=TypeKey(type_, "type"),
            date=when.date,
            time=when.time,
            duration=when.duration,
            zone="Europe/Tallinn",
            done=done,
            done_at=_end_of(when) if done else UNSET,
            owner=UserKey(owner.id, "owner"),
            priority=self._priority(),
            note=chance.choice(NOTES) if chance.random() < 0.4 else None,
            description=chance.choice(DESCRIPTIONS) if type_ in TIMED and chance.random() < 0.5 else None,
            location=self._location(type_, company),
            conference=self._conference(type_),
            visibility="private" if chance.random() < 0.04 else "public",
            related=related,
            participants=((_key(person), True),) if person.kind == "contact" else (),
            attendees=self._attendees(type_, person, owner),
        )

    def _when(self, type_: str) -> When:
        chance = self._chance
        if type_ == "task" and chance.random() < 0.12:
            return When()  # one day, perhaps
        # A note tells what was; everything else may lie ahead.
        # The nearer, the more: what is long past was tidied up, and what is far off has not been planned yet.
        ahead = round(chance.triangular(-DAYS_BEHIND, -1 if type_ == "note" else DAYS_AHEAD, -1))
        date = self._today + dt.timedelta(days=ahead)
        if date.weekday() > 4 and chance.random() < 0.9:
            date -= dt.timedelta(days=chance.randint(date.weekday() - 4, date.weekday()))
        if type_ not in TIMED:
            return When(date)
        hour = 10 if type_ == "lunch" else chance.choice((6, 7, 7, 8, 8, 9, 11, 12, 12, 13, 14))  # UTC: nine to five
        return When(date, dt.time(hour, chance.choice((0, 0, 30, 15))), chance.choice(MINUTES[type_]) * 60)

    def _done(self, when: When, type_: str) -> bool:
        if when.date is None or when.date >= self._today:
            return False
        return type_ == "note" or self._chance.random() < 0.9  # the others are overdue

    def _priority(self) -> Priority | None:
        choices: tuple[Priority | None, ...] = (None, "low", "normal", "high", "critical")
        return self._chance.choices(choices, (50, 10, 22, 14, 4))[0]

    def _location(self, type_: str, company: int | None) -> Location | None:
        if type_ == "lunch":
            return Location(value="Café Pärnits, Tallinn", locality="Tallinn", country="Estonia")
        if type_ != "meeting" or company is None or self._chance.random() < 0.5:
            return None
        _, _, street, town = COMPANIES[company]
        return Location(value=f"{street}, {town}", locality=town)

    def _conference(self, type_: str) -> Conference | None:
        if type_ not in ("meeting", "interview") or self._chance.random() < 0.5:
            return None
        room = f"{self._chance.randrange(16**8):08x}"
        return Conference(client="jitsi", url=f"https://meet.example.com/{room}", id=room)

    def _attendees(self, type_: str, person: Record, owner: User) -> Attendance:
        if type_ not in ("meeting", "interview"):
            return Attendance(frozenset(), ())
        invited = [
            Invited(user=UserKey(owner.id, "attendees"), status="accepted", organizer=True),
            Invited(record=_key(person), status=self._chance.choice(("noreply", "accepted", "accepted", "tentative"))),
        ]
        if self._chance.random() < 0.2:
            invited.append(Invited(email="guest@example.com", name="A guest"))
        return Attendance(frozenset(("user", "contact", "candidate", "email")), tuple(invited))


def _key(record: Record) -> RecordKey:
    return RecordKey(record.kind, record.id, record.kind)


def _relate(record: Record) -> Relate:
    return Relate(record.kind, _key(record))


def _end_of(when: When) -> int:
    """When something of the past was done: at its end, or in the evening of its day."""
    if when.ends_at is not None:
        return when.ends_at
    return 0 if when.date is None else date_ms(when.date) + time_ms(dt.time(15, 30))
