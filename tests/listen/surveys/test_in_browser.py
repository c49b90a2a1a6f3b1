"""A survey from both sides in Chromium: made at the desk, answered on a phone of 360 px, seen within a second; and axe."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from corridor.collect import add_defaults
from corridor.ground.store import Store
from tests.in_browser import PATIENCE, PHONE, need_a_browser, new_page, sign_in, violations
from tests.journeys.serving import Served, command

PASSWORD = "a long enough password"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served house with one survey, and Sara, who may do everything."""
    need_a_browser()
    folder = tmp_path_factory.mktemp("asking")
    data, password, file = folder / "data", folder / "password", folder / "survey.yaml"
    password.write_text(PASSWORD + "\n")
    file.write_text("{title: Delivery, touchpoint: delivery, slug: delivery, state: open, form: {scale: 0-10}}\n")
    with password.open() as given:
        words = [sys.executable, "-m", "corridor.cli", "user", "add", "sara@example.com", "--role", "admin", "--password-stdin"]
        subprocess.run([*words, "--data", str(data)], stdin=given, check=True, capture_output=True, timeout=120)
    store = Store.open(data)
    with store.database.write() as connection:
        add_defaults(connection, "main")
    store.close()
    assert command("survey", "create", str(file), data=data) == "/s/delivery"
    made = Served(data)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def desk(chromium: Any, served: Served) -> Iterator[Any]:
    """Sara at the desk."""
    page = new_page(chromium)
    sign_in(page, served.url, "sara@example.com", PASSWORD)
    yield page
    page.context.close()


def answer(page: Any, url: str, expected: str, was: str, why: str) -> None:
    """Answer the survey's three questions by touching what is on the screen."""
    page.goto(url)
    for given in (expected, was):
        page.locator(f".survey-step:has(input[value='{given}'])").click()
        page.locator("form.survey .button-primary").click()
    page.fill("textarea[name=answer]", why)
    page.locator("form.survey .button-primary").click()
    page.wait_for_url("**/thanks*")


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("scripts", [True, False])
def test_answered_on_a_phone_and_seen_at_once(chromium: Any, served: Served, desk: Any, language: str, scripts: bool) -> None:
    """At 360 px, with and without scripts, three touches and some words are on the results page within a second or so."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    phone = context.new_page()
    phone.set_default_timeout(PATIENCE)
    words = f"{language} {scripts} {time.time_ns()}"
    answer(phone, f"{served.url}/s/delivery?language={language}", "9", "3", words)
    until = time.monotonic() + 5
    desk.goto(f"{served.url}/surveys")
    desk.click("text=Delivery >> nth=0")
    while words not in desk.content() and time.monotonic() < until:
        desk.reload()
    assert words in desk.content()
    desk.locator(f"tr:has-text('{words}') a").first.click()
    desk.wait_for_url("**/customers/*")
    assert words in desk.content()
    context.close()


def test_thumbs_reach_everything(chromium: Any, served: Served) -> None:
    """From 320 px up nothing is cut off, and whatever can be touched is at least 44 px high."""
    for width in (320, 360):
        page = chromium.new_page(viewport={"width": width, "height": 640})
        for path in ("/s/delivery", "/s/delivery?language=fa", "/s/delivery/person", "/s/nowhere"):
            page.goto(served.url + path)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            heights = page.evaluate(
                "[...document.querySelectorAll('main a, main button, main .survey-step, footer a, input:not([type=hidden]):not([type=radio])')]"
                ".map(e => e.getBoundingClientRect()).filter(r => r.height > 0).map(r => Math.min(r.height, r.width))"
            )
            assert all(height >= 44 for height in heights), (path, heights)
        page.close()


def test_the_keyboard_is_enough(chromium: Any, served: Served) -> None:
    """A customer answers without a pointer: tab to the scale, arrows to choose, Enter to go on."""
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{served.url}/s/delivery?language=en")
    page.locator("input[name=answer]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=2*")
    page.go_back()
    page.reload()
    assert page.locator("input[name=answer]:checked").get_attribute("value") == "2"
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_axe_finds_nothing(chromium: Any, served: Served, language: str, theme: str) -> None:
    """axe finds nothing on the customer's pages, in both languages and themes."""
    phone = new_page(chromium, viewport=PHONE, color_scheme=theme)
    wrong: dict[str, list[str]] = {}
    for path in ("/s/delivery", "/s/delivery/person", "/s/delivery/thanks", "/s/nowhere"):
        phone.goto(f"{served.url}{path}?language={language}")
        wrong[path] = violations(phone)
    phone.context.close()
    assert not any(wrong.values()), wrong


def test_the_builder_draws_while_it_is_typed(desk: Any, served: Served) -> None:
    """The phone beside the form follows what is typed, without saving it."""
    desk.goto(f"{served.url}/surveys")
    desk.goto(served.url + desk.locator("tbody th a").first.get_attribute("href").partition("?")[0] + "/edit")
    desk.fill("input[name=experience_en]", "How did the courier do?")
    desk.wait_for_selector("#phones >> text=How did the courier do?")
    desk.select_option("select[name=scale]", "1-5")
    desk.wait_for_selector("#phones .survey-steps-5")
    desk.reload()
    assert desk.input_value("input[name=experience_en]") == "How good was it?"
