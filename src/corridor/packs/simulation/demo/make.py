"""The parts of a demo in the order in which they are made; each is noted when it is done, so that an interrupted demo goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corridor.collect.imports import Drain
from corridor.ground.access import ensure_workspace
from corridor.ground.access.keys import create_key
from corridor.ground.access.workspaces import change_workspace
from corridor.ground.extensions import every
from corridor.ground.store import Store
from corridor.packs.simulation.demo import talks, work
from corridor.packs.simulation.demo.people import BUILDER, add_colleagues, ids_of_colleagues
from corridor.packs.simulation.demo.progress import Demo
from corridor.packs.simulation.run import TRUTH, Told, simulate_into_workspace
from corridor.packs.simulation.shop import CURRENCY, NAME

WORKSPACE = "main"

Said = Callable[[str], None]
"""Hears the sentence about the part that begins now."""


def begin(demo: Demo, store: Store) -> None:
    """Make the shop's workspace, the people who can sign in, and the key of its site."""
    if "people" in demo.done:
        return
    with store.database.write() as connection:
        workspace = ensure_workspace(connection, WORKSPACE, name=NAME)
        change_workspace(connection, workspace, BUILDER, name=NAME, zone=demo.plan.zone, currency=CURRENCY, region="NL")
    add_colleagues(store, WORKSPACE)
    work.tell_pulses(store, WORKSPACE, demo.plan.seed)
    with store.database.write() as connection:
        _, demo.write_key = create_key(connection, WORKSPACE, "write", BUILDER, name="website")
    demo.finish("people", store.folder)


def fill(demo: Demo, store: Store, address: str, said: Said, told: Told) -> None:
    """Make the parts that are not there yet, with the server running."""
    folder, seed = store.folder, demo.plan.seed
    if "year" not in demo.done:
        said(f"A year of {NAME}: {demo.plan.customers:,} customers, about {demo.plan.events:,} events")
        simulate_into_workspace(demo.plan, store, WORKSPACE, told)
        demo.finish("year", folder)
    if "surveys" not in demo.done:
        work.open_surveys(store, WORKSPACE)
        demo.finish("surveys", folder)
    if "line" not in demo.done:
        said("The line takes the events to profiles, timelines and the lake")
        _drain(store)
        demo.finish("line", folder)
    if "talks" not in demo.done:
        said("Conversations")
        begun = talks.start_talks(address, demo.write_key, _speakers(folder))
        _drain(store)
        ids = ids_of_colleagues(store, WORKSPACE)
        talks.answer_talks(address, store, WORKSPACE, begun, lambda first: ids[first], seed)
        demo.finish("talks", folder)
    if "cases" not in demo.done:
        said("Cases and plans")
        work.work_on_cases(address, seed)
        demo.finish("cases", folder)
    if "corridor" not in demo.done:
        said("The corridor")
        _drain(store)
        work.look_at_the_corridor(address)
        demo.finish("corridor", folder)


def _drain(store: Store) -> None:
    """Wait until nothing waits before the line."""
    for drain in every(Drain):
        drain.function(store)


def _speakers(folder: Path) -> talks.Speakers:
    """Return registered customers by language, those with the most identifiers first: they have the longest stories."""
    persons: list[dict[str, Any]] = json.loads((folder / TRUTH).read_text())["persons"]
    persons.sort(key=lambda person: -len(person["identifiers"]))
    found: talks.Speakers = {"en": [], "fa": []}
    for person in persons:
        user_id = next((value for kind, value in person["identifiers"] if kind == "user_id"), "")
        if user_id and len(found[person["language"]]) < 20:
            found[person["language"]].append(user_id)
    return found
