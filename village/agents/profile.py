"""Who an agent is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An agent as others see it, and the persona that it speaks with.

    `generation` and `lineage` say where it comes from. `temperature` is what its persona was tuned with; a model that
    takes none ignores it.
    """

    agent: str
    display_name: str
    generation: str
    lineage: str
    specialization: str
    origin_story: str = ""
    color: str | None = None
    symbol: str | None = None
    persona: str = ""
    temperature: float | None = None
    built_in: bool = False
    introduced_at: datetime | None = None
