"""Finds a Chromium for the tests: the machine's, or else one that Playwright brings. It must never wait for long."""

import os
import shutil
import subprocess
import sys
from typing import Final

from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_INSTALLING: Final = 180  # seconds


class NoChromium(Exception):
    """There is no browser here that runs; the message says what was tried and what to do."""


def machines_chromium() -> str | None:
    """The path of the machine's own: what CHROMIUM names, or what is found by name."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """Start one. Raises NoChromium."""
    own = machines_chromium()
    try:
        if own is not None:
            return _start(playwright, own)
        try:
            return _start(playwright, None)
        except PlaywrightError:
            _install()
            return _start(playwright, None)
    except (PlaywrightError, OSError, subprocess.SubprocessError) as error:
        tried = own or "the one that `playwright install chromium` brings"
        reason = str(error).strip().splitlines()[0]
        raise NoChromium(
            f"No Chromium runs here (tried {tried}: {reason}). Install one, or name it: CHROMIUM=/path"
        ) from error


def _start(playwright: Playwright, path: str | None) -> Browser:
    # Root, as whom containers run, gets no sandbox from Chromium; a shared memory of 64 MB is not enough for it.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=path, args=arguments)


def _install() -> None:
    command = [sys.executable, "-m", "playwright", "install", "chromium-headless-shell", "chromium"]
    subprocess.run(command, check=True, capture_output=True, timeout=_INSTALLING)
