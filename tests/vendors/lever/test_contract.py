"""Lever's connector, held to what every connector must keep."""

from collections.abc import Mapping
from typing import ClassVar

from dayline.remote.connector import NewNote, Visibility
from dayline.remote.sandbox import Received, Sandbox
from dayline.vendors.lever.connector import CONNECTOR
from dayline.vendors.lever.sandbox import LeverSandbox
from tests.contract.connector import ConnectorContract


class TestLever(ConnectorContract):
    """Two levels of visibility where we have three."""

    connector = CONNECTOR
    reads_back: ClassVar[Mapping[Visibility, Visibility | None]] = {
        "public": "public",
        "private": "admin_only",
        "admin_only": "admin_only",
    }
    keeps_created_at = True

    def sandbox(self) -> Sandbox:
        return LeverSandbox()

    def unknown(self) -> str:
        return "00000000-0000-4000-8000-000000000000"

    def documented(self, note: NewNote, request: Received) -> None:
        assert (request.method, request.target) == ("POST", f"/v1/opportunities/{note.candidate_id}/notes")
        assert request.header("authorization") == "Basic c2FuZGJveC1rZXk6"
        assert (request.header("content-type") or "").startswith("application/json")
        created = {} if note.created_at is None else {"createdAt": note.created_at}
        secret = note.visibility in ("private", "admin_only")
        assert request.json() == {"value": note.body, "secret": secret} | created
