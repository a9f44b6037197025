"""What a call of a model can cost at most, before it is made.

A token is at least one byte of what is sent (byte-level tokenizers merge bytes, they never split them), so bytes bound
tokens from above. What was counted of the conversation so far is taken as it was counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import orjson

from cluster.models.card import ModelCard, Price
from cluster.models.chat_model import Block, ModelMessage, ModelRequest, Usage

FRAME_TOKENS = 1500
"""What a provider adds of its own: how tools are to be called, and the like."""
IMAGE_TOKENS = 6000
LEAST_ANSWER = 256
"""A call that may answer with fewer tokens is not worth making."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the last call was, and what its provider counted of it."""

    messages: int
    tokens: int


def prompt_tokens(request: ModelRequest, known: Known | None) -> int:
    """Most tokens that the prompt can have."""
    if known is not None and known.messages <= len(request.messages):
        return known.tokens + _bytes(request.messages[known.messages :]) + FRAME_TOKENS
    tools = sum(len(orjson.dumps([t.name, t.description, dict(t.parameters)])) for t in request.tools)
    return _bytes(request.messages) + len(request.system.encode()) + tools + FRAME_TOKENS


def known_after(request: ModelRequest, usage: Usage) -> Known:
    """What is known of the next prompt once a call was counted."""
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    return Known(len(request.messages), prompt)


def usd(card: ModelCard, prompt: int, answer: int, today: date) -> Decimal:
    """Most US dollars for a prompt and an answer of so many tokens."""
    price = next((one for one in card.prices if one.since <= today), card.prices[-1])
    return max(_cost(price, prompt, answer, written=False), _cost(price, prompt, answer, written=True))


def fitted(
    request: ModelRequest, card: ModelCard, prompt: int, *, usd_left: Decimal, tokens_left: int, today: date
) -> int:
    """How many tokens the answer may have so that the call stays within what is left; 0 when it is not worth making."""
    most = min(request.max_tokens, tokens_left - prompt - request.thinking_tokens)
    nothing = usd(card, prompt, request.thinking_tokens, today)
    each = usd(card, prompt, request.thinking_tokens + 1000, today) - nothing
    if each > 0:
        most = min(most, int((usd_left - nothing) / each * 1000))
    return most if most >= min(LEAST_ANSWER, request.max_tokens) else 0


def cut(request: ModelRequest, answer: int) -> ModelRequest:
    """The request with an answer of so many tokens at most."""
    return request if answer >= request.max_tokens else replace(request, max_tokens=answer)


def _cost(price: Price, prompt: int, answer: int, *, written: bool) -> Decimal:
    usage = Usage(
        input_tokens=0 if written else prompt, cache_write_tokens=prompt if written else 0, output_tokens=answer
    )
    return price.cost(usage)


def _bytes(messages: Sequence[ModelMessage]) -> int:
    return sum(_size(message.content) for message in messages)


def _size(blocks: Iterable[Block]) -> int:
    return sum(IMAGE_TOKENS if block["type"] == "image" else len(orjson.dumps(block, default=str)) for block in blocks)
