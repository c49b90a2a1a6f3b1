"""How fast one address may answer: quick enough for a whole office behind one address, too slow for a flood. It keeps nothing on disk."""

from __future__ import annotations

import threading
import time
from collections import deque

MOST_ADDRESSES = 10_000


class Pace:
    """Counts what each address did within the last seconds, in this process."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._done: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str, moment: float | None = None) -> int:
        """Count one more for this address; return 0, or how many seconds it has to wait first (and is not counted)."""
        at = time.monotonic() if moment is None else moment
        with self._lock:
            done = self._done.setdefault(address, deque())
            while done and done[0] <= at - self.seconds:
                done.popleft()
            if len(done) >= self.most:
                return max(1, round(done[0] + self.seconds - at + 0.5))
            done.append(at)
            if len(self._done) > MOST_ADDRESSES:
                self._forget(at)
        return 0

    def _forget(self, at: float) -> None:
        """Let go of addresses that did nothing lately; if all were busy, of the ones that came first."""
        for address in [address for address, done in self._done.items() if not done or done[-1] <= at - self.seconds]:
            del self._done[address]
        while len(self._done) > MOST_ADDRESSES:
            del self._done[next(iter(self._done))]
