"""How the tests speak the native API, which can say everything."""

from typing import Any

from msgspec.structs import asdict

from dayline.app import NATIVE
from dayline.domain.activity import Activity, Attendee
from dayline.domain.record import KINDS, Ref
from tests.native.problems import ACTIVITIES
from tests.tongues.adapter import Adapter
from tests.tongues.canon import Canon, attendee

LIKE = ("subject", "description", "note", "busy", "done", "priority", "outcome", "visibility", "owner_id", "invite")
READ = ("id", "uuid", "type", "creator_id", "editor_id", "main_chosen", "main_kind", "revision", "collaborators")
INSTANTS = ("done_at", "created_at", "updated_at", "deleted_at")
# Of an answer, what a request may not have; and what would choose a main record, which nobody did.
READ_ONLY = {
    *("id", "uuid", "type_id", "all_day", "starts_at", "ends_at", "creator_id", "editor_id", "main", "main_chosen"),
    *("main_kind", "attachments", "extras", "revision", "created_at", "updated_at", "deleted_at"),
}


def body(wish: Activity) -> dict[str, Any]:
    when = wish.when
    return {
        **{name: getattr(wish, name) for name in LIKE},
        "type": wish.type.key,
        "date": None if when.date is None else when.date.isoformat(),
        "time": None if when.time is None else when.time.isoformat(),
        "duration": when.duration,
        "zone": when.zone,
        "location": None if wish.location is None else asdict(wish.location),
        "conference": None if wish.conference is None else asdict(wish.conference),
        "collaborators": list(wish.collaborators),
        "related": [_named(ref) for ref in wish.related],
        "participants": [_named(one.ref) | {"primary": one.primary} for one in wish.participants],
        "attendees": [_invited(person) for person in wish.attendees],
    }


def _named(ref: Ref) -> dict[str, Any]:
    return {"kind": ref.kind, "uuid": ref.uuid}


def _invited(person: Attendee) -> dict[str, Any]:
    behind = {"kind": person.kind, "id": person.user_id} if person.ref is None else _named(person.ref)
    details = {name: getattr(person, name) for name in ("email", "name", "status", "organizer")}
    return {**behind, **details}


class Speaker(Adapter):
    dialect = NATIVE
    changes = (
        *("type", "subject", "description", "note", "when.date", "when.time", "when.duration", "when.zone", "busy"),
        *("done", "priority", "outcome", "visibility", "location", "conference", "owner_id", "collaborators"),
        *("related", "participants", "attendees", "invite"),
    )

    def fit(self, wish: Activity) -> Activity:
        return wish

    def write(self, wish: Activity) -> int | str:
        main = {"main": _named(wish.related[0])} if wish.main_chosen else {}
        answer = self.client.post(ACTIVITIES, json=body(wish) | main)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def read(self, stored: Activity) -> Canon:
        shown = self._shown(stored)
        seen = {name: shown[name] for name in (*LIKE, *READ, *INSTANTS)}
        seen |= {f"when.{name}": shown[name] for name in ("date", "time", "duration", "zone")}
        location = shown["location"] or {}
        seen["location.value"] = location.pop("value", None)
        seen["location.parts"] = {part: text for part, text in location.items() if text is not None}
        seen |= {f"conference.{name}": (shown["conference"] or {}).get(name) for name in ("client", "url", "id")}
        for kind in KINDS:
            uuids = [ref["uuid"] for ref in shown["related"] if ref["kind"] == kind]
            seen |= {f"related.{kind}": next(iter(uuids), None), f"related.{kind}[more]": uuids[1:]}
        seen["participants"] = [person["uuid"] for person in shown["participants"]]
        seen["participants.primary"] = next((one["uuid"] for one in shown["participants"] if one["primary"]), None)
        seen |= {f"extras.{vendor}": values for vendor, values in shown["extras"].items()}
        for one in shown["attendees"]:
            name = one["uuid"] or one["id"] or one["email"]
            seen |= dict(
                attendee(f"{one['kind']} {name}", one["email"], one["name"], one["status"], organizer=one["organizer"])
            )
        return seen

    def says(self, key: str, activity: Activity) -> bool:
        return key != "attachments"  # no tongue here writes any

    def change(self, stored: Activity, wish: Activity, name: str) -> None:
        field = name.removeprefix("when.")
        self._patch(stored, {field: body(wish)[field]})

    def send_back(self, stored: Activity) -> bool:
        shown = {name: value for name, value in self._shown(stored).items() if name not in READ_ONLY}
        if shown["done_at"] is None:
            del shown["done_at"]
        for people in (shown["related"], shown["participants"], shown["attendees"]):
            for one in people:
                del one["uuid"], one["slug"]
        self._patch(stored, shown)
        return True

    def _shown(self, stored: Activity) -> dict[str, Any]:
        answer = self.client.get(f"{ACTIVITIES}/{stored.uuid}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def _patch(self, stored: Activity, change: dict[str, Any]) -> None:
        answer = self.client.patch(f"{ACTIVITIES}/{stored.id}", json=change)
        assert answer.status_code == 200, answer.text
