"""Attachments through the native API: what is sent is what comes back, and nothing is left of what is not wanted."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dayline.domain.time import DAY_MS
from tests.conftest import Homes
from tests.house import Town, living_town

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
LIMIT = 300_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attachments")


@pytest.fixture(scope="module")
def town(folder: Path, homes: Homes) -> Iterator[Town]:
    with living_town(folder, database_url=homes.new(folder), file_limit=LIMIT) as running:
        yield running


@pytest.fixture
def activity(alice: httpx2.Client) -> str:
    """The path of the attachments of a new activity."""
    made = alice.post("/dayline/v1/activities", json={"type": "task", "subject": "Brief"}).json()
    return f"/dayline/v1/activities/{made['id']}/attachments"


def stored(folder: Path) -> set[Path]:
    return {path for path in (folder / "files").rglob("*") if path.is_file()}


def send(
    client: httpx2.Client, path: str, name: str = "agenda.pdf", data: bytes = PDF, **fields: str
) -> httpx2.Response:
    return client.post(path, files={"file": (name, data)}, data=fields)


def test_what_was_sent_comes_back_to_whoever_has_the_link(
    alice: httpx2.Client, stranger: httpx2.Client, activity: str
) -> None:
    answer = send(alice, activity)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["name"], shown["size"], shown["media_type"]) == ("agenda.pdf", len(PDF), "application/pdf")
    assert (shown["kind"], shown["main"]) == ("file", True)
    got = stranger.get(shown["link"])
    assert (got.status_code, got.content) == (200, PDF)
    assert got.headers["content-disposition"] == 'attachment; filename="agenda.pdf"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == "application/pdf"
    part = stranger.get(shown["link"], headers={"range": "bytes=9-18"})
    assert (part.status_code, part.content) == (206, PDF[9:19])
    last = stranger.get(shown["link"], headers={"range": "bytes=-5"})
    assert (last.content, last.headers["content-range"]) == (
        PDF[-5:],
        f"bytes {len(PDF) - 5}-{len(PDF) - 1}/{len(PDF)}",
    )
    beyond = stranger.get(shown["link"], headers={"range": f"bytes={len(PDF)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(PDF)}")
    for unread in ("x", "bytes=a-b", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "bytes=" + "9" * 5000 + "-"):
        assert stranger.get(shown["link"], headers={"range": unread}).content == PDF
    head = stranger.head(shown["link"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PDF)))


def test_a_link_is_kept_and_not_fetched(alice: httpx2.Client, activity: str) -> None:
    url = "https://nowhere.invalid/a/Guide%20v2.pdf?x=1"
    answer = alice.post(activity, json={"url": url})
    assert answer.status_code == 201, answer.text
    assert {key: answer.json()[key] for key in ("name", "link", "kind", "size")} == {
        "name": "Guide v2.pdf",
        "link": url,
        "kind": "link",
        "size": None,
    }


def test_the_first_is_the_main_one_unless_another_is_chosen(alice: httpx2.Client, activity: str) -> None:
    first, second = (alice.post(activity, json={"url": f"https://a.example/{n}"}).json() for n in (1, 2))
    assert mains(alice, activity) == [True, False]
    assert alice.patch(f"{activity}/{second['id']}", json={"main": True}).json()["main"] is True
    assert mains(alice, activity) == [False, True]
    assert alice.patch(f"{activity}/{first['id']}", json={"main": False}).status_code == 200
    assert mains(alice, activity) == [False, True]
    assert alice.patch(f"{activity}/{second['id']}", json={"main": False}).status_code == 200
    assert mains(alice, activity) == [False, False]


def test_name_and_description_can_change(alice: httpx2.Client, activity: str) -> None:
    shown = alice.post(activity, json={"url": "https://a.example/plan"}).json()
    path = f"{activity}/{shown['id']}"
    told = alice.patch(path, json={"name": "a/Plan", "description": "For Monday"}).json()
    assert told == {**shown, "name": "Plan", "description": "For Monday"}
    assert alice.patch(path, json={"main": False}).json() == {**told, "main": False}
    assert alice.patch(path, json={"description": None}).json() == {**told, "main": False, "description": None}
    assert alice.patch(path, json={"name": ""}).status_code == 400
    assert alice.patch(f"{activity}/999", json={"name": "a"}).status_code == 404


def mains(client: httpx2.Client, path: str) -> list[bool]:
    return [one["main"] for one in client.get(path).json()["data"]]


def test_removing_leaves_no_file(alice: httpx2.Client, stranger: httpx2.Client, activity: str, folder: Path) -> None:
    before = stored(folder)
    shown = send(alice, activity).json()
    assert len(stored(folder) - before) == 1
    assert alice.delete(f"{activity}/{shown['id']}").status_code == 204
    assert stored(folder) == before
    assert stranger.get(shown["link"]).status_code == 404
    assert alice.delete(f"{activity}/{shown['id']}").status_code == 404


def test_a_deleted_activity_gives_nothing_out_until_it_is_restored(
    alice: httpx2.Client, stranger: httpx2.Client, activity: str
) -> None:
    link = send(alice, activity).json()["link"]
    path = activity.removesuffix("/attachments")
    assert alice.delete(path).status_code == 204
    assert stranger.get(link).status_code == 404
    assert alice.post(f"{path}/restore").status_code == 200
    assert stranger.get(link).content == PDF


def test_a_purge_takes_the_files_with_it(
    town: Town, alice: httpx2.Client, activity: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(folder)
    send(alice, activity)
    assert alice.delete(activity.removesuffix("/attachments")).status_code == 204
    store = town.service.store
    later = store.clock() + 31 * DAY_MS
    monkeypatch.setattr(store, "clock", lambda: later)
    assert town.wait(town.service.retention.purge()).activities >= 1
    assert stored(folder) <= before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\plan.txt", "plan.txt"),
        ("a\tb\x1b[31m.txt", "ab[31m.txt"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("…", "…"),
        ("..", "file"),
        (".env", ".env"),
        ("\u202egpj.exe", "gpj.exe"),
        ('quo"te;name=x.txt', 'quo"te;name=x.txt'),
        ("Lebenslauf Jürgen 簡歴.pdf", "Lebenslauf Jürgen 簡歴.pdf"),
    ],
)
def test_names_are_stored_and_given_back_safely(
    alice: httpx2.Client, stranger: httpx2.Client, activity: str, folder: Path, given: str, kept: str
) -> None:
    before = stored(folder)
    answer = alice.post(activity, **form(given, PDF))
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == kept
    (new,) = stored(folder) - before
    assert len(new.name) == 32  # random, whatever the file is called
    told = stranger.get(answer.json()["link"]).headers["content-disposition"]
    assert told.startswith("attachment; ")
    assert "\r" not in told
    assert "\n" not in told


def form(name: str, data: bytes) -> dict[str, Any]:
    """A form as a browser writes it, which escapes three characters of a name and no other."""
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode()
    if '"' in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"').encode()
    body = b'--b\r\ncontent-disposition: form-data; name="file"; filename="' + escaped + b'"\r\n\r\n' + data
    return {"content": body + b"\r\n--b--\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}}


def test_a_header_cannot_be_smuggled_in_by_a_name(alice: httpx2.Client, activity: str, folder: Path) -> None:
    before = stored(folder)
    name = b'name="file"; filename="a\r\nset-cookie: x=1.txt"'
    body = b"--b\r\ncontent-disposition: form-data; " + name + b"\r\n\r\nhi\r\n--b--\r\n"
    answer = alice.post(activity, content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    if answer.status_code == 201:
        got = alice.get(answer.json()["link"])
        assert "set-cookie" not in got.headers
    else:
        assert answer.status_code == 400
        assert stored(folder) == before


def test_too_large_a_file_is_refused_before_and_while_it_comes(
    alice: httpx2.Client, activity: str, folder: Path
) -> None:
    before = stored(folder)
    announced = send(alice, activity, data=b"x" * 2_000_000)
    assert announced.status_code == 413
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        while sent < 10 << 30:
            sent += 1 << 16
            yield b"x" * (1 << 16)

    try:
        answer = alice.post(activity, content=endless(), headers={"content-type": "multipart/form-data; boundary=b"})
    except httpx2.TransportError:
        pass  # the server has closed while we were still sending
    else:
        assert answer.status_code == 413
    assert sent < 100 * LIMIT
    assert stored(folder) == before
    assert alice.get(activity).json() == {"data": []}


def test_exactly_the_limit_is_taken(alice: httpx2.Client, stranger: httpx2.Client, activity: str) -> None:
    data = b"\x00" + b"y" * (LIMIT - 1)
    shown = send(alice, activity, data=data).json()
    assert (shown["size"], shown["media_type"]) == (LIMIT, "application/octet-stream")
    got = stranger.get(shown["link"]).content
    assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
    assert send(alice, activity, data=data + b"z").status_code == 413


@pytest.mark.parametrize(
    ("body", "content_type", "field"),
    [
        (b"", "multipart/form-data; boundary=b", ""),
        (b"--b--\r\n", "multipart/form-data", ""),
        (b"--c\r\n", "multipart/form-data; boundary=b", ""),
        (b"x", "multipart/form-data; boundary=" + "b" * 300, ""),
        (
            b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhi',
            "multipart/form-data; boundary=b",
            "",
        ),
        (
            b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            "file",
        ),
        (
            b'--b\r\ncontent-disposition: form-data; name="url"; filename="a"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            "url",
        ),
        (
            b'--b\r\ncontent-disposition: form-data; name="main"\r\n\r\nperhaps\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            "main",
        ),
        (
            b'--b\r\ncontent-disposition: form-data; name="name"\r\n\r\n\xff\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            "name",
        ),
        (b"--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b", ""),
        (
            b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n' * 101 + b"--b--\r\n",
            "multipart/form-data; boundary=b",
            "",
        ),
    ],
)
def test_a_form_that_is_not_right_is_refused_and_leaves_nothing(
    alice: httpx2.Client, activity: str, folder: Path, body: bytes, content_type: str, field: str
) -> None:
    before = stored(folder)
    answer = alice.post(activity, content=body, headers={"content-type": content_type})
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json().get("errors", [])] == [field]
    assert stored(folder) == before


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/x",
        "a.example",
        "https://",
        "https://a b",
        "http://[",
        "javascript:alert(1)",
        "http://a:bad/x",
        "http://a/\u2028",
    ],
)
def test_a_url_that_is_none_is_refused(alice: httpx2.Client, activity: str, url: str) -> None:
    answer = alice.post(activity, json={"url": url})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "url")


def test_a_repeated_key_stores_one_file(alice: httpx2.Client, activity: str, folder: Path) -> None:
    before = stored(folder)
    key = {"idempotency-key": f"upload {activity}"}
    answers = [alice.post(activity, files={"file": ("a.pdf", PDF)}, headers=key) for _ in range(3)]
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true", "true"]
    assert len(stored(folder) - before) == 1
    other = alice.post(activity, files={"file": ("a.pdf", PDF + b".")}, headers=key)
    assert other.status_code == 422
    assert len(stored(folder) - before) == 1


def test_who_may_not_see_the_activity_leaves_nothing(
    charlie: httpx2.Client, stranger: httpx2.Client, activity: str, folder: Path
) -> None:
    before = stored(folder)
    assert send(charlie, activity).status_code == 404
    assert send(stranger, activity).status_code == 401
    assert charlie.get(activity).status_code == 404
    assert stored(folder) == before


@pytest.mark.parametrize(
    "link", ["1-" + "0" * 32, "99-" + "a" * 32, "1-x", "..%2f..%2fdayline.db", "0" * 400, "1-" + "A" * 32]
)
def test_a_link_that_was_never_given_finds_nothing(stranger: httpx2.Client, link: str) -> None:
    answer = stranger.get(f"/files/{link}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_file_of_another_account_is_not_found_under_ones_own(
    town: Town, alice: httpx2.Client, stranger: httpx2.Client, activity: str
) -> None:
    link = str(send(alice, activity).json()["link"])
    own, other = f"/{town.alice.account_id}-", f"/{town.charlie.account_id}-"
    assert own in link
    assert stranger.get(link.replace(own, other)).status_code == 404


def test_the_activity_tells_what_is_attached(alice: httpx2.Client, activity: str) -> None:
    shown = send(alice, activity).json()
    whole = alice.get(activity.removesuffix("/attachments")).json()
    assert whole["attachments"] == [
        {"id": shown["id"], "name": "agenda.pdf", "main": True, "media_type": "application/pdf", "size": len(PDF)}
    ]
    assert whole["revision"] == 2
