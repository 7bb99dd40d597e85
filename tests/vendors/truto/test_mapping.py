"""Truto's shapes and words, piece by piece."""

import json
import time
from typing import Any

import msgspec
import pytest

from dayline.domain.errors import Invalid, Problem
from dayline.kit.dialect import Failure
from dayline.remote.connector import Answer, Person, RemoteActivity
from dayline.remote.errors import RemoteError
from dayline.vendors.truto import activities, errors, mapping, schema
from dayline.vendors.truto.formats import forwarded
from dayline.vendors.truto.hearing import told
from tests.vendors.truto.speech import check_error

AT = 1_782_974_189_042  # 2026-07-02T06:36:29.042Z
NOTE = RemoteActivity(
    id="7",
    candidate_id="c",
    actor_id="u",
    actor_type="user",
    activity_type="note",
    body="B",
    created_at=AT,
    raw={"id": 7},
)


def asked(**query: Any) -> mapping.Asked:
    return mapping.read_asked(schema.ListQuery(**query))


def test_an_activity_has_what_is_known_of_it() -> None:
    assert mapping.shaped(NOTE, mapping.Form()) == {
        "id": "7",
        "candidate": {"id": "c"},
        "actor": {"id": "u", "type": "user"},
        "activity_type": "note",
        "body": "B",
        "created_at": "2026-07-02T06:36:29.042Z",
        "remote_data": {"id": 7},
    }


def test_a_normalized_activity_has_every_field() -> None:
    shown = mapping.shaped(NOTE, mapping.Form(format="normalized"))
    names = {one.encode_name for one in msgspec.structs.fields(schema.Activity)}
    assert set(shown) == names - {"remote_data"}
    assert [shown[name] for name in ("from", "to", "cc", "subject", "visibility", "updated_at")] == [
        [],
        [],
        [],
        *[None] * 3,
    ]


def test_people_of_an_email() -> None:
    email = RemoteActivity(id="1", activity_type="email", sender=(Person("a@x", "A"),), to=(Person("b@x"),))
    shown = mapping.shaped(email, mapping.Form(ignore_remote_data=True))
    assert shown["from"] == [{"email": "a@x", "name": "A"}]
    assert shown["to"] == [{"email": "b@x", "name": None}]
    assert not {"cc", "remote_data"} & set(shown)


def test_what_has_no_value_is_keyed_by_null() -> None:
    page = mapping.shaped_list((NOTE, RemoteActivity(id="8")), None, mapping.Form(key_by="body"))
    assert {key: one["id"] for key, one in page["result"].items()} == {"B": "7", "null": "8"}
    assert page["result_count"] == 2


def test_fields_to_leave_out_in_both_spellings() -> None:
    query = schema.ListQuery(truto_exclude_fields="id, body", truto_exclude_fields_list="actor,candidate")
    assert mapping.read_form(query).exclude == {"id", "body", "actor", "candidate"}


@pytest.mark.parametrize(
    ("query", "comparisons"),
    [
        ({"created_at": "2026-07-02T06:36:29.042Z"}, (("eq", AT),)),
        ({"created_at": "2026-07-02T06:36:29.042"}, (("eq", AT),)),
        ({"created_at_gt": "2026-07-02T08:36:29.042+02:00"}, (("gt", AT),)),
        ({"created_at_gt": "2026-07-02T08:36:29.042 02:00"}, (("gt", AT),)),  # a + that was not encoded
        (
            {"created_at_gte": "2026-07-02", "created_at_lt": "2026-07-03"},
            (("gte", AT - 23_789_042), ("lt", AT + 62_610_958)),
        ),
        ({"created_at_in": "2026-07-02T06:36:29.042Z, 2026-07-02"}, (("in", AT), ("in", AT - 23_789_042))),
    ],
)
def test_comparisons_with_instants(query: dict[str, str], comparisons: Any) -> None:
    assert asked(**query).created_at == comparisons


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"created_at": "noon"}, "created_at"),
        ({"created_at_in": "2026-07-02,noon"}, "created_at[in]"),
        ({"actor_type": "user"}, "actor[id]"),
        ({"candidate_id": " "}, "candidate_id"),
        ({"candidate_id": "a", "candidate_id_nested": "b"}, "candidate[id]"),
    ],
)
def test_a_list_that_cannot_be(query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(**query)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_the_same_candidate_in_both_spellings() -> None:
    assert asked(candidate_id="a", candidate_id_nested="a").candidate_id == "a"
    assert asked(limit=5).limit == 5
    assert asked(limit=5, truto_ignore_limit=True).limit is None


def test_what_other_systems_take_of_a_body() -> None:
    body = schema.ActivityRequest(candidate_id="c", body="B", visibility=None, subject="S", cc=[], activity_type="note")
    note, ignored = activities.read_note(body)
    assert (note.candidate_id, note.body, note.visibility, note.created_at) == ("c", "B", None, None)
    assert ignored == ("subject", "cc")


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        (
            {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "3"},
            {"ratelimit-limit": "100", "ratelimit-remaining": "3"},
        ),
        ({"ratelimit-reset": "7", "retry-after": "2"}, {"ratelimit-reset": "7", "retry-after": "2"}),
        ({"x-ashby-request-id": "01J"}, {"x-ashby-request-id": "01J"}),
        ({"x-request-id": "theirs", "set-cookie": "a=b", "location": "http://x", "content-length": "5"}, {}),
        ({"x-ashby-request-id": "a\r\nset-cookie: b", "retry-after": "\x7f"}, {}),
        ({"x-ratelimit-reset": "1"}, {"ratelimit-reset": "1"}),
        ({"x-ratelimit-limit": "100;w=60", "x-ratelimit-remaining": "many", "ratelimit-reset": "soon"}, {}),
    ],
)
def test_headers_that_are_given_on(headers: dict[str, str], kept: dict[str, str]) -> None:
    assert dict(forwarded(tuple(headers.items()))) == kept


def test_a_reset_is_told_in_seconds_from_now() -> None:
    ahead = dict(forwarded((("x-ratelimit-reset", str(int(time.time()) + 60)),)))
    assert 50 <= int(ahead["ratelimit-reset"]) <= 60
    exact = dict(forwarded((("x-ratelimit-reset", str(int(time.time() * 1000) + 60_000)),)))
    assert 50 <= int(exact["ratelimit-reset"]) <= 60
    assert dict(forwarded((("x-ratelimit-reset", "1500000000"),))) == {"ratelimit-reset": "0"}


def worded(failure: Failure, *, body: bool = False) -> Any:
    reply = (errors.of_body if body else errors.envelope)(failure)
    error = json.loads(reply.body)
    check_error(failure.status, error)
    return error


def test_what_is_missing_is_told_where() -> None:
    lacking = (Problem("integrated_account_id", "is required", "missing"), Problem("body", "is required", "missing"))
    insight = worded(Failure(400, "?", lacking), body=True)["truto_error_insight"]
    assert insight["missing_required_query_parameters"]["value"] == ["integrated_account_id"]
    assert insight["missing_required_body_fields"]["value"] == ["body"]
    insight = worded(Failure(400, "?", (Problem("candidate_id", "is required", "missing"),)))["truto_error_insight"]
    assert insight["missing_required_query_parameters"]["value"] == ["candidate_id"]


def test_what_is_wrong_beside_is_told_too() -> None:
    problems = (Problem("limit", "expected int", "type"), Problem("body", "is required", "missing"))
    error = worded(Failure(400, "limit: expected int, body: is required", problems), body=True)
    assert error["message"] == "limit: expected int, body: is required"
    assert error["details"] == {
        "failures": [{"field": "limit", "message": "expected int"}, {"field": "body", "message": "is required"}]
    }


@pytest.mark.parametrize("status", [400, 413, 422, 500, 507])
def test_other_failures_have_three_fields(status: int) -> None:
    assert set(worded(Failure(status, "a reason"))) == {"statusCode", "error", "message"}


def test_a_limit_of_ours_is_told_as_one() -> None:
    assert set(worded(Failure(429, "a reason"))["truto_error_insight"]) == {"rate_limit_error"}


@pytest.mark.parametrize("status", [419, 430, 499, 520, 599])
def test_a_status_that_is_nobodys_standard_has_a_name(status: int) -> None:
    reply = told(RemoteError("refused", status, "M"))
    assert reply.status == status
    check_error(status, json.loads(reply.body))


def test_an_answer_that_is_no_document_is_told_as_text() -> None:
    answer = Answer(status=502, headers=(), media_type="text/html", body=b"<p>\xff" + b"x" * 100_000)
    error = json.loads(told(RemoteError("unreadable", 502, "M", answer=answer)).body)
    assert error["raw_response"].startswith("<p>\ufffdxx")
    assert len(error["raw_response"]) == 65_536
    assert error["truto_is_remote_error"] is True


def test_where_nobody_answered_nothing_is_said_to_be_remote() -> None:
    reply = told(RemoteError("unreachable", 503, "M", retry_after=7))
    error = json.loads(reply.body)
    check_error(503, error)
    assert dict(reply.headers) == {"retry-after": "7"}
    assert not {"truto_is_remote_error", "raw_response", "truto_error_insight"} & set(error)
