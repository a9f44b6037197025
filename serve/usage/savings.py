"""What reading prompts from the provider's cache saved, by the prices of the day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cluster.clients.postgres import Row
from cluster.models.card import MILLION, ModelCard, Rates


@dataclass(frozen=True, kw_only=True)
class Savings:
    """What was saved, and the tokens that could not be reckoned."""

    usd: Decimal
    unpriced_tokens: int


def long_prompts(cards: Iterable[ModelCard]) -> dict[str, int]:
    """Above how many tokens a prompt is a long one, for the models that make a difference."""
    bounds = ((card.id, price.long_prompt) for card in cards for price in card.prices)
    return {id: bound for id, bound in bounds if bound is not None}


def saved(rows: Sequence[Row], cards: Mapping[str, ModelCard]) -> Savings:
    """What the tokens of `store.cached` would have cost without a cache, less what they did cost; exact.

    Writing to the cache costs more than plain reading, so it can come to less than nothing.
    """
    known = [row for row in rows if row["model"] in cards]
    usd = (_saved(row, _rates(cards[row["model"]], row["day"], long=row["long"])) for row in known)
    unpriced = sum(int(row["read"]) for row in rows if row["model"] not in cards)
    return Savings(usd=sum(usd, Decimal(0)), unpriced_tokens=unpriced)


def _saved(row: Row, rates: Rates) -> Decimal:
    read = int(row["read"]) * (rates.input - rates.cache_read)
    return (read - int(row["written"]) * (rates.cache_write - rates.input)) / MILLION


def _rates(card: ModelCard, day: date, *, long: bool) -> Rates:
    price = card.price(day)
    return (price.long_rates if long else None) or price.rates
