"""What a test of the page has to have before it looks: activities and records, made through the native API."""

from typing import Any, Final

import httpx2

V1: Final = "/dayline/v1"


class Maker:
    """Makes things as somebody of the office, and tells what is stored."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    def activity(self, **fields: object) -> dict[str, Any]:
        """Create a meeting, or whatever the fields say."""
        return self._posted("/activities", {"type": "meeting", "subject": "Site visit"} | fields)

    def record(self, **fields: object) -> dict[str, Any]:
        """Create a contact, or whatever the fields say."""
        return self._posted("/records", {"kind": "contact", "name": "Kaja Kallas-Berg"} | fields)

    def user(self, name: str, **fields: object) -> dict[str, Any]:
        """Add a user, a member where nothing else is said."""
        return self._posted("/users", {"name": name, "email": f"{name.lower()}@dayline.example.com"} | fields)

    def stored(self, activity: dict[str, Any]) -> dict[str, Any]:
        """The activity as it is now."""
        now: dict[str, Any] = self.client.get(f"{V1}/activities/{activity['id']}").json()
        return now

    def _posted(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        answer = self.client.post(V1 + path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made
