"""What we know about a model: who makes it, what it can do, and what its tokens cost on which day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from cluster.models.chat_model import Usage

Provider = Literal["anthropic", "local", "scripted"]
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """USD per million tokens. `cache_write` is the five-minute cache's, the only one that we use."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal

    def cost(self, usage: Usage) -> Decimal:
        """Exact USD of a step's tokens."""
        return (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
        ) / MILLION


@dataclass(frozen=True, kw_only=True)
class Price:
    """The rates that hold from a day on. A step whose prompt is longer than `long_prompt` tokens pays `long_rates`."""

    since: date
    rates: Rates
    long_prompt: int | None = None
    long_rates: Rates | None = None

    def cost(self, usage: Usage) -> Decimal:
        """Exact USD of a step: all its tokens are paid at the rates that its prompt's length asks for."""
        prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        long = self.long_rates if self.long_prompt is not None and prompt > self.long_prompt else None
        return (long or self.rates).cost(usage)


FREE = Price(
    since=date(2026, 1, 1),
    rates=Rates(input=Decimal(0), output=Decimal(0), cache_read=Decimal(0), cache_write=Decimal(0)),
)


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a model accepts in a request. A request that holds anything else is refused by the provider (status 400)."""

    thinking: Literal["no", "manual", "adaptive"] = "no"
    """`manual` takes a budget of tokens, `adaptive` an effort."""
    thinking_off: Literal["omit", "disabled", "between_tools", "low_effort"] = "omit"
    """How a request says that it wants no thinking; `low_effort` is for models that always think."""
    temperature: bool = True
    """Whether a temperature may be set at all."""
    bound_thinking: bool = False
    """Thinking blocks are checked against everything that came before them."""


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A model as it is offered."""

    id: str
    name: str
    provider: Provider
    description: str
    context_tokens: int
    max_output_tokens: int
    prices: Sequence[Price] = (FREE,)
    """Newest first."""
    abilities: Abilities = field(default_factory=Abilities)
    images: bool = False
    tools: bool = False
    demo: bool = False
    """A small model for trying things out: the page says so."""

    @property
    def thinking(self) -> bool:
        """Whether it can think before it answers."""
        return self.abilities.thinking != "no"

    @property
    def input_usd_per_million(self) -> Decimal:
        """Today's price of a million input tokens."""
        return self.price(today()).rates.input

    @property
    def output_usd_per_million(self) -> Decimal:
        """Today's price of a million output tokens."""
        return self.price(today()).rates.output

    def price(self, day: date) -> Price:
        """The price on a day; the oldest known one for days before it."""
        return next((price for price in self.prices if price.since <= day), self.prices[-1])

    def priced(self, usage: Usage, day: date | None = None) -> Usage:
        """The same usage with its cost."""
        return Usage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cost_usd=self.price(day or today()).cost(usage),
        )


def today() -> date:
    """The day in UTC, which prices go by."""
    return datetime.now(UTC).date()
