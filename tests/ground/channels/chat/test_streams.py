"""Streams of server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from corridor.ground.channels.chat import Frame, frame, pulse


def read(text: str) -> tuple[str, str, str]:
    """Return id, event and data as a browser reads one frame."""
    assert text.endswith("\n\n")
    fields: dict[str, list[str]] = {"id": [], "event": [], "data": []}
    for line in text.removesuffix("\n\n").split("\n"):
        name, _, value = line.partition(": ")
        fields[name].append(value)
    return "".join(fields["id"]), "".join(fields["event"]), "\n".join(fields["data"])


@given(st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=("Cs",)), max_size=100))
def test_a_frame_carries_what_it_was_given(data: str) -> None:
    """Whatever stands in the data, no frame ends early and none runs into the next."""
    assert read(frame("news", data, id=7)) == ("7", "news", data)


def test_pulse_listens_before_it_speaks() -> None:
    """The first frame comes once the news is listened to, so that nothing is missed after it; quiet times give empty frames."""

    async def scene() -> list[Frame]:
        waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        listening = False

        async def news() -> AsyncIterator[tuple[str, str]]:
            nonlocal listening
            listening = True
            while True:
                yield await waiting.get()

        heard: list[Frame] = []
        async for piece in pulse(news(), 0.05):
            assert listening
            heard.append(piece)
            if len(heard) == 1:
                waiting.put_nowait(("chat", "a"))
            if len(heard) == 3:
                return heard
        return heard

    assert asyncio.run(scene()) == [Frame(), Frame(("chat", "a")), Frame()]
