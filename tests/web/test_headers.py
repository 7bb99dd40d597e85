"""What a browser is told with every kind of answer, and what it reports back."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.types import ASGIApp

from dayline.app import DIALECTS, NATIVE
from dayline.web.front import front
from dayline.web.guard import Site
from dayline.web.reports import Reports
from tests.house import Town
from tests.kit.server import serving
from tests.web.browser import Browser

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none';"
    " report-uri /csp-report; report-to csp"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page as it would be built."""
    assets = tmp_path / "built" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<!doctype html><title>Built</title>")
    (assets.parent / "icon.svg").write_text("<svg/>")
    (assets.parent / "secret.py").write_text("no")
    (assets / "main-1a2b.js").write_text("plain")
    (assets / "main-1a2b.js.br").write_bytes(b"as br")
    (assets / "main-1a2b.js.gz").write_bytes(b"as gzip")
    (assets / "main-1a2b.css").write_text("body {}")
    (tmp_path / "outside.js").write_text("outside")
    return assets.parent


@pytest.fixture
def app(house: Town, folder: Path) -> ASGIApp:
    return front(house.service, DIALECTS, NATIVE.envelope, Site(), folder)


@pytest.fixture
def page(app: ASGIApp) -> Iterator[httpx2.Client]:
    with serving(app) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/", 200), ("/about", 200), ("/docs", 200), ("/static/dayline.css", 200), ("/session", 401)),
        *(("/sign-in/x", 410), ("/healthz", 200), ("/readyz", 200), ("/nowhere", 404)),
        *(("/assets/nothing.js", 404), ("/app/week", 200)),
    ],
)
def test_every_answer_at_the_root_is_safe(house: Town, browser: Browser, path: str, status: int) -> None:
    answer = browser.client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "strict-transport-security" not in answer.headers  # it is plain HTTP


def test_the_page_and_its_routes_are_one_file(page: httpx2.Client) -> None:
    for path in ("/", "/app", "/app/week/2026-11-21", "/app/../app/x"):
        answer = page.get(path)
        assert (answer.status_code, answer.text) == (200, "<!doctype html><title>Built</title>")
        assert answer.headers["content-security-policy"] == PAGE
        assert answer.headers["reporting-endpoints"] == 'csp="/csp-report"'
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("accepts", "encoding", "body"),
    [
        ("", None, b"plain"),
        ("gzip, deflate", "gzip", b"as gzip"),
        ("gzip, br;q=1", "br", b"as br"),
        ("br;q=0, gzip", "gzip", b"as gzip"),
        ("br; Q=0.000, gzip; q=0.001", "gzip", b"as gzip"),
        ("BR", "br", b"as br"),
        ("zstd", None, b"plain"),
    ],
)
def test_assets_come_in_the_smallest_form_and_for_ever(
    page: httpx2.Client, accepts: str, encoding: str | None, body: bytes
) -> None:
    with page.stream("GET", "/assets/main-1a2b.js", headers={"accept-encoding": accepts}) as answer:
        assert b"".join(answer.iter_raw()) == body
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_what_lies_beside_the_index_is_there_too(page: httpx2.Client) -> None:
    assert page.get("/icon.svg").headers["content-type"] == "image/svg+xml"
    assert page.get("/assets/main-1a2b.css").headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    "path",
    [
        *("/secret.py", "/assets/../../outside.js", "/assets/..%2f..%2foutside.js", "/assets/%2e%2e/index.html"),
        *("/assets/", "/assets/.hidden.js", "/assets/main-1a2b.js.br", "/assets/sub/x.js", "/assets/x%00.js"),
        "/index.html",
    ],
)
def test_nothing_else_is_sent(page: httpx2.Client, path: str) -> None:
    assert page.get(path).status_code == 404


def test_a_page_that_was_not_built_says_how(house: Town, tmp_path: Path) -> None:
    app = front(house.service, DIALECTS, NATIVE.envelope, Site(), tmp_path / "nothing")
    with serving(app) as port:
        answer = httpx2.get(f"http://127.0.0.1:{port}/")
    assert answer.status_code == 200
    assert "make serve" in answer.text


def test_a_fault_of_ours_is_worded_too(app: ASGIApp, house: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> bool:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(house.service.store, "ready", broken)
    with serving(app) as port:
        answer = httpx2.get(f"http://127.0.0.1:{port}/readyz", headers={"x-request-id": "asked-here"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["detail"] == "something went wrong on our side, request asked-here"
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            b'{"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "inline"}}',
            "application/csp-report",
        ),
        (b'[{"type": "csp-violation", "body": {"effectiveDirective": "img-src"}}]', "application/reports+json"),
        (b"[" * 5000, "application/json"),
        (b'{"csp-report": {"effective-directive": "x\\n"}}', "text/plain"),
        (b"\xff", "x/y"),
    ],
)
def test_reports_are_taken(browser: Browser, body: bytes, kind: str) -> None:
    answer = browser.client.post("/csp-report", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_report_without_end_is_not(browser: Browser) -> None:
    assert browser.client.post("/csp-report", content=b"x" * 40_000).status_code == 413


def test_reports_are_counted_but_not_without_end() -> None:
    counted = Reports()
    for name in ("script-src", "script-src", "img-src", *(f"made-up-{n}" for n in range(100))):
        counted.note(name)
    assert counted.counts["script-src"] == 2
    assert len(counted.counts) <= 31
    assert counted.counts["other"] > 50
