"""ATZ's attachment: a file or a link, the main one of the activity; and the same fields as a form."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Homes
from tests.house import Town, living_town
from tests.vendors.atz.speech import ROOT, named, task

PDF = b"%PDF-1.7\nagenda"
LIMIT = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("atz")


@pytest.fixture(scope="module")
def town(folder: Path, homes: Homes) -> Iterator[Town]:
    with living_town(folder, database_url=homes.new(folder), file_limit=LIMIT) as running:
        yield running


@pytest.fixture
def alice(town: Town) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {town.alice.credential}"}
    with httpx2.Client(base_url=town.url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def strict(strict_town: Town) -> Iterator[httpx2.Client]:
    with strict_town.client(strict_town.alice) as client:
        yield client


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


def posted(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(ROOT, json=task(**fields))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def changed(client: httpx2.Client, id_: int, **sent: Any) -> dict[str, Any]:
    answer = client.put(f"{ROOT}/{id_}", **sent)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_a_form_says_the_same_as_json(town: Town, alice: httpx2.Client) -> None:
    candidate = named(town, town.alice, "candidate", "candidate_form")
    fields = {
        "title": "Brief",
        "activity_type_id": "3",
        "start_datetime": "2026-05-04T09:00:00Z",
        "end_datetime": "2026-05-04T09:30:00Z",
        "related_to_entity": "1",
        "related_to": candidate.slug,
        "collaborators": f"{town.bob.user_id}, {town.alice.user_id}",
        "candidates_as_attendees": candidate.slug,
        "users_as_attendees": str(town.bob.user_id),
        "meeting_link": "https://meet.example/x",
        "importance": "low",
        "location": "Zoom",
        "description": "What to say",
        "do_not_send_calendar_invite": "true",
        "mark_as_done": "1",
        "attachment": "https://files.example/a/Guide%20v2.pdf",
    }
    form = alice.post(ROOT, files={name: (None, value) for name, value in fields.items()})
    assert form.status_code == 200, form.text
    numbers = {"activity_type_id": 3, "related_to_entity": 1, "do_not_send_calendar_invite": True, "mark_as_done": True}
    plain = alice.post(ROOT, json=fields | numbers)
    assert plain.status_code == 200, plain.text
    own = {"id", "created_at", "updated_at"}
    assert {key: form.json()[key] for key in form.json().keys() - own} == {
        key: plain.json()[key] for key in plain.json().keys() - own
    }
    assert form.json()["attachment"] == {"file_name": "Guide v2.pdf", "file_link": fields["attachment"]}
    assert form.json()["mark_as_done"] is True


def test_a_file_in_a_form_comes_back(alice: httpx2.Client) -> None:
    answer = alice.post(ROOT, data=task(), files={"attachment": ("agenda.pdf", PDF)})
    assert answer.status_code == 200, answer.text
    shown = answer.json()["attachment"]
    assert shown["file_name"] == "agenda.pdf"
    assert shown["file_link"].startswith(str(alice.base_url).rstrip("/") + "/files/")
    assert httpx2.get(shown["file_link"]).content == PDF
    again = alice.get(f"{ROOT}/{answer.json()['id']}").json()
    assert again["attachment"] == shown


def test_the_main_one_is_replaced_and_cleared(alice: httpx2.Client, town: Town, folder: Path) -> None:
    before = len(stored(folder))
    made = alice.post(ROOT, data=task(), files={"attachment": ("first.txt", b"one")}).json()
    native = f"/dayline/v1/activities/{made['id']}/attachments"
    assert alice.post(native, json={"url": "https://files.example/beside.pdf"}).status_code == 201
    replaced = changed(alice, made["id"], files={"attachment": ("second.txt", b"two")})
    assert replaced["attachment"]["file_name"] == "second.txt"
    assert httpx2.get(made["attachment"]["file_link"]).status_code == 404
    assert len(stored(folder)) == before + 1
    kept = changed(alice, made["id"], json={"title": "Another"})
    assert kept["attachment"] == replaced["attachment"]
    for empty in ("", None):
        cleared = changed(alice, made["id"], json={"attachment": empty})
        assert cleared["attachment"] is None  # and no other moves up
    assert [one["name"] for one in alice.get(native).json()["data"]] == ["beside.pdf"]
    assert len(stored(folder)) == before


def test_the_same_link_again_changes_nothing(alice: httpx2.Client) -> None:
    made = posted(alice, attachment="https://files.example/a.pdf")
    again = changed(alice, made["id"], json={"attachment": "https://files.example/a.pdf"})
    assert again == made


def test_the_link_to_the_file_again_keeps_the_file(alice: httpx2.Client) -> None:
    made = alice.post(ROOT, data=task(), files={"attachment": ("a.txt", b"hi")}).json()
    link = made["attachment"]["file_link"]
    again = changed(alice, made["id"], json={"title": "As it was shown", "attachment": link})
    assert again["attachment"] == made["attachment"]
    assert httpx2.get(link).content == b"hi"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"json": task(attachment="files.example/a.pdf")}, "attachment must be a valid URL"),
        ({"json": task(attachment="ftp://files.example/a.pdf")}, "attachment must be a valid URL"),
        ({"json": task(attachment="https://a.example/" + "x" * 333)}, "attachment must be at most 350 characters"),
        ({"json": task(attachment=5)}, "attachment must be a string"),
        ({"data": task(title=" "), "files": {"attachment": ("a.txt", b"hi")}}, "title must not be blank"),
        (
            {"data": task(end_datetime="2020-01-01T00:00:00Z"), "files": {"attachment": ("a.txt", b"hi")}},
            "end_datetime must be after start_datetime",
        ),
        ({"data": task(collaborators="999"), "files": {"attachment": ("a.txt", b"hi")}}, "Invalid collaborators: 999"),
        (
            {"data": task(mark_as_done="perhaps"), "files": {"attachment": ("a.txt", b"hi")}},
            "mark_as_done must be a boolean",
        ),
        (
            {"data": task(activity_type_id="x"), "files": {"attachment": ("a.txt", b"hi")}},
            "activity_type_id is invalid",
        ),
        *(
            ({"data": task(), "files": {name: ("a.txt", b"hi")}}, f"{name} must not be a file")
            for name in ("title", "collaborators", "attachment[]", "attachment[0]", "title[]", "files[0]", "[]")
        ),
        (
            {"data": task(collaborators="x"), "files": {"attachment": ("a.txt", b"hi")}},
            "Invalid collaborators: x",
        ),
        ({"data": task(), "files": {"attachment": ("a.txt", b"")}}, "Invalid attachment: This file is empty."),
        ({"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, "Invalid form"),
    ],
)
def test_what_is_wrong_is_told_and_leaves_nothing(
    alice: httpx2.Client, town: Town, folder: Path, sent: dict[str, Any], message: str
) -> None:
    files, rows = len(stored(folder)), town.changed()
    answer = alice.post(ROOT, **sent)
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert (len(stored(folder)), town.changed()) == (files, rows)


def test_a_file_in_a_wrong_field_of_a_change_is_told_too(alice: httpx2.Client) -> None:
    made = posted(alice)
    answer = alice.put(f"{ROOT}/{made['id']}", files={"attachment[]": ("a.txt", b"hi")})
    assert (answer.status_code, answer.json()) == (400, {"message": "attachment[] must not be a file"})


def test_a_made_up_field_with_brackets_is_as_any_other(alice: httpx2.Client, strict: httpx2.Client) -> None:
    sent: dict[str, Any] = {"data": task(**{"attachment[]": ""}), "files": {"attachment": ("a.txt", b"hi")}}
    assert alice.post(ROOT, **sent).status_code == 200
    for name in ("attachment[]", "collaborators[0]"):
        answer = strict.post(ROOT, json=task(**{name: ""}))
        assert (answer.status_code, answer.json()) == (400, {"message": f"Invalid {name}: unknown field"})
    assert strict.post(ROOT, **sent).json() == {"message": "Invalid attachment[]: unknown field"}


def test_too_large_a_file_is_413(alice: httpx2.Client, town: Town, folder: Path) -> None:
    files, rows = len(stored(folder)), town.changed()
    answer = alice.post(ROOT, data=task(), files={"attachment": ("a.bin", b"x" * (LIMIT + 1))})
    assert answer.status_code == 413
    assert list(answer.json()) == ["message"]
    assert (len(stored(folder)), town.changed()) == (files, rows)


def test_links_begin_with_the_public_url(tmp_path: Path) -> None:
    with living_town(tmp_path, public_url="https://day.example/base") as town:
        headers = {"authorization": f"Bearer {town.alice.credential}"}
        with httpx2.Client(base_url=town.url, headers=headers) as client:
            posted = client.post(ROOT, data=task(), files={"attachment": ("a.txt", b"hi")})
            assert posted.status_code == 200, posted.text
            answer = posted.json()
            assert answer["attachment"]["file_link"].startswith("https://day.example/base/files/1-")
            assert client.get(f"{ROOT}?limit=1").json()["data"][0]["attachment"] == answer["attachment"]
