"""Recruitee's connector, held to what every connector must keep."""

from collections.abc import Mapping
from typing import ClassVar

from dayline.remote.connector import NewNote, Visibility
from dayline.remote.sandbox import Received, Sandbox
from dayline.vendors.recruitee.connector import CONNECTOR
from dayline.vendors.recruitee.sandbox import RecruiteeSandbox
from tests.contract.connector import ConnectorContract


class TestRecruitee(ConnectorContract):
    """Nothing for admins alone, and no instant of one's own."""

    connector = CONNECTOR
    reads_back: ClassVar[Mapping[Visibility, Visibility | None]] = {
        "public": "public",
        "private": "private",
        "admin_only": None,
    }
    keeps_created_at = False

    def sandbox(self) -> Sandbox:
        return RecruiteeSandbox()

    def unknown(self) -> str:
        return "999999"

    def documented(self, note: NewNote, request: Received) -> None:
        assert (request.method, request.target) == ("POST", f"/c/126786/candidates/{note.candidate_id}/notes")
        assert request.header("authorization") == "Bearer sandbox-key"
        assert (request.header("content-type") or "").startswith("application/json")
        level = {} if note.visibility is None else {"visibility": {"level": note.visibility}}
        assert request.json() == {"note": {"body": note.body} | level}
