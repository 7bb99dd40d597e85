"""Files over HTTP: what is sent comes back, in the vendor's shape and order; whose they are; what is refused."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from dayline.domain.draft import Draft, Relate, TypeKey
from tests.cast import Person, as_activity, key_of
from tests.house import Town

ROOT = "/v1/files"
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40
NAMES = [
    "id", "user_id", "deal_id", "person_id", "org_id", "product_id", "activity_id", "lead_id", "project_id",
    "log_id", "add_time", "update_time", "file_name", "file_type", "file_size", "active_flag", "inline_flag",
    "remote_location", "remote_id", "cid", "s3_bucket", "mail_message_id", "mail_template_id", "deal_name",
    "person_name", "lead_name", "project_name", "org_name", "product_name", "url", "name", "description",
]  # fmt: skip


def activity(town: Town, who: Person, **fields: Any) -> int:
    draft = Draft(type=TypeKey("call", "type"), subject="Brief", **fields)
    return int(town.wait(town.service.activities.create(who.principal, draft, as_activity)).id)


def send(client: httpx2.Client, activity_id: int, name: str = "agenda.pdf", **headers: str) -> httpx2.Response:
    form = {"activity_id": str(activity_id)}
    return client.post(ROOT, files={"file": (name, PDF)}, data=form, headers=headers)


def added(client: httpx2.Client, activity_id: int, name: str = "agenda.pdf") -> dict[str, Any]:
    answer = send(client, activity_id, name)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()["data"]
    return shown


def link(client: httpx2.Client, activity_id: int, remote_id: str, **fields: Any) -> httpx2.Response:
    asked = {"item_type": "activity", "item_id": activity_id, "remote_id": remote_id, "remote_location": "url"}
    return client.post(f"{ROOT}/remoteLink", data=asked | fields)


@pytest.fixture(scope="module")
def alice(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.alice) as client:
        yield client


@pytest.fixture(scope="module")
def bob(town: Town) -> Iterator[httpx2.Client]:
    with town.client(town.bob) as client:
        yield client


def listed(client: httpx2.Client, **query: Any) -> list[int]:
    return [one["id"] for one in client.get(ROOT, params=query).json()["data"] or []]


def test_no_files_are_null(town: Town) -> None:
    with town.client(town.charlie) as charlie:
        assert charlie.get(ROOT).json() == {
            "success": True,
            "data": None,
            "additional_data": {"pagination": {"start": 0, "limit": 100, "more_items_in_collection": False}},
        }


def test_what_was_sent_comes_back(town: Town, bob: httpx2.Client) -> None:
    deal = town.record(town.alice, "deal", "Ex deal")
    on = activity(town, town.alice, related=(Relate("deal", key_of(deal)),))
    shown = added(bob, on)
    assert list(shown) == NAMES
    assert {name: shown[name] for name in ("user_id", "activity_id", "deal_id", "deal_name", "person_id")} == {
        "user_id": town.bob.user_id,
        "activity_id": on,
        "deal_id": deal.id,
        "deal_name": "Ex deal",
        "person_id": None,
    }
    assert (shown["name"], shown["file_name"], shown["file_type"]) == ("agenda.pdf", "agenda.pdf", "pdf")
    assert (shown["file_size"], shown["remote_location"], shown["description"]) == (len(PDF), None, None)
    assert shown["add_time"] == shown["update_time"]
    assert len(shown["add_time"]) == len("2026-11-21 10:00:00")
    assert bob.get(f"{ROOT}/{shown['id']}").json() == {"success": True, "data": shown}
    assert shown["id"] in listed(bob)
    moved = bob.get(f"{ROOT}/{shown['id']}/download")
    assert (moved.status_code, moved.headers["location"], moved.content) == (302, shown["url"], b"")
    with town.client() as stranger:
        got = stranger.get(shown["url"])
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, PDF, "application/pdf")


def test_a_key_repeats_the_answer_and_keeps_one_file(town: Town, alice: httpx2.Client) -> None:
    on = activity(town, town.alice)
    key = {"idempotency-key": "file-1"}
    first, second = send(alice, on, **key), send(alice, on, **key)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert [one for one in alice.get(ROOT).json()["data"] if one["activity_id"] == on] == [first.json()["data"]]


def test_name_and_description(town: Town, alice: httpx2.Client, bob: httpx2.Client) -> None:
    shown = added(alice, activity(town, town.alice))
    path = f"{ROOT}/{shown['id']}"
    told = bob.put(path, data={"name": "a/Plan.TXT", "description": "For Monday"}).json()["data"]
    assert (told["name"], told["file_type"], told["description"]) == ("Plan.TXT", "txt", "For Monday")
    assert {**told, **{name: shown[name] for name in ("name", "file_name", "file_type", "description")}} == {
        **shown,
        "update_time": told["update_time"],
    }
    assert alice.get(path).json()["data"] == told
    assert alice.put(path, json={"description": ""}).json()["data"]["description"] is None
    assert alice.put(path, json={"name": "Again.pdf"}).json()["data"]["name"] == "Again.pdf"
    with town.client() as stranger:
        assert "Again.pdf" in stranger.get(shown["url"]).headers["content-disposition"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": " "}, "name"), ({"name": None}, "name"), ({"description": "x" * 1001}, "description")],
)
def test_what_cannot_be_changed(town: Town, alice: httpx2.Client, body: Any, field: str) -> None:
    shown = added(alice, activity(town, town.alice))
    answer = alice.put(f"{ROOT}/{shown['id']}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"Bad request: {field}: ")


def test_deleting_leaves_nothing(town: Town, alice: httpx2.Client) -> None:
    on = activity(town, town.alice)
    shown, kept = added(alice, on), link(alice, on, "https://ex.example/a").json()["data"]
    for one in (shown, kept):
        path = f"{ROOT}/{one['id']}"
        assert alice.delete(path).json() == {"success": True, "data": {"id": one["id"]}}
        for answer in (alice.get(path), alice.get(f"{path}/download"), alice.put(path, data={"name": "a"})):
            assert (answer.status_code, answer.json()["error"]) == (404, "File not found")
        assert alice.delete(path).status_code == 404
        assert one["id"] not in listed(alice)
    with town.client() as stranger:
        assert stranger.get(shown["url"]).status_code == 404


def test_files_go_and_come_back_with_their_activity(town: Town, alice: httpx2.Client) -> None:
    on = activity(town, town.alice)
    shown = added(alice, on)
    assert alice.delete(f"/api/v2/activities/{on}").status_code == 200
    assert alice.get(f"{ROOT}/{shown['id']}").status_code == 404
    assert shown["id"] not in listed(alice)
    assert send(alice, on).json()["error"] == "Bad request: activity_id: There is no activity with this id."
    assert alice.post(f"/dayline/v1/activities/{on}/restore").status_code == 200
    assert alice.get(f"{ROOT}/{shown['id']}").json()["data"] == shown
    assert shown["id"] in listed(alice)


@pytest.mark.parametrize("visibility", ["private", "admin_only"])
def test_who_does_not_see_the_activity_does_not_see_its_files(
    town: Town, alice: httpx2.Client, bob: httpx2.Client, visibility: str
) -> None:
    on = activity(town, town.alice, visibility=visibility)
    shown = added(alice, on)
    path = f"{ROOT}/{shown['id']}"
    nobodys = bob.get(f"{ROOT}/999999999")
    with town.client(town.charlie) as charlie:
        for client in (bob, charlie):
            for answer in (
                client.get(path),
                client.get(f"{path}/download"),
                client.put(path, data={"name": "Mine now"}),
                client.delete(path),
            ):
                assert (answer.status_code, answer.content) == (nobodys.status_code, nobodys.content)
            assert shown["id"] not in listed(client)
            assert send(client, on).status_code == 400
            assert link(client, on, "https://ex.example").status_code == 400
    assert alice.get(path).json()["data"] == shown
    assert shown["id"] in listed(alice)
    assert [one["id"] for one in alice.get(f"/dayline/v1/activities/{on}/attachments").json()["data"]] == [shown["id"]]


def test_pages_and_orders(town: Town, alice: httpx2.Client) -> None:
    hidden = activity(town, town.alice, visibility="private")
    ons = [activity(town, town.alice), hidden, activity(town, town.alice)]
    ids = [added(alice, on, f"{place}.txt")["id"] for place, on in enumerate((*ons, *ons, ons[0]))]
    alice.put(f"{ROOT}/{ids[2]}", data={"description": "later"})
    everything = listed(alice)
    assert everything == sorted(everything)
    assert everything[-7:] == ids
    assert listed(alice, sort="id DESC") == everything[::-1]
    assert listed(alice, sort="update_time")[-7:] == [*ids[:2], *ids[3:], ids[2]]
    assert listed(alice, sort="update_time DESC")[:7] == [ids[2], *ids[:2:-1], *ids[1::-1]]
    found: list[int] = []
    start: int | None = 0
    while start is not None:
        page = alice.get(ROOT, params={"start": start, "limit": 4}).json()
        assert page["additional_data"]["pagination"]["start"] == start
        found += [one["id"] for one in page["data"]]
        start = page["additional_data"]["pagination"].get("next_start")
    assert found == everything
    with town.client(town.bob) as bob:
        assert [id_ for id_ in listed(bob) if id_ in ids] == [ids[0], ids[2], ids[3], ids[5], ids[6]]
    assert alice.get(ROOT, params={"limit": 101}).json()["additional_data"]["pagination"]["limit"] == 100


@pytest.mark.parametrize("query", [{"sort": "name"}, {"limit": "0"}, {"start": "-1"}, {"activity_id": "1"}])
def test_lists_that_cannot_be_had(alice: httpx2.Client, query: dict[str, str]) -> None:
    answer = alice.get(ROOT, params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "ERR_BAD_REQUEST")


def test_a_link_is_kept_and_leads_nobody_there(town: Town, alice: httpx2.Client) -> None:
    url = "https://nowhere.invalid/a/Guide%20v2.pdf?x=1"
    answer = link(alice, activity(town, town.alice), url)
    assert answer.status_code == 200, answer.text
    shown = answer.json()["data"]
    assert (shown["url"], shown["remote_location"], shown["remote_id"]) == (url, "url", url)
    assert (shown["name"], shown["file_type"], shown["file_size"]) == ("Guide v2.pdf", "pdf", None)
    assert alice.get(f"{ROOT}/{shown['id']}").json()["data"] == shown
    refused = alice.get(f"{ROOT}/{shown['id']}/download")
    assert (refused.status_code, "location" in refused.headers) == (400, False)


def test_a_file_of_google_drive_is_named_by_its_id(town: Town, alice: httpx2.Client) -> None:
    id_ = "1aBcDeF_ghi-JKL"
    shown = link(alice, activity(town, town.alice), id_, remote_location="googledrive").json()["data"]
    assert (shown["remote_location"], shown["remote_id"]) == ("googledrive", id_)
    assert shown["url"] == f"https://drive.google.com/open?id={id_}"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"item_type": "deal"}, "item_type"),
        ({"item_type": "lead"}, "item_type"),
        ({"item_id": "0"}, "item_id"),
        ({"item_id": "999999999"}, "item_id"),
        ({"remote_id": "javascript:alert(1)"}, "remote_id"),
        ({"remote_id": "plain"}, "remote_id"),
        ({"remote_location": "s3"}, "remote_location"),
    ],
)
def test_links_that_cannot_be_kept(town: Town, alice: httpx2.Client, fields: dict[str, Any], field: str) -> None:
    asked = {"remote_id": "https://ex.example"} | fields
    answer = link(alice, activity(town, town.alice), **asked)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"Bad request: {field}: ")


@pytest.mark.parametrize(
    ("fields", "data", "field"),
    [
        ({}, PDF, "activity_id"),
        ({"activity_id": "x"}, PDF, "activity_id"),
        ({"activity_id": "999999999"}, PDF, "activity_id"),
        ({"deal_id": "1"}, PDF, "activity_id"),
        ({"activity_id": "own", "deal_id": "1"}, PDF, "deal_id"),
        ({"activity_id": "own", "lead_id": "a"}, PDF, "lead_id"),
        ({"activity_id": "own"}, b"", "file"),
        ({"activity_id": "own"}, None, "file"),
    ],
)
def test_files_that_cannot_be_added(
    town: Town, alice: httpx2.Client, fields: dict[str, str], data: bytes | None, field: str
) -> None:
    on = activity(town, town.alice)
    form = {name: str(on) if value == "own" else value for name, value in fields.items()}
    answer = (
        alice.post(ROOT, json={name: int(value) for name, value in form.items()})
        if data is None
        else alice.post(ROOT, files={"file": ("a.txt", data)}, data=form)
    )
    assert answer.status_code == 400
    assert f"{field}: " in answer.json()["error"]
    assert alice.get(f"/dayline/v1/activities/{on}/attachments").json() == {"data": []}


def test_names_need_their_scope(town: Town, alice: httpx2.Client) -> None:
    deal = town.record(town.alice, "deal", "Secret deal")
    shown = added(alice, activity(town, town.alice, related=(Relate("deal", key_of(deal)),)))
    scopes = frozenset(("activities:read", "activities:write"))
    with town.client(town.credential(town.alice, scopes=scopes)) as narrow:  # type: ignore[arg-type]
        got = narrow.get(f"{ROOT}/{shown['id']}").json()["data"]
        changed = narrow.put(f"{ROOT}/{shown['id']}", data={"name": "a.pdf"}).json()["data"]
    assert shown["deal_name"] == "Secret deal"
    for one in (got, changed):
        assert (one["deal_id"], one["deal_name"]) == (deal.id, None)
    with town.client(town.credential(town.alice, scopes=frozenset(("activities:read",)))) as reader:
        assert reader.delete(f"{ROOT}/{shown['id']}").status_code == 403
        assert send(reader, shown["activity_id"]).status_code == 403


def test_every_dialect_has_the_same_files(town: Town, alice: httpx2.Client) -> None:
    on = activity(town, town.alice)
    native = alice.post(f"/dayline/v1/activities/{on}/attachments", json={"url": "https://ex.example/b.html"}).json()
    shown = added(alice, on)
    assert alice.get(f"{ROOT}/{native['id']}").json()["data"]["url"] == "https://ex.example/b.html"
    there = alice.get(f"/dayline/v1/activities/{on}/attachments").json()["data"]
    assert [(one["id"], one["link"]) for one in there] == [
        (native["id"], native["link"]),
        (shown["id"], shown["url"]),
    ]


def test_the_other_spelling_and_the_costs(town: Town, alice: httpx2.Client) -> None:
    shown = added(alice, activity(town, town.alice))
    assert alice.get(f"/api/v1/files/{shown['id']}").json()["data"] == shown
    assert alice.get("/pipedrive/v1/files").status_code == 200
    assert alice.post(f"{ROOT}/remote", data={"title": "a"}).status_code == 405
    assert alice.get(f"{ROOT}/x").status_code == 400
    paths = alice.get("/pipedrive/openapi.json").json()["paths"]
    costs = {
        f"{method} {path}": row["x-token-cost"]
        for path, rows in paths.items()
        if path.endswith(("/files", "/files/{id}", "/files/{id}/download", "/files/remoteLink"))
        for method, row in rows.items()
        if isinstance(row, dict) and "x-token-cost" in row
    }
    assert sorted(costs.values()) == [2, 6, 10, 10, 10, 20, 20]


def test_strict_links_nothing_as_the_vendor_has_no_links_on_activities(strict_town: Town) -> None:
    with strict_town.client(strict_town.alice) as strict:
        on = activity(strict_town, strict_town.alice)
        assert added(strict, on)["activity_id"] == on
        assert link(strict, on, "https://ex.example").json()["error"].startswith("Bad request: item_type: ")
