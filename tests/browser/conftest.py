"""The product as real processes and a real Chromium in front of it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.digits import DIGITS, digit_cases
from tests.servers import valkey_url

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGES = ROOT / "docs" / "images"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
]
PROVOKED = ("Failed to load resource", "htmx:sendError", "htmx:afterRequest")  # by the test itself
NO_CHROMIUM = "no chromium or chrome on PATH: browser tests are skipped"


@dataclass(frozen=True, slots=True)
class Site:
    """The running product: where it answers, and how to put people and workflows into it."""

    url: str
    environment: dict[str, str]
    world: "subprocess.Popen[str]"

    def make(self, verb: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Runs a verb of tests/browser/world.py inside the product's environment."""
        assert self.world.stdin is not None
        assert self.world.stdout is not None
        self.world.stdin.write(json.dumps({"verb": verb, "args": args, "kwargs": kwargs}) + "\n")
        self.world.stdin.flush()
        said: dict[str, Any] = json.loads(self.world.stdout.readline())
        assert "made" in said, said.get("failed")
        made: dict[str, Any] = said["made"]
        return made

    def send(self, slug: str, key: str, cases: list[dict[str, Any]]) -> None:
        """Sends cases as a client system does."""
        answer = httpx.post(
            f"{self.url}/api/v1/workflows/{slug}/cases",
            json=cases,
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
        )
        answer.raise_for_status()
        assert all(case["status"] == "referred" for case in answer.json()), answer.text


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"not ready after 30 s\n{log.read_text()}")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """granian on a free loopback port, with a data directory and a database of its own."""
    home = Path(tempfile.mkdtemp(prefix="hitl-browser-"))
    environment = os.environ | {
        "HITL_DATA": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'hitl.sqlite3'}",
        "REDIS_URL": valkey_url().removesuffix("/0") + "/1",
        "DEBUG": "0",
    }
    _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "hitl.wsgi:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "4"]
    log = home / "granian.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output, stderr=output)
    world = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.world"],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _await_ready(f"http://127.0.0.1:{port}", server, log)
        yield Site(f"http://127.0.0.1:{port}", environment, world)
    finally:
        world.communicate()
        server.terminate()
        server.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says once why browser tests did not run, also where skips are not listed."""
    if _chromium() is None:
        terminalreporter.write_line(NO_CHROMIUM)


# Module scope: while Playwright is open its event loop runs, and Django would refuse its ORM in
# the tests of other modules.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The distribution's Chromium; without one the tests are skipped, under .ci/run they fail."""
    found = _chromium()
    if found is None:
        if os.environ.get("HITL_NO_SKIP") == "1":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Visit:
    """Somebody's window on the product, and whatever the browser complained about."""

    site: Site
    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def sign_in(self, who: dict[str, Any], at: str = "/") -> None:
        """Signs in through the form and ends at that address."""
        self.page.goto(f"{self.site.url}/sign-in?next={at}")
        self.page.get_by_label("User name").fill(who["name"])
        self.page.get_by_label("Password").fill(who["password"])
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self.site.url}{at}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.site.url}{path}")

    def watch(self, context: BrowserContext) -> None:
        """Notes console warnings, page errors and requests to anywhere else."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.text} at {said.location}")
                if said.type in ("error", "warning")
                else None
            ),
        )
        context.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((self.site.url, "data:"))
                else self.foreign.append(asked.url)
            ),
        )


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """Opens windows, each with cookies of its own: `visit(width=390, color_scheme="dark")`.

    When the test ends, no window may have asked a foreign address for anything, and none may have
    complained about anything but a refusal or a cut that the test provoked.
    """
    opened: list[tuple[Visit, BrowserContext]] = []

    def open_window(*, width: int = 1280, height: int = 800, **options: Any) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        window = Visit(site, context.new_page())
        window.watch(context)
        window.page.set_default_timeout(8000)
        opened.append((window, context))
        return window

    yield open_window
    for window, context in opened:
        context.close()
        assert not window.foreign
        assert not [text for text in window.complaints if not text.startswith(PROVOKED)]


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], Path]:
    """Where a screenshot goes: into docs/images only if HITL_SCREENSHOTS=1 asks for new ones."""
    folder = IMAGES if os.environ.get("HITL_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return lambda name: folder / f"{name}.png"


@pytest.fixture
def world(site: Site, request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """A workflow of digits with waiting cases and a reviewer; both named after the test."""

    def make(
        level: str = "ai_assistance",
        cases: int = 3,
        name: str = "",
        policy: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        slug = request.node.originalname.replace("_", "-")[5:50].strip("-")
        slug += "".join(c for c in request.node.name.partition("[")[2] if c.isalnum())
        made = site.make(
            "workflow",
            slug,
            title="Handwritten digits",
            level=level,
            schema=DIGITS,
            answer={"classes": [str(digit) for digit in range(10)]},
            policy=policy,
        )
        who = site.make("person", name or f"bob-{slug}", roles={slug: ["reviewer"]})
        if cases:
            site.send(slug, made["key"], digit_cases(cases))
        return {"slug": slug, "key": made["key"], "bob": who, "path": f"/review/{slug}/"}

    return make
