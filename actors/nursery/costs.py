"""Estimates how long training a model on a set would take, and what it would cost at a price that somebody names.

No price is written here: a list price ages, and could not be checked. The operator sets them with the day they are of
(APEX_TRAINING_PRICES), or whoever asks says one.

Where the other figures come from. Work: about six floating-point operations a parameter and token (Kaplan and others,
"Scaling laws for neural language models", 2020, section 2.1); adapters spare the gradients of the frozen weights, a
third of it. Peak: 312e12 a second, NVIDIA's data sheet of the A100 (dense BF16). The rest are assumptions, and named
so: the share of the peak, the time to set up, what fits a GPU, four bytes to a token.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cluster.training_prices import TrainingPrices
from sandbox.errors import ToolFailed

BYTES_PER_TOKEN = 4
A100_FLOPS = 312e12
USED_SHARE = 0.35
"""Of the peak, that training gets out of it. Assumed."""
SET_UP_HOURS = 0.2
"""Until a rented GPU has the model and begins. Assumed."""
GPU_BILLIONS = {True: 30.0, False: 5.0}
"""Parameters in billions that fit one GPU of 80 GB, with adapters or in full. Assumed: 2 or 16 bytes for each."""
ASSUMED = "an A100 with 80 GB at 35% of its peak, 0.2 hours to set up, 4 bytes to a token"
SIZE = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)\s?b(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a training run takes."""

    billions: float
    tokens: int
    gpu_hours: float
    gpus: int

    def usd(self, prices: TrainingPrices) -> Mapping[str, float]:
        """What it costs, by provider: the cheaper way where one sells both hours and tokens."""
        costs = {name: self.gpu_hours * price for name, price in prices.gpu_hour.items()}
        for name, price in prices.million_tokens.items():
            by_tokens = self.tokens / 1e6 * price
            costs[name] = min(by_tokens, costs.get(name, by_tokens))
        return costs


def estimate(size: int, base_model: str, epochs: int, *, lora: bool) -> Estimate:
    """For a set of `size` bytes. Raises ToolFailed for a model whose size its name does not tell."""
    billions = billions_of(base_model)
    tokens = max(1, size // BYTES_PER_TOKEN) * epochs
    seconds = tokens * billions * 1e9 * (4 if lora else 6) / (A100_FLOPS * USED_SHARE)
    gpus = max(1, -(-billions // GPU_BILLIONS[lora]))
    hours = seconds / 3600 + SET_UP_HOURS * gpus
    return Estimate(billions=billions, tokens=tokens, gpu_hours=hours, gpus=int(gpus))


def billions_of(base_model: str) -> float:
    """A model's billions of parameters by its name, such as `3b` or `Llama-3.2-3B-Instruct`. Raises ToolFailed."""
    found = SIZE.findall(base_model)
    if not found or float(found[-1]) == 0:
        raise ToolFailed(f"The name {base_model!r} does not tell the model's size; give one such as 3b or 8B.")
    return float(found[-1])
