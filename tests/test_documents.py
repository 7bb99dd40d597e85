"""Every surface keeps its own document: generated requests, good and bad, are never answered outside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dayline.app import DIALECTS
from dayline.domain.record import KINDS
from dayline.kit.dialect import Dialect
from tests.house import Town, living_town

EXAMPLES = 100  # for each operation
# Left out: what a GET shows after a DELETE is the vendor's own choice, and so is which good data has a bad meaning.
CHECKS = """
    not_a_server_error status_code_conformance content_type_conformance response_headers_conformance
    response_schema_conformance negative_data_rejection missing_required_header unsupported_method
    ensure_resource_availability
""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with living_town(tmp_path_factory.mktemp("documents")) as running:
        for kind in KINDS:
            running.record(running.alice, kind)
        with running.client(running.alice) as alice:
            for _ in range(5):
                alice.post("/api/v2/activities", json={})
        yield running


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_answers_keep_to_the_document(town: Town, dialect: Dialect, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run", f"{town.url}/{dialect.name}/openapi.json",
            "--url", f"{town.url}/{dialect.name}", "--header", f"x-api-token: {town.alice.credential}",
            "--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color",
        ],
        cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
