"""How the tests speak Reevo, in which nothing can be changed."""

import datetime as dt
from typing import Any

from dayline.domain.activity import Activity, Participant, When
from dayline.domain.record import Kind, Ref
from dayline.domain.time import parse_instant
from dayline.vendors.reevo.routes import DIALECT
from tests.native.problems import ACTIVITIES
from tests.tongues.adapter import Adapter
from tests.tongues.canon import Canon, attendee, who

ROOT = "/api/v2/activity"
LINKS: dict[Kind, str] = {"organization": "account_id", "deal": "opportunity_id", "sequence": "sequence_id"}
CATEGORIES = {"call": "CALL", "meeting": "EVENT"}
TYPES = {
    "CALL": "call",
    "EVENT": "meeting",
    "OTHER": "note",
    "MEETING": "meeting",
    "VOICE_CALL": "call",
    "EMAIL": "email",
    "NOTE": "note",
    "TASK": "task",
}
PRIORITIES = {"LOW": "low", "MEDIUM": "normal", "HIGH": "high", "URGENT": "critical"}


def moment(when: When) -> dt.datetime:
    """When it happened; what has no date or time has one here all the same."""
    return dt.datetime.combine(when.date or dt.date(2026, 3, 2), when.time or dt.time(15, 0), dt.UTC)


class Speaker(Adapter):
    dialect = DIALECT

    def fit(self, wish: Activity) -> Activity:
        happened = moment(wish.when)
        category = CATEGORIES.get(wish.type.key, "OTHER")
        people = (Participant(one.ref, place == 0) for place, one in enumerate(wish.participants))
        related = (wish.first(kind) for kind in LINKS)
        return Activity(
            id=0,
            uuid="",
            type=self.world.types[TYPES[category]],
            owner_id=self.world.caller,
            creator_id=self.world.caller,
            editor_id=self.world.caller,
            subject=wish.subject,
            note=wish.note,
            when=When(happened.date(), happened.time()),
            done=happened <= dt.datetime.now(dt.UTC),
            related=tuple(ref for ref in related if ref is not None),
            participants=tuple(people),
            extras={"reevo": {"type": "MANUAL_ACTIVITY", "category": category}},
        )

    def write(self, wish: Activity) -> int | str:
        links = {field: wish.first(kind) for kind, field in LINKS.items()}
        attributes = {
            "metadata": {
                "activity_time": moment(wish.when).isoformat(),
                "subject": wish.subject,
                "description": wish.note,
                "category": CATEGORIES.get(wish.type.key, "OTHER"),
            },
            "contact_ids": [one.ref.uuid for one in wish.participants],
            **{field: None if ref is None else ref.uuid for field, ref in links.items()},
        }
        answer = self.client.post(ROOT, json={"attributes": attributes})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def read(self, stored: Activity) -> Canon:
        row = self._row(stored)
        shown = {name: value["value"] for name, value in row["attributes"].items()}
        seen: Canon = {
            "uuid": row["id"],
            "type": TYPES[shown["sub_type"] if shown["type"] == "MANUAL_ACTIVITY" else shown["type"]],
            "subject": shown["display_name"],
            "done": shown["status"] == "COMPLETED",
            "done_at": shown["ended_at"],
            "priority": None if shown["priority"] is None else PRIORITIES[shown["priority"]],
            "location.value": shown["location"],
            "owner_id": self.world.user(shown["owner_user_id"]["related_record_id"]),
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "participants": [],
            "extras.reevo": {"type": shown["type"], "category": shown["sub_type"]},
        }
        meeting = row["metadata"] or {"start_date": shown["ended_at"], "end_date": None, "participants": []}
        return seen | _when(meeting) | self._people(stored, meeting)

    def _people(self, stored: Activity, meeting: Any) -> Canon:
        invited = {who(person) for person in stored.attendees}
        seen: Canon = {"participants": []}
        for one in meeting["participants"]:
            if one["contact_id"] is not None and f"contact {one['contact_id']}" not in invited:
                seen["participants"].append(one["contact_id"])
                continue
            status = (one["rsvp_status"] or "noreply").lower()
            name = self._who(one, invited)
            seen |= dict(attendee(name, one["email"], one["name"], status, organizer=one["is_host"]))
        return seen

    def _who(self, one: Any, invited: set[str]) -> str:
        if one["contact_id"] is not None:
            return f"contact {one['contact_id']}"
        if one["user_id"] is not None:
            return f"user {self.world.user(one['user_id'])}"
        guest = f"email {one['email']}"
        return guest if guest in invited else f"candidate {one['email']}"

    def says(self, key: str, activity: Activity) -> bool:
        # A candidate has no name of his own there by which his details could be told from a guest's.
        return "[candidate " not in key and super().says(key, activity)

    def _row(self, stored: Activity) -> Any:
        """Its row on the timeline of something that it hangs on; what hangs on nothing is seen beside the others."""
        scope = next(_scopes(stored), None)
        if scope is None:
            view = self.client.get(f"{ACTIVITIES}/{stored.id}/dialects").json()
            return next(one["shown"] for one in view["dialects"] if one["dialect"] == self.dialect.name)
        page = self.client.post(f"{ROOT}/_query", json={**scope, "limit": 5}).json()
        return next(row for row in page["data"] if row["id"] == stored.uuid)


def _scopes(stored: Activity) -> Any:
    fields: dict[str, str] = {"organization": "account_id", "deal": "opportunity_id", "contact": "contact_id"}
    links: list[Ref] = list(stored.links())
    return ({fields[ref.kind]: ref.uuid} for ref in links if ref.kind in fields)


def _when(meeting: Any) -> Canon:
    start, end = meeting["start_date"], meeting["end_date"]
    if start is None:
        return {}
    begins = dt.datetime.fromisoformat(start)
    return {
        "when.date": begins.date().isoformat(),
        "when.time": begins.time().isoformat(),
        "when.duration": None if end is None else (parse_instant(end) - parse_instant(start)) // 1000,
    }
