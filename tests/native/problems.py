"""Where the records are, and what every refusal looks like. It must never be looser than the README."""

from http import HTTPStatus
from typing import Any, Final

import httpx2

RECORDS: Final = "/dayline/v1/records"
ACTIVITIES: Final = "/dayline/v1/activities"


def assert_problem(answer: httpx2.Response, status: int, *fields: str) -> dict[str, Any]:
    """Check that the answer is a problem document about exactly these fields, and give it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    problem: dict[str, Any] = answer.json()
    assert problem.keys() - {"errors"} == {"type", "title", "status", "detail"}
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", HTTPStatus(status).phrase, status)
    assert problem["detail"]
    assert [error["field"] for error in problem.get("errors", [])] == list(fields)
    assert all(error.keys() == {"field", "message"} and error["message"] for error in problem.get("errors", []))
    return problem
