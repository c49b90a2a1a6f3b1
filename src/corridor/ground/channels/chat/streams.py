"""Server-sent events: one frame a message, a sign of life in between, and an end that lets the browser come back where it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

SILENCE = ": still here\n\n"
"""A comment; it keeps proxies from closing a quiet stream and tells us when the reader has gone."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What came while waiting: a piece of news (topic and id), or None after a quiet while."""

    news: tuple[str, str] | None = None


def frame(event: str, data: Any, *, id: int | None = None) -> str:
    """Return one event of the stream. `id` is where a reader that lost the line goes on from."""
    body = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    lines = "".join(f"data: {line}\n" for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    number = "" if id is None else f"id: {id}\n"
    return f"{number}event: {event}\n{lines}\n"


async def pulse(news: AsyncIterator[tuple[str, str]], seconds: float = 15.0) -> AsyncIterator[Frame]:
    """Give an empty frame once it listens, each piece of news as it comes, and an empty frame after every quiet `seconds`.

    Whoever looks at what there is on the first frame misses nothing that comes later.
    """
    coming: asyncio.Task[tuple[str, str]] | None = asyncio.ensure_future(_next(news))
    try:
        await asyncio.sleep(0)
        yield Frame()
        while True:
            # Waiting is done on a task that outlives the time limit: cancelling `anext` would end the iterator.
            coming = coming or asyncio.ensure_future(_next(news))
            done, _ = await asyncio.wait({coming}, timeout=seconds)
            if not done:
                yield Frame()
                continue
            try:
                yield Frame(coming.result())
            except StopAsyncIteration:
                return
            coming = None
    finally:
        if coming is not None:
            coming.cancel()


async def _next(news: AsyncIterator[tuple[str, str]]) -> tuple[str, str]:
    return await anext(news)
