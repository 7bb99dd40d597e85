"""The order of a request and what every answer carries, through a real server on both HTTP parsers."""

import hashlib
import socket
from time import sleep

import httpx2
import msgspec
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from dayline.kit.dialect import Failure, Reply
from dayline.kit.serve import application
from tests.kit.conftest import LIMIT
from tests.kit.server import exchange, serving
from tests.kit.toy import TOY, Box, envelope


def raw_status(port: int, request: str) -> int:
    answer = exchange(port, f"{request}\r\nHost: toy\r\nConnection: close\r\n\r\n".encode())
    return int(answer.split(b" ", 2)[1])


def test_a_call_is_read_typed_and_answered(alice: httpx2.Client, box: Box) -> None:
    answer = alice.get("/v1/things?limit=5&done=1")
    assert answer.status_code == 200
    assert answer.json()["query"]["limit"] == 5
    call = box.calls[-1]
    assert (call.who.account_id, call.strict, call.body, call.once) == (1, False, None, None)
    assert call.base_url == str(alice.base_url).rstrip("/")


def test_path_parameters_stay_text(alice: httpx2.Client) -> None:
    assert alice.get("/v1/things/007").json()["path"] == {"id": "007"}


def test_a_literal_path_wins_over_a_parameter(alice: httpx2.Client) -> None:
    assert alice.get("/v1/things/collection?owner=3").json()["query"] == {"owner": 3}


def test_every_answer_carries_the_same_headers(alice: httpx2.Client, stranger: httpx2.Client) -> None:
    for answer in (alice.get("/v1/things"), alice.get("/nowhere"), stranger.get("/v1/things")):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-length"] == str(len(answer.content))
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]


def test_a_handler_may_replace_a_header(alice: httpx2.Client) -> None:
    answer = alice.post("/v1/things", json={"name": "A"})
    assert answer.status_code == 201
    assert answer.headers.get_list("cache-control") == ["private"]
    assert answer.headers["location"] == "/v1/things/1"


@pytest.mark.parametrize("given", ["abc-1._Z", "x" * 128])
def test_a_harmless_request_id_is_kept(alice: httpx2.Client, given: str) -> None:
    assert alice.get("/v1/things", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a;b", "<x>"])
def test_an_odd_request_id_is_replaced(alice: httpx2.Client, given: str) -> None:
    answer = alice.get("/v1/things", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] not in {given, ""}


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/v1/things/", "/v1/things/1/x", "/v1/things%0A", "/v1/things/a%00b"]
)
def test_an_unknown_path_is_404_before_authentication(stranger: httpx2.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == 404
    assert answer.headers["x-toy"] == "yes"


@pytest.mark.parametrize("method", ["GET", "PUT", "PROPFIND"])
def test_a_known_path_is_401_before_405(stranger: httpx2.Client, method: str) -> None:
    assert stranger.request(method, "/v1/things").status_code == 401


def test_another_method_is_405_with_allow(alice: httpx2.Client) -> None:
    for method in ("PUT", "PROPFIND"):
        answer = alice.request(method, "/v1/things")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


def test_a_public_path_answers_405_to_strangers(stranger: httpx2.Client) -> None:
    assert stranger.get("/v1/ping").text == "pong"
    assert stranger.put("/v1/ping").status_code == 405


def test_propfind_with_a_broken_body_is_answered(port: int) -> None:
    answer = exchange(
        port,
        b"PROPFIND /v1/things HTTP/1.1\r\nHost: toy\r\nx-api-token: alice\r\nConnection: close\r\n"
        b"Content-Length: 5\r\n\r\n<xml ",
    )
    assert answer.startswith(b"HTTP/1.1 405 ")


def test_options_is_answered_to_anybody(stranger: httpx2.Client) -> None:
    answer = stranger.options("/v1/things/1")
    assert (answer.status_code, answer.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")
    assert "content-length" not in answer.headers
    assert stranger.options("/nowhere").status_code == 404


def test_head_is_get_without_a_body(alice: httpx2.Client) -> None:
    get, head = alice.get("/v1/things"), alice.head("/v1/things")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert alice.head("/v1/things/missing").status_code == 404


async def test_head_gives_the_server_no_body_to_send() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "HEAD", "path": "/v1/ping", "scheme": "http", "query_string": b"", "headers": []}
    await application(TOY, Box(), strict=False)(scope, receive, send)
    assert (b"content-length", b"4") in sent[0]["headers"]
    assert sent[1]["body"] == b""


def test_an_answer_without_content_has_no_length(alice: httpx2.Client) -> None:
    answer = alice.delete("/v1/things/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers


def test_bob_may_only_read(bob: httpx2.Client) -> None:
    assert bob.get("/v1/things").status_code == 200
    answer = bob.post("/v1/things", json={"name": "A"})
    assert (answer.status_code, answer.json()["error"]) == (403, "the credential lacks the scope things:full")


def test_a_credential_in_the_query_is_no_unknown_parameter(stranger: httpx2.Client) -> None:
    assert stranger.get("/v1/things?api_token=alice&limit=3").json()["query"]["limit"] == 3
    assert stranger.get("/v1/things/1?api_token=bob").status_code == 200


@pytest.mark.parametrize(
    ("id_", "status"),
    [("missing", 404), ("clash", 409), ("reused", 422), ("busy", 503), ("full", 507), ("slow", 429), ("odd", 400)],
)
def test_domain_errors_have_their_status(alice: httpx2.Client, id_: str, status: int) -> None:
    answer = alice.get(f"/v1/things/{id_}")
    assert (answer.status_code, answer.json()["code"]) == (status, status)


def test_retry_after_is_added_by_the_kit(alice: httpx2.Client) -> None:
    assert alice.get("/v1/things/busy").headers["retry-after"] == "7"
    assert alice.get("/v1/things/slow").headers["retry-after"] == "60"


def test_invalid_input_names_its_fields(alice: httpx2.Client) -> None:
    answer = alice.post("/v1/things", json={"name": "A", "parts": [{"part_id": "x"}]})
    assert answer.status_code == 400
    assert answer.json()["problems"] == [
        {"field": "parts[0].part_id", "message": "expected int or null, got string", "kind": "type"}
    ]


def test_a_crash_is_logged_and_never_shown(alice: httpx2.Client) -> None:
    with capture_logs() as logs:
        answer = alice.get("/v1/things/crash", headers={"x-request-id": "find-me"})
    assert answer.status_code == 500
    assert "find-me" in answer.json()["error"]
    assert "secret detail" not in answer.text
    crash = next(line for line in logs if line["event"] == "unexpected error")
    assert (crash["log_level"], crash["exc_info"], crash["request_id"]) == ("error", True, "find-me")


def test_a_failure_that_cannot_be_worded_is_a_fault_of_ours(box: Box) -> None:
    def stumble(failure: Failure) -> Reply:
        if failure.status == 409:
            raise KeyError("secret detail")
        return envelope(failure)

    stumbling = msgspec.structs.replace(TOY, envelope=stumble)
    with serving(application(stumbling, box, strict=False)) as port, capture_logs() as logs:
        headers = {"x-api-token": "alice", "x-request-id": "find-me"}
        answer = httpx2.get(f"http://127.0.0.1:{port}/v1/things/clash", headers=headers)
    assert (answer.status_code, answer.headers["x-toy"]) == (500, "yes")
    assert "find-me" in answer.json()["error"]
    assert "secret detail" not in answer.text
    assert [(line["event"], line["request_id"]) for line in logs] == [
        ("unexpected error", "find-me"),
        ("request", "find-me"),
    ]
    assert logs[-1]["status"] == 500


def test_one_line_is_logged_without_query_or_path(alice: httpx2.Client) -> None:
    with capture_logs() as logs:
        alice.get("/v1/things/12345?api_token=secret", headers={"x-request-id": "r1"})
        alice.get("/v1/ping")
    line = logs[0]
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "r1",
        "dialect": "toy",
        "method": "GET",
        "template": "/v1/things/{id}",
        "status": 200,
        "account": 1,
    }


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=UTF-8", 'application/vnd.toy+json;charset="utf-8"', "", None],
)
def test_json_comes_under_several_names(alice: httpx2.Client, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    assert alice.post("/v1/things", content=b'{"name":"A"}', headers=headers).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/jsonp"},
        {"content-encoding": "gzip"},
    ],
)
def test_anything_but_plain_json_is_415(alice: httpx2.Client, headers: dict[str, str]) -> None:
    assert alice.post("/v1/things", content=b'{"name":"A"}', headers=headers).status_code == 415


def test_a_body_at_the_limit_passes(alice: httpx2.Client) -> None:
    body = b'{"name":"A","x":"' + b"x" * (LIMIT - 19) + b'"}'
    assert len(body) == LIMIT
    assert alice.post("/v1/things", content=body).status_code == 201
    assert alice.post("/v1/things", content=body + b" ").status_code == 413


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_ten_megabytes_are_refused_cleanly_and_the_connection_lives(alice: httpx2.Client, method: str) -> None:
    chunks = (b"x" * 65536 for _ in range(160))
    for content in (b"x" * 10_000_000, chunks):
        answer = alice.request(method, "/v1/things", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, 413)
        assert answer.headers["x-request-id"]
    assert alice.get("/v1/things").status_code == 200


def test_an_announced_excess_is_refused_before_it_is_sent(port: int) -> None:
    head = b"POST /v1/things HTTP/1.1\r\nHost: x\r\nx-api-token: alice\r\nContent-Length: 10000000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_large_body_to_a_stranger_is_refused_cleanly(stranger: httpx2.Client) -> None:
    assert stranger.post("/v1/things", content=b"x" * 10_000_000).status_code == 401
    assert stranger.post("/nowhere", content=b"x" * 10_000_000).status_code == 404


def test_a_body_where_none_belongs_is_ignored(alice: httpx2.Client) -> None:
    answer = alice.request("GET", "/v1/things", content=b"not json", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["body"]) == (200, None)


def test_a_client_that_leaves_in_its_body_leaves_no_traceback(port: int) -> None:
    with capture_logs() as logs:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(
                b"POST /v1/things HTTP/1.1\r\nHost: x\r\nx-api-token: alice\r\nContent-Length: 50\r\n\r\n{"
            )
        for _ in range(500):
            if logs:
                break
            sleep(0.01)
    assert [(line["event"], line["status"]) for line in logs] == [("request", 499)]


def test_a_key_is_read_on_post_only(alice: httpx2.Client, box: Box) -> None:
    headers = {"idempotency-key": "k-1"}
    answer = alice.post("/v1/things?api_token=alice", content=b'{"name":"A"}', headers=headers)
    once = box.calls[-1].once
    assert once is not None
    assert once.key == "k-1"
    assert once.fingerprint == hashlib.sha256(b'POST\n/v1/things\n{"name":"A"}').hexdigest()
    assert (answer.headers["idempotency-replayed"], answer.content) == ("true", b'{"stored":true}')
    alice.patch("/v1/things/1", json={"name": "A"}, headers=headers)
    assert box.calls[-1].once is None


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"k\xe9"])
def test_an_odd_key_is_refused(alice: httpx2.Client, key: bytes) -> None:
    answer = alice.post("/v1/things", json={"name": "A"}, headers={b"idempotency-key": key})
    assert answer.json()["problems"][0]["field"] == "Idempotency-Key"


def test_an_odd_host_is_not_believed(alice: httpx2.Client, box: Box) -> None:
    alice.get("/v1/things", headers={"host": "evil'<x>"})
    assert box.calls[-1].base_url == str(alice.base_url).rstrip("/")


def test_strict_refuses_what_the_vendor_does_not_know(strict_alice: httpx2.Client, alice: httpx2.Client) -> None:
    for client, status in ((alice, 201), (strict_alice, 400)):
        assert client.post("/v1/things", json={"name": "A", "nickname": "B"}).status_code == status
        assert client.post("/v1/things", json={"name": "A", "anybody": 1}).status_code == status
    assert alice.get("/v1/things?color=red").status_code == 200
    refused = strict_alice.get("/v1/things?color=red").json()
    assert refused["problems"] == [{"field": "color", "message": "unknown parameter", "kind": "unknown"}]
    assert strict_alice.post("/v1/things", json={"name": "A", "size": 3}).status_code == 201


def test_a_long_method_name_is_no_crash(port: int) -> None:
    assert raw_status(port, f"{'X' * 300} /v1/things HTTP/1.1") in {400, 401}
