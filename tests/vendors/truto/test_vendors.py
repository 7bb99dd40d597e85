"""Notes in other systems: the documented request arrives, its answer comes in every form, nothing is written twice."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from msgspec import Struct
from msgspec.structs import replace

from dayline.remote.sandbox import Received, Reply, Sandbox, reply_json
from dayline.remote.standing import standing
from dayline.vendors.ashby.sandbox import AshbySandbox
from dayline.vendors.lever import people
from dayline.vendors.lever.sandbox import LeverSandbox
from dayline.vendors.recruitee.sandbox import RecruiteeSandbox
from tests.conftest import Homes
from tests.house import Town, living_town
from tests.vendors.truto.speech import OWN, ROOT, Customer, check_error, connect, pages

SANDBOXES: tuple[type[Sandbox], ...] = (AshbySandbox, LeverSandbox, RecruiteeSandbox)
WHEN, WHEN_MS = "2026-07-02T06:36:29.000Z", 1_782_974_189_000
TEXT = "Strong on systems design"
USER = people.users()[0]["id"]  # of Lever's
PRIVATE = {"ashby": "private", "lever": "admin_only", "recruitee": "private"}  # how a private note reads back


class Customers(Struct, frozen=True, eq=False):
    """Customers of Alice's, each in a system of his own."""

    client: httpx2.Client
    sandboxes: dict[str, Sandbox]
    ids: dict[str, str]
    connect: Callable[[str], str]

    def of(self, vendor: str) -> tuple[Customer, Sandbox]:
        self.sandboxes[vendor].reset()
        return Customer(self.client, self.ids[vendor]), self.sandboxes[vendor]

    def new(self, vendor: str) -> tuple[Customer, Sandbox]:
        """Of whom nothing is known: after a reset, a sandbox may give the ids of notes once more."""
        self.sandboxes[vendor].reset()
        return Customer(self.client, self.connect(vendor)), self.sandboxes[vendor]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("abroad")
    settings = {"outbound_allow": "127.0.0.1", "outbound_seconds": 2.0, "outbound_settle_seconds": 0.0}
    settings |= {"outbound_pace": False, "outbound_breaker": False}
    with living_town(folder, database_url=homes.new(folder), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def customers(town: Town) -> Iterator[Customers]:
    ashby, lever, recruitee = (kind() for kind in SANDBOXES)
    alice = town.client(town.alice)
    with standing(ashby) as one, standing(lever) as two, standing(recruitee) as three, alice as client:
        sandboxes = {sandbox.vendor: sandbox for sandbox in (ashby, lever, recruitee)}
        urls = {"ashby": one, "lever": two, "recruitee": three}

        def connected(vendor: str) -> str:
            return connect(town, town.alice, sandboxes[vendor], urls[vendor])

        yield Customers(client, sandboxes, {vendor: connected(vendor) for vendor in urls}, connected)


@pytest.fixture(params=["ashby", "lever", "recruitee"])
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def seed(sandbox: Sandbox, **fields: Any) -> dict[str, Any]:
    """A body with every field that the integration takes."""
    body = {"candidate_id": sandbox.candidates()[0].id, "body": TEXT, "visibility": "private"}
    return body | ({} if sandbox.vendor == "recruitee" else {"created_at": WHEN}) | fields


# -- what arrives ---------------------------------------------------------------------------------------------------


def arrived(vendor: str, request: Received, candidate: str) -> None:
    """Assert that this is the request that the vendor documents for the seed's fields."""
    sent = request.json()
    if vendor == "ashby":
        assert (request.method, request.target) == ("POST", "/candidate.createNote")
        assert request.basic() == ("sandbox-key", "")
        note = {"type": "text/plain", "value": TEXT}
        assert sent.pop("createdAt").startswith("2026-07-02T06:36:29")
        assert sent == {"candidateId": candidate, "note": note, "isPrivate": True, "sendNotifications": True}
    elif vendor == "lever":
        assert request.method == "POST"
        assert request.target == f"/v1/opportunities/{candidate}/notes?perform_as={USER}"
        assert request.basic() == ("sandbox-key", "")
        assert sent == {"value": TEXT, "secret": True, "createdAt": WHEN_MS, "notifyFollowers": True}
    else:
        assert request.method == "POST"
        assert request.path.endswith(f"/candidates/{candidate}/notes")
        assert request.bearer() == "sandbox-key"
        assert sent == {"note": {"body": TEXT, "visibility": {"level": "private"}, "pinned": True}}


REMOTE = {
    "ashby": {"sendNotifications": True},
    "lever": {"notifyFollowers": True},
    "recruitee": {"note": {"pinned": True}},
}


def test_the_seeds_request_arrives_as_the_vendor_documents_it(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    query = {"remote_query[perform_as]": USER} if vendor == "lever" else {}
    answer = customer.create(seed(sandbox, remote_data=REMOTE[vendor]), **query)
    assert answer.status_code == 201, answer.text
    (request,) = sandbox.requests
    arrived(vendor, request, sandbox.candidates()[0].id)
    shown = answer.json()
    assert shown["candidate"] == {"id": sandbox.candidates()[0].id}
    assert shown["body"] == TEXT
    assert shown["activity_type"] == "note"
    assert shown["visibility"] in ("private", PRIVATE[vendor])
    assert shown["actor"]["type"] == "user"
    assert shown["remote_data"].items() >= sandbox.written[0].document.items()
    assert (vendor == "recruitee") != (shown["created_at"] == WHEN)


def test_what_cannot_be_kept_is_named(customers: Customers) -> None:
    customer, sandbox = customers.of("recruitee")
    answer = customer.create(seed(sandbox, created_at=WHEN, subject="S", to=[{"email": "a@x.example"}]))
    assert answer.status_code == 201
    assert answer.headers["dayline-ignored"] == "created_at, subject, to"


def test_nobody_but_an_admin_sees_what_is_for_admins_or_it_is_refused(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    answer = customer.create(seed(sandbox, visibility="admin_only"))
    if vendor == "recruitee":
        assert answer.status_code == 400
        check_error(400, answer.json())
        assert "visibility" in answer.json()["message"]
        assert sandbox.requests == []
        return
    assert answer.status_code == 201
    assert sandbox.written[0].document.get("isPrivate", sandbox.written[0].document.get("secret")) is True


def test_nothing_that_is_asked_to_be_private_is_published_by_remote_data(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    publishing = {
        "ashby": {"isPrivate": False},
        "lever": {"secret": False},
        "recruitee": {"note": {"visibility": {"level": "public"}}},
    }
    answer = customer.create(seed(sandbox, remote_data=publishing[vendor]))
    assert answer.status_code == 400, answer.text
    assert sandbox.requests == []


def test_an_email_is_no_note(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    answer = customer.create(seed(sandbox, activity_type="email"))
    assert answer.status_code == 400
    assert sandbox.requests == []


@pytest.mark.parametrize("field", ["candidate_id", "body"])
def test_what_is_missing_is_told(customers: Customers, vendor: str, field: str) -> None:
    customer, sandbox = customers.of(vendor)
    body = {name: value for name, value in seed(sandbox).items() if name != field}
    answer = customer.create(body)
    if (vendor, field) == ("lever", "body"):  # documented as supported, so it is for Lever to say
        assert answer.status_code == 400
        assert answer.json()["truto_is_remote_error"] is True
        return
    assert answer.status_code == 400
    error = answer.json()
    check_error(400, error)
    assert error["message"] == f"Missing required body fields: {field}"
    assert error["truto_error_insight"]["missing_required_body_fields"]["value"] == [field]
    assert sandbox.requests == []


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_blanks_are_as_good_as_nothing(customers: Customers, vendor: str, blank: str) -> None:
    customer, sandbox = customers.of(vendor)
    alone = customer.create(seed(sandbox, body=blank))
    both = customer.create(seed(sandbox, body=blank, candidate_id=blank))
    assert (alone.status_code, both.status_code) == (400, 400), (alone.text, both.text)
    missing = both.json()["truto_error_insight"]["missing_required_body_fields"]["value"]
    if vendor == "lever":  # which says itself what it needs
        assert missing == ["candidate_id"]
        assert alone.json()["truto_is_remote_error"] is True
        assert "value" not in sandbox.requests[0].json()
        return
    assert missing == ["candidate_id", "body"]
    assert alone.json()["message"] == "Missing required body fields: body"
    assert sandbox.requests == []


def test_all_that_is_missing_is_told_at_once(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    insight = customer.create({}).json()["truto_error_insight"]["missing_required_body_fields"]
    assert insight["value"] == (["candidate_id"] if vendor == "lever" else ["candidate_id", "body"])
    assert sandbox.requests == []


# -- in which form --------------------------------------------------------------------------------------------------


def test_the_forms_of_a_new_note(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    forms = {
        form: customer.create(seed(sandbox), truto_response_format=form)
        for form in ("unified", "raw", "normalized", "stream", "debug")
    }
    assert {answer.status_code for answer in forms.values()} == {201}
    unified, raw, normalized, stream, debug = (answer.json() for answer in forms.values())
    envelope = {"ashby": "results", "lever": "data", "recruitee": "note"}[vendor]
    assert raw[envelope]["id"] == sandbox.written[1].document["id"]
    assert stream.keys() == raw.keys()
    assert "remote_data" in unified
    assert set(normalized) == {
        *("id", "candidate", "actor", "activity_type", "from", "to", "cc", "subject", "body", "visibility"),
        *("updated_at", "created_at"),
    }
    assert (normalized["from"], normalized["subject"]) == ([], None)
    assert debug["result"].keys() == unified.keys()
    told = debug["debug"]
    assert set(told) == {"requestUrl", "requestOptions", "data", "responseHeaders"}
    assert told["requestOptions"]["method"] == "POST"
    assert told["requestOptions"]["headers"]["authorization"] == "[redacted]"
    assert "sandbox-key" not in json.dumps(debug)
    assert told["data"][envelope]["id"] == sandbox.written[4].document["id"]


def test_the_forms_of_a_list(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    for number in range(3):
        customer.create(seed(sandbox, body=f"Number {number}"))
    asked = {"candidate_id": sandbox.candidates()[0].id}
    unified, raw, stream, debug = (
        customer.list(**asked, truto_response_format=form) for form in ("unified", "raw", "stream", "debug")
    )
    assert {answer.status_code for answer in (unified, raw, stream, debug)} == {200}, stream.text
    bodies = {one["body"] for one in unified.json()["result"]}
    assert {"Number 0", "Number 1", "Number 2"} <= bodies
    assert raw.json() == stream.json() == debug.json()["debug"]["data"]
    assert stream.headers["transfer-encoding"] == "chunked"
    assert debug.json()["result"] == unified.json()
    assert debug.json()["debug"]["resultCount"] == unified.json()["result_count"]
    first = customer.list(**asked, truto_response_format="raw", limit=1)
    following = customer.list(**asked, limit=1, next_cursor=first.headers["dayline-next-cursor"]).json()["result"]
    assert following[0]["body"] == unified.json()["result"][1]["body"]
    keyed = customer.list(**asked, truto_key_by="body", truto_ignore_remote_data="true").json()["result"]
    assert set(keyed) == bodies
    assert all("remote_data" not in one for one in keyed.values())


def read_on(vendor: str, page: Any, before: int) -> str | None:
    """The cursor of a vendor's own page; Recruitee tells none, so there it is how many notes came before."""
    if vendor == "recruitee":
        return str(before) if page["notes"] else None
    told: str | None = page.get("next" if vendor == "lever" else "nextCursor")
    return told


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_stream_goes_on_by_the_vendors_own_cursor(customers: Customers, vendor: str, limit: int) -> None:
    customer, sandbox = customers.of(vendor)
    for number in range(5):
        customer.create(seed(sandbox, body=f"Number {number}"))
    asked = {"candidate_id": sandbox.candidates()[0].id}
    whole = customer.list(**asked, truto_response_format="raw").json()
    key = {"ashby": "results", "lever": "data", "recruitee": "notes"}[vendor]
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(20):
        answer = customer.list(**asked, limit=limit, truto_response_format="stream", **cursor)
        assert answer.status_code == 200, answer.text
        found += answer.json()[key]
        following = read_on(vendor, answer.json(), len(found))
        if following is None:
            break
        cursor = {"next_cursor": following}
    assert [one["id"] for one in found] == [one["id"] for one in whole[key]]


@pytest.mark.parametrize(("name", "cursor"), [("recruitee", "x"), ("recruitee", ""), ("lever", "%ff")])
def test_a_stream_does_not_begin_where_nothing_is(customers: Customers, name: str, cursor: str) -> None:
    customer, sandbox = customers.of(name)
    asked = {"candidate_id": sandbox.candidates()[0].id, "truto_response_format": "stream"}
    answer = customer.list(**asked, next_cursor=cursor)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["details"]["failures"]] == ["next_cursor"]
    assert sandbox.requests == []


@pytest.mark.parametrize("form", ["raw", "stream"])
def test_the_vendors_own_pages_cannot_be_filtered(customers: Customers, form: str) -> None:
    customer, sandbox = customers.of("lever")
    asked = {"candidate_id": sandbox.candidates()[0].id, "activity_type": "note"}
    answer = customer.list(**asked, truto_response_format=form, limit=1)
    assert answer.status_code == 400
    check_error(400, answer.json())
    assert "candidate_id" in answer.json()["message"]
    assert sandbox.requests == []


def test_a_cookie_is_not_for_whoever_looks_for_a_fault(customers: Customers, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, sandbox = customers.of("lever")
    plain, more = sandbox.answer, (("set-cookie", "session=s3cret"), ("x-kind", "note"))

    def answer(request: Received) -> Reply:
        reply = plain(request)
        return replace(reply, headers=reply.headers + more)

    monkeypatch.setattr(sandbox, "answer", answer)
    shown = customer.create(seed(sandbox), truto_response_format="debug")
    assert shown.status_code == 201
    assert shown.json()["debug"]["responseHeaders"]["x-kind"] == "note"
    assert "s3cret" not in shown.text


def test_fields_are_left_out_by_either_spelling(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    query: dict[str, Any] = {"truto_exclude_fields[]": ["id", "actor"], "truto_exclude_fields": "body"}
    shown = customer.create(seed(sandbox), **query)
    assert not {"id", "actor", "body"} & set(shown.json())
    assert "candidate" in shown.json()


# -- lists ----------------------------------------------------------------------------------------------------------


def test_a_list_goes_on_to_its_end_and_no_page_is_empty(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    wanted = {customer.create(seed(sandbox, body=f"Number {number}")).json()["id"] for number in range(7)}
    candidate = sandbox.candidates()[0].id
    found = list(pages(customer, **{"candidate[id]": candidate}, limit=2))
    assert all(page["result"] or page["next_cursor"] is None for page in found)
    ids = [one["id"] for page in found for one in page["result"]]
    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


def test_what_a_vendor_cannot_filter_is_filtered(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    made = [customer.create(seed(sandbox, body=f"Number {number}")).json() for number in range(4)]
    candidate = {"candidate_id": sandbox.candidates()[0].id}

    def found(**query: Any) -> set[str]:
        return {one["id"] for page in pages(customer, **candidate, **query, limit=2) for one in page["result"]}

    mine = {one["id"] for one in made}
    actor = made[0]["actor"]["id"]
    assert mine <= found(**{"actor[id]": actor, "actor[type]": "user"})
    assert found(**{"actor[id]": "nobody"}) == set()
    assert found(activity_type="email") == set()
    at = made[0]["created_at"]
    assert made[0]["id"] in found(**{"created_at[gte]": at, "created_at[lte]": at})
    assert made[0]["id"] in found(created_at=at)
    assert made[0]["id"] in found(**{"created_at[in]": f"1999-01-01T00:00:00Z,{at}"})
    assert made[0]["id"] not in found(**{"created_at[gt]": at})


def test_a_list_without_what_the_vendor_needs(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    answer = customer.list()
    assert answer.status_code == 400
    assert answer.json()["message"] == "Missing required query parameters: candidate_id"
    assert customer.list(candidate_id="1", **{"candidate[id]": "2"}).status_code == 400
    assert customer.list(candidate_id="1", **{"actor[type]": "user"}).status_code == 400
    lost = customer.list(candidate_id=sandbox.candidates()[0].id, next_cursor="x")
    assert (lost.status_code, lost.json()["details"]["failures"][0]["field"]) == (400, "next_cursor")


def test_one_note(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    made = customer.create(seed(sandbox)).json()
    answer = customer.get(made["id"], candidate_id=made["candidate"]["id"])
    if vendor != "lever":
        assert answer.status_code == 405
        check_error(405, answer.json())
        return
    assert answer.status_code == 200
    assert answer.json()["id"] == made["id"]
    streamed = customer.get(made["id"], candidate_id=made["candidate"]["id"], truto_response_format="stream")
    assert streamed.json()["data"]["id"] == made["id"]
    assert customer.get("no-such", candidate_id=made["candidate"]["id"]).status_code == 404


@pytest.mark.parametrize("form", ["unified", "normalized", "raw", "debug"])
def test_lever_may_be_asked_to_put_users_in_the_place_of_their_ids(customers: Customers, form: str) -> None:
    customer, sandbox = customers.new("lever")
    query: Any = {"remote_query[expand]": "user", "truto_response_format": form}
    made = customer.create(seed(sandbox), key=f"expanded-{form}", **query)
    again = customer.create(seed(sandbox), key=f"expanded-{form}", **query)
    asked = {"candidate_id": sandbox.candidates()[0].id}
    listed, got = customer.list(**asked, **query), customer.get(sandbox.written[0].id, **asked, **query)
    assert [one.status_code for one in (made, again, listed, got)] == [201, 201, 200, 200], made.text + listed.text
    assert (again.content == made.content, len(sandbox.written)) == (True, 1)
    key = {"debug": "debug", "raw": "data"}.get(form)
    if key == "data":
        shown = [made.json()["data"], listed.json()["data"][0], got.json()["data"]]
        assert [one["user"] for one in shown] == [people.users()[0]] * 3
        return
    results = [one.json() if key is None else one.json()["result"] for one in (made, got, listed)]
    assert [one["actor"] for one in (*results[:2], results[2]["result"][0])] == [{"id": USER, "type": "user"}] * 3


def test_lever_may_be_asked_to_leave_things_out(customers: Customers) -> None:
    customer, sandbox = customers.of("lever")
    made = customer.create(seed(sandbox), **{"remote_query[include]": "id"})
    assert (made.status_code, made.json()["id"]) == (201, sandbox.written[0].id), made.text
    assert made.json()["remote_data"] == {"id": sandbox.written[0].id}
    asked = {"candidate_id": sandbox.candidates()[0].id}
    listed = customer.list(**asked, **{"remote_query[include]": "id,secret"})
    assert listed.status_code == 200
    assert listed.json()["result"][0]["visibility"] == "admin_only"
    assert "body" not in listed.json()["result"][0]
    streamed = customer.list(**asked, **{"remote_query[include]": "text"}, truto_response_format="stream")
    assert streamed.json()["data"][0] == {"text": "Note"}


def test_a_lost_note_is_found_whatever_its_answer_should_have_shown(customers: Customers) -> None:
    customer, sandbox = customers.new("lever")
    query = {"remote_query[expand]": "user"}
    sandbox.fail("torn_before")
    assert customer.create(seed(sandbox, visibility="public"), key="expanded", **query).status_code == 502
    again = customer.create(seed(sandbox, visibility="public"), key="expanded", **query)
    assert (again.status_code, len(sandbox.written)) == (201, 1), again.text


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_is_written_there_is_not_changed_from_here(customers: Customers, vendor: str, method: str) -> None:
    customer, sandbox = customers.of(vendor)
    path, query = f"{ROOT}/1", {"integrated_account_id": customer.id}
    body: Any = {} if method == "PATCH" else None
    answer = customer.client.request(method, path, params=query, json=body)
    assert answer.status_code == 405
    check_error(405, answer.json())
    assert OWN["integrated_account_id"] in answer.json()["message"]
    assert sandbox.requests == []


# -- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_note_whose_answer_was_lost_is_written_once(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.new(vendor)
    body = seed(sandbox, body="Lost on its way")
    sandbox.fail("torn_after_write")
    lost = customer.create(body, key=f"lost-{vendor}")
    assert lost.status_code in (502, 504)
    check_error(lost.status_code, lost.json())
    assert "Idempotency-Key" in lost.json()["message"]
    again = customer.create(body, key=f"lost-{vendor}")
    assert again.status_code == 201, again.text
    assert again.headers["idempotency-replayed"] == "true"
    assert len(sandbox.written) == 1
    assert again.json()["id"] == str(sandbox.written[0].document["id"])
    third = customer.create(body, key=f"lost-{vendor}")
    assert (third.status_code, third.json()["id"]) == (201, again.json()["id"])
    other = customer.create(seed(sandbox, body="Another"), key=f"lost-{vendor}")
    assert other.status_code == 422
    assert len(sandbox.written) == 1


def test_a_key_belongs_to_one_integrated_account(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.new(vendor)
    other = Customer(customers.client, customers.connect(vendor))
    body = seed(sandbox, body="The same")
    made = [one.create(body, key=f"space-{vendor}").json()["id"] for one in (customer, other, customer)]
    assert made == [str(sandbox.written[place].document["id"]) for place in (0, 1, 0)]
    assert other.create(seed(sandbox, body="Another"), key=f"space-{vendor}").status_code == 422


def test_a_sandboxs_account_is_written_to(customers: Customers) -> None:
    customer, sandbox = customers.new("lever")
    told = customers.client.patch(f"/integrated-account/{customer.id}", json={"is_sandbox": True})
    assert told.json()["is_sandbox"] is True
    assert customer.create(seed(sandbox)).status_code == 201


def test_what_cannot_be_looked_for_is_sent_again_on_demand_alone(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.new(vendor)
    body, key = seed(sandbox, body="Lost for good"), f"forced-{vendor}"
    sandbox.fail("torn_after_write")
    assert customer.create(body, key=key).status_code == 502
    sandbox.fail("403")
    unsure = customer.create(body, key=key)
    assert unsure.status_code == 504
    check_error(504, unsure.json())
    assert "Dayline-Force: send" in unsure.json()["message"]
    assert len(sandbox.written) == 1
    assert customer.create(body, key=key, force="yes").status_code == 400
    forced = customer.create(body, key=key, force="send")
    assert forced.status_code == 201, forced.text
    assert len(sandbox.written) == 2


def test_a_credential_that_is_refused_is_known_of_that_account_alone(customers: Customers, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    others = [Customer(customers.client, id_) for name, id_ in customers.ids.items() if name != vendor]
    sandbox.fail("401")
    answer = customer.create(seed(sandbox))
    assert answer.status_code == 401
    error = answer.json()
    check_error(401, error)
    assert error["truto_is_remote_error"] is True
    account = customer.account()
    assert account["status"] == "needs_reauth"
    assert account["last_error"]
    assert [other.account()["status"] for other in others] == ["active", "active"]
    path = f"/integrated-account/{customer.id}/credentials"
    anew = customers.client.patch(path, json={"context": {"api_key": "sandbox-key"}})
    assert (anew.status_code, anew.json()["status"], anew.json()["last_error"]) == (200, "active", None)
    assert customer.create(seed(sandbox)).status_code == 201


@pytest.mark.parametrize("path", ["run-post-install-actions", "refresh-credentials"])
def test_a_credential_is_tried_on_demand(customers: Customers, vendor: str, path: str) -> None:
    customer, sandbox = customers.of(vendor)
    where, body = f"/integrated-account/{path}", {"id": customer.id}
    sandbox.fail("401")
    refused = customers.client.post(where, json=body)
    assert (refused.status_code, refused.json()["truto_is_remote_error"]) == (401, True)
    assert customer.account()["status"] == "needs_reauth"
    good = customers.client.post(where, json=body)
    assert (good.status_code, good.json()["status"], good.json()["last_error"]) == (200, "active", None)
    assert sandbox.written == []


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("403", 403), ("500", 502), ("503", 502)])
def test_what_a_vendor_answers_is_told(customers: Customers, vendor: str, fault: Any, status: int) -> None:
    customer, sandbox = customers.of(vendor)
    sandbox.fail(fault)
    answer = customer.create(seed(sandbox))
    assert answer.status_code == status, answer.text
    error = answer.json()
    check_error(status, error)
    assert error["truto_is_remote_error"] is True
    assert error["raw_response"]
    assert error["truto_error_insight"]["remote_error"]
    assert ("rate_limit_error" in error["truto_error_insight"]) == (status == 429)
    assert customer.account()["status"] == "active"
    assert sandbox.written == []


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("form", ["unified", "stream"])
def test_what_a_key_of_ashbys_lacks_is_named_though_ashby_does_not(
    customers: Customers, monkeypatch: pytest.MonkeyPatch, status: int, form: str
) -> None:
    customer, sandbox = customers.of("ashby")
    refused = {"success": False, "errors": ["missing_endpoint_permission"]}
    monkeypatch.setattr(sandbox, "answer", lambda _: reply_json(status, refused))
    writing = customer.create(seed(sandbox), truto_response_format=form)
    reading = customer.list(candidate_id=sandbox.candidates()[0].id, truto_response_format=form)
    for answer, scope in ((writing, "candidatesWrite"), (reading, "candidatesRead")):
        assert answer.status_code == 403
        check_error(403, answer.json())
        assert answer.json()["truto_error_insight"]["forbidden_error"]["value"] == {"missing_scopes": [scope]}
    assert customer.account()["status"] == "active"


@pytest.mark.parametrize("fault", ["torn_before", "hang", "wrong_content_type", "not_json", "too_big", "redirect"])
def test_what_cannot_be_understood_is_told(customers: Customers, fault: Any) -> None:
    customer, sandbox = customers.of("lever")
    sandbox.fail(fault)
    answer = customer.create(seed(sandbox))
    assert answer.status_code in (502, 504)
    check_error(answer.status_code, answer.json())
    assert len([one for one in sandbox.requests if one.method == "POST"]) == 1
    assert "must-not-be-told" not in answer.text


def test_a_stream_that_breaks_is_not_taken_for_the_whole(customers: Customers) -> None:
    customer, sandbox = customers.of("lever")
    for _ in range(20):
        customer.create(seed(sandbox, body="x" * 5_000))
    sandbox.fail("torn_midway")
    with pytest.raises(httpx2.HTTPError):
        customer.list(candidate_id=sandbox.candidates()[0].id, truto_response_format="stream")
    assert customer.list(candidate_id=sandbox.candidates()[0].id, truto_response_format="stream").status_code == 200


def test_a_head_of_a_stream(customers: Customers) -> None:
    customer, sandbox = customers.of("lever")
    query = {"integrated_account_id": customer.id, "candidate_id": sandbox.candidates()[0].id}
    answer = customers.client.head(ROOT, params={**query, "truto_response_format": "stream"})
    assert (answer.status_code, answer.content) == (200, b"")


def test_calls_are_in_the_log(customers: Customers, town: Town, vendor: str) -> None:
    customer, sandbox = customers.of(vendor)
    customer.create(seed(sandbox, body="Not for the log"))
    town.wait(town.service.remote_log.write())
    page = customers.client.get("/log", params={"log_type_filter[integrated_account_id]": customer.id, "limit": 1})
    (entry,) = page.json()["result"]
    assert (entry["method"], entry["resource"], entry["integration"]) == ("create", "ats/activities", vendor)
    assert entry["http_status_code"] in (200, 201)
    assert "Not for the log" not in page.text
    assert "sandbox-key" not in page.text
