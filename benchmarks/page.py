"""page: how soon the next case is on the screen after Enter, in a real Chromium, against a bare
page of the same server fetched from the same browser."""

import shutil
import statistics
import uuid
from typing import Any

from benchmarks import ground

CASES = 60
BUDGET = 150.0  # milliseconds at the median
NAME, PASSWORD = "page-benchmark", uuid.uuid4().hex

# From the key to the frame that shows another case; the frame after it is surely painted.
_JUDGE = """async () => {
  const desk = () => document.querySelector("#desk").dataset.referral;
  const before = desk();
  const press = (key) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  press("7");
  const from = performance.now();
  press("Enter");
  while (desk() === before) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - from;
}"""
_BARE = """async () => {
  const from = performance.now();
  await (await fetch("/healthz", {cache: "no-store"})).text();
  await new Promise(requestAnimationFrame);
  return performance.now() - from;
}"""


def run() -> None:
    from hitl.management.world import build
    from models_registry.runtimes import digits

    world = build({"digits": digits.train()})
    _fill(world.workflows[0])
    with ground.served() as stack:
        judged, bare = _measure(f"http://127.0.0.1:{stack.port}", world.workflows[0])
    median, base = statistics.median(judged), statistics.median(bare)
    ordered = sorted(judged)
    print(f"next case after Enter: median {median:.0f} ms, p95 {ordered[int(0.95 * CASES)]:.0f} ms")
    print(f"a bare page of the same server: median {base:.0f} ms; ratio {median / base:.1f}")
    print(ground.verdict("median in ms", median, BUDGET, least=False))


def _fill(slug: str) -> None:
    """Cases that people decide, and a person who does."""
    from django.contrib.auth.models import User
    from sklearn.datasets import load_digits

    from hitl.domain.roles import Role
    from hitl.models import Workflow
    from hitl.services import access, receiving, workflows
    from hitl.services.arriving import Submission
    from hitl.services.revisions import Head
    from tests import factories

    workflow = Workflow.objects.get(slug=slug)
    workflows.set_level(workflow, "shadow", by=None, reason="benchmark")
    user = User.objects.create_user(NAME, password=PASSWORD)
    access.join(user, [Role.REVIEWER], workflow)
    row, _ = factories.key(workflow)
    images = load_digits().images[: 2 * CASES]
    assert row.client_id is not None
    receiving.receive(
        [Submission({"image": image.tolist()}) for image in images],
        head=Head(workflow.pk, slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
    )


def _measure(url: str, slug: str) -> tuple[list[float], list[float]]:
    """Milliseconds per judgement and per bare page, one after the other."""
    from playwright.sync_api import sync_playwright

    judged, bare = [], []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}/sign-in?next=/review/{slug}/")
        page.get_by_label("User name").fill(NAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("#choices")
        for _ in range(CASES):
            page.wait_for_selector("#ahead > *", state="attached")
            judged.append(_milliseconds(page, _JUDGE))
            bare.append(_milliseconds(page, _BARE))
        browser.close()
    return judged, bare


def _milliseconds(page: Any, script: str) -> float:
    return float(page.evaluate(script))


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise SystemExit("No chromium or chrome on PATH.")
    return found
