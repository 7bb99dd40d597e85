"""Lists of which there is one page: clients that ask for pages everywhere get it, and are told of no other."""

import pytest

from tests.house import Town


@pytest.mark.parametrize("path", ["/v1/activityTypes", "/api/v1/filters", "/v1/users", "/v1/filters?type=project"])
def test_a_page_may_be_asked_for(town: Town, path: str) -> None:
    mark = "&" if "?" in path else "?"
    with town.client(town.alice) as alice:
        whole, paged = alice.get(path), alice.get(f"{path}{mark}start=0&limit=100")
        assert (whole.status_code, paged.status_code) == (200, 200)
        assert paged.json()["data"] == whole.json()["data"]
        assert not (paged.json().get("additional_data") or {}).get("pagination", {}).get("more_items_in_collection")
        assert alice.get(f"{path}{mark}limit=0").status_code == 400


@pytest.mark.parametrize(("said", "means"), [("true", 1), ("1", 1), ("false", 0), ("True", 1)])
def test_a_flag_is_said_in_words_or_numbers(town: Town, said: str, means: int) -> None:
    with town.client(town.alice) as alice:
        found = alice.get(f"/v1/users/find?term=@example&search_by_email={said}").json()["data"] or []
    assert bool(found) is bool(means)
