"""Every surface keeps its own document: generated requests, good and bad, are never answered outside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dayline.app import DIALECTS, NATIVE
from dayline.domain.record import KINDS
from dayline.kit.dialect import Dialect
from tests.house import Town, living_town

EXAMPLES = 100  # for each operation
MOST = 12  # operations in one test, so that each of them ends in time on a busy machine
# With these a caller can end his own token, or hand his office over and lose it: each is tried in a town of its own.
LOCKS_OUT = ("createUser", "changeUser", "changeMe", "revokeToken")
# Left out: what a GET shows after a DELETE is the vendor's own choice, and so is which good data has a bad meaning.
CHECKS = """
    not_a_server_error status_code_conformance content_type_conformance response_headers_conformance
    response_schema_conformance negative_data_rejection missing_required_header unsupported_method
    ensure_resource_availability
""".split()  # noqa: SIM905


def _parts() -> Iterator[tuple[Dialect, tuple[str, ...]]]:
    """All operations of every dialect, a few neighbours at a time."""
    for dialect in DIALECTS:
        names = [operation.name for operation in dialect.operations if operation.name not in LOCKS_OUT]
        yield from ((dialect, tuple(names[start : start + MOST])) for start in range(0, len(names), MOST))


PARTS = tuple(_parts())


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
@pytest.mark.parametrize(("dialect", "names"), PARTS, ids=[f"{part[0].name} from {part[1][0]}" for part in PARTS])
def test_answers_keep_to_the_document(town: Town, dialect: Dialect, names: tuple[str, ...], tmp_path: Path) -> None:
    _run(town, dialect, tmp_path, *(f"--include-operation-id={name}" for name in names))
    with town.client(town.alice) as alice:
        assert alice.get("/dayline/v1/users/me").status_code == 200  # no answer was 401 for want of a token


@pytest.mark.parametrize("operation", LOCKS_OUT)
def test_what_may_lock_the_caller_out_keeps_to_the_document(tmp_path: Path, operation: str) -> None:
    with living_town(tmp_path) as town:
        _run(town, NATIVE, tmp_path, f"--include-operation-id={operation}")


def _run(town: Town, dialect: Dialect, folder: Path, *options: str) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run", f"{town.url}/{dialect.name}/openapi.json",
            "--url", f"{town.url}/{dialect.name}", "--header", f"x-api-token: {town.alice.credential}",
            "--header", f"x-api-key: {town.alice.credential}",
            "--header", f"authorization: Bearer {town.alice.credential}",
            "--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color", *options,
        ],
        cwd=folder, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
