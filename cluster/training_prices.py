"""What training a model costs, as the operator has looked it up: no price is built in, since each one ages."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Provider = Annotated[str, Field(min_length=1, max_length=50)]


class TrainingPrices(BaseModel):
    """Prices in USD by provider, and the day on which they were looked up."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    as_of: date
    gpu_hour: dict[Provider, Price] = Field(default_factory=dict[str, float], max_length=20)
    """For an hour of an A100 with 80 GB."""
    million_tokens: dict[Provider, Price] = Field(default_factory=dict[str, float], max_length=20)
    """For a million tokens that are trained on."""
