"""An answer on its way to a client, whoever gives it: a model that is passed on, or an agent of ours.

Both are told as the events of a model's step. So each protocol is written once, for both.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from cluster.models.chat_model import ModelEvent, ModelUnreachable, StepDone


@dataclass(frozen=True, slots=True)
class Parted:
    """An agent begins its next step: what follows is a text of its own."""


Told: TypeAlias = ModelEvent | Parted


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a client gets. An `id` of version 7 has the time of the answer in it."""

    id: UUID
    model: str
    """As the client called it."""
    events: AsyncGenerator[Told]
    joint: str = ""
    """What stands between the texts of the answer where they are told as one."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    began: int | None = None
    """When, in seconds since 1970; None where the id tells."""

    @property
    def created(self) -> int:
        """When it was begun, in seconds since 1970."""
        return (self.id.int >> 80) // 1000 if self.began is None else self.began

    async def end(self) -> StepDone:
        """Wait for all of it. Raises what it fails with."""
        done: StepDone | None = None
        async with aclosing(self.events) as events:
            async for event in events:
                done = event if isinstance(event, StepDone) else done
        if done is None:
            raise ModelUnreachable("the model ended without an end")
        return done
