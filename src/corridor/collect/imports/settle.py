"""What a mapping changes in the workspace before the first event: currency and zone of a new one, touchpoints, lists for other rooms."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from corridor.collect.imports.check import Plan
from corridor.collect.imports.facts import MappingSection
from corridor.collect.quarantine import known_sources
from corridor.collect.touchpoints import save_touchpoint
from corridor.ground.access import Actor
from corridor.ground.access.workspaces import change_workspace
from corridor.ground.extensions import every
from corridor.ground.vocabulary import Workspace

AS_MADE = ("EUR", "UTC")
"""Currency and zone of a workspace for which nobody has chosen any."""


def settle(connection: Connection, workspace: Workspace, plan: Plan) -> str:
    """Save what the mapping says about the workspace; return a sentence where its currency or zone are worth one, else nothing."""
    for touchpoint in plan.touchpoints():
        save_touchpoint(connection, workspace.id, touchpoint)
    offered: dict[str, Callable[..., object]] = {section.key: section.save for section in every(MappingSection)}
    for key, entries in plan.mapping.sections.items():
        for entry in entries:
            offered[key](connection, workspace.id, entry)
    currency, zone = plan.mapping.currency, plan.mapping.zone
    is_new = (workspace.currency, workspace.zone) == AS_MADE and not known_sources(connection, workspace.id)
    if is_new and (currency or zone) and (currency, zone) != AS_MADE:
        by = Actor("import", f"import {plan.mapping.mapping}", "command line")
        found = change_workspace(connection, workspace, by, currency=currency or workspace.currency, zone=zone or workspace.zone)
        return f"The workspace {workspace.id} was new: it now counts in {found.currency}, and its days are those of {found.zone}."
    if currency is not None and currency != workspace.currency:
        return (
            f"Amounts in {currency} are kept as they are, but the workspace {workspace.id} counts in {workspace.currency}:"
            " its figures of money leave them out."
        )
    return ""
