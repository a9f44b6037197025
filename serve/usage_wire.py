"""The JSON shapes of what a person used."""

from serve.wire import Answer, Usd


class UsageRow(Answer):
    """What a model was used for on a day."""

    day: str
    model: str
    calls: int
    tokens_input: int
    tokens_output: int
    tokens_cache_read: int
    tokens_cache_write: int
    cost_usd: Usd


class UsagePart(Answer):
    """The same calls, otherwise divided."""

    day: str
    name: str | None
    calls: int
    tokens_input: int
    tokens_output: int
    tokens_cache_read: int
    tokens_cache_write: int
    cost_usd: Usd


class ToolUsage(Answer):
    tool: str
    runs: int
    succeeded: int
    refused: int
    """Nobody approved of it, or a rule forbade it."""
    seconds: float


class Usage(Answer):
    tokens_input: int
    """Prompts, as far as they were neither read from a cache nor written to one."""
    tokens_output: int
    tokens_cache_read: int
    tokens_cache_write: int
    cost_usd: Usd
    cache_saved_usd: Usd
    """What prompts would have cost without a cache, less what they did. Below zero: more was written than read."""
    cache_unpriced_tokens: int
    """Read from the cache of models whose prices are not known here; not part of what was saved."""
    rows: list[UsageRow]
    """By day and model."""
    agents: list[UsagePart]
    """By day and agent; null is the assistant."""
    work: list[UsagePart]
    """By day and kind of work: chat, title, summary, agents, swarms, councils."""
    tools: list[ToolUsage]
    """The busiest first."""
