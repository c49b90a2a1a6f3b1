"""Every page of the desk, in both languages and themes, wide and on a phone: axe, errors, policy, width, title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from corridor.packs.simulation.demo.people import PASSWORD
from tests.browser.conftest import ADMINS, Shop
from tests.in_browser import PHONE, WIDE, hear_errors, new_page, overflow, show, sign_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # the first one makes the shop

PAGES = (
    "/",
    "/goals",
    "/pulse",
    "/customers",
    "/customers/{customer}",
    "/customers/{customer}/identity",
    "/customers/{customer}/merge/{other_customer}",
    "/customers/{customer}/write",
    "/listen?period=all",
    "/listen/responses?period=all",
    "/listen/promises?period=all",
    "/surveys",
    "/surveys/new",
    "/surveys/{survey}",
    "/surveys/{survey}/edit",
    "/surveys/{survey}/invitations",
    "/corridor?period=all&wait=true",
    "/corridor?view=table&channel=chat&wait=true",
    "/corridor/moves?start={start}&end={end}&period=all",
    "/corridor/touchpoints",
    "/corridor/touchpoints/new",
    "/corridor/touchpoints/delivery",
    "/gaps?period=all",
    "/gaps?by=channel&period=all",
    "/gaps/delivery?period=all",
    "/portfolio?period=all",
    "/signals?period=all",
    "/signals/rules",
    "/signals/rules/{rule}",
    "/cases?tab=open",
    "/cases?tab=closed&period=all",
    "/cases/{open_case}",
    "/cases/{closed_case}",
    "/cases/new?customer={customer}",
    "/cases/causes",
    "/plans",
    "/plans/{plan}",
    "/conversations?view=all",
    "/conversations/{conversation}",
    "/conversations/widget",
    "/settings",
    "/settings/account",
    "/settings/people",
    "/settings/keys",
    "/settings/audit",
    "/settings/workspaces",
    "/sources",
    "/sources/quarantine",
    "/sources/imports",
    "/sources/imports/{run}",
    "/search?q=delivery",
    "/patterns",
)

SIGHTS: tuple[tuple[dict[str, int], str, dict[str, Any]], ...] = (
    (WIDE, "light", {}),
    (WIDE, "dark", {"runOnly": ["color-contrast"]}),  # a theme changes colours and nothing else
    (PHONE, "dark", {}),
)


@pytest.fixture(scope="module")
def readers(chromium: Any, shop: Shop) -> Iterator[dict[str, Any]]:
    """An administrator who reads English and one who reads Persian, signed in."""
    pages = {}
    for language, email in ADMINS.items():
        pages[language] = new_page(chromium)
        sign_in(pages[language], shop.url, email, PASSWORD)
    yield pages
    for one in pages.values():
        one.context.close()


@pytest.fixture(scope="module")
def subjects(readers: dict[str, Any], shop: Shop) -> dict[str, str]:
    """Something of each kind to look at; the customer is one with an open case."""
    case = shop.items("cases?limit=1")[0]
    others = [one["id"] for one in shop.items("customers?limit=5") if one["id"] != case["customer_id"]]
    move = shop.get("/api/v1/corridor?period=all", shop.key)["moves"][0]
    rules = readers["en"]
    rules.goto(f"{shop.url}/signals/rules")
    return {
        "customer": case["customer_id"],
        "other_customer": others[0],
        "open_case": case["id"],
        "closed_case": shop.items("cases?state=closed&limit=1")[0]["id"],
        "conversation": shop.items("conversations?limit=1")[0]["id"],
        "plan": shop.items("plans")[0]["id"],
        "survey": shop.items("surveys")[0]["id"],
        "start": move["from"],
        "end": move["to"],
        "run": shop.items("imports")[0]["id"],
        "rule": rules.locator("a[href^='/signals/rules/']:not([href*='new'])").first.get_attribute("href").rsplit("/", 1)[1],
    }


@pytest.mark.parametrize("path", PAGES)
def test_page_of_the_desk(readers: dict[str, Any], subjects: dict[str, str], shop: Shop, path: str) -> None:
    """The page has a title and one heading, nothing of it fails or is cut off, and axe finds nothing on it."""
    wrong = []
    for language, page in readers.items():
        errors = hear_errors(page)
        answer = page.goto(shop.url + path.format(**subjects))
        assert answer.status == 200, f"{path} answers {answer.status}"
        wrong += [f"{language} {one}" for one in looked_at(page, language)] + [f"{language} {one}" for one in errors]
    assert not wrong, f"{path}\n" + "\n".join(wrong)


@pytest.mark.parametrize("path", ["/sign-in", "/customers/nobody", "/nowhere"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_page_outside_the_desk(chromium: Any, readers: dict[str, Any], shop: Shop, path: str, language: str) -> None:
    """Signing in, and a page that is not there, are as sound as the rest."""
    page = new_page(chromium) if path == "/sign-in" else readers[language]
    page.goto(f"{shop.url}{path}?language={language}")
    wrong = looked_at(page, language)
    if path == "/sign-in":
        page.context.close()
    assert not wrong, f"{path}\n" + "\n".join(wrong)


def looked_at(page: Any, language: str) -> list[str]:
    """Look at the page in both themes, wide and on a phone, and say what is wrong with it."""
    wrong = []
    if page.get_attribute("html", "dir") != ("rtl" if language == "fa" else "ltr"):
        wrong.append("is in another language")
    if not re.fullmatch(r"\S.* · Corridor", page.title()):
        wrong.append(f"has the title {page.title()!r}")
    headings = page.locator("h1:not(.patterns *)").count()
    if headings != 1:
        wrong.append(f"has {headings} first headings")
    for size, theme, options in SIGHTS:
        show(page, size, theme)
        if overflow(page) > 0:
            wrong.append(f"at {size['width']} px can be scrolled sideways by {overflow(page)} px")
        wrong += [f"{theme} {size['width']} px {one}" for one in violations(page, **options)]
    page.set_viewport_size(WIDE)
    return wrong
