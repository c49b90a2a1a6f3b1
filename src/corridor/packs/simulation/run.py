"""Runs the simulation from its plan to the events and `truth.json`, in files or in a workspace of a data folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from corridor.ground.problems import Invalid
from corridor.ground.vocabulary import from_datetime, now
from corridor.packs.simulation.facts import Plan

if TYPE_CHECKING:
    from corridor.ground.store import Store
    from corridor.packs.simulation.outlets import Outlet

SEGMENTATIONS = ("city", "plan", "generation", "region")
TRUTH = "truth.json"

Told = Callable[[int, int], None]
"""Hears, after each day, how many days are done and how many events were made so far."""


def planned(customers: int, events: int, days: int, seed: int, until: str = "", zone: str = "Europe/Amsterdam") -> Plan:
    """Return a plan that can be carried out. `until` is the last day; without it the time ends at this moment.

    Raises:
        Invalid: names the value that is wrong.
    """
    if customers < 1:
        raise Invalid(f"There must be at least one customer, not {customers}.", field="customers")
    if events < 1:
        raise Invalid(f"There must be at least one event, not {events}.", field="events")
    if days < 1:
        raise Invalid(f"The simulated time must have at least one day, not {days}.", field="days")
    if seed < 0:
        raise Invalid(f"The seed must be a number from 0, not {seed}.", field="seed")
    return Plan(customers, events, days, seed, _end_of(until, zone), zone)


def _end_of(until: str, zone: str) -> int:
    if not until:
        return now()
    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise Invalid(f"'{until}' is not a date. Write it as 2026-11-22.", field="until") from None
    midnight = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone))
    return from_datetime(midnight.astimezone(UTC))


def simulate_into_folder(plan: Plan, folder: Path, told: Told | None = None) -> dict[str, Any]:
    """Write the events into `folder/events`, one file a source, and the truth beside them; return the truth."""
    from corridor.packs.simulation.outlets import FolderOutlet

    return _run(plan, FolderOutlet(folder / "events"), folder, told)


def simulate_into_workspace(plan: Plan, store: Store, workspace_id: str, told: Told | None = None) -> dict[str, Any]:
    """Put the events into the journal for a workspace, as if its systems had sent them; return the truth.

    The shop's touchpoints and segmentations are saved first, so that events are recognised. The same plan again adds nothing
    for thirty days, because its message ids are the same.
    """
    from corridor.packs.simulation.outlets import JournalOutlet

    furnish(store, workspace_id)
    return _run(plan, JournalOutlet(store.journal, workspace_id), store.folder, told)


def furnish(store: Store, workspace_id: str) -> None:
    """Give a workspace the shop's touchpoints and segmentations; the usual touchpoints, where nobody changed them, make room."""
    from corridor import collect, remember
    from corridor.packs.simulation.shop import PLACES

    ours = {place.touchpoint.key for place in PLACES}
    with store.database.write() as connection:
        for known in collect.touchpoints(connection, workspace_id):
            if known.key not in ours and known.norm == 75.0 and known.target is None:
                collect.forget_touchpoint(connection, workspace_id, known.key)
        for place in PLACES:
            collect.save_touchpoint(connection, workspace_id, place.touchpoint)
        for trait in SEGMENTATIONS:
            remember.save_segmentation(connection, workspace_id, trait)


def _run(plan: Plan, outlet: Outlet, folder: Path, told: Told | None) -> dict[str, Any]:
    import msgspec

    from corridor.packs.simulation.year import Year

    year = Year(plan)
    made = 0
    try:
        for day, page in enumerate(year.pages()):
            outlet.take(page)
            made += len(page)
            if told is not None:
                told(day + 1, made)
    finally:
        outlet.close()
    truth = {"events": made, **year.truth()}
    (folder / TRUTH).write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1))
    return truth
