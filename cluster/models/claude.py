"""The Claude models, as facts: identifiers, limits, prices with their dates, and what each accepts.

Identifiers: `anthropic/types/model.py` of SDK 2.12. Prices, windows and output limits: the model pages and the pricing
page of platform.claude.com (`docs/en/models/<model>/overview`, `docs/en/about-claude/pricing`) and the launch note of
Fable 5.2 (9 November 2026), read on 23 November 2026. Sonnet 5.5's cache reads were halved on 7 October 2026; Haiku
5.5 costs more for prompts over 100,000 tokens, on every token of the step. What is accepted: the table in
`docs/en/build-with-claude/thinking-troubleshooting`, and `preserved-thinking/prefix-checks` for bound thinking.
Left out: Mythos (only for verified organisations) and Sonnet 4.5 (retires on 30 November 2026).
"""

from datetime import date
from decimal import Decimal

from cluster.models.card import Abilities, ModelCard, Price, Rates

BEST = "claude-sonnet-5-5"
"""What new conversations get: quick, able, and it thinks only when asked."""
SMALL = "claude-haiku-5-5"
"""The cheap sibling, for titles and summaries."""

ALWAYS_THINKS = Abilities(thinking="adaptive", thinking_off="low_effort", temperature=False)
ALWAYS_THINKS_BOUND = Abilities(thinking="adaptive", thinking_off="low_effort", temperature=False, bound_thinking=True)
ADAPTIVE = Abilities(thinking="adaptive", thinking_off="disabled", temperature=False)
EARLY_ADAPTIVE = Abilities(thinking="adaptive", thinking_off="omit")
MANUAL = Abilities(thinking="manual", thinking_off="omit")


def rates(read: str, *, input: str, output: str) -> Rates:
    """Rates with the cache write at 1.25 times the input, as on every Claude model."""
    base = Decimal(input)
    return Rates(input=base, output=Decimal(output), cache_read=Decimal(read), cache_write=base * Decimal("1.25"))


def card(
    id: str, name: str, description: str, prices: tuple[Price, ...], abilities: Abilities, *, window: int = 1_000_000
) -> ModelCard:
    """A Claude model. It answers with up to 128,000 tokens where it reads a million, else with up to 64,000."""
    return ModelCard(
        id=id,
        name=name,
        provider="anthropic",
        description=description,
        context_tokens=window,
        max_output_tokens=128_000 if window == 1_000_000 else 64_000,
        prices=prices,
        abilities=abilities,
        images=True,
        tools=True,
    )


OPUS_RATES = rates("0.50", input="5", output="25")

CLAUDE: tuple[ModelCard, ...] = (
    card(
        "claude-sonnet-5-5",
        "Claude Sonnet 5.5",
        "The best combination of speed and intelligence.",
        (
            Price(since=date(2026, 10, 7), rates=rates("0.10", input="2", output="10")),
            Price(since=date(2026, 9, 28), rates=rates("0.20", input="2", output="10")),
        ),
        Abilities(thinking="adaptive", thinking_off="between_tools", temperature=False, bound_thinking=True),
    ),
    card(
        "claude-opus-5-5",
        "Claude Opus 5.5",
        "For long agentic work and knowledge work. It always thinks a little.",
        (Price(since=date(2026, 9, 22), rates=rates("0.20", input="4", output="20")),),
        ALWAYS_THINKS_BOUND,
    ),
    card(
        "claude-fable-5-2",
        "Claude Fable 5.2",
        "For the most demanding reasoning. It always thinks.",
        (Price(since=date(2026, 11, 9), rates=rates("0.20", input="8", output="40")),),
        ALWAYS_THINKS_BOUND,
    ),
    card(
        "claude-haiku-5-5",
        "Claude Haiku 5.5",
        "The quickest and cheapest.",
        (
            Price(
                since=date(2026, 10, 7),
                rates=rates("0.01", input="0.10", output="0.50"),
                long_prompt=100_000,
                long_rates=rates("0.05", input="0.50", output="2.50"),
            ),
        ),
        Abilities(thinking="adaptive", thinking_off="disabled", temperature=False, bound_thinking=True),
    ),
    card(
        "claude-fable-5-1",
        "Claude Fable 5.1",
        "The former Fable. It always thinks.",
        (Price(since=date(2026, 9, 1), rates=rates("0.25", input="10", output="50")),),
        ALWAYS_THINKS_BOUND,
    ),
    card(
        "claude-fable-5",
        "Claude Fable 5",
        "The first Fable. It always thinks.",
        (Price(since=date(2026, 6, 9), rates=rates("1", input="10", output="50")),),
        ALWAYS_THINKS,
    ),
    card(
        "claude-opus-5",
        "Claude Opus 5",
        "The former Opus.",
        (Price(since=date(2026, 7, 24), rates=OPUS_RATES),),
        ADAPTIVE,
    ),
    card(
        "claude-sonnet-5",
        "Claude Sonnet 5",
        "The former Sonnet.",
        (Price(since=date(2026, 6, 30), rates=rates("0.20", input="2", output="10")),),
        ADAPTIVE,
    ),
    card(
        "claude-opus-4-8",
        "Claude Opus 4.8",
        "An earlier Opus.",
        (Price(since=date(2026, 5, 1), rates=OPUS_RATES),),
        ADAPTIVE,
    ),
    card(
        "claude-opus-4-7",
        "Claude Opus 4.7",
        "An earlier Opus.",
        (Price(since=date(2026, 4, 16), rates=OPUS_RATES),),
        ADAPTIVE,
    ),
    card(
        "claude-opus-4-6",
        "Claude Opus 4.6",
        "An earlier Opus.",
        (Price(since=date(2026, 2, 5), rates=OPUS_RATES),),
        EARLY_ADAPTIVE,
    ),
    card(
        "claude-sonnet-4-6",
        "Claude Sonnet 4.6",
        "An earlier Sonnet.",
        (Price(since=date(2026, 2, 17), rates=rates("0.30", input="3", output="15")),),
        EARLY_ADAPTIVE,
    ),
    card(
        "claude-opus-4-5",
        "Claude Opus 4.5",
        "An earlier Opus with a smaller window.",
        (Price(since=date(2025, 11, 24), rates=OPUS_RATES),),
        MANUAL,
        window=200_000,
    ),
    card(
        "claude-haiku-4-5",
        "Claude Haiku 4.5",
        "The former Haiku with a smaller window.",
        (Price(since=date(2025, 10, 15), rates=rates("0.10", input="1", output="5")),),
        MANUAL,
        window=200_000,
    ),
)
