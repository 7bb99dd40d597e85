"""Filters over HTTP: each operator and value of each field, what is refused and where, whose they are, strict mode."""

from typing import Any, get_args

import httpx2
import pytest

from dayline.domain.condition import OPERATORS, Condition, Group
from dayline.domain.record import Record
from dayline.vendors.pipedrive.fields.table import ACTIVITY_FIELDS, BY_ID
from dayline.vendors.pipedrive.filters import mapping, schema
from tests.house import Town

ROOT = "/v1/filters"
LIST = "/api/v2/activities"
IDS = {row.key: str(row.id) for row in ACTIVITY_FIELDS}
ORDER = ["=", "!=", "<", "<=", ">", ">=", "IS NULL", "IS NOT NULL"]
EQUAL = ["=", "!=", "IS NULL", "IS NOT NULL"]
WORDS = [*EQUAL, "LIKE '%$%'", "LIKE '$%'", "NOT LIKE '$%'", "NOT LIKE '%$%'", "LIKE '%$'", "NOT LIKE '%$'"]
RANGES = [
    *("ends_at", "does_not_end_at", "ends_before", "ends_e_before", "ends_after", "ends_e_after"),
    "includes",
]
LEAD = "0b7c2f0e-6f4b-4b4a-9a55-4d0a3a1d9e01"
KEYS: dict[str, tuple[list[str], Any]] = {
    "subject": (WORDS, "intro"),
    "note": (WORDS, "x"),
    "public_description": (WORDS, "x"),
    "location": (WORDS, "Tallinn"),
    "type": (EQUAL, "call"),
    "due_date": ([*ORDER, *RANGES], "next_week"),
    "due_time": (ORDER, "14:30:00"),
    "duration": (ORDER, "00:45:00"),
    "user_id": (EQUAL, "1"),
    "created_by_user_id": (EQUAL, "1"),
    "deal_id": ([*EQUAL, "contains", "not_contains"], "5"),
    "person_id": ([*EQUAL, "contains", "not_contains"], "5"),
    "org_id": ([*EQUAL, "contains", "not_contains"], "5"),
    "project_id": ([*EQUAL, "contains", "not_contains"], "5"),
    "lead_id": ([*EQUAL, "contains", "not_contains"], LEAD),
    "done": (EQUAL, "0"),
    "busy_flag": (EQUAL, "1"),
    "priority": (EQUAL, "265"),
    "add_time": (ORDER, "2026-11-01"),
    "update_time": (ORDER, "3_weeks_ago"),
    "marked_as_done_time": (ORDER, "this_quarter"),
}


def line(key: str, operator: str, value: Any = None, **fields: Any) -> dict[str, Any]:
    return {"object": "activity", "field_id": IDS.get(key, key), "operator": operator, "value": value, **fields}


def tree(*both: dict[str, Any], any_of: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    groups = [{"glue": "and", "conditions": list(both)}, {"glue": "or", "conditions": list(any_of)}]
    return {"glue": "and", "conditions": groups}


def body(conditions: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "Mine", "type": "activity", "conditions": conditions, **fields}


def added(client: httpx2.Client, *both: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = client.post(ROOT, json=body(tree(*both), **fields))
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


class TestConditions:
    """Everything that a condition can say."""

    def test_all_fields_that_can_be_filtered_by_are_here(self) -> None:
        assert {IDS[key] for key in KEYS} == {str(row.id) for row in BY_ID.values() if row.meaning is not None}

    @pytest.mark.parametrize("key", KEYS)
    def test_every_operator_of_every_field(self, alice: httpx2.Client, key: str) -> None:
        """Is taken, shown as it came, and understood by the database."""
        operators, value = KEYS[key]
        for operator in operators:
            asked = line(key, operator, None if "NULL" in operator else value)
            made = added(alice, asked)
            shown = made["conditions"]["conditions"][0]["conditions"][0]
            assert shown == {**asked, "extra_value": None, "json_value_flag": False}
            assert alice.get(LIST, params={"filter_id": made["id"]}).status_code == 200
        other = alice.post(ROOT, json=body(tree(line(key, "belongs_to_team", value))))
        assert other.status_code == 400
        assert all(operator in other.json()["error"] for operator in operators)
        assert alice.delete(ROOT, params={"ids": ",".join(str(n) for n in range(1, 90))}).status_code == 200

    def test_nothing_of_the_domain_is_left_out(self) -> None:
        """Every operator of a field that Pipedrive has can be said in its words, and comes back as it was."""
        meanings = {row.meaning for row in ACTIVITY_FIELDS} | {"end"}
        for field, operators in OPERATORS.items():
            if field not in meanings:
                continue
            for operator in operators - ({"empty", "filled"} if field == "end" else set()):
                value = None if operator in ("empty", "filled") else VALUES.get(field, 5)
                where = Group("all", (Group("all", (Condition(field, operator, value),)), Group("any", ())))
                assert mapping.read_conditions(mapping.show_conditions(where)) == where

    @pytest.mark.parametrize(
        ("key", "sent", "shown"),
        [
            ("user_id", 1, "1"),
            ("due_time", "9:30", "09:30:00"),
            ("duration", "26:00", "26:00:00"),
            ("done", True, "1"),
            ("done", 0, "0"),
            ("busy_flag", "false", "0"),
            ("priority", 263, "263"),
            ("subject", 50, "50"),
            ("lead_id", LEAD.upper(), LEAD),
        ],
    )
    def test_values_are_taken_as_clients_write_them(
        self, alice: httpx2.Client, key: str, sent: Any, shown: str
    ) -> None:
        made = added(alice, line(key, "=", sent, field_id=int(IDS[key])))
        assert made["conditions"]["conditions"][0]["conditions"][0]["value"] == shown

    @pytest.mark.parametrize(
        ("asked", "place"),
        [
            (line("due_date", "=", "someday"), "value"),
            (line("due_date", "=", "2026-02-30"), "value"),
            (line("due_time", "<", "25:00"), "value"),
            (line("duration", "<", "an hour"), "value"),
            (line("user_id", "=", "me"), "value"),
            (line("deal_id", "=", 0), "value"),
            (line("lead_id", "=", "5"), "value"),
            (line("done", "=", "2"), "value"),
            (line("priority", "=", "1"), "value"),
            (line("subject", "="), "value"),
            (line("subject", "=", ""), "value"),
            (line("subject", "<", "a"), "operator"),
            (line("subject", "like '%$%'", "a"), "operator"),
            (line("deal_id", "LIKE '%$%'", "5"), "operator"),
            (line("user_id", "belongs_to_team", "5"), "operator"),
            (line("id", "=", "5"), "field_id"),
            (line("outcome", "=", "5"), "field_id"),
            (line("99999", "=", "5"), "field_id"),
            (line("²", "=", "5"), "field_id"),
            (line("subject", "=", "a", object="deal"), "object"),
            (line("location", "=", "Tallinn", extra_value="locality"), "extra_value"),
        ],
        ids=str,
    )
    def test_what_is_refused_is_named(self, alice: httpx2.Client, asked: dict[str, Any], place: str) -> None:
        before = alice.get(ROOT).json()
        answer = alice.post(ROOT, json=body(tree(line("done", "=", 1), asked)))
        assert answer.status_code == 400
        assert f"conditions.conditions[0].conditions[1].{place}: " in answer.json()["error"]
        assert alice.get(ROOT).json() == before

    @pytest.mark.parametrize(
        "conditions",
        [
            {},
            {"glue": "or", "conditions": tree()["conditions"]},
            {"glue": "and", "conditions": tree()["conditions"][:1]},
            {"glue": "and", "conditions": tree()["conditions"] * 2},
            {"glue": "and", "conditions": tree()["conditions"][::-1]},
            {"glue": "and", "conditions": [{"glue": "xor", "conditions": []}] * 2},
            tree({"glue": "and"}),
            tree({"object": "activity", "field_id": "1"}),
            tree({"glue": "and", "conditions": [{"glue": "and", "conditions": []}]}),
            tree(*(line("done", "=", 1) for _ in range(17))),
            tree(*(line("done", "=", 1) for _ in range(9)), any_of=tuple(line("done", "=", 1) for _ in range(8))),
        ],
        ids=str,
    )
    def test_trees_of_another_shape(self, alice: httpx2.Client, conditions: Any) -> None:
        assert alice.post(ROOT, json=body(conditions)).status_code == 400

    def test_sixteen_are_enough(self, alice: httpx2.Client) -> None:
        lines = [line("done", "=", 1) for _ in range(8)]
        made = alice.post(ROOT, json=body(tree(*lines, any_of=tuple(lines)))).json()["data"]
        assert alice.get(LIST, params={"filter_id": made["id"]}).status_code == 200

    def test_what_is_missing_is_not_what_is_denied(self, alice: httpx2.Client, town: Town) -> None:
        """Nothing but IS NULL finds an activity without a deal."""
        deal, other = (town.record(town.alice, "deal") for _ in range(2))
        made = [alice.post(LIST, json=fields).json()["data"]["id"] for fields in ({}, {"deal_id": deal.id})]

        def found(operator: str, record: Record | None = None) -> list[int]:
            saved = added(alice, line("deal_id", operator, None if record is None else record.id))
            answer = alice.get(LIST, params={"filter_id": saved["id"], "limit": 500}).json()["data"]
            return [one["id"] for one in answer if one["id"] in made]

        assert found("IS NULL") == made[:1]
        assert found("IS NOT NULL") == found("=", deal) == found("!=", other) == made[1:]
        assert found("!=", deal) == found("=", other) == []


VALUES: dict[str, Any] = {
    **dict.fromkeys(("due", "end", "created_at", "updated_at", "done_at"), "today"),
    **dict.fromkeys(("subject", "note", "description", "location", "type"), "call"),
    "lead": LEAD,
    "priority": "low",
    **dict.fromkeys(("done", "busy"), 1),
}


class TestFilters:
    """The filter itself."""

    def test_its_fields(self, alice: httpx2.Client, town: Town) -> None:
        made = added(alice, line("subject", "=", "a"))
        assert list(made) == list(schema.Filter.__struct_fields__)
        assert len(made["add_time"]) == len("2026-11-21 08:00:00")
        assert made["add_time"] == made["update_time"]
        for field in ("filter_code", "last_used_time", "custom_view_id"):
            assert made[field] is None
        assert (made["user_id"], made["temporary_flag"]) == (town.alice.user_id, False)
        assert alice.get(f"/api/v1/filters/{made['id']}").json() == {"success": True, "data": made}

    def test_what_was_read_can_be_written(self, alice: httpx2.Client) -> None:
        made = added(alice, line("subject", "=", "a"), {"glue": "or", "conditions": [line("done", "=", 1)]})
        coded = alice.get(f"{ROOT}/{made['id']}", params={"include_field_code": "true"}).json()["data"]
        again = alice.put(f"{ROOT}/{made['id']}", json=coded)
        assert (again.status_code, again.json()["data"]) == (200, made)

    def test_a_put_needs_conditions_and_leaves_the_name(self, alice: httpx2.Client) -> None:
        made = added(alice, line("subject", "=", "a"))
        assert alice.put(f"{ROOT}/{made['id']}", json={"name": "Other"}).status_code == 400
        changed = alice.put(f"{ROOT}/{made['id']}", json={"conditions": tree()}).json()["data"]
        assert changed["name"] == "Mine"
        assert changed["conditions"] == tree()

    @pytest.mark.parametrize("missing", ["name", "type", "conditions"])
    def test_what_a_post_needs(self, alice: httpx2.Client, missing: str) -> None:
        sent = {name: value for name, value in body(tree()).items() if name != missing}
        answer = alice.post(ROOT, json=sent)
        assert answer.status_code == 400
        assert missing in answer.json()["error"]

    def test_names(self, alice: httpx2.Client) -> None:
        for bad in ("", "  ", "x" * 256):
            assert alice.post(ROOT, json=body(tree(), name=bad)).status_code == 400
        assert alice.post(ROOT, json=body(tree(), name=" x ")).json()["data"]["name"] == "x"

    def test_other_kinds_of_filters(self, alice: httpx2.Client) -> None:
        for kind in get_args(schema.Kind):
            expected = 200 if kind == "activity" else 400
            assert alice.post(ROOT, json=body(tree(), type=kind)).status_code == expected
            assert (alice.get(ROOT, params={"type": kind}).json()["data"] is None) is (kind != "activity")
        assert alice.get(ROOT, params={"type": "emails"}).status_code == 400

    def test_a_shared_one_is_used_by_all_and_changed_by_its_owner(
        self, alice: httpx2.Client, bob: httpx2.Client
    ) -> None:
        own, shared = added(alice), added(alice, visible_to="7")
        seen = {one["id"]: one for one in bob.get(ROOT).json()["data"]}
        assert own["id"] not in seen
        assert (seen[shared["id"]]["is_editable"], seen[shared["id"]]["visible_to"]) == (False, "7")
        assert bob.get(LIST, params={"filter_id": shared["id"]}).status_code == 200
        assert bob.get(LIST, params={"filter_id": own["id"]}).status_code == 404
        for refused in (
            bob.put(f"{ROOT}/{shared['id']}", json={"conditions": tree()}),
            bob.delete(f"{ROOT}/{shared['id']}"),
        ):
            assert refused.status_code == 403
            assert refused.json()["error"] == "You do not have permissions to do this."
        assert bob.delete(ROOT, params={"ids": f"{shared['id']},{own['id']}"}).json()["data"] == {"id": []}
        bobs = added(bob)
        assert {one["id"]: one["is_editable"] for one in alice.get(ROOT).json()["data"]}[bobs["id"]] is True

    def test_what_is_hidden_stays_hidden(self, alice: httpx2.Client, bob: httpx2.Client) -> None:
        """A filter never finds more than its user may see."""
        hidden = alice.post(LIST, json={"subject": "Hidden", "private": True}).json()["data"]["id"]
        shared = added(alice, line("subject", "=", "hidden"), visible_to="3")

        def found(who: httpx2.Client) -> list[int]:
            return [one["id"] for one in who.get(LIST, params={"filter_id": shared["id"]}).json()["data"]]

        assert found(alice) == [hidden]
        assert found(bob) == []

    def test_ids_to_delete(self, alice: httpx2.Client) -> None:
        for bad in ("", "a", "1,", "0", ",".join(["1"] * 101)):
            assert alice.delete(ROOT, params={"ids": bad}).status_code == 400
        assert alice.delete(ROOT).status_code == 400

    def test_a_post_is_done_once(self, alice: httpx2.Client) -> None:
        headers = {"Idempotency-Key": "a filter"}
        first, second = (alice.post(ROOT, json=body(tree()), headers=headers) for _ in range(2))
        assert first.json() == second.json()
        assert second.headers["Idempotency-Replayed"] == "true"


class TestStrict:
    """Under ``DAYLINE_STRICT=1``."""

    def test_groups_within_groups(self, town: Town, strict_town: Town) -> None:
        nested = body(tree({"glue": "or", "conditions": [line("done", "=", 1)]}))
        with strict_town.client(strict_town.alice) as strict, town.client(town.alice) as lenient:
            assert lenient.post(ROOT, json=nested).status_code == 200
            assert strict.post(ROOT, json=nested).status_code == 400
            assert strict.post(ROOT, json=body(tree(), visible_to="7")).status_code == 400
            made = added(strict, line("done", "=", 1))
            assert strict.get(LIST, params={"filter_id": made["id"]}).status_code == 200


@pytest.mark.parametrize("name", ["ids", "owner_id", "deal_id", "lead_id", "person_id", "org_id"])
def test_what_does_not_count_beside_a_filter_may_say_anything(alice: httpx2.Client, name: str) -> None:
    made = added(alice, line("done", "=", "0"))
    assert alice.get(LIST, params={name: "x y"}).status_code == 400
    answer = alice.get(LIST, params={name: "x y", "filter_id": made["id"]})
    assert answer.json() == alice.get(LIST, params={"filter_id": made["id"]}).json()
    assert answer.status_code == 200
    assert alice.get(LIST, params={"done": "x", "filter_id": made["id"]}).status_code == 400
    assert alice.get(LIST, params={name: "x y", "filter_id": "x"}).status_code == 400
