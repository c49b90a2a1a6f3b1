"""What does it mean? Gaps between expectation and experience, the corridor, its snarls, the portfolio; it refuses to contact anyone."""

from corridor.understand.compare import compare, satisfaction
from corridor.understand.facts import Gap, GapFound, Satisfaction

__all__ = ["Gap", "GapFound", "Satisfaction", "compare", "satisfaction"]
