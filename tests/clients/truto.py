"""Loads Truto's own Python client, which `make test` fetches: the wheel as it is, put on the path."""

import importlib
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / ".venv" / "truto"


def client(token: str, base_url: str) -> Any:
    """The client with this token, unmodified but for where it calls."""
    wheels = sorted(map(str, FOLDER.glob("*.whl")))
    assert wheels, "Truto's client is not there: run the tests by `make test`, which fetches it."
    if wheels[0] not in sys.path:
        sys.path.append(wheels[0])
    return importlib.import_module("truto_python_sdk").TrutoApi(token, base_url)
