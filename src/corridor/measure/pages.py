"""Home, the goals with their targets, and the employees' pulse."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from persiantools.digits import fa_to_en
from sqlalchemy import Connection

from corridor import act, collect
from corridor.ground.access import Caller, Configures, Sees
from corridor.ground.extensions import offer
from corridor.ground.problems import Conflict, Forbidden, Invalid, Problem
from corridor.ground.store import Store
from corridor.ground.ui import N_, NavItem, navigate, page, translations
from corridor.ground.ui.typed import read_last_day, write_last_day
from corridor.ground.vocabulary import now
from corridor.ground.web import Filtered, Filters, Storage
from corridor.measure import home, pulses
from corridor.measure.facts import Goal, Target
from corridor.measure.scoreboard import forget, scoreboard
from corridor.measure.snags import snags
from corridor.measure.targets import checked_goal, forget_target, set_target
from corridor.measure.words import Speech, is_better

router = APIRouter(include_in_schema=False)

READS_WORDS = frozenset({"admin", "executive", "manager", "hr"})
"""Who reads what employees wrote with their answers."""

CASES_FIRST = frozenset({"agent", "account"})
"""Roles that begin their day with their cases; the others begin with the goals."""

Text = Annotated[str, Form()]


@router.get("/")
def home_page(request: Request, caller: Sees, store: Storage, filters: Filtered) -> HTMLResponse:
    """Show the three goals, the snarls by what they cost, and what is the reader's to close."""
    board = scoreboard(store, caller.workspace, filters)
    moment = now()
    with store.database.read() as connection:
        speech = _speech(connection, caller)
        mine = home.desk(connection, caller, moment)
        found = snags(connection, caller.workspace, filters)
        answered = caller.by != "session" or pulses.has_answered(connection, caller.workspace, caller.id)
        words = act.Wording(
            language=caller.language,
            zone=caller.workspace.zone,
            moment=moment,
            touchpoints=speech.touchpoints,
            customers=mine.names,
        )
    growing = sum(snag.trend in ("growing", "new") for snag in found or ())
    return page(
        request, caller, "measure/home.html", filters=filters, board=board, speech=speech, words=words, mine=mine, snags=found,
        greeting=home.greeting(caller, moment), lede=home.lede(caller, mine, board, speech, growing), answered=answered,
        cases_first=caller.role in CASES_FIRST, is_better=is_better, may_work=caller.works,
    )  # fmt: skip


# --- goals -----------------------------------------------------------------------------------------------------------


@router.get("/goals")
def goals_page(request: Request, caller: Sees, store: Storage, filters: Filtered) -> HTMLResponse:
    """Show each goal week by week, what moved it, and its target."""
    return _goals(request, caller, store, filters, None, {})


@router.post("/goals/{goal}")
def save_target(
    request: Request,
    caller: Configures,
    store: Storage,
    filters: Filtered,
    goal: str,
    version: Annotated[int, Form()],
    value: Text = "",
    until: Text = "",
) -> Response:
    """Set a goal's target; an empty value takes it away."""
    name = checked_goal(goal)
    try:
        with store.database.write() as connection:
            if value.strip():
                wanted = _number(value) * (10 ** collect.decimals(caller.workspace.currency) if name == "revenue" else 1)
                set_target(connection, caller.workspace.id, name, wanted, read_last_day(until, caller), version=version)
            else:
                forget_target(connection, caller.workspace.id, name)
    except (Invalid, Conflict) as problem:
        return _goals(request, caller, store, filters, problem, {"goal": name, "value": value, "until": until})
    forget(store, caller.workspace.id)
    return navigate("/goals", translations(caller.language).gettext(N_("The target is saved.")))


def _goals(
    request: Request, caller: Caller, store: Store, filters: Filters, problem: Problem | None, typed: dict[str, str]
) -> HTMLResponse:
    board = scoreboard(store, caller.workspace, filters)
    with store.database.read() as connection:
        speech = _speech(connection, caller)
    return page(
        request, caller, "measure/goals.html", problem.status if problem else 200, filters=filters, board=board, speech=speech,
        problem=problem, typed={"goal": "", **typed}, may_change=caller.configures, is_better=is_better,
        values={goal.name: _typed_target(goal.target, caller) for goal in board.goals},
        plots={goal.name: plot(goal, speech) for goal in board.goals},
        table_rows=lambda goal: [(point.start, point.value, point.n) for point in goal.series],
    )  # fmt: skip


def plot(goal: Goal, speech: Speech) -> dict[str, Any]:
    """Return a goal's weeks as an ECharts plot, with the target as a line across it."""
    scale = 10 ** collect.decimals(speech.workspace.currency) if goal.unit == "money" else 1
    line: dict[str, Any] = {
        "type": "line",
        "symbol": "none",
        "data": [[point.start // 1000, None if point.value is None else round(point.value / scale, 2)] for point in goal.series],
        "lineStyle": {"color": "var(--accent)"},
        "itemStyle": {"color": "var(--accent)"},
    }
    if goal.target:
        line["markLine"] = {
            "symbol": "none",
            "silent": True,
            "data": [{"yAxis": goal.target.value / scale}],
            "lineStyle": {"color": "var(--ink-3)", "type": "dashed"},
            "label": {"show": False},
        }
    return {"xAxis": {"type": "time"}, "yAxis": {"type": "value", "scale": goal.unit != "money"}, "series": [line]}


def _typed_target(target: Target | None, caller: Caller) -> dict[str, Any]:
    if target is None:
        return {"value": "", "until": "", "version": 0}
    scale = 10 ** collect.decimals(caller.workspace.currency) if target.goal == "revenue" else 1
    return {"value": f"{target.value / scale:.12g}", "until": write_last_day(target.until, caller), "version": target.version}


def _number(text: str) -> float:
    plain = fa_to_en(text.strip()).replace("٬", "").replace(",", "").replace("٫", ".").replace("−", "-")
    try:
        return float(plain)
    except ValueError:
        raise Invalid(N_("This has to be a number."), code="not_a_number", field="value") from None


# --- the pulse -------------------------------------------------------------------------------------------------------


@router.get("/pulse")
def pulse_page(request: Request, caller: Sees, store: Storage, filters: Filtered) -> HTMLResponse:
    """Ask how the week was, and show what all answered together."""
    return _pulse(request, caller, store, filters, None, {})


@router.post("/pulse")
def answer_pulse(
    request: Request, caller: Sees, store: Storage, filters: Filtered, score: Text = "", words: Text = ""
) -> Response:
    """Keep the reader's answer for this week."""
    if caller.by != "session":
        raise Forbidden("A program has no week to tell of. Send answers of people to /api/v1/pulses.", code="person_needed")
    try:
        with store.database.write() as connection:
            pulses.answer(connection, caller.workspace, caller.id, int(score) if score.isdecimal() else -1, words)
    except Invalid as problem:
        return _pulse(request, caller, store, filters, problem, {"score": score, "words": words})
    forget(store, caller.workspace.id)
    return navigate("/pulse", translations(caller.language).gettext(N_("Thank you. Your answer is kept without your name.")))


def _pulse(
    request: Request, caller: Caller, store: Store, filters: Filters, problem: Invalid | None, typed: dict[str, str]
) -> HTMLResponse:
    reads = caller.role in READS_WORDS
    with store.database.read() as connection:
        weeks = pulses.weeks(connection, caller.workspace.id, filters.period, with_words=reads)
        answered = caller.by == "session" and pulses.has_answered(connection, caller.workspace, caller.id)
    return page(
        request, caller, "measure/pulse.html", problem.status if problem else 200, filters=filters, weeks=weeks, answered=answered,
        reads_words=reads, problem_with=problem, typed={"score": "", "words": "", **typed},
    )  # fmt: skip


def _speech(connection: Connection, caller: Caller) -> Speech:
    known = {one.key: one for one in collect.touchpoints(connection, caller.workspace.id)}
    return Speech(caller.language, caller.workspace, known)


offer(NavItem(N_("Home"), "/", "home", 0))
offer(NavItem(N_("Goals"), "/goals", "measure", 80))
offer(NavItem(N_("Pulse"), "/pulse", "measure", 85))
