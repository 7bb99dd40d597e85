"""Finds a Chromium for the tests: the machine's, or else one that is installed. It must never wait for long."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_INSTALLING: Final = 300  # seconds
_QUIET: Final = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}


class NoChromium(Exception):
    """There is no browser here that runs; the message says what was tried and what to do."""


def machines_chromium() -> str | None:
    """The path of the machine's own: what CHROMIUM names, or what is found by name."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """Start one. Raises NoChromium."""
    own = machines_chromium()
    try:
        return _start(playwright, own)
    except (PlaywrightError, OSError) as error:
        tried = own or "the one that `playwright install chromium` brings"
        reason = str(error).strip().splitlines()[0]
        raise NoChromium(
            f"No Chromium runs here (tried {tried}: {reason}). Install one, or name it: CHROMIUM=/path"
        ) from error


def _start(playwright: Playwright, path: str | None) -> Browser:
    # Root, as whom containers run, gets no sandbox from Chromium; a shared memory of 64 MB is not enough for it.
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=path, args=arguments)


def install() -> None:
    """Install one where none runs. Raises NoChromium, saying what was tried.

    Root has Debian's package, with all that it needs. Everybody else has Playwright's own, which may find that the
    machine lacks something.
    """
    wrong: list[str] = []
    for commands in ([], *_ways()):
        try:
            for command in commands:
                subprocess.run(command, check=True, capture_output=True, timeout=_INSTALLING, env=_QUIET)
            with sync_playwright() as playwright:
                launch(playwright).close()
        except (NoChromium, OSError, subprocess.SubprocessError) as error:
            wrong.append(str(error))
        else:
            return
    raise NoChromium("\n".join(wrong))


def _ways() -> Iterator[list[list[str]]]:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        yield [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]]
    yield [[sys.executable, "-m", "playwright", "install", "chromium-headless-shell", "chromium"]]


if __name__ == "__main__":
    try:
        install()
    except NoChromium as error:
        sys.exit(f"{error}\nThe tests in a browser will be skipped.")
