"""The money in an event, as the Segment spec writes it: `revenue`, `total` or `amount` in major units, `currency` in ISO 4217."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

from corridor.ground.vocabulary import Event, Money

MONEY_EVENTS = {
    "Order Completed": "billed",
    "Invoice Issued": "billed",
    "Subscription Renewed": "billed",
    "Invoice Paid": "paid",
    "Order Refunded": "refunded",
    "Opportunity Updated": "forecast",
}
"""Events that carry money, and what kind of revenue it is."""


@lru_cache(maxsize=256)
def decimals(currency: str) -> int:
    """Return how many decimals a currency has (2 for EUR, 0 for JPY)."""
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency))


def money_of(event: Event, currency: str) -> Money | None:
    """Return the money of an event that carries some, in minor units; `currency` is meant where the event names none."""
    if event.name not in MONEY_EVENTS:
        return None
    properties = event.properties
    for name in ("revenue", "total", "amount", "value"):
        given = properties.get(name)
        if given is None or isinstance(given, bool):
            continue
        try:
            amount = Decimal(str(given))
        except InvalidOperation:
            return None
        if not amount.is_finite() or abs(amount) > 10**12:
            return None
        said = properties.get("currency")
        unit = said.upper() if isinstance(said, str) and len(said) == 3 and said.isascii() else currency
        return Money(int((amount * 10 ** decimals(unit)).to_integral_value()), unit)
    return None
