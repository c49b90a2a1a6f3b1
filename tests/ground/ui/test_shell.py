"""The shell around every page: the rail, the search, the filters, the person's menu, in both languages."""

from __future__ import annotations

import re

import pytest
from fastapi import Request
from fastapi.responses import HTMLResponse

from corridor.ground import extensions
from corridor.ground.access import Sees
from corridor.ground.extensions import offer
from corridor.ground.ui import FilterChoices, NavItem, SearchHit, SearchSource, page
from corridor.ground.web import Filtered
from tests.conftest import House


@pytest.fixture(autouse=True)
def own_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test offers is gone after it."""
    monkeypatch.setattr(extensions, "_offers", {kind: list(things) for kind, things in extensions._offers.items()})


def test_rail_follows_the_line(house: House) -> None:
    """Entries stand in the order of the line, Home first, whichever room announces them."""
    for label, path, room in (
        ("Zz act", "/zz-act", "act"),
        ("Zz listen", "/zz-listen", "listen"),
        ("Zz people", "/zz-people", "remember"),
    ):
        offer(NavItem(label, path, room))
    html = house.client.get("/patterns").text
    rail = html[html.index('<nav class="rail"') : html.index("</nav>")]
    assert rail.index("Zz people") < rail.index("Zz listen") < rail.index("Zz act")
    assert re.findall(r'href="(/[^"]*)"', rail)[1] == "/"


def test_rail_shows_what_the_role_may_open(house: House) -> None:
    """An entry for some roles is not shown to others; a count stands beside its entry."""
    offer(NavItem("Zz secret", "/zz", "settings", roles=frozenset({"admin"})))
    offer(NavItem("Zz counted", "/zz-counted", "act", count=lambda caller, store: 1204))
    assert "Zz secret" in house.client.get("/patterns").text
    agent = house.sign_in("agent", "fa").get("/patterns").text
    assert "Zz secret" not in agent
    assert "۱٬۲۰۴" in agent


def test_links_of_the_rail_keep_the_filters(house: House) -> None:
    """Going to another room keeps the period, the segment and the channel that were chosen."""
    offer(NavItem("Zz next", "/zz-next", "act"))
    html = house.client.get("/patterns?period=30d&channel=web&after=x").text
    assert 'href="/zz-next?period=30d&amp;channel=web"' in html


def test_page_speaks_the_readers_language(house: House) -> None:
    """A Persian reader gets a right-to-left page, Persian words and Persian digits."""
    html = house.sign_in("agent", "fa").get("/patterns").text
    assert '<html lang="fa" dir="rtl"' in html
    assert "رفتن به محتوا" in html


def test_search_shows_what_rooms_find(house: House) -> None:
    """The search asks every room, and shows what people typed and what was found as text, never as markup."""
    offer(
        SearchSource(
            "Customers", lambda caller, store, text: [SearchHit("Nadia <i>", "n@x.nl", "/customers/1")] if text == "nad" else []
        )
    )
    client = house.client
    found = client.get("/search", params={"q": "nad"}).text
    assert "Nadia &lt;i&gt;" in found
    assert 'href="/customers/1"' in found
    nothing = client.get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "&lt;script&gt;" in nothing
    assert "<script>alert" not in nothing
    assert "Look for anyone" in client.get("/search").text


def test_palette_gets_only_the_hits(house: House) -> None:
    """While somebody types, only the hits come, not the page around them."""
    offer(SearchSource("Customers", lambda caller, store, text: [SearchHit("Nadia", "", "/customers/1")]))
    hits = house.client.get("/search/hits", params={"q": "nad"}).text
    assert "Nadia" in hits
    assert "<html" not in hits


@pytest.mark.parametrize(
    ("first", "last", "query"),
    [
        ("2026-03-21", "2026-04-20", "from=2026-03-21&to=2026-04-20"),
        ("۱۴۰۵/۰۱/۰۱", "۱۴۰۵/۰۱/۳۱", "from=2026-03-21&to=2026-04-20"),
        ("1405-1-1", "1405-1-31", "from=2026-03-21&to=2026-04-20"),
    ],
)
def test_a_period_is_typed_by_either_calendar(house: House, first: str, last: str, query: str) -> None:
    """Days may be typed by the Gregorian or the Jalali calendar, in Latin or Persian digits."""
    answer = house.client.get(
        "/choose-period", params={"back": "/gaps?channel=web", "from": first, "to": last}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/gaps?channel=web&{query}"


@pytest.mark.parametrize(
    ("first", "last"), [("1405-13-01", "1405-13-02"), ("soon", "later"), ("2026-04-20", "2026-03-21"), ("9" * 9, "1")]
)
def test_a_period_that_is_none_is_refused_in_words(house: House, first: str, last: str) -> None:
    """What is not a day, or ends before it begins, is answered with a sentence in the reader's language."""
    answer = house.sign_in("agent", "fa").get("/choose-period", params={"back": "/gaps", "from": first, "to": last})
    assert answer.status_code == 422
    assert "بازبینی" in answer.text


@pytest.mark.parametrize("back", ["//evil.example/x", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_choosing_a_period_never_leaves_the_house(house: House, back: str) -> None:
    """The address to go back to is always a page here."""
    answer = house.client.get(
        "/choose-period", params={"back": back, "from": "2026-03-21", "to": "2026-03-22"}, follow_redirects=False
    )
    assert re.match(r"/[^/\\]", answer.headers["location"])


def test_segments_are_chosen_from_what_rooms_offer(house: House) -> None:
    """The filter for segments lists the choices of whoever knows segments, and the chip names the chosen one."""

    @house.app.get("/zz-filtered")
    def filtered(request: Request, caller: Sees, filters: Filtered) -> HTMLResponse:
        return page(request, caller, "ui/search.html", words="", groups=[], filters=filters)

    offer(FilterChoices("segment", lambda caller, store: [("zz:SP", "Zz São Paulo")]))
    html = house.client.get("/zz-filtered?segment=zz:SP&from=2026-03-21").text
    assert html.count("Zz São Paulo") == 2
    assert "/zz-filtered?segment=zz%3ASP&amp;from=2026-03-21&amp;channel=email" in html
    assert "since 21 Mar 2026" in html


def test_built_files_may_be_kept_and_come_packed(house: House) -> None:
    """A file with a hash in its name is kept by browsers for ever, and travels packed to whoever can unpack it."""
    client = house.visitor()
    html = client.get("/sign-in").text
    style = re.search(r'href="(/static/app-[A-Z0-9]+\.css)"', html)
    assert style
    answer = client.get(style.group(1), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    plain = client.get(style.group(1), headers={"Accept-Encoding": "identity"})
    assert plain.text == answer.text
    for path in ("/static/manifest.json", "/static/../assets.py", "/static/%2e%2e/assets.py", "/static/nothing.js"):
        assert client.get(path).status_code == 404


def test_patterns_shows_all_four_sides(house: House) -> None:
    """The patterns page shows light and dark, left-to-right and right-to-left, from the same components."""
    html = house.client.get("/patterns").text
    for side in (
        'data-theme="light" dir="ltr"',
        'data-theme="dark" dir="ltr"',
        'data-theme="light" dir="rtl"',
        'data-theme="dark" dir="rtl"',
    ):
        assert side in html
