"""The pages of cases: the list that a day begins with, and the one case that is worked to its end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy import Connection

from corridor import remember
from corridor.act import cases as reading
from corridor.act import pages_of_plans, pages_of_rules, work
from corridor.act.causes import add_cause, causes, change_cause
from corridor.act.facts import SEVERITIES, STATES, Case, Doer
from corridor.act.live import live
from corridor.act.plans import list_plans
from corridor.act.told import open_case
from corridor.act.words import KIND_NAMES, Wording
from corridor.collect import touchpoints
from corridor.ground.access import Caller, Configures, Sees, Works, people_of
from corridor.ground.access.facts import WORKS
from corridor.ground.extensions import offer
from corridor.ground.problems import Invalid, NotFound, Problem
from corridor.ground.store import Store
from corridor.ground.ui import N_, NavItem, Panel, SearchHit, SearchSource, fragment, navigate, page, render, translations
from corridor.ground.ui.typed import read_moment, write_moment
from corridor.ground.vocabulary import now
from corridor.ground.web import Filtered, Storage, decode_cursor, encode_cursor

router = APIRouter(include_in_schema=False)
router.include_router(pages_of_rules.router)
router.include_router(pages_of_plans.router)

MOMENTS = 12
"""Moments of the customer's timeline on a case's page; the rest is on the customer's own."""

Text = Annotated[str, Form()]
Version = Annotated[int, Form()]


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that could not be taken: which one, what was typed, and what is wrong with it. Nothing that was typed is lost."""

    form: str = ""
    values: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None

    def value(self, form: str, name: str, otherwise: str = "") -> str:
        """What stood in a field, or what it holds by itself."""
        return self.values.get(name, otherwise) if self.form == form else otherwise

    def error(self, form: str, name: str, language: str) -> str:
        """What is wrong with a field."""
        wrong = self.problem is not None and self.form == form and self.problem.field == name
        return translations(language).gettext(self.problem.detail) if wrong and self.problem else ""


def wording(connection: Connection, caller: Caller, *, customers: set[str] | None = None) -> Wording:
    """Read the names that a page needs to speak to its reader."""
    workspace = caller.workspace
    return Wording(
        language=caller.language,
        zone=workspace.zone,
        currency=workspace.currency,
        moment=now(),
        touchpoints={one.key: one for one in touchpoints(connection, workspace.id)},
        people={person.id: person.name for person in people_of(connection, workspace.id)},
        customers=remember.names(connection, workspace.id, customers or set()),
        plans={plan.id: plan.title for plan in list_plans(connection, workspace.id)},
        causes=tuple(causes(connection, workspace.id)),
    )


# --- the list --------------------------------------------------------------------------------------------------------


@router.get("/cases")
def cases_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    tab: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    touchpoint: str = "",
    severity: str = "",
    state: str = "",
    kind: str = "",
    overdue: bool = False,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> HTMLResponse:
    """Show the cases: mine, my role's, all open ones, or those that were closed in the period."""
    chosen = tab if tab in reading.TABS else ("mine" if caller.works else "open")
    wanted = reading.Wanted(
        tab=chosen,
        person=caller.id, role=caller.role, query=q, touchpoint=touchpoint or None, severity=severity or None, state=state or None,
        kind=kind or None, overdue=overdue, segment=filters.segment, channel=filters.channel, closed_in=filters.period,
    )  # fmt: skip
    place = decode_cursor(after, int, str)
    with store.database.read() as connection:
        found, following = reading.list_cases(
            connection, caller.workspace.id, wanted, after=(place[0], place[1]) if place else None
        )
        total = reading.count_cases(connection, caller.workspace.id, wanted)
        counts = {
            name: reading.count_cases(connection, caller.workspace.id, reading.Wanted(name, caller.id, caller.role))
            for name in ("mine", "role", "open")
        }
        words = wording(connection, caller, customers={case.customer_id for case in found})
    context: dict[str, Any] = {
        "filters": filters, "wanted": wanted, "cases": found, "total": total, "counts": counts, "words": words,
        "next": encode_cursor(*following) if following else None, "kinds": KIND_NAMES, "severities": SEVERITIES,
        "states": STATES[:-1], "is_narrowed": bool(q or touchpoint or severity or state or kind or overdue), "may_work": caller.works,
    }  # fmt: skip
    if request.headers.get("hx-target", "").endswith("cases"):
        return fragment(request, caller, "act/cases.html", "list", **context)
    return page(request, caller, "act/cases.html", **context)


@router.get("/cases/live")
def cases_live(request: Request, caller: Sees, store: Storage) -> StreamingResponse:
    """Tell the list when any case has changed."""
    return live(store, caller.workspace.id, resumed=bool(request.headers.get("last-event-id")))


@router.get("/cases/new")
def new_case_page(request: Request, caller: Works, store: Storage, customer: str = "") -> HTMLResponse:
    """Show the form that opens a case by hand."""
    return _new_case(request, caller, store, customer, Typed())


@router.post("/cases/new")
def new_case(
    request: Request,
    caller: Works,
    store: Storage,
    customer: Text = "",
    title: Text = "",
    touchpoint: Text = "",
    severity: Text = "normal",
    note: Text = "",
) -> Response:
    """Open a case that somebody was told of."""
    try:
        with store.database.write() as connection:
            case = open_case(
                connection, caller.workspace.id, customer, title, _doer(caller),
                touchpoint=touchpoint or None, severity=severity, note=note,  # type: ignore[arg-type]  # checked there
            )  # fmt: skip
    except Invalid as problem:
        values = {"title": title, "touchpoint": touchpoint, "severity": severity, "note": note}
        return _new_case(request, caller, store, customer, Typed("new", values, problem))
    return _done(store, caller, case.id, N_("The case is open."))


def _new_case(request: Request, caller: Caller, store: Store, customer: str, typed: Typed) -> HTMLResponse:
    with store.database.read() as connection:
        profile = remember.profile(connection, caller.workspace.id, customer)
        if profile is None:
            raise NotFound("There is no such customer here. Open a case from the customer's page.")
        words = wording(connection, caller, customers={customer})
    status = typed.problem.status if typed.problem else 200
    return page(request, caller, "act/new_case.html", status, customer=profile, words=words, typed=typed, severities=SEVERITIES)


# --- root causes -----------------------------------------------------------------------------------------------------


@router.get("/cases/causes")
def causes_page(request: Request, caller: Sees, store: Storage) -> HTMLResponse:
    """Show the workspace's list of root causes."""
    with store.database.read() as connection:
        words = wording(connection, caller)
    return page(request, caller, "act/causes.html", words=words, may_change=caller.configures)


@router.post("/cases/causes")
def change_causes(
    caller: Configures, store: Storage, name: Text = "", key: Text = "", retired: Annotated[str | None, Form()] = None
) -> RedirectResponse:
    """Add a root cause; with a key, rename it, retire it or bring it back."""
    with store.database.write() as connection:
        if key:
            change_cause(
                connection, caller.workspace.id, key, name=name or None, retired=None if retired is None else retired == "1"
            )
        else:
            add_cause(connection, caller.workspace.id, name)
    return navigate("/cases/causes", translations(caller.language).gettext(N_("The list is saved.")))


# --- one case --------------------------------------------------------------------------------------------------------


@router.get("/cases/{case_id}")
def case_page(request: Request, caller: Sees, store: Storage, case_id: str, do: str = "") -> HTMLResponse:
    """Show a case: who, what happened, what was done, and what can be done now."""
    return _case(request, caller, store, case_id, Typed(), do)


@router.get("/cases/{case_id}/live")
def case_live(request: Request, caller: Sees, store: Storage, case_id: str) -> StreamingResponse:
    """Tell the page of a case when it has changed."""
    with store.database.read() as connection:
        reading.find_case(connection, caller.workspace.id, case_id)
    return live(store, caller.workspace.id, case_id, resumed=bool(request.headers.get("last-event-id")))


@router.get("/cases/{case_id}/changed")
def case_changed(request: Request, caller: Sees, store: Storage, case_id: str, version: int, notes: int) -> HTMLResponse:
    """Say beside the forms, which keep what is typed, that a colleague changed the case since the page was made."""
    with store.database.read() as connection:
        case = reading.find_case(connection, caller.workspace.id, case_id)
        changed = case.version != version or len(reading.notes_of(connection, caller.workspace.id, case_id)) != notes
        words = wording(connection, caller, customers={case.customer_id})
    return fragment(request, caller, "act/case.html", "changed", case=case, words=words, is_changed=changed)


@router.post("/cases/{case_id}/note")
def note_case(request: Request, caller: Works, store: Storage, case_id: str, text: Text = "") -> Response:
    """Write a note."""
    return _work(
        request, caller, store, case_id, "note", {"text": text}, N_("The note is saved."),
        lambda connection, ws: work.add_note(connection, ws, case_id, text, _doer(caller)),
    )  # fmt: skip


@router.post("/cases/{case_id}/assign")
def assign_case(
    request: Request, caller: Works, store: Storage, case_id: str, version: Version, assignee: Text = "", why: Text = ""
) -> Response:
    """Give the case to a person, to nobody, or (`role:…`) to another role."""
    role = assignee.removeprefix("role:") if assignee.startswith("role:") else ""

    def give(connection: Connection, ws: str) -> object:
        if role:
            return work.hand_over(connection, ws, case_id, role, _doer(caller), version=version, why=why)
        return work.assign(connection, ws, case_id, assignee or None, _doer(caller), version=version, why=why)

    return _work(
        request, caller, store, case_id, "assign", {"assignee": assignee, "why": why}, N_("The case is handed over."), give
    )


@router.post("/cases/{case_id}/state")
def move_case(request: Request, caller: Works, store: Storage, case_id: str, version: Version, state: Text = "") -> Response:
    """Say where the case stands."""
    return _work(
        request, caller, store, case_id, "state", {"state": state}, N_("Saved."),
        lambda connection, ws: work.move_on(connection, ws, case_id, state, _doer(caller), version=version),
    )  # fmt: skip


@router.post("/cases/{case_id}/urgency")
def press_case(
    request: Request,
    caller: Works,
    store: Storage,
    case_id: str,
    version: Version,
    severity: Text = "",
    due: Text = "",
    was_due: Text = "",
) -> Response:
    """Set another urgency or another deadline."""
    typed = {"severity": severity, "due": due}

    def press(connection: Connection, ws: str) -> object:
        case = work.check_seen(connection, ws, case_id, version)
        if severity != case.severity:
            case = work.set_severity(connection, ws, case_id, severity, _doer(caller))  # type: ignore[arg-type]  # checked there
        return work.set_due(connection, ws, case_id, read_moment(due, caller), _doer(caller)) if due != was_due else case

    return _work(request, caller, store, case_id, "urgency", typed, N_("Saved."), press)


@router.post("/cases/{case_id}/plan")
def plan_case(request: Request, caller: Works, store: Storage, case_id: str, version: Version, plan: Text = "") -> Response:
    """Put the case with a plan."""
    return _work(
        request, caller, store, case_id, "plan", {"plan": plan}, N_("Saved."),
        lambda connection, ws: work.attach(connection, ws, case_id, plan or None, _doer(caller), version=version),
    )  # fmt: skip


@router.post("/cases/{case_id}/close")
def close_case(
    request: Request,
    caller: Works,
    store: Storage,
    case_id: str,
    version: Version,
    root_cause: Text = "",
    root_cause_words: Text = "",
    resolution: Text = "",
) -> Response:
    """Close the case."""
    typed = {"root_cause": root_cause, "root_cause_words": root_cause_words, "resolution": resolution}
    return _work(
        request, caller, store, case_id, "close", typed, N_("The case is closed."),
        lambda connection, ws: work.close(connection, ws, case_id, _doer(caller), version=version, **typed),
    )  # fmt: skip


@router.post("/cases/{case_id}/reopen")
def reopen_case(request: Request, caller: Works, store: Storage, case_id: str, version: Version, why: Text = "") -> Response:
    """Open the case again."""
    return _work(
        request, caller, store, case_id, "reopen", {"why": why}, N_("The case is open again."),
        lambda connection, ws: work.reopen(connection, ws, case_id, why, _doer(caller), version=version),
    )  # fmt: skip


def _work(
    request: Request, caller: Caller, store: Store, case_id: str, form: str, typed: dict[str, str], said: str, deed: Any
) -> Response:
    """Do something about a case; where it cannot be done, show the page again with what was typed and what is wrong."""
    try:
        with store.database.write() as connection:
            deed(connection, caller.workspace.id)
    except NotFound:
        raise
    except Problem as problem:
        return _case(request, caller, store, case_id, Typed(form, typed, problem))
    return _done(store, caller, case_id, said)


def _done(store: Store, caller: Caller, case_id: str, said: str) -> RedirectResponse:
    store.news.tell(caller.workspace.id, "case", case_id)
    return navigate(f"/cases/{case_id}", translations(caller.language).gettext(said))


def _case(request: Request, caller: Caller, store: Store, case_id: str, typed: Typed, do: str = "") -> HTMLResponse:
    workspace_id = caller.workspace.id
    with store.database.read() as connection:
        case = reading.find_case(connection, workspace_id, case_id)
        words = wording(connection, caller, customers={case.customer_id})
        context: dict[str, Any] = {
            "case": case,
            "words": words,
            "customer": remember.profile(connection, workspace_id, case.customer_id),
            "signals": reading.signals_of(connection, workspace_id, case_id),
            "notes": reading.notes_of(connection, workspace_id, case_id),
            "moves": reading.moves_of(connection, workspace_id, case_id),
            "others": [one for one in reading.cases_of(connection, workspace_id, case.customer_id) if one.id != case_id][:5],
            "colleagues": [
                (one.id, one.name) for one in people_of(connection, workspace_id) if one.disabled_at is None and one.role in WORKS
            ],
            "plans": list(words.plans.items()),
        }
    moments = remember.timeline(store, workspace_id, case.customer_id, limit=MOMENTS)
    status = typed.problem.status if typed.problem else 200
    return page(
        request, caller, "act/case.html", status, **context, moments=moments, typed=typed, do=do, roles=sorted(WORKS),
        severities=SEVERITIES, states=STATES[:-1], may_work=caller.works, due_text=write_moment(case.due_at, caller),
    )  # fmt: skip


def _doer(caller: Caller) -> Doer:
    return Doer(caller.id, caller.name)


# --- where cases show elsewhere --------------------------------------------------------------------------------------


def count_mine(caller: Caller, store: Store) -> int | None:
    """Return how many open cases the caller has, for the rail."""
    with store.database.read() as connection:
        return reading.count_cases(connection, caller.workspace.id, reading.Wanted("mine", caller.id, caller.role)) or None


def customer_panel(request: Request, caller: Caller, store: Store, customer_id: str) -> str:
    """Return the cases of a customer, for their page."""
    with store.database.read() as connection:
        found = reading.cases_of(connection, caller.workspace.id, customer_id)[:6]
        words = wording(connection, caller)
    return render(request, caller, "act/panel.html", cases=found, words=words, customer_id=customer_id, may_work=caller.works)


def find(caller: Caller, store: Store, asked: str) -> list[SearchHit]:
    """Answer the global search with cases."""
    with store.database.read() as connection:
        hits: list[Case] = []
        for tab in ("open", "closed"):
            hits += reading.list_cases(connection, caller.workspace.id, replace(_EVERYTHING, tab=tab, query=asked), limit=5)[0]
        words = wording(connection, caller, customers={case.customer_id for case in hits})
    return [
        SearchHit(
            f"#{case.number} {words.title(case)}", f"{words.customer(case.customer_id)} · {words.due(case)}", f"/cases/{case.id}"
        )
        for case in hits[:8]
    ]


_EVERYTHING = reading.Wanted()

offer(NavItem(N_("Cases"), "/cases", "act", 60, count=count_mine))
offer(NavItem(N_("Signals"), "/signals", "act", 61))
offer(NavItem(N_("Plans"), "/plans", "act", 62))
offer(Panel("customer", N_("Cases"), customer_panel, order=30))
offer(SearchSource(N_("Cases"), find, order=20))
