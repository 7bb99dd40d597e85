"""What the server logs of an error that nobody thought of: where it was, and no value that was there."""

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


@pytest.mark.parametrize("format_", ["console", "json"])
def test_an_error_tells_no_values(format_: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAIL, format_, SECRET], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.count("ValueError: unthought of") == 2
    assert "in fail" in done.stderr
    assert SECRET not in done.stdout + done.stderr
