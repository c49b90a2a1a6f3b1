"""Work in progress on the desk: surveys that are open, cases in every state, plans, and the employees' pulse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from corridor import measure
from corridor.ground.access import find_workspace
from corridor.ground.store import Store
from corridor.ground.vocabulary import DAY, now
from corridor.listen.surveys import add_survey, publish, surveys
from corridor.packs.simulation.demo.people import COLLEAGUES, PASSWORD, Colleague
from corridor.packs.simulation.demo.served import Browser
from corridor.packs.simulation.dice import Dice

WEEKS_OF_PULSE = 26
MOST_WORKED_ON, WORKED_SHARE = 140, 0.65
"""How many of the cases the shop's people have taken in hand; the rest wait for whoever tries the demo."""


@cache
def told(name: str) -> Any:
    """Read one of the demo's texts."""
    return yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))


def open_surveys(store: Store, workspace_id: str) -> None:
    """Make the shop's surveys and ask them, all but the one that is still being drafted."""
    for wanted in told("cases")["surveys"]:
        with store.database.write() as connection:
            if any(known.slug == wanted["slug"] for known in surveys(connection, workspace_id)):
                continue
            made = add_survey(
                connection,
                workspace_id,
                title=wanted["title"],
                by="Nadia Visser",
                touchpoint=wanted["touchpoint"],
                slug=wanted["slug"],
            )
            if not wanted.get("draft"):
                publish(connection, workspace_id, made.id, "Nadia Visser")


def tell_pulses(store: Store, workspace_id: str, seed: int) -> None:
    """Let the employees answer their weekly question for half a year; the weeks of the troubles were worse."""
    dice, words = Dice(seed, 3), told("cases")["pulses"]["words"]
    with store.database.read() as connection:
        workspace = find_workspace(connection, workspace_id)
    assert workspace is not None
    for week in range(WEEKS_OF_PULSE, -1, -1):
        hard = week in (11, 10, 24, 23)
        with store.database.write() as connection:
            for colleague in COLLEAGUES:
                if dice.happens(0.78):
                    score = round(min(10, max(0, (5.2 if hard else 7.1 - week / 40) + 1.3 * dice.bell())))
                    said = dice.one_of(words) if dice.happens(0.15) else ""
                    measure.answer_pulse(connection, workspace, colleague.email, score, said, moment=now() - week * 7 * DAY)


def work_on_cases(address: str, seed: int) -> dict[str, int]:
    """Take cases in hand as the people who own them would; return how many came into which state."""
    dice, text = Dice(seed, 4), told("cases")
    browsers: dict[str, Browser] = {}
    counted = {"closed": 0, "in_progress": 0, "waiting": 0, "reopened": 0}
    try:
        sara = browsers["sara"] = Browser(address, "sara@lanternloom.example", PASSWORD)
        plans = {plan["title"]: _make_plan(sara, plan) for plan in text["plans"]}
        for place, case in enumerate(_open_cases(sara)):
            colleague = _owner_of(case["owner"], place)
            if colleague.first not in browsers:
                browsers[colleague.first] = Browser(address, colleague.email, PASSWORD)
            plan = next((plans[one["title"]] for one in text["plans"] if one["touchpoint"] == case["touchpoint"]), None)
            state = _work(browsers[colleague.first], colleague, case, plan if dice.happens(0.5) else None, dice)
            counted[state] = counted.get(state, 0) + 1
    finally:
        for browser in browsers.values():
            browser.close()
    return counted


def look_at_the_corridor(address: str) -> None:
    """Have the corridor of the usual periods worked out, so that the first view is of the whole year and not of its beginning."""
    sara = Browser(address, "sara@lanternloom.example", PASSWORD)
    for period in ("365d", "90d", "30d"):
        sara.api("GET", f"/corridor?period={period}&fresh=true")
    sara.close()


def _open_cases(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = browser.api("GET", f"/cases?tab=open&limit=100{f'&cursor={cursor}' if cursor else ''}")
        found += page["items"]
        cursor = page.get("next") or ""
        if not cursor:
            break
    return found[: min(MOST_WORKED_ON, round(WORKED_SHARE * len(found)))]


def _owner_of(role: str, place: int) -> Colleague:
    able = [colleague for colleague in COLLEAGUES if colleague.role == role] or [COLLEAGUES[0]]
    return able[place % len(able)]


def _work(browser: Browser, colleague: Colleague, case: dict[str, Any], plan_id: str | None, dice: Dice) -> str:
    text, path, language = told("cases"), f"/cases/{case['id']}", colleague.language
    if dice.happens(0.55):
        note = dice.one_of([note["text"] for note in text["notes"] if note["language"] == language])
        browser.api("POST", f"{path}/notes", {"text": note})
    if plan_id is not None:
        browser.api("PATCH", path, {"plan_id": plan_id})
    thrown = dice.share()
    if thrown < 0.60:
        closing = dice.one_of([closing for closing in text["closings"] if closing["language"] == language])
        browser.api("POST", f"{path}/close", {"root_cause": closing["cause"], "resolution": closing["text"]})
        if thrown < 0.03:
            browser.api("POST", f"{path}/reopen", {"why": text["reopened"]})
            return "reopened"
        return "closed"
    state = "in_progress" if thrown < 0.85 else "waiting"
    browser.api("PATCH", path, {"state": state, "why": text["waiting"] if state == "waiting" else ""})
    return state


def _make_plan(browser: Browser, plan: dict[str, Any]) -> str:
    due = (datetime.now(UTC) + timedelta(days=plan["days"])).replace(microsecond=0).isoformat()
    wanted = {"title": plan["title"], "owner": plan["owner"], "touchpoint": plan["touchpoint"], "target": plan["target"],
              "state": plan["state"], "due_at": due}  # fmt: skip
    return str(browser.api("POST", "/plans", wanted)["id"])
