"""How the tests speak ATZ."""

import datetime as dt
from typing import Any, ClassVar

from dayline.domain.activity import Activity, Attendee, Conference, Location, When
from dayline.domain.record import Ref
from dayline.vendors.atz.routes import DIALECT
from tests.tongues.adapter import Adapter
from tests.tongues.canon import Canon, row_of

ROOT = "/v1/activity"
LISTS = ("candidate", "contact", "user")
ENTITIES = {"candidate": 1, "job": 2, "organization": 3, "contact": 4, "deal": 5}
OTHER = 10
HOUR, DAY = 3_600, 86_400


def _names(wish: Activity, kind: str) -> str:
    people = (person for person in wish.attendees if person.kind == kind)
    return ",".join(str(person.user_id) if person.ref is None else person.ref.slug for person in people)


def body(wish: Activity) -> dict[str, Any]:
    assert wish.when.date is not None
    assert wish.when.time is not None
    starts = dt.datetime.combine(wish.when.date, wish.when.time, dt.UTC)
    main = next(iter(wish.related), None)
    return {
        "title": wish.subject,
        "activity_type_id": wish.type.id,
        "start_datetime": starts.isoformat(),
        "end_datetime": (starts + dt.timedelta(seconds=wish.when.duration or 0)).isoformat(),
        "related_to_entity": None if main is None else ENTITIES.get(main.kind, OTHER),
        "related_to": None if main is None else main.slug,
        "collaborators": ",".join(map(str, wish.collaborators)),
        **{f"{kind}s_as_attendees": _names(wish, kind) for kind in LISTS},
        "meeting_link": "" if wish.conference is None else wish.conference.url,
        "importance": wish.priority,
        "location": "" if wish.location is None else wish.location.value,
        "description": wish.description or "",
        "do_not_send_calendar_invite": not wish.invite,
        "mark_as_done": wish.done,
    }


FIELDS = {
    "type": ("activity_type_id",),
    "subject": ("title",),
    "description": ("description",),
    "when": ("start_datetime", "end_datetime"),
    "done": ("mark_as_done",),
    "priority": ("importance",),
    "location": ("location",),
    "conference": ("meeting_link",),
    "collaborators": ("collaborators",),
    "related": ("related_to_entity", "related_to"),
    "attendees": tuple(f"{kind}s_as_attendees" for kind in LISTS),
    "invite": ("do_not_send_calendar_invite",),
}


class Speaker(Adapter):
    dialect = DIALECT
    changes = tuple(FIELDS)
    # Another place or link has nothing of the one before; what becomes of relations is looked at as a whole.
    follows: ClassVar = {
        "location": ("location.parts",),
        "conference": ("conference.client", "conference.id"),
        "related": ("related.",),
    }

    def fit(self, wish: Activity) -> Activity:
        when = wish.when
        place = wish.location.value if wish.location else None
        return Activity(
            id=0,
            uuid="",
            type=wish.type,
            owner_id=self.world.caller,
            creator_id=self.world.caller,
            editor_id=self.world.caller,
            subject=wish.subject,
            description=wish.description,
            when=When(
                when.date or dt.date(2026, 3, 2),
                (when.time or dt.time(15, 0)).replace(second=0),
                ((when.duration or HOUR) % DAY // 60 * 60) or HOUR,
            ),
            done=wish.done,
            priority=wish.priority or "high",
            location=None if place is None else Location(place),
            conference=None if wish.conference is None else Conference(url=wish.conference.url),
            related=wish.related[:1],
            main_chosen=bool(wish.related),
            attendees=tuple(_bare(person) for person in wish.attendees if person.kind in LISTS),
            collaborators=wish.collaborators,
            invite=wish.invite,
        )

    def write(self, wish: Activity) -> int | str:
        return int(self._ask("POST", ROOT, body(wish))["id"])

    def read(self, stored: Activity) -> Canon:
        shown = self._ask("GET", f"{ROOT}/{stored.id}")
        seen: Canon = {
            "id": shown["id"],
            "type": next(key for key, ref in self.world.types.items() if ref.id == shown["activity_type"]["id"]),
            "subject": shown["title"],
            "description": shown["description"] or None,
            "when.date": shown["start_date"] or None,
            "when.time": f"{shown['start_time']}:00" if shown["start_time"] else None,
            "when.duration": _seconds(shown["start_time"], shown["end_time"]),
            "done": shown["mark_as_done"],
            "priority": shown["importance"],
            "location.value": shown["location"] or None,
            "conference.url": shown["meeting_link"] or None,
            "creator_id": shown["created_by"]["id"],
            "editor_id": shown["updated_by"]["id"],
            "collaborators": [one["id"] for one in shown["collaborators"]],
            "main_kind": shown["related_to_type"] if shown["related_to"] is None else None,
            "invite": not shown["do_not_send_calendar_invite"],
            "attachments": [],
            "created_at": shown["created_at"],
            "updated_at": shown["updated_at"],
        }
        if shown["related_to"] is not None:
            main = self._named(shown["related_to"])
            seen[f"related.{main.kind}"] = main.uuid if main in stored.related else None
            seen["participants.primary"] = main.uuid if main == stored.primary else None
        return seen | {key: value for kind in LISTS for key, value in self._people(shown, kind)}

    def _people(self, shown: Any, kind: str) -> Any:
        for one in shown["attendees"][f"{kind}s"]:
            who = f"{kind} {one['id'] if kind == 'user' else self._named(one['slug']).uuid}"
            yield f"attendees.{kind}[{who}]", True
            yield f"attendees.name[{who}]", one["full_name"]

    def _named(self, slug: str) -> Ref:
        return next(one.ref for records in self.world.records.values() for one in records if one.slug == slug)

    def says(self, key: str, activity: Activity) -> bool:
        row = row_of(key)
        if row == "attendees.name":  # a user's own name is shown
            return "[candidate " in key or "[contact " in key
        if row.startswith("related."):  # of a kind with others beside the main one, nothing can be held against it
            return not key.endswith("[more]") and super().says(key, activity)
        if row == "priority":  # none is shown as normal
            return activity.priority is not None
        return key != "main_kind" and super().says(key, activity)

    def change(self, stored: Activity, wish: Activity, name: str) -> None:
        given = body(wish)
        self._ask("PUT", f"{ROOT}/{stored.id}", {field: given[field] for field in FIELDS[name]})

    def check(self, name: str, wish: Activity, before: Activity, after: Activity) -> None:
        if name == "related":  # another main relation takes the place of that one only
            others = {ref for ref in before.related if ref != before.main}
            assert set(after.related) == others | set(wish.related)
            assert after.main == next(iter(wish.related), None)

    def _ask(self, method: str, path: str, given: dict[str, Any] | None = None) -> Any:
        headers = {"authorization": f"Bearer {self.client.headers['x-api-token']}"}
        answer = self.client.request(method, path, headers=headers, json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _bare(person: Attendee) -> Attendee:
    return Attendee(user_id=person.user_id, ref=person.ref)


def _seconds(start: str, end: str) -> int | None:
    if not start or not end:
        return None
    begins, ends = (int(clock[:2]) * HOUR + int(clock[3:]) * 60 for clock in (start, end))
    return (ends - begins) % DAY
