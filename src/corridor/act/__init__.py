"""What shall we do? Notices what is worth attention and sees that each trouble is somebody's to close, by a moment."""

from corridor.act.cases import cases_of, count_cases, count_overdue, open_cases
from corridor.act.facts import Case, CaseOpened, Doer, Plan, RootCause, Signal, SignalRule
from corridor.act.notice import notice
from corridor.act.told import open_case
from corridor.act.watch import watch
from corridor.act.words import Wording

__all__ = [
    "Case",
    "CaseOpened",
    "Doer",
    "Plan",
    "RootCause",
    "Signal",
    "SignalRule",
    "Wording",
    "cases_of",
    "count_cases",
    "count_overdue",
    "notice",
    "open_case",
    "open_cases",
    "watch",
]
