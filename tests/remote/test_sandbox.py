"""A sandbox keeps what it received, counts what it wrote, and fails as it is told to, on the wire too."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from time import sleep
from typing import ClassVar, get_args

import httpx2
import pytest

from dayline.remote.sandbox import STATUSES, FaultName, Known, Received, Reply, Sandbox, Written, reply_json
from dayline.remote.standing import BODY_LIMIT, TOO_BIG, stand, standing

FAULTS: tuple[FaultName, ...] = get_args(FaultName)
KEPT_BACK: frozenset[FaultName] = frozenset(("hang", "torn_before", "redirect", *STATUSES))  # type: ignore[arg-type]
SILENT: frozenset[FaultName] = frozenset(
    ("hang", "hang_after_write", "torn_before", "torn_after_write", "torn_midway", "slow")
)


class Toy(Sandbox):
    """Writes whatever it is asked."""

    vendor: ClassVar[str] = "toy"
    base_path: ClassVar[str] = "/v9"

    def seed(self) -> None:
        self.count = 0

    def answer(self, request: Received) -> Reply:
        self.count += 1
        document = {"count": self.count, "segments": request.segments, "query": request.query}
        return reply_json(201, document, wrote=Written(str(self.count), "c", document))

    def refusal(self, status: int, request: Received) -> Reply:
        return reply_json(status, {"refused": request.path})

    def candidates(self) -> tuple[Known, ...]:
        return ()

    def context(self) -> Mapping[str, str]:
        return {}

    def example(self, url: str) -> str:
        return f"curl {url}"


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def url(toy: Toy) -> Iterator[str]:
    with standing(toy) as url:
        yield url


def test_a_request_is_kept_exactly_as_it_came(toy: Toy, url: str) -> None:
    body = b'{"a":  "\xc3\xa9"} '
    sent = httpx2.post(f"{url}/a%2Fb/%E5%90%8D/?x=%26&x=2&y", content=body, headers={"X-Odd": "as it is"})
    (request,) = toy.requests
    assert (request.method, request.target) == ("POST", "/v9/a%2Fb/%E5%90%8D/?x=%26&x=2&y")
    assert (request.body, request.header("x-odd"), request.fault) == (body, "as it is", "none")
    assert sent.json() == {"count": 1, "segments": ["v9", "a/b", "名", ""], "query": {"x": "2", "y": ""}}
    (shown,) = httpx2.get(f"{url.removesuffix('/v9')}/_sandbox/requests").json()
    assert shown["target"] == request.target
    assert shown["body"].encode() == body
    assert ["x-odd", "as it is"] in shown["headers"]
    assert [line.id for line in toy.written] == ["1"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_what_its_name_says_and_the_ledger_tells_what_was_done(toy: Toy, url: str, fault: FaultName) -> None:
    toy.fail(fault, seconds=60)
    if fault in SILENT:
        with pytest.raises(httpx2.TransportError):
            httpx2.post(url, timeout=httpx2.Timeout(10, read=0.5))
        while not toy.requests:
            sleep(0.01)
    elif fault == "too_big":
        with httpx2.stream("POST", url, timeout=10) as response:
            size = sum(len(piece) for piece in response.iter_bytes())
        assert size > TOO_BIG
    else:
        response = httpx2.post(url, timeout=10)
        assert response.status_code == (int(fault) if fault in STATUSES else 302 if fault == "redirect" else 201)
        assert (response.headers.get("content-type") == "application/json") == (
            fault not in ("wrong_content_type", "redirect")
        )
        assert ("<!doctype html>" in response.text) == (fault == "not_json")
        assert (response.headers.get("location") is not None) == (fault == "redirect")
    assert len(toy.written) == (fault not in KEPT_BACK)
    assert [request.fault for request in toy.requests] == [fault]
    assert httpx2.post(url).status_code == 201  # and the next one is well again


def test_a_torn_answer_has_begun(toy: Toy, url: str) -> None:
    toy.fail("torn_midway")
    host, port = url.removeprefix("http://").removesuffix("/v9").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"POST /v9 HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        got = b""
        with suppress(ConnectionError):
            while piece := line.recv(65_536):
                got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201")
    assert 0 < len(body) < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])


def test_faults_wait_in_a_row_and_each_finds_its_request(toy: Toy, url: str) -> None:
    toy.fail("none", 2)
    toy.fail("429", 2)
    toy.fail("500", on="/odd")
    asked = ["/a", "/odd", "/b", "/c", "/odd", "/odd", "/d"]
    got = [httpx2.post(url + path).status_code for path in asked]
    assert got == [201, 201, 429, 429, 500, 201, 201]


def test_faults_over_http(toy: Toy, url: str) -> None:
    root = url.removesuffix("/v9")
    assert httpx2.post(f"{root}/_sandbox/faults", json={"fault": "503", "times": 2, "on": "POST"}).status_code == 204
    assert [httpx2.get(url).status_code, httpx2.post(url).status_code, httpx2.post(url).status_code] == [201, 503, 503]
    wrongs: list[object] = [{"fault": "earthquake"}, {"fault": "500", "times": 0}, {"fault": "500", "often": 1}, [], {}]
    for wrong in wrongs:
        assert httpx2.post(f"{root}/_sandbox/faults", json=wrong).status_code == 400
    assert httpx2.get(f"{root}/_sandbox/nothing").status_code == 404
    written = httpx2.get(f"{root}/_sandbox/written").json()
    assert [line["id"] for line in written] == ["1"]
    toy.fail("500")
    assert httpx2.post(f"{root}/_sandbox/reset").status_code == 204
    assert (toy.requests, toy.written, toy.count) == ([], [], 0)
    assert httpx2.post(url).status_code == 201


def test_a_redirect_leads_to_a_place_that_tells_on_who_follows(toy: Toy, url: str) -> None:
    toy.fail("redirect")
    place = httpx2.post(url).headers["location"]
    assert "token=" in place
    assert len(toy.requests) == 1
    httpx2.get(place)
    assert toy.requests[-1].path == "/elsewhere"


def test_a_body_has_a_bound(toy: Toy, url: str) -> None:
    with suppress(httpx2.TransportError):
        assert httpx2.post(url, content=bytes(BODY_LIMIT + 1), timeout=10).status_code == 413
    assert toy.requests == []


def test_many_at_once_are_each_written_once(toy: Toy, url: str) -> None:
    def write() -> None:
        with httpx2.Client(timeout=10) as client:
            for _ in range(25):
                assert client.post(url).status_code == 201

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert sorted(int(line.id) for line in toy.written) == list(range(1, 101))
    assert len(toy.requests) == 100


async def test_it_stands_in_a_task_and_its_end_waits_for_nobody(toy: Toy) -> None:
    toy.fail("hang")
    async with httpx2.AsyncClient(timeout=30) as client:
        async with stand(toy) as url:
            hanging = asyncio.create_task(client.post(url))
            while not toy.requests:  # noqa: ASYNC110 - it is told nowhere else
                await asyncio.sleep(0.01)
        with pytest.raises(httpx2.TransportError):
            await asyncio.wait_for(hanging, 10)
        with pytest.raises(httpx2.ConnectError):
            await client.post(url)


def test_a_port_that_is_taken_is_told(url: str, toy: Toy) -> None:
    with pytest.raises(OSError, match="in use"), standing(Toy(), int(url.split(":")[2].split("/", maxsplit=1)[0])):
        raise AssertionError("two cannot listen there")


@pytest.mark.parametrize(
    ("header", "basic", "bearer"),
    [
        (None, None, None),
        ("Basic a2V5Og==", ("key", ""), None),
        ("basic a2V5OnBhc3M=", ("key", "pass"), None),
        ("Basic a2V5", None, None),
        ("Basic ***", None, None),
        ("Basic /////w==", None, None),
        ("Bearer key", None, "key"),
        ("Bearer ", None, None),
        ("", None, None),
    ],
)
def test_credentials_are_read(header: str | None, basic: tuple[str, str] | None, bearer: str | None) -> None:
    headers = () if header is None else (("authorization", header),)
    request = Received("GET", "/", headers, b"")
    assert (request.basic(), request.bearer()) == (basic, bearer)
