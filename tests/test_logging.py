"""What the server logs of an error that nobody thought of: where it was, and no value that was there."""

import re
import subprocess
import sys

import pytest

SECRET = "s3cr3t-0f-theirs"
FAIL = """
import sys, logging, structlog
from dayline.config import read_settings
from dayline.log import start_logging

start_logging(read_settings({"log_format": sys.argv[1], "log_level": "debug"}, {}))

def fail():
    hidden = sys.argv[2]
    raise ValueError("unthought of")

try:
    fail()
except ValueError:
    structlog.get_logger("dayline").exception("unexpected error")
    logging.getLogger("library").exception("unexpected error")
"""


TELL = """
import logging, structlog
from dayline.config import read_settings
from dayline.log import start_logging

start_logging(read_settings({"log_format": "json", "log_level": "info"}, {}))
structlog.get_logger("dayline").info("request", path=__import__("pathlib").PurePosixPath("/ä"), ms=0.5)
structlog.get_logger("dayline").warning("odd")
logging.getLogger("library").warning("theirs")
"""


def test_ours_and_a_librarys_lines_look_alike_in_json() -> None:
    done = subprocess.run([sys.executable, "-c", TELL], capture_output=True, timeout=60, check=True)
    at = r'"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"'
    assert re.fullmatch(
        rf'{{"path":"/ä","ms":0.5,"event":"request","level":"info",{at}}}\n'
        rf'{{"event":"odd","level":"warning",{at}}}\n'
        rf'{{"event":"theirs","level":"warning",{at}}}\n',
        done.stderr.decode(),
    )


def test_a_line_that_no_encoding_has_says_what_it_can() -> None:
    told = TELL.replace('"odd"', '"odd \\udc80"')
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, timeout=60, check=True)
    assert rb'"event":"odd \\udc80","level":"warning"' in done.stderr


def test_a_process_without_standard_error_starts() -> None:
    command = f"import sys; sys.stderr = None\n{TELL}"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, timeout=60, check=True)
    assert b'"event":"odd"' in done.stdout


@pytest.mark.parametrize("format_", ["console", "json"])
def test_an_error_tells_no_values(format_: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAIL, format_, SECRET], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.count("ValueError: unthought of") == 2
    assert "in fail" in done.stderr
    assert SECRET not in done.stdout + done.stderr
