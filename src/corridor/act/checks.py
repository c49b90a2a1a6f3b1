"""What several verbs of this room check before they take a value."""

from __future__ import annotations

from sqlalchemy import Connection

from corridor.collect import touchpoints
from corridor.ground.problems import Invalid


def check_touchpoint(connection: Connection, workspace_id: str, key: str | None) -> None:
    """Refuse a touchpoint that this workspace does not have; none at all is fine.

    Raises:
        Invalid: names the key that is not known.
    """
    if key and all(one.key != key for one in touchpoints(connection, workspace_id)):
        raise Invalid(f"{key!r} is not a touchpoint here.", code="bad_touchpoint", field="touchpoint")
