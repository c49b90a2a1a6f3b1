"""Days at the desk: signing in, from a figure to what is behind it, a case to its end, the map by keyboard; and without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from corridor.packs.simulation.demo.people import PASSWORD
from tests.browser.conftest import ADMINS, AGENTS, Shop
from tests.in_browser import new_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # the first one makes the shop


def wait_for_words(page: Any, words: str, patience: int = 20) -> None:
    """Look at the page again until it shows these words: what was done comes to a timeline over the line."""
    for _ in range(patience):
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(300)
        page.reload()
    raise AssertionError(f"{page.url} does not show {words!r}")


def test_sign_in(page: Any, shop: Shop) -> None:
    """A wrong password is refused in words and keeps the address; the right one leads to the page that was asked for."""
    page.goto(f"{shop.url}/portfolio")
    page.wait_for_url(re.compile("/sign-in"))
    page.fill("input[name=email]", AGENTS["en"])
    page.fill("input[name=password]", "not the password")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=don't fit together")
    assert page.input_value("input[name=email]") == AGENTS["en"]
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/portfolio$"))
    page.click(".menu-person summary")
    page.click("text=Sign out")
    page.goto(f"{shop.url}/")
    page.wait_for_url(re.compile("/sign-in"))


def test_home_leads_to_what_is_behind(admin: Any, shop: Shop) -> None:
    """A goal leads to its weeks, what moved it leads to the gaps, and a gap to a customer who told how it was."""
    admin.goto(f"{shop.url}/?period=90d")
    admin.click("#goal-revenue h2 a")
    admin.wait_for_url(re.compile(r"/goals\?period=90d#revenue"))
    admin.go_back()
    admin.click("#goal-customer .why a >> nth=0")
    admin.wait_for_url(re.compile("/gaps"))
    if "/gaps/" not in admin.url:  # what moved it most may be all other touchpoints together
        admin.click("main a[href^='/gaps/delivery']")
        admin.wait_for_url(re.compile("/gaps/delivery"))
    admin.click(".voices a[href^='/customers/'] >> nth=0")
    admin.wait_for_url(re.compile("/customers/"))
    assert admin.locator("h1").count() == 1


def test_a_case_to_its_end_by_keyboard(agent: Any, shop: Shop) -> None:
    """Without a mouse a case is chosen, taken, noted, closed with its root cause and opened again, and its customer's story tells it."""
    number = shop.open_case("The parcel did not come")["number"]
    agent.goto(f"{shop.url}/cases?tab=open&q=%23{number}")
    agent.keyboard.press("j")
    agent.keyboard.press("a")
    agent.wait_for_url(re.compile(r"/cases/.*do=a"))
    assert agent.evaluate("document.activeElement.name") == "assignee"
    agent.keyboard.type("Lotte")
    agent.keyboard.press("Tab")
    agent.keyboard.press("Enter")
    agent.wait_for_selector(".flash:has-text('handed over')")
    case = agent.url.partition("?")[0]

    agent.keyboard.press("n")
    agent.keyboard.type("Rang her; the parcel stands at the neighbours.")
    agent.keyboard.press("Tab")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("#notes li:has-text('at the neighbours')")

    agent.keyboard.press("e")
    agent.keyboard.type("A supplier")
    for words in ("", "Fetched it and brought it, with flowers."):
        agent.keyboard.press("Tab")
        agent.keyboard.type(words)
    agent.keyboard.press("Tab")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("#done:has-text('with flowers')")
    assert "A supplier or carrier failed" in agent.inner_text("#done")

    agent.click("h1 a")
    agent.wait_for_url(re.compile("/customers/"))
    wait_for_words(agent, "Case closed")

    agent.goto(case)
    agent.fill("#done textarea", "The flowers were for somebody else.")
    agent.keyboard.press("Tab")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("#close")
    assert "The flowers were for somebody else." in agent.inner_text("main")


def test_a_refused_close_loses_nothing(agent: Any, shop: Shop) -> None:
    """A case closed without a root cause stays open, says what is missing and keeps what was typed."""
    agent.goto(f"{shop.url}/cases/{shop.open_case('A broken lamp')['id']}")
    agent.fill("#close textarea[name=resolution]", "Sent a new one")
    agent.click("#close .button-primary")
    agent.wait_for_selector("#close .error")
    assert agent.input_value("#close textarea[name=resolution]") == "Sent a new one"


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_map_by_keyboard(page: Any, shop: Shop, language: str) -> None:
    """On the map the focus lights what belongs to a touchpoint, arrows follow a move, and Enter leads to the gap there."""
    sign_in(page, shop.url, ADMINS[language], PASSWORD)
    page.goto(f"{shop.url}/corridor?period=365d&wait=true")
    page.wait_for_selector("#corridor-map .chart-tools:not([hidden])")
    stop = page.locator("a.stop").first
    stop.focus()
    page.wait_for_selector("svg.is-choosing a.stop.is-lit")
    page.keyboard.press("ArrowLeft" if language == "fa" else "ArrowRight")
    assert page.evaluate("document.activeElement.dataset.from") == stop.get_attribute("data-key")
    page.keyboard.press("ArrowLeft" if language == "fa" else "ArrowRight")
    key = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/gaps/{key}\?period=365d"))


def test_filters_stay_in_the_address(admin: Any, shop: Shop) -> None:
    """What is filtered stands in the address, goes along to other pages, and comes back with the back button."""
    admin.goto(f"{shop.url}/gaps")
    admin.click(".filters summary:has-text('Period')")
    admin.click(".filters a:has-text('Last 365 days')")
    admin.wait_for_url(re.compile(r"/gaps\?period=365d"))
    admin.click(".filters summary:has-text('Channel')")
    admin.click(".filters a:has-text('Chat')")
    admin.wait_for_url(re.compile(r"/gaps\?(?=.*period=365d)(?=.*channel=chat)"))
    admin.click(".rail a:has-text('Portfolio')")
    admin.wait_for_url(re.compile(r"/portfolio\?(?=.*period=365d)(?=.*channel=chat)"))
    admin.go_back()
    assert "Last 365 days" in admin.inner_text(".filters")
    assert "Chat" in admin.inner_text(".filters")


def test_language_and_theme_are_chosen(admin: Any, shop: Shop) -> None:
    """Language and theme change at once from the person's menu, on the page where one is, and are kept."""
    admin.goto(f"{shop.url}/gaps?period=365d")
    paper = admin.evaluate("getComputedStyle(document.body).backgroundColor")
    admin.click(".menu-person summary")
    admin.click("button[name=theme][value=dark]")
    admin.wait_for_selector("html[data-theme=dark]")
    assert admin.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    admin.click(".menu-person summary")
    admin.click("button[name=language][value=fa]")
    admin.wait_for_selector("html[lang=fa][dir=rtl]")
    assert admin.url.endswith("/gaps?period=365d")
    admin.goto(f"{shop.url}/cases")
    assert admin.get_attribute("html", "data-theme") == "dark"
    assert "پرونده" in admin.inner_text("h1")
    for name, value in (("language", "en"), ("theme", "system")):
        admin.click(".menu-person summary")
        admin.click(f"button[name={name}][value={value}]")
    admin.wait_for_selector("html[lang=en]:not([data-theme])")


def test_slash_finds_a_customer(agent: Any, shop: Shop) -> None:
    """From any page the slash key leads to the search, and the search to the customer."""
    customer = next(one for one in shop.items("customers?limit=20") if one["name"])
    agent.goto(f"{shop.url}/signals")
    agent.keyboard.press("/")
    agent.keyboard.type(customer["name"])
    agent.keyboard.press("Enter")
    agent.wait_for_url(re.compile(r"/search\?q="))
    agent.click(f"a[href='/customers/{customer['id']}']")
    agent.wait_for_url(re.compile(f"/customers/{customer['id']}"))
    assert customer["name"] in agent.inner_text("h1")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_without_scripts(chromium: Any, shop: Shop, language: str) -> None:
    """Without JavaScript an agent signs in, writes a note on a case and answers a customer."""
    page = new_page(chromium, java_script_enabled=False)
    sign_in(page, shop.url, AGENTS[language], PASSWORD)
    page.goto(f"{shop.url}/cases/{shop.open_case('A wrong colour')['id']}")
    page.fill("#notes textarea", f"Without scripts, {language}")
    page.click("#notes button")
    page.wait_for_selector(f"#notes li:has-text('Without scripts, {language}')")
    talk = shop.items("conversations?limit=1")[0]
    page.goto(f"{shop.url}/conversations/{talk['id']}")
    page.fill("form.composer textarea", f"An answer without scripts, {language}")
    page.click("form.composer .button-primary")
    page.wait_for_selector(f".message-out:has-text('An answer without scripts, {language}')")
    page.context.close()
