"""The pages of what is noticed: the signals, and the rules that make them, each with what it would have noticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from corridor import remember
from corridor.act import rules
from corridor.act.facts import RULE_KINDS, SEVERITIES, SignalRule
from corridor.act.preview import preview
from corridor.act.signals import list_signals
from corridor.act.words import KIND_NAMES, Wording
from corridor.collect import decimals, touchpoints
from corridor.ground.access import Caller, Configures, Sees
from corridor.ground.access.facts import WORKS
from corridor.ground.problems import Invalid, NotFound, Problem
from corridor.ground.store import Store
from corridor.ground.ui import N_, fragment, navigate, page, translations
from corridor.ground.vocabulary import now
from corridor.ground.web import Filtered, Storage, decode_cursor, encode_cursor

router = APIRouter(include_in_schema=False)

FormText = Annotated[str, Form()]
NEW = "new"


@router.get("/signals")
def signals_page(
    request: Request,
    caller: Sees,
    store: Storage,
    filters: Filtered,
    kind: str = "",
    touchpoint: str = "",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> HTMLResponse:
    """Show what was noticed in the period, the latest first."""
    place = decode_cursor(after, int, str)
    with store.database.read() as connection:
        found, following = list_signals(
            connection, caller.workspace.id, period=filters.period, kind=kind or None, touchpoint=touchpoint or None,
            channel=filters.channel, segment=filters.segment, after=(place[0], place[1]) if place else None,
        )  # fmt: skip
        words = _wording(connection, caller, {signal.customer_id for signal in found})
    return page(
        request, caller, "act/signals.html", filters=filters, signals=found, words=words, kind=kind, touchpoint=touchpoint,
        kinds={one: KIND_NAMES[one] for one in RULE_KINDS}, next=encode_cursor(*following) if following else None,
    )  # fmt: skip


@router.get("/signals/rules")
def rules_page(request: Request, caller: Sees, store: Storage) -> HTMLResponse:
    """Show the rules, each with what it would have noticed in the last 90 days."""
    with store.database.read() as connection:
        known = rules.rules(connection, caller.workspace.id)
        counted = {rule.id: preview(connection, caller.workspace.id, rule, now()) for rule in known}
        words = _wording(connection, caller)
    return page(request, caller, "act/rules.html", rules=known, previews=counted, words=words, may_change=caller.configures)


@router.get("/signals/rules/{rule_id}")
def rule_page(request: Request, caller: Sees, store: Storage, rule_id: str, kind: str = "rating_low") -> HTMLResponse:
    """Show one rule to read or to change; `new` is one to add."""
    with store.database.read() as connection:
        if rule_id == NEW:
            chosen = kind if kind in RULE_KINDS else "rating_low"
            rule = replace(next(one for one in rules.DEFAULTS if one.kind == chosen), id=NEW)
        else:
            rule = rules.rule(connection, caller.workspace.id, rule_id)
    return _rule(request, caller, store, rule, None)


@router.post("/signals/rules/{rule_id}")
async def save_rule(request: Request, caller: Configures, store: Storage, rule_id: str) -> Response:
    """Keep a rule; with `try` just count what it would have noticed."""
    from starlette.concurrency import run_in_threadpool

    typed = {name: str(value) for name, value in (await request.form()).items()}
    return await run_in_threadpool(_save, request, caller, store, rule_id, typed)


def _save(request: Request, caller: Caller, store: Store, rule_id: str, typed: dict[str, str]) -> Response:
    workspace_id = caller.workspace.id
    with store.database.read() as connection:
        kind = typed.get("kind", "")
        before = next((one for one in rules.DEFAULTS if one.kind == kind), rules.DEFAULTS[0])
        before = replace(before, id=NEW) if rule_id == NEW else rules.rule(connection, workspace_id, rule_id)
    try:
        values = _read(typed, before, caller)
    except Invalid as problem:
        return _rule(request, caller, store, before, problem, typed)
    tried = replace(before, **values)
    if "try" in typed:
        return _rule(request, caller, store, tried, None)
    try:
        with store.database.write() as connection:
            if rule_id == NEW:
                rules.add_rule(connection, workspace_id, kind=before.kind, **values)
            else:
                rules.change_rule(connection, workspace_id, rule_id, version=int(typed.get("version", "0") or 0), **values)
    except NotFound:
        raise
    except Problem as problem:
        return _rule(request, caller, store, tried, problem, typed)
    return navigate("/signals/rules", translations(caller.language).gettext(N_("The rule is saved.")))


def _rule(
    request: Request, caller: Caller, store: Store, rule: SignalRule, problem: Problem | None, typed: dict[str, str] | None = None
) -> HTMLResponse:
    with store.database.read() as connection:
        counted = preview(connection, caller.workspace.id, rule, now())
        words = _wording(connection, caller)
        if rule.id != NEW and problem is not None:
            rule = replace(rule, version=rules.rule(connection, caller.workspace.id, rule.id).version)
    scale = 10 ** decimals(caller.workspace.currency)
    context = {
        "rule": rule, "preview": counted, "words": words, "problem": problem, "typed": typed or {}, "roles": sorted(WORKS),
        "severities": SEVERITIES, "kind_name": KIND_NAMES[rule.kind], "may_change": caller.configures,
        "amount": "" if rule.amount is None else f"{rule.amount / scale:g}", "is_new": rule.id == NEW,
    }  # fmt: skip
    status = problem.status if problem else 200
    if request.headers.get("hx-target", "").endswith("preview"):
        return fragment(request, caller, "act/rule.html", "preview", status, **context)
    return page(request, caller, "act/rule.html", status, **context)


def _read(typed: dict[str, str], rule: SignalRule, caller: Caller) -> dict[str, Any]:
    """Return the values of the form, in the types of a rule."""
    amount = typed.get("amount", "").strip()
    return {
        "name": typed.get("name", "").strip(),
        "active": typed.get("active") == "1",
        "touchpoint": typed.get("touchpoint") or None,
        "owner": typed.get("owner") or None,
        "severity": typed.get("severity", rule.severity),
        "bar": _number(typed, "bar", rule.bar),
        "days": int(_number(typed, "days", rule.days)),
        "freshness_days": int(_number(typed, "freshness_days", rule.freshness_days)),
        "amount": round(_number(typed, "amount", 0) * 10 ** decimals(caller.workspace.currency)) if amount else None,
    }


def _number(typed: dict[str, str], name: str, otherwise: float) -> float:
    from persiantools.digits import fa_to_en

    text = fa_to_en(typed.get(name, "").strip()).replace("٬", "").replace(",", "").replace("٫", ".")
    if not text:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e15:
        raise Invalid(N_("This has to be a number."), code="not_a_number", field=name)
    return value


def _wording(connection: Connection, caller: Caller, customers: set[str] | None = None) -> Wording:
    return Wording(
        language=caller.language,
        zone=caller.workspace.zone,
        currency=caller.workspace.currency,
        moment=now(),
        touchpoints={one.key: one for one in touchpoints(connection, caller.workspace.id)},
        customers=remember.names(connection, caller.workspace.id, customers or set()),
    )
