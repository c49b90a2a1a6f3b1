"""Live pages of the desk: a stream that says only *that* something changed; what it is, the page asks for by its own right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse

from corridor.ground.channels.chat import SILENCE, frame, pulse
from corridor.ground.store import Store
from corridor.ground.vocabulary import SECOND, now

LIVES_FOR = 600 * SECOND
"""A stream ends after ten minutes and the browser opens it again, so that nobody listens on after their session."""
HEARTBEAT = 15.0

Wanted = Callable[[str, str], str | None]
"""From a piece of news (topic, id) to the event a page hears, or None for what is not its business."""


def live(store: Store, workspace_id: str, topics: set[str], wanted: Wanted, *, resumed: bool = False) -> StreamingResponse:
    """Answer with a stream of the events that a page waits for.

    `resumed` says that the page had lost its line: it is told to look again at once.
    """
    return StreamingResponse(
        _frames(store, workspace_id, topics, wanted, resumed),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _frames(store: Store, workspace_id: str, topics: set[str], wanted: Wanted, resumed: bool) -> AsyncIterator[str]:
    until = now() + LIVES_FOR
    # With an id, the browser says when it comes back that it had been here.
    number = now()
    yield frame("news", "again", id=number) if resumed else frame("hello", "", id=number)
    async for piece in pulse(store.news.listen(workspace_id, topics), HEARTBEAT):
        if now() > until:
            return
        told = wanted(*piece.news) if piece.news else None
        yield SILENCE if told is None else told
