"""Estimates what training a model on a set would cost, and how long it would take.

Work: training takes about six floating-point operations a parameter and token (Kaplan and others, "Scaling laws for
neural language models", 2020); adapters spare the gradients of the frozen weights, a third of it. Tokens are counted as
four bytes each. The rates are rough list prices of 2025, not checked since: a provider's own page has today's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.errors import ToolFailed

Provider = Literal["together", "replicate", "vastai", "runpod"]
BYTES_PER_TOKEN = 4
FLOPS_A_SECOND = 312e12 * 0.35
"""An A100 at the share of its peak that training gets out of it."""
SET_UP_HOURS = 0.2
"""Until a rented GPU has the model and begins."""
GPU_BILLIONS = {True: 30.0, False: 5.0}
"""Parameters in billions that fit one GPU of 80 GB, with adapters or in full."""
GPU_HOUR: Mapping[Provider, float] = {"replicate": 5.04, "vastai": 1.0, "runpod": 1.64}
"""USD for an hour of an A100 with 80 GB."""
TOKEN_RATES = ((16.0, 0.48, 0.54), (69.0, 1.50, 1.65), (100.0, 2.90, 3.20))
"""Together: largest model in billions, USD for a million tokens with adapters, and in full."""
SIZE = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)\s?b(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a training run takes. `usd` has the providers that could do it."""

    billions: float
    tokens: int
    gpu_hours: float
    gpus: int
    usd: Mapping[Provider, float]


def estimate(size: int, base_model: str, epochs: int, *, lora: bool) -> Estimate:
    """For a set of `size` bytes. Raises ToolFailed for a model whose size its name does not tell."""
    billions = billions_of(base_model)
    tokens = max(1, size // BYTES_PER_TOKEN) * epochs
    seconds = tokens * billions * 1e9 * (4 if lora else 6) / FLOPS_A_SECOND
    gpus = max(1, -(-billions // GPU_BILLIONS[lora]))
    hours = seconds / 3600 + SET_UP_HOURS * gpus
    usd: dict[Provider, float] = {}
    rate = next((row[1 if lora else 2] for row in TOKEN_RATES if billions <= row[0]), None)
    if rate is not None:
        usd["together"] = tokens / 1e6 * rate
    usd |= {provider: hours * price for provider, price in GPU_HOUR.items()}
    return Estimate(billions=billions, tokens=tokens, gpu_hours=hours, gpus=int(gpus), usd=usd)


def billions_of(base_model: str) -> float:
    """A model's billions of parameters by its name, such as `3b` or `Llama-3.2-3B-Instruct`. Raises ToolFailed."""
    found = SIZE.findall(base_model)
    if not found or float(found[-1]) == 0:
        raise ToolFailed(f"The name {base_model!r} does not tell the model's size; give one such as 3b or 8B.")
    return float(found[-1])
