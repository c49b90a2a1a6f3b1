"""Conversations on the demo's desk: those of the simulated last days answered, and some that are going on right now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from corridor import identify
from corridor.ground.store import Store
from corridor.ground.vocabulary import SECOND, now, to_iso
from corridor.packs.simulation.demo.people import COLLEAGUES, PASSWORD
from corridor.packs.simulation.demo.served import Browser, send_events
from corridor.packs.simulation.demo.work import told
from corridor.packs.simulation.dice import Dice

MINUTE = 60 * SECOND
LEFT_OPEN = 6
"""How many conversations of the last days still wait for an answer."""
MOST_ANSWERED = 150

Speakers = dict[str, list[str]]
"""User ids of customers by their language."""


def start_talks(address: str, write_key: str, speakers: Speakers) -> list[tuple[dict[str, Any], str]]:
    """Send what customers write right now; return each talk with the user id of its customer."""
    begun: list[tuple[dict[str, Any], str]] = []
    events: list[dict[str, Any]] = []
    places = dict.fromkeys(speakers, 0)
    for talk in told("talks")["talks"]:
        language = talk["language"]
        user_id = speakers[language][places[language] % len(speakers[language])]
        places[language] += 1
        begun.append((talk, user_id))
        for line in talk["lines"]:
            at = now() - line["ago"] * MINUTE
            said = {"conversation_id": f"demo-{user_id}", "text": line["text"]}
            events.append(
                {"type": "track", "event": "Message Received", "messageId": f"demo-{user_id}-{len(events)}-{at // SECOND}", "userId": user_id,
                 "channel": talk["channel"], "timestamp": to_iso(at), "properties": said, "context": {"locale": language}}
            )  # fmt: skip
    send_events(address, write_key, events)
    return begun


def answer_talks(
    address: str, store: Store, workspace_id: str, begun: list[tuple[dict[str, Any], str]], id_of: Callable[[str], str], seed: int
) -> None:
    """Let the agents answer what they have taken, and what came in during the last days."""
    browsers: dict[str, Browser] = {}

    def browser_of(first: str) -> Browser:
        if first not in browsers:
            email = next(colleague.email for colleague in COLLEAGUES if colleague.first == first)
            browsers[first] = Browser(address, email, PASSWORD)
        return browsers[first]

    try:
        fresh = {_conversation_of(browser_of("sara"), store, workspace_id, user_id): talk for talk, user_id in begun}
        _answer_the_last_days(browser_of, set(fresh), Dice(seed, 5))
        for conversation, talk in fresh.items():
            if not conversation or "as" not in talk:
                continue
            agent = browser_of(talk["as"])
            agent.api("PATCH", f"/conversations/{conversation}", {"assigned_to": id_of(talk["as"])})
            agent.api("POST", f"/conversations/{conversation}/messages", {"text": talk["reply"]})
            if talk.get("then") == "close":
                agent.api("PATCH", f"/conversations/{conversation}", {"state": "closed"})
    finally:
        for browser in browsers.values():
            browser.close()


def _conversation_of(browser: Browser, store: Store, workspace_id: str, user_id: str) -> str:
    with store.database.read() as connection:
        node = identify.find(connection, workspace_id, "user_id", user_id)
    if node is None:
        return ""
    found = browser.api("GET", f"/conversations?customer={node.customer_id}&limit=1")["items"]
    return str(found[0]["id"]) if found else ""


def _answer_the_last_days(browser_of: Callable[[str], Browser], fresh: set[str], dice: Dice) -> None:
    """Answer and close what the simulated last days brought, but for a few."""
    answers = told("talks")["answers"]
    agents = {
        language: [one.first for one in COLLEAGUES if one.role == "agent" and one.language == language] for language in answers
    }
    left = 0
    for conversation in _open_conversations(browser_of("sara")):
        if conversation["id"] in fresh or conversation["state"] != "open":
            continue
        path = f"/conversations/{conversation['id']}"
        said = browser_of("sara").api("GET", f"{path}/messages?limit=1")["items"]
        words = said[-1]["text"] if said else ""
        if left < LEFT_OPEN and words.endswith(("?", "؟")):
            left += 1
            continue
        language = "fa" if any("\u0600" <= letter <= "\u06ff" for letter in words) else "en"
        agent = browser_of(dice.one_of(agents[language]))
        agent.api("POST", f"{path}/messages", {"text": dice.one_of(answers[language])})
        if dice.happens(0.8):
            agent.api("PATCH", path, {"state": "closed"})


def _open_conversations(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while len(found) < MOST_ANSWERED:
        page = browser.api("GET", f"/conversations?view=all&limit=100{f'&cursor={cursor}' if cursor else ''}")
        found += page["items"]
        cursor = page.get("next") or ""
        if not cursor:
            break
    return found
