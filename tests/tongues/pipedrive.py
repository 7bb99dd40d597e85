"""How the tests speak Pipedrive."""

from typing import Any, ClassVar

from msgspec.structs import asdict, replace

from dayline.domain.activity import Activity, Attendee, When
from dayline.domain.record import Kind
from dayline.domain.time import format_duration, parse_duration
from dayline.vendors.pipedrive.routes import DIALECT
from tests.tongues.adapter import Adapter
from tests.tongues.canon import Canon, attendee, row_of

ROOT = "/api/v2/activities"
PRIORITIES = {"low": 263, "normal": 264, "high": 265, "critical": 266}
STATUSES = {"needs_action": "needsAction"}
LINKS: dict[Kind, str] = {"deal": "deal_id", "lead": "lead_id", "organization": "org_id", "project": "project_id"}
FIELDS = {
    "type": "type",
    "subject": "subject",
    "description": "public_description",
    "note": "note",
    "when.date": "due_date",
    "when.time": "due_time",
    "when.duration": "duration",
    "busy": "busy",
    "done": "done",
    "priority": "priority",
    "visibility": "private",
    "location": "location",
    "owner_id": "owner_id",
    "participants": "participants",
    "attendees": "attendees",
}
ALIKE = ("type", "subject", "description", "note", "when.date", "when.time", "busy", "done", "owner_id")


def _invited(person: Attendee) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "status": STATUSES.get(person.status, person.status),
        "is_organizer": person.organizer,
        "person_id": None if person.ref is None else person.ref.id,
        "user_id": person.user_id,
    }


def body(wish: Activity) -> dict[str, Any]:
    when, links = wish.when, {kind: wish.first(kind) for kind in LINKS}
    location = None if wish.location is None else asdict(wish.location)
    return {
        "type": wish.type.key,
        "subject": wish.subject,
        "public_description": wish.description,
        "note": wish.note,
        "due_date": None if when.date is None else when.date.isoformat(),
        "due_time": None if when.time is None else when.time.isoformat(),
        "duration": None if when.duration is None else format_duration(when.duration),
        "busy": wish.busy,
        "done": wish.done,
        "priority": None if wish.priority is None else PRIORITIES[wish.priority],
        "private": wish.visibility != "public",
        "location": location,
        "owner_id": wish.owner_id,
        "participants": [{"person_id": one.ref.id, "primary": one.primary} for one in wish.participants],
        "attendees": [_invited(person) for person in wish.attendees if person.kind != "candidate"],
        **{LINKS[kind]: None if ref is None else ref.uuid if kind == "lead" else ref.id for kind, ref in links.items()},
    }


class Speaker(Adapter):
    dialect = DIALECT
    changes = (*FIELDS, *(f"related.{kind}" for kind in LINKS))
    # What becomes of the other records of the kind is looked at as a whole.
    follows: ClassVar = {f"related.{kind}": (f"related.{kind}",) for kind in LINKS}

    def fit(self, wish: Activity) -> Activity:
        related = (wish.first(kind) for kind in LINKS)
        return replace(
            wish,
            when=When(wish.when.date, wish.when.time, wish.when.duration),
            outcome=None,
            visibility="public" if wish.visibility == "public" else "private",
            conference=None,
            related=tuple(ref for ref in related if ref is not None),
            main_chosen=False,
            attendees=tuple(person for person in wish.attendees if person.kind != "candidate"),
            collaborators=(),
            invite=True,
        )

    def write(self, wish: Activity) -> int | str:
        answer = self.client.post(ROOT, json=body(wish))
        assert answer.status_code == 200, answer.text
        return int(answer.json()["data"]["id"])

    def read(self, stored: Activity) -> Canon:
        shown = self._shown(stored)
        seen: Canon = {name: shown[FIELDS[name]] for name in ALIKE}
        location = shown["location"] or {}
        seen |= {
            "id": shown["id"],
            "creator_id": shown["creator_user_id"],
            "when.duration": None if shown["duration"] is None else parse_duration(shown["duration"]),
            "done_at": shown["marked_as_done_time"],
            "created_at": shown["add_time"],
            "updated_at": shown["update_time"],
            "deleted_at": None,
            "priority": {id_: word for word, id_ in PRIORITIES.items()}.get(shown["priority"]),
            "visibility": "private" if shown["private"] else "public",
            "location.value": location.pop("value", None),
            "location.parts": {part: text for part, text in location.items() if text is not None},
            **{f"conference.{name}": shown[f"conference_meeting_{name}"] for name in ("client", "url", "id")},
            "participants": [self.world.uuid("contact", one["person_id"]) for one in shown["participants"]],
            "participants.primary": shown["person_id"] and self.world.uuid("contact", shown["person_id"]),
            "extras.pipedrive": {"outcome": shown["outcome"]},
        }
        for kind, field in LINKS.items():
            id_ = shown[field]
            seen[f"related.{kind}"] = self.world.uuid(kind, id_) if isinstance(id_, int) else id_
        for one in shown["attendees"]:
            status = {theirs: ours for ours, theirs in STATUSES.items()}.get(one["status"], one["status"])
            seen |= dict(attendee(self._who(one), one["email"], one["name"], status, organizer=one["is_organizer"]))
        return seen

    def _who(self, one: dict[str, Any]) -> str:
        if one["person_id"] is not None:
            return f"contact {self.world.uuid('contact', one['person_id'])}"
        return f"email {one['email']}" if one["user_id"] is None else f"user {one['user_id']}"

    def says(self, key: str, activity: Activity) -> bool:
        row = row_of(key)
        if row.startswith("attendees."):  # what is left out is about candidates only
            return "[candidate " not in key
        if row.startswith("related."):  # and of several records of a kind all but the first
            return row.removeprefix("related.") in LINKS and not key.endswith("[more]")
        return super().says(key, activity)

    def change(self, stored: Activity, wish: Activity, name: str) -> None:
        field = LINKS[name.removeprefix("related.")] if name.startswith("related.") else FIELDS[name]  # type: ignore[index]
        self._patch(stored, {field: body(wish)[field]})

    def check(self, name: str, wish: Activity, before: Activity, after: Activity) -> None:
        kind = next((kind for kind in LINKS if name == f"related.{kind}"), None)
        if kind is not None:  # the one that is shown is another one, or goes; those that are not shown stay
            wished, shown = wish.first(kind), before.first(kind)
            kept = [ref for ref in before.related if ref != shown]
            assert set(after.related) == {*kept, *([] if wished is None else [wished])}
            assert after.first(kind) == (wished or next((ref for ref in kept if ref.kind == kind), None))

    def send_back(self, stored: Activity) -> bool:
        self._patch(stored, self._shown(stored))
        return True

    def _shown(self, stored: Activity) -> dict[str, Any]:
        answer = self.client.get(f"{ROOT}/{stored.id}?include_fields=attendees")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()["data"]
        return shown

    def _patch(self, stored: Activity, change: dict[str, Any]) -> None:
        answer = self.client.patch(f"{ROOT}/{stored.id}", json=change)
        assert answer.status_code == 200, answer.text
