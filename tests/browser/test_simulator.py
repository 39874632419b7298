"""What if, in a real browser: dials are moved and the figures stand side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.test_control_room import LIST, made, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_other_terms_are_tried_out(
    site: Site, visit: Callable[..., Visit], tmp_path: Path, scheme: str, width: int
) -> None:
    digits = made(site, f"what-if-{scheme}-{width}", "Handwritten digits", "shadow")
    cases: list[dict[str, Any]] = [
        {"input": {"image": []}, "prediction": {"value": "7", "confidence": i / 40}}
        for i in range(40)
    ]
    httpx.post(
        f"{site.url}/api/v1/workflows/{digits['slug']}/cases",
        json=cases,
        headers={"Authorization": f"Bearer {digits['key']}"},
        trust_env=False,
    ).raise_for_status()
    olivia = visit(color_scheme=scheme, bypass_csp=True, width=width)
    olivia.sign_in(digits["olivia"], LIST)
    page = olivia.page
    page.get_by_role("link", name="Handwritten digits").first.click()
    page.get_by_role("link", name="What if").click()
    expect(page.get_by_text("No result yet.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Automation level").select_option("partial_automation")
    page.get_by_label("Fixed threshold").fill("0.5")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("+50.0 points").first).to_be_visible()
    expect(page.get_by_label("Fixed threshold")).to_have_value("0.5")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "scrolls sideways"
    path = tmp_path / f"what-if-{width}-{scheme}.png"
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 10_000
