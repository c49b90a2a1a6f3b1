"""Chromium for the tests that need one, and what they do in it: sign in, listen for errors, ask axe.

Playwright keeps an event loop in the thread that it is started in, so Chromium is started for one module and closed after it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from corridor.ground.ui.assets import DIST

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 20_000
WIDE, PHONE = {"width": 1360, "height": 900}, {"width": 360, "height": 740}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def need_a_browser() -> None:
    """Skip where there is no Chromium or the pages are not built; fail where nothing may be skipped."""
    missing = (
        "Chromium is not installed" if CHROMIUM is None
        else "" if (DIST / "manifest.json").is_file()
        else "the pages are not built: run `make setup`"
    )  # fmt: skip
    if missing and os.environ.get("CORRIDOR_NOTHING_SKIPPED"):
        pytest.fail(f"{missing}, and nothing may be skipped")
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One headless Chromium for the tests of a module."""
    need_a_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


def new_page(chromium: Any, **options: Any) -> Any:
    """Open a page in a context of its own, wide unless asked otherwise."""
    context = chromium.new_context(**{"viewport": WIDE, **options})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def sign_in(page: Any, url: str, email: str, password: str) -> None:
    """Sign in at the desk as a person does, and wait until the desk is there."""
    page.goto(f"{url}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)


def hear_errors(page: Any) -> list[str]:
    """Return a list that grows by what goes wrong in the page: scripts, broken policies, files that do not come."""
    wrong: list[str] = []

    def hear(said: Any) -> None:
        # Chromium counts a page that refuses, such as a wrong password, among the files that did not come.
        is_refusal = said.text.startswith("Failed to load resource") and said.location["url"] == page.url
        if said.type == "error" and not is_refusal:
            wrong.append(f"console: {said.text} {said.location['url']}")

    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", hear)
    return wrong


def violations(page: Any, **options: Any) -> list[str]:
    """Ask axe about the page as it is shown now; say each violation by rule and selector."""
    from axe_playwright_python.sync_playwright import Axe

    asked = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": STANDARDS}, **options}
    found = Axe().run(page, options=asked).response["violations"]
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}  {node['html'][:120]}" for one in found for node in one["nodes"][:5]
    ]


def show(page: Any, size: dict[str, int], theme: str) -> None:
    """Show the page in this size and theme, and wait until it is drawn so."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def overflow(page: Any) -> int:
    """Say by how many pixels the page can be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
