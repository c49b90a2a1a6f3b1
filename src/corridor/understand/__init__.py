"""What does it mean? Gaps between expectation and experience, the corridor, its snarls, the portfolio; it refuses to contact anyone."""

from corridor.understand.compare import compare, satisfaction
from corridor.understand.facts import Corridor, Gap, GapFound, Move, Satisfaction, Snarl, Stop
from corridor.understand.gaps import GapOf, Promises, gaps, in_all, worst
from corridor.understand.live import kept_corridor, refresh_due

__all__ = [
    "Corridor",
    "Gap",
    "GapFound",
    "GapOf",
    "Move",
    "Promises",
    "Satisfaction",
    "Snarl",
    "Stop",
    "compare",
    "gaps",
    "in_all",
    "kept_corridor",
    "refresh_due",
    "satisfaction",
    "worst",
]
