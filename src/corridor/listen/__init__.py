"""What do they say? Surveys, responses, expectations and promises; it refuses to decide what to do about an answer."""

from corridor.listen.facts import (
    Expectation,
    ExpectationStated,
    Promise,
    PromiseMade,
    PromiseSettled,
    Response,
    ResponseHeard,
)
from corridor.listen.hear import hear
from corridor.listen.heard import Kept, Rated, expectations, promises, promises_by_touchpoint, ratings_by_touchpoint, responses
from corridor.listen.keep import overdue
from corridor.listen.surveys.answer import settle_partial

__all__ = [
    "Expectation",
    "ExpectationStated",
    "Kept",
    "Promise",
    "PromiseMade",
    "PromiseSettled",
    "Rated",
    "Response",
    "ResponseHeard",
    "expectations",
    "hear",
    "overdue",
    "promises",
    "promises_by_touchpoint",
    "ratings_by_touchpoint",
    "responses",
    "settle_partial",
]
