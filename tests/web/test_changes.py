"""The page reads the stream of changes with its session: no other site can, and it ends with the session."""

import httpx2
import pytest

from tests.house import Town
from tests.native.reading import STREAM, listening
from tests.web.browser import Browser, signed_in


def test_a_stream_ends_with_its_session(house: Town) -> None:
    with signed_in(house, house.bob) as browser, listening(browser.client, since="latest") as stream:
        stream.until("ready")
        with signed_in(house, house.bob) as other:
            made = other.send("POST", "/dayline/v1/activities", json={"type": "call", "subject": "Told"})
            assert made.status_code == 201, made.text
            told = stream.until("activity.created").data
            assert (told["after"]["subject"], told["via"], told["user"]["name"]) == ("Told", "page", "Bob")
            assert other.send("DELETE", "/sessions").status_code == 204  # every session of his
        assert stream.rest() == []


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
def test_no_other_site_reads_it(bob: Browser, headers: dict[str, str]) -> None:
    answer: httpx2.Response = bob.client.get(STREAM, headers=headers)
    assert answer.status_code == 403
