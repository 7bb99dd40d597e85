"""Every surface keeps its own document: generated requests, good and bad, are never answered outside it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec import Struct

from dayline.app import DIALECTS, NATIVE
from dayline.domain.record import KINDS
from dayline.kit.dialect import Operation
from tests.house import Town, living_town

# For each operation, beside those that cover each part of its document; 100 are worth a cup of tea before a release.
EXAMPLES = int(os.environ.get("DAYLINE_TEST_EXAMPLES", "40"))
STATEFUL = "Stateful tests"  # how the generator calls several operations in a row
MOST = 20  # operations in one run of the generator, which begins slowly
# With these a caller can end his own token, or hand his office over and lose it: each is tried in a town of its own.
LOCKS_OUT = ("createUser", "changeUser", "changeMe", "revokeToken")
# Left out: what a GET shows after a DELETE is the vendor's own choice, and so is which good data has a bad meaning.
CHECKS = """
    not_a_server_error status_code_conformance content_type_conformance response_headers_conformance
    response_schema_conformance negative_data_rejection missing_required_header unsupported_method
    ensure_resource_availability
""".split()  # noqa: SIM905


class Part(Struct, frozen=True):
    """Some neighbours of a dialect's operations, for one run."""

    dialect: str
    operations: tuple[str, ...]


class Run(Struct, frozen=True):
    """What came of one run: which operations were asked, what was wrong with each, and all that was printed."""

    asked: frozenset[str]
    wrong: dict[str, str]
    code: int
    output: str


def _rows() -> Iterator[tuple[Part, Operation]]:
    """Every operation of every dialect, with the part that it is in."""
    for dialect in DIALECTS:
        rows = [operation for operation in dialect.operations if operation.name not in LOCKS_OUT]
        for start in range(0, len(rows), MOST):
            some = rows[start : start + MOST]
            part = Part(dialect.name, tuple(operation.name for operation in some))
            yield from ((part, operation) for operation in some)


ROWS = tuple(_rows())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    # Nobody waits for what happens: the generator would, as long as it is let, and for a stream for ever.
    with living_town(tmp_path_factory.mktemp("documents"), streams_each=0) as running:
        for kind in KINDS:
            running.record(running.alice, kind)
        with running.client(running.alice) as alice:
            for _ in range(5):
                alice.post("/api/v2/activities", json={})
        yield running


@pytest.fixture(scope="module")
def run(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Part], Run]:
    """The run of a part, made when the first of its operations asks for it."""

    @cache
    def made(part: Part) -> Run:
        options = (f"--include-operation-id={name}" for name in part.operations)
        return _run(town, part.dialect, tmp_path_factory.mktemp("run"), *options)

    return made


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("part", "operation"), ROWS, ids=[f"{part.dialect} {row.name}" for part, row in ROWS])
def test_answers_keep_to_the_document(town: Town, run: Callable[[Part], Run], part: Part, operation: Operation) -> None:
    done, name = run(part), f"{operation.method} {operation.path}"
    assert name in done.asked, done.output
    for wrong in done.wrong.keys() & {name, STATEFUL}:
        pytest.fail(f"{wrong}: {done.wrong[wrong]}", pytrace=False)
    assert done.code == 0 or done.wrong, done.output
    with town.client(town.alice) as alice:
        assert alice.get("/dayline/v1/users/me").status_code == 200  # no answer was 401 for want of a token


@pytest.mark.parametrize("operation", LOCKS_OUT)
def test_what_may_lock_the_caller_out_keeps_to_the_document(tmp_path: Path, operation: str) -> None:
    with living_town(tmp_path) as town:
        done = _run(town, NATIVE.name, tmp_path, f"--include-operation-id={operation}")
    assert (done.code, len(done.asked)) == (0, 1), done.output


def _run(town: Town, dialect: str, folder: Path, *options: str) -> Run:
    report = folder / "report.xml"
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run", f"{town.url}/{dialect}/openapi.json",
            "--url", f"{town.url}/{dialect}", "--header", f"x-api-token: {town.alice.credential}",
            "--header", f"x-api-key: {town.alice.credential}",
            "--header", f"authorization: Bearer {town.alice.credential}",
            "--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color",
            "--report", "junit", "--report-junit-path", str(report), *options,
        ],
        cwd=folder, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert report.exists(), output
    cases = {case.get("name", ""): case for case in ElementTree.parse(report).iter("testcase")}  # noqa: S314 - our own
    wrong = {name: told for name, case in cases.items() if (told := "\n".join(_complaints(case)))}
    return Run(frozenset(cases), wrong, done.returncode, output)


def _complaints(case: ElementTree.Element) -> Iterator[str]:
    for what in ("failure", "error"):
        for found in case.iter(what):
            yield f"{found.get('message', what)}\n{found.text or ''}"
