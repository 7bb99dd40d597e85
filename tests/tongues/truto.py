"""How the tests speak Truto's unified API, in Dayline's own store."""

from typing import Any

from msgspec.structs import replace

from dayline.domain.activity import Activity, Attendee
from dayline.domain.time import format_instant, parse_instant
from dayline.vendors.truto.routes import DIALECT
from tests.tongues.adapter import Adapter
from tests.tongues.canon import Canon, attendee, row_of
from tests.vendors.truto.speech import OWN, ROOT

KEPT = ("description", "duration", "zone", "done", "priority", "outcome")


def own_data(wish: Activity) -> dict[str, Any]:
    when = wish.when
    return {
        "type": wish.type.key,
        "description": wish.description,
        "date": None if when.date is None else when.date.isoformat(),
        "time": None if when.time is None else when.time.isoformat(),
        "duration": when.duration,
        "zone": when.zone,
        "done": wish.done,
        "priority": wish.priority,
        "outcome": wish.outcome,
    }


def address(person: Attendee) -> dict[str, Any]:
    return {"email": person.email, "name": person.name}


class Speaker(Adapter):
    dialect = DIALECT
    changes = (
        *("type", "subject", "note", "description", "when.date", "when.time", "when.duration", "when.zone"),
        *("done", "priority", "outcome", "visibility", "related.candidate"),
    )

    def fit(self, wish: Activity) -> Activity:
        candidate = wish.first("candidate") or self.world.records["candidate"][-1].ref
        return Activity(
            id=0,
            uuid="",
            type=wish.type,
            owner_id=self.world.caller,
            creator_id=self.world.caller,
            editor_id=self.world.caller,
            subject=wish.subject,
            description=wish.description,
            note=wish.note or "N",
            when=wish.when,
            done=wish.done,
            priority=wish.priority,
            outcome=wish.outcome,
            visibility=wish.visibility,
            related=(candidate,),
            attendees=tuple(replace(one, status="noreply") for one in wish.attendees if one.kind == "email"),
        )

    def write(self, wish: Activity) -> int | str:
        candidate = wish.first("candidate")
        assert candidate is not None
        body = {
            "candidate_id": candidate.uuid,
            "body": wish.note,
            "subject": wish.subject,
            "visibility": wish.visibility,
            "from": [address(one) for one in wish.attendees if one.organizer],
            "to": [address(one) for one in wish.attendees if not one.organizer],
            "remote_data": own_data(wish),
        }
        answer = self.client.post(ROOT, params=OWN, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def read(self, stored: Activity) -> Canon:
        shown = self._shown(stored)
        data = shown["remote_data"]
        seen: Canon = {
            "id": data["id"],
            "uuid": shown["id"],
            "type": data["type"],
            "subject": shown.get("subject", ""),
            "note": shown.get("body"),
            "visibility": shown["visibility"],
            "owner_id": data["owner_id"],
            "related.candidate": shown["candidate"]["id"] if "candidate" in shown else None,
            "related.candidate[more]": [],
            "extras.truto": {"cc": sorted(one["email"].casefold() for one in shown.get("cc", ()))},
            **{f"when.{name}": data[name] for name in ("date", "time", "duration", "zone")},
            **{name: data[name] for name in ("description", "done", "priority", "outcome")},
            **{name: format_instant(parse_instant(shown[name])) for name in ("created_at", "updated_at")},
        }
        assert shown["actor"] == {"id": self._uuid(data["owner_id"]), "type": "user"}
        guests = {person.email for person in stored.attendees if person.kind == "email"}
        for field in ("from", "to", "cc"):
            for one in shown.get(field, ()):
                if one["email"] in guests:
                    name = f"email {one['email']}"
                    seen |= dict(attendee(name, one["email"], one["name"], "noreply", organizer=field == "from"))
        return seen

    def says(self, key: str, activity: Activity) -> bool:
        if key.startswith("attendees.") and "[email " not in key:
            return False  # who stands behind an address is not told
        if row_of(key) == "related.candidate" and activity.first("candidate") is None:
            return False  # it may be one who is invited
        return super().says(key, activity)

    def change(self, stored: Activity, wish: Activity, name: str) -> None:
        field = name.removeprefix("when.")
        if name in ("subject", "visibility"):
            change = {name: getattr(wish, name)}
        elif name == "note":
            change = {"body": wish.note}
        elif name == "related.candidate":
            candidate = wish.first("candidate")
            assert candidate is not None
            change = {"candidate_id": candidate.uuid}
        else:
            change = {"remote_data": {field: own_data(wish)[field]}}
        self._patch(stored, change)

    def send_back(self, stored: Activity) -> bool:
        shown = self._shown(stored)
        fields = ["subject", "body", "visibility", "remote_data"]
        fields += [name for name in ("from", "to", "cc") if _reachable(shown.get(name, []))]
        back = {name: shown[name] for name in fields if name in shown}
        self._patch(stored, back)
        return True

    def _uuid(self, user_id: int) -> str:
        return next(user.uuid for user in self.world.users if user.id == user_id)

    def _shown(self, stored: Activity) -> dict[str, Any]:
        answer = self.client.get(f"{ROOT}/{stored.uuid}", params=OWN)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def _patch(self, stored: Activity, change: dict[str, Any]) -> None:
        answer = self.client.patch(f"{ROOT}/{stored.uuid}", params=OWN, json=change)
        assert answer.status_code == 200, answer.text


def _reachable(people: list[dict[str, Any]]) -> bool:
    return all(one["email"] is not None for one in people)
