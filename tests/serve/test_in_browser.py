"""The widget and the desk in Chromium: a conversation from both sides, a reload, a restart, another origin, the keyboard, axe."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite

from tests.in_browser import PATIENCE, need_a_browser, new_page, sign_in, violations
from tests.journeys.serving import Served, command

PASSWORD = "a long enough password"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    need_a_browser()
    data = tmp_path_factory.mktemp("browser") / "data"
    password = tmp_path_factory.mktemp("password") / "password"
    password.write_text(PASSWORD + "\n")
    import subprocess
    import sys

    with password.open() as given:
        words = [sys.executable, "-m", "corridor.cli", "user", "add", "sara@example.com", "--role", "admin", "--password-stdin"]
        subprocess.run([*words, "--data", str(data)], stdin=given, check=True, capture_output=True, timeout=120)
    made = Served(data)
    made.start()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def many_networks(served: Served) -> None:
    """Let each test's visitors come from networks of their own, or the limit of new conversations would stop them."""
    with contextlib.closing(sqlite.connect(served.data / "corridor.db", timeout=10)) as database, database:
        database.execute("UPDATE conversations SET network = '' WHERE workspace_id = 'main'")


@pytest.fixture
def visitor(chromium: Any, served: Served) -> Iterator[Any]:
    """A visitor on the test page, with the chat open; scripts' errors fail the test."""
    context = chromium.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.set_default_timeout(PATIENCE)
    page.goto(f"{served.url}/sdk/demo/main")
    page.click("#corridor-chat .bubble")
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def desk(chromium: Any, served: Served) -> Iterator[Any]:
    """An agent at the inbox."""
    page = new_page(chromium)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    sign_in(page, served.url, "sara@example.com", PASSWORD)
    yield page
    page.context.close()
    assert wrong == []


def say(visitor: Any, text: str) -> None:
    """Let the visitor write, and wait until the house has it."""
    visitor.fill("#corridor-chat textarea", text)
    visitor.keyboard.press("Enter")
    heard(visitor, "me", text)
    visitor.wait_for_selector(f"#corridor-chat li.me:has-text('{text}') small time")


def heard(visitor: Any, who: str, text: str) -> None:
    """Wait until the widget shows these words of `me` or `them`."""
    visitor.wait_for_selector(f"#corridor-chat li.{who}:has-text('{text}')")


def until_sent(page: Any) -> None:
    """Wait until no event waits in the browser. (Playwright's own waiting would need a policy that allows eval.)"""
    for _ in range(100):
        if page.evaluate("localStorage.getItem('corridor_queue')") is None:
            return
        page.wait_for_timeout(150)
    raise AssertionError("events still wait in the browser")


def open_conversation(desk: Any, served: Served, text: str) -> None:
    """Let the agent open the conversation with these words, from the keyboard."""
    desk.goto(f"{served.url}/conversations?view=all")
    desk.click(f"tr:has-text('{text}') a")
    desk.wait_for_selector(f".message-in:has-text('{text}')")


def test_a_conversation_from_both_sides(visitor: Any, desk: Any, served: Served) -> None:
    """Words appear on the other side by themselves; the agent answers with the keyboard and sees that it was read."""
    desk.goto(f"{served.url}/conversations?view=all")
    say(visitor, "Where is parcel 48213?")
    desk.wait_for_selector("tr:has-text('Where is parcel 48213?')")
    open_conversation(desk, served, "Where is parcel 48213?")
    visitor.fill("#corridor-chat textarea", "One more")
    desk.wait_for_selector("[data-typing]:has-text('writing')")
    visitor.keyboard.press("Enter")
    desk.wait_for_selector(".message-in:has-text('One more')")
    desk.keyboard.press("r")
    desk.keyboard.type("It comes before noon. https://example.com/track")
    desk.keyboard.press("Control+Enter")
    heard(visitor, "them", "It comes before noon.")
    assert visitor.get_attribute("#corridor-chat li.them a", "rel") == "noopener nofollow noreferrer"
    desk.wait_for_selector(".message-out:has-text('read')")
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    desk.keyboard.type("He has called before")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector(".message-note:has-text('He has called before')")
    assert visitor.locator("text=He has called before").count() == 0


def test_a_reload_goes_on(visitor: Any, desk: Any, served: Served) -> None:
    """After a reload the widget shows how many words are new, and all that was said."""
    say(visitor, "Reload me")
    open_conversation(desk, served, "Reload me")
    visitor.goto("about:blank")
    desk.keyboard.press("r")
    desk.keyboard.type("While you were away")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_selector(".message-out:has-text('While you were away')")
    visitor.goto(f"{served.url}/sdk/demo/main")
    visitor.wait_for_selector("#corridor-chat .badge:has-text('1')")
    visitor.click("#corridor-chat .bubble")
    heard(visitor, "me", "Reload me")
    heard(visitor, "them", "While you were away")
    assert visitor.locator("#corridor-chat li").count() == 2


def test_a_restart_in_the_middle(visitor: Any, desk: Any, served: Served) -> None:
    """Words written while the house is away are kept, said to be kept, and sent once when it is back."""
    say(visitor, "Before the restart")
    served.kill()
    visitor.fill("#corridor-chat textarea", "During the restart")
    visitor.keyboard.press("Enter")
    visitor.wait_for_selector("#corridor-chat .status:not([hidden])")
    heard(visitor, "me", "During the restart")
    served.start()
    visitor.wait_for_selector("#corridor-chat .status", state="hidden", timeout=60_000)
    visitor.wait_for_selector("#corridor-chat li.me:has-text('During the restart') small time", timeout=60_000)
    open_conversation(desk, served, "During the restart")
    assert desk.locator(".message-in:has-text('During the restart')").count() == 1
    desk.keyboard.press("r")
    desk.keyboard.type("We are back")
    desk.keyboard.press("Control+Enter")
    heard(visitor, "them", "We are back")


def test_a_page_of_another_origin(chromium: Any, desk: Any, served: Served, tmp_path: Path) -> None:
    """The snippet works on somebody else's page, under a policy that allows just the house; what visitors do comes in, too."""
    key = command("key", "create", "write", data=served.data)
    (tmp_path / "index.html").write_text(
        f"""<!doctype html><html lang="fa" dir="rtl"><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {served.url}; connect-src {served.url}">
        <title>A shop</title><style>* {{ color: red !important }}</style>
        <body><h1>A shop</h1><script async src="{served.url}/sdk/corridor.js" data-write-key="{key}"></script></body></html>""",
        encoding="utf-8",
    )
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    elsewhere = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    page = chromium.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"http://localhost:{elsewhere.server_port}/index.html")
        page.click("#corridor-chat .bubble")
        assert page.get_attribute("#corridor-chat", "dir") == "rtl"
        assert page.get_attribute("#corridor-chat textarea", "aria-label") == "پیام شما"
        say(page, "سلام از سایت دیگر")
        page.evaluate("corridor.track('Product Viewed', { sku: 'B-12', name: 'Blue rug' })")
        page.evaluate("corridor.identify('u-browser', { name: 'Browser Person' })")
        desk.goto(f"{served.url}/customers?q=u-browser")
        for _ in range(20):
            if desk.locator("text=Browser Person").count():
                break
            desk.wait_for_timeout(300)
            desk.reload()
        desk.click("table a:has-text('Browser Person')")
        desk.wait_for_selector("text=Looked at a product")
        desk.wait_for_selector("text=Looked at a page")
        desk.wait_for_selector("text=سلام از سایت دیگر")
    finally:
        elsewhere.shutdown()
        page.context.close()


def test_who_refuses_tracking_is_not_tracked(chromium: Any, served: Served) -> None:
    """With Global Privacy Control no event is sent and no id is kept, yet the visitor can write."""
    context = chromium.new_context()
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served.url}/sdk/demo/main")
    page.click("#corridor-chat .bubble")
    say(page, "Not tracked")
    page.evaluate("corridor.track('Secret')")
    page.wait_for_timeout(800)
    assert not [url for url in asked if "/v1/" in url]
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("localStorage.getItem('corridor_anonymous_id')") is None
    context.close()


def test_events_survive_a_reload_and_a_lost_connection(chromium: Any, served: Served) -> None:
    """Events made while the house cannot be reached wait in the browser and come in later, each once."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{served.url}/sdk/demo/main")
    page.wait_for_selector("#corridor-chat")
    until_sent(page)
    page.route("**/v1/batch", lambda route: route.abort())
    page.evaluate("corridor.identify('u-offline', { name: 'Offline Person' })")
    page.evaluate("for (let n = 0; n < 3; n++) corridor.track('Kept ' + n)")
    page.wait_for_timeout(600)
    page.reload()
    page.wait_for_selector("#corridor-chat")
    assert page.evaluate("JSON.parse(localStorage.getItem('corridor_queue')).length") >= 4
    page.unroute("**/v1/batch")
    page.reload()
    until_sent(page)
    context.close()


def test_the_widget_by_keyboard(visitor: Any) -> None:
    """The panel is a dialog that keeps the focus, closes with Escape, and gives the focus back."""
    active = "document.querySelector('#corridor-chat').shadowRoot.activeElement"
    assert visitor.evaluate(f"{active}.tagName") == "TEXTAREA"
    assert visitor.get_attribute("#corridor-chat .panel", "aria-modal") == "true"
    for key in ("Tab", "Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        visitor.keyboard.press(key)
        assert visitor.evaluate(f"!!{active} && !!{active}.closest('.panel')"), key
    visitor.keyboard.press("Escape")
    assert visitor.evaluate(f"{active}.className") == "bubble"
    assert visitor.get_attribute("#corridor-chat .bubble", "aria-expanded") == "false"
    sizes = visitor.evaluate(
        "[...document.querySelector('#corridor-chat').shadowRoot.querySelectorAll('button')]"
        ".filter(b => b.offsetParent).map(b => { const r = b.getBoundingClientRect(); return Math.min(r.width, r.height) })"
    )
    assert min(sizes) >= 24


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(desk: Any, chromium: Any, served: Served, language: str, theme: str) -> None:
    """A conversation by chat and the widget are accessible in both languages and themes."""
    visitor = chromium.new_context().new_page()
    visitor.set_default_timeout(PATIENCE)
    visitor.goto(f"{served.url}/sdk/demo/main?language={language}")
    visitor.click("#corridor-chat .bubble")
    say(visitor, f"Axe {language} {theme} https://example.com")
    desk.evaluate(
        """([language, theme]) => fetch('/preferences', {method: 'POST', headers: {'X-CSRF-Token':
        document.querySelector('meta[name=csrf]').content}, body: new URLSearchParams({language, theme, next: '/'})})""",
        [language, theme],
    )
    open_conversation(desk, served, f"Axe {language} {theme}")
    desk.wait_for_selector(".who-line a")
    desk.reload()
    assert desk.get_attribute("html", "dir") == ("rtl" if language == "fa" else "ltr")
    assert violations(desk) == []
    assert violations(visitor) == []
    visitor.context.close()


def test_the_desk_on_a_phone(chromium: Any, desk: Any, served: Served, visitor: Any) -> None:
    """At 360 px nothing is cut off sideways, and tabs lead to the customer's corridor and figures."""
    say(visitor, "From a phone")
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, storage_state=desk.context.storage_state(), is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    open_conversation(page, served, "From a phone")
    assert page.is_visible(".desk-talk")
    assert not page.is_visible(".desk-corridor")
    page.click("label:has(#tab-corridor)")
    assert page.is_visible(".desk-corridor")
    assert not page.is_visible(".desk-talk")
    for path in ("/conversations", "/customers", page.get_attribute(".who-line a", "href").removesuffix("/identity")):
        page.goto(served.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()


def test_the_customers_page_is_live(visitor: Any, desk: Any, served: Served) -> None:
    """A customer's page shows what they do as they do it, again and again, and keeps the older moments that were fetched."""
    say(visitor, "Watch me")
    open_conversation(desk, served, "Watch me")
    desk.wait_for_selector(".who-line a")
    desk.goto(served.url + desk.get_attribute(".who-line a", "href").removesuffix("/identity"))
    desk.wait_for_selector("#timeline .moment")
    for number in range(3):
        visitor.evaluate(f"corridor.track('Product Viewed', {{ name: 'Lamp {number}' }})")
        desk.wait_for_selector(f"#timeline .moment:has-text('Lamp {number}')")
