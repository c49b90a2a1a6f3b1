"""The pages of plans: what is being changed, and the cases that call for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from corridor import remember
from corridor.act import cases as reading
from corridor.act import plans
from corridor.act.facts import PLAN_STATES, Plan
from corridor.act.words import Wording
from corridor.collect import touchpoints
from corridor.ground.access import ROLES, Caller, Sees, Works
from corridor.ground.problems import Conflict, Invalid
from corridor.ground.store import Store
from corridor.ground.ui import N_, navigate, page, translations
from corridor.ground.ui.typed import read_last_day, write_last_day
from corridor.ground.vocabulary import Microseconds, now
from corridor.ground.web import Storage

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@router.get("/plans")
def plans_page(request: Request, caller: Sees, store: Storage) -> HTMLResponse:
    """Show the plans, what runs and is due first at the top."""
    return _list(request, caller, store, None, {})


@router.post("/plans")
def new_plan(
    request: Request,
    caller: Works,
    store: Storage,
    title: Text = "",
    touchpoint: Text = "",
    owner: Text = "operations",
    target: Text = "",
    due: Text = "",
) -> Response:
    """Make a plan."""
    typed = {"title": title, "touchpoint": touchpoint, "owner": owner, "target": target, "due": due}
    try:
        with store.database.write() as connection:
            made = plans.make_plan(
                connection, caller.workspace.id, title=title.strip(), touchpoint=touchpoint or None, owner=owner,
                target=target.strip(), due_at=read_last_day(due, caller),
            )  # fmt: skip
    except Invalid as problem:
        return _list(request, caller, store, problem, typed)
    return navigate(f"/plans/{made.id}", translations(caller.language).gettext(N_("The plan is made.")))


@router.get("/plans/{plan_id}")
def plan_page(request: Request, caller: Sees, store: Storage, plan_id: str) -> HTMLResponse:
    """Show a plan with its cases."""
    return _plan(request, caller, store, plan_id, None, {})


@router.post("/plans/{plan_id}")
def save_plan(
    request: Request,
    caller: Works,
    store: Storage,
    plan_id: str,
    version: Annotated[int, Form()],
    title: Text = "",
    touchpoint: Text = "",
    owner: Text = "operations",
    target: Text = "",
    due: Text = "",
    state: Text = "proposed",
) -> Response:
    """Change a plan."""
    typed = {"title": title, "touchpoint": touchpoint, "owner": owner, "target": target, "due": due, "state": state}
    try:
        with store.database.write() as connection:
            plans.change_plan(
                connection, caller.workspace.id, plan_id, version=version, title=title.strip(), touchpoint=touchpoint or None,
                owner=owner, target=target.strip(), due_at=read_last_day(due, caller), state=state,
            )  # fmt: skip
    except (Invalid, Conflict) as problem:
        return _plan(request, caller, store, plan_id, problem, typed)
    return navigate(f"/plans/{plan_id}", translations(caller.language).gettext(N_("The plan is saved.")))


def _list(request: Request, caller: Caller, store: Store, problem: Invalid | None, typed: dict[str, str]) -> HTMLResponse:
    with store.database.read() as connection:
        found = plans.list_plans(connection, caller.workspace.id)
        words = _wording(connection, caller, set())
    return page(
        request, caller, "act/plans.html", problem.status if problem else 200, plans=found, words=words, problem=problem,
        typed=typed, roles=ROLES, may_work=caller.works, days={plan.id: _last_day(plan) for plan in found},
    )  # fmt: skip


def _plan(
    request: Request, caller: Caller, store: Store, plan_id: str, problem: Invalid | Conflict | None, typed: dict[str, str]
) -> HTMLResponse:
    with store.database.read() as connection:
        plan = plans.find_plan(connection, caller.workspace.id, plan_id)
        attached = [
            case
            for tab in ("open", "closed")
            for case in reading.list_cases(connection, caller.workspace.id, _of_plan(tab, plan_id), limit=100)[0]
        ]
        words = _wording(connection, caller, {case.customer_id for case in attached})
    values: dict[str, Any] = {
        "title": plan.title, "touchpoint": plan.touchpoint or "", "owner": plan.owner, "target": plan.target,
        "due": write_last_day(plan.due_at, caller), "state": plan.state, **typed,
    }  # fmt: skip
    return page(
        request, caller, "act/plan.html", problem.status if problem else 200, plan=plan, cases=attached, words=words,
        problem=problem, values=values, roles=ROLES, states=PLAN_STATES, may_work=caller.works, last_day=_last_day(plan),
    )  # fmt: skip


def _of_plan(tab: str, plan_id: str) -> reading.Wanted:
    return reading.Wanted(tab="closed" if tab == "closed" else "open", plan=plan_id)


def _last_day(plan: Plan) -> Microseconds | None:
    return plan.due_at - 1 if plan.due_at else None


def _wording(connection: Connection, caller: Caller, customers: set[str]) -> Wording:
    return Wording(
        language=caller.language,
        zone=caller.workspace.zone,
        currency=caller.workspace.currency,
        moment=now(),
        touchpoints={one.key: one for one in touchpoints(connection, caller.workspace.id)},
        customers=remember.names(connection, caller.workspace.id, customers),
    )
