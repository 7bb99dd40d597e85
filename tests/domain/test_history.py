"""By what a change came."""

import pytest

from dayline.domain.history import via_of


@pytest.mark.parametrize(
    ("token_id", "surface", "via"),
    [
        (3, "atz", "token"),
        (3, "page", "token"),
        (-2, "dayline", "page"),
        (0, "page", "page"),
        (0, "worker", "worker"),
        (0, "command line", "command line"),
        (0, "", "command line"),
    ],
)
def test_by_what_it_came(token_id: int, surface: str, via: str) -> None:
    assert via_of(token_id, surface) == via
