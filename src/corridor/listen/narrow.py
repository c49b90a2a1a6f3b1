"""How lists of the API are narrowed: as pages are, except that without a period they tell of all time."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from corridor.ground.access import Sees
from corridor.ground.filters import Filters, read_filters


async def _narrowed(
    caller: Sees,
    period: Annotated[str | None, Query(description="30d, 90d, 365d or all (default)", max_length=10)] = None,
    first: Annotated[str | None, Query(alias="from", description="First day, such as 2026-01-01", max_length=10)] = None,
    last: Annotated[str | None, Query(alias="to", description="Last day, included", max_length=10)] = None,
    segment: Annotated[str | None, Query(description="Key of a segment", max_length=200)] = None,
    channel: Annotated[str | None, Query(description="Key of a channel", max_length=50)] = None,
) -> Filters:
    return read_filters(
        caller.workspace,
        period=period or ("" if first or last else "all"),
        first=first,
        last=last,
        segment=segment,
        channel=channel,
    )


Narrowed = Annotated[Filters, Depends(_narrowed)]
