"""How much of the simulated shop's truth the product finds: who is one person, which snarls there are, how far experience falls short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from math import comb
from typing import Any

from sqlalchemy import text

from bench.harness import Figure, Options, fresh_folder
from corridor.ground.access import find_workspace
from corridor.ground.filters import read_filters
from corridor.ground.store import Store
from corridor.identify.normalise import normal_email, normal_phone
from corridor.line import Line
from corridor.packs.simulation import planned, simulate_into_workspace
from corridor.understand.corridor import corridor
from corridor.understand.gaps import gaps

CUSTOMERS, EVENTS = 4_000, 80_000
ENOUGH = 30
"""Experiences that a touchpoint must have for its gap to be compared."""

Identifier = tuple[str, str]


def measure(options: Options) -> Iterator[Figure]:
    """Measure recall and precision against the truth of a simulated year."""
    store = Store.open(fresh_folder(options, "truth"))
    try:
        truth = simulate_into_workspace(planned(CUSTOMERS, EVENTS, 365, 41), store, "main")
        Line(store).walk_until_quiet()
        yield from _identity(store, truth)
        yield from _promises(store, truth)
        yield from _gaps_and_snarls(store, truth)
    finally:
        store.close()


def _identity(store: Store, truth: dict[str, Any]) -> Iterator[Figure]:
    """Compare pairs of identifiers: of one person in truth, of one customer as found."""
    with store.database.read() as connection:
        rows = connection.execute(text("SELECT kind, value, customer_id FROM nodes WHERE workspace_id = 'main'")).all()
    customer_of = {(row.kind, row.value): row.customer_id for row in rows}
    owners: dict[Identifier, set[int]] = defaultdict(set)
    for person in truth["persons"]:
        for kind, value in person["identifiers"]:
            owners[_normal(kind, value)].add(person["number"])
    alone = {
        identifier: next(iter(numbers))
        for identifier, numbers in owners.items()
        if len(numbers) == 1 and identifier in customer_of
    }
    persons, customers, both = Counter[int](), Counter[str](), Counter[tuple[int, str]]()
    for identifier, person in alone.items():
        persons[person] += 1
        customers[customer_of[identifier]] += 1
        both[(person, customer_of[identifier])] += 1
    agreed = sum(comb(count, 2) for count in both.values())
    yield Figure(
        "identity_precision",
        agreed / sum(comb(count, 2) for count in customers.values()),
        "of pairs",
        against=f"{len(alone):,} identifiers",
    )
    yield Figure(
        "identity_recall",
        agreed / sum(comb(count, 2) for count in persons.values()),
        "of pairs",
        against="by what systems told, nothing guessed",
    )


def _normal(kind: str, value: str) -> Identifier:
    if kind == "email":
        return kind, normal_email(value) or value
    if kind == "phone":
        return kind, normal_phone(value, "NL") or value
    return kind, value


def _promises(store: Store, truth: dict[str, Any]) -> Iterator[Figure]:
    with store.database.read() as connection:
        rows = connection.execute(
            text(
                "SELECT state, count(*) AS n FROM promises WHERE workspace_id = 'main' AND touchpoint = 'delivery' GROUP BY state"
            )
        ).all()
    found = {row.state: row.n for row in rows}
    told = truth["promises"]["delivery"]["all"]
    wrong = abs(found.get("broken", 0) - told["broken"]) + abs(found.get("kept", 0) - (told["n"] - told["broken"]))
    # A parcel that is overdue when the time ends is broken for the product and not yet settled in truth; those are few.
    yield Figure("promises_agree", 1 - wrong / told["n"], "of promises", against=f"{told['n']:,} settled deliveries")


def _gaps_and_snarls(store: Store, truth: dict[str, Any]) -> Iterator[Figure]:
    with store.database.read() as connection:
        workspace = find_workspace(connection, "main")
        assert workspace is not None
        filters = read_filters(workspace, period="all")
        known = {gap.key: gap for gap in gaps(connection, "main", "touchpoint", filters)}
    off = []
    for key, told in truth["touchpoints"].items():
        gap = known.get(key)
        if gap is not None and gap.gap is not None and gap.n >= ENOUGH and told["mean_gap"] is not None:
            off.append(abs(gap.gap.mean - told["mean_gap"]))
    yield Figure(
        "gap_error", sum(off) / len(off), "points", against=f"{len(off)} touchpoints; who felt strongly answers more often"
    )
    found = {
        (snarl.kind, place)
        for snarl in corridor(store, "main", filters, "EUR").snarls
        for place in (snarl.where, snarl.came_from)
        if place
    }
    planted = {
        "wait": {("wait", "delivery"), ("wait", "carrier")},
        "hop": {("hop", "get help"), ("hop", "chat"), ("hop", "email"), ("hop", "phone")},
        "loop": {("loop", "address-form"), ("loop", "basket")},
        "hold": {("repeat", "phone"), ("wait", "phone"), ("hold", "phone"), ("loop", "phone")},
        "dead_end": {("dead_end", "care-card"), ("dead end", "care-card")},
    }
    hit = [kind for kind, places in planted.items() if places & found]
    missed = sorted(set(planted) - set(hit))
    yield Figure("snarls_found", len(hit) / len(planted), "of planted", against=f"missed: {', '.join(missed) or 'none'}")
