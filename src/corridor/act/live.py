"""Live pages of cases: a stream that says only *that* a case changed; what it is, the page asks for by its own right."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from corridor.ground.channels.chat import SILENCE, frame, pulse
from corridor.ground.store import Store
from corridor.ground.vocabulary import SECOND, now

LIVES_FOR = 600 * SECOND
"""A stream ends after ten minutes and the browser opens it again, so that nobody listens on after their session."""


def live(store: Store, workspace_id: str, case_id: str | None = None, *, resumed: bool = False) -> StreamingResponse:
    """Answer with a stream that tells of a case's changes, or of any case's where none is named."""
    return StreamingResponse(
        _frames(store, workspace_id, case_id, resumed),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _frames(store: Store, workspace_id: str, case_id: str | None, resumed: bool) -> AsyncIterator[str]:
    until = now() + LIVES_FOR
    # A page that had lost its line is told to look again at once.
    yield frame("news", "again", id=now()) if resumed else frame("hello", "", id=now())
    async for piece in pulse(store.news.listen(workspace_id, {"case"})):
        if now() > until:
            return
        is_ours = piece.news is not None and case_id in (None, piece.news[1])
        yield frame("news", "case") if is_ours else SILENCE
