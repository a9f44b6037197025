"""A jam as files of the workspace: what it is, and one file for each part that was played.

Players play at once, so nobody changes a file that another may be changing: a part is a new file, whose name sorts by
when it was made.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from cluster.errors import NotFound
from cluster.ids import new_id
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext
from sandbox.tools.pitches import MOST_NOTES

FOLDER = "jams"
MOST_PARTS = 400
READ_AT_ONCE = 8
Mode = Literal["conductor", "jam", "auto"]
Role = Literal["producer", "melody", "bass", "harmony", "rhythm", "free"]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Read = TypeVar("Read", bound=BaseModel)


class Player(BaseModel):
    """One who plays, and what."""

    agent: Name
    role: Role


class Jam(BaseModel):
    """What was agreed on in the beginning, and whether it has ended."""

    session_id: str
    title: Annotated[str, Field(max_length=100)]
    style: Annotated[str, Field(max_length=1000)]
    tempo: Annotated[int, Field(ge=10, le=400)]
    key: Annotated[str, Field(max_length=20)]
    mode: Mode
    participants: Annotated[list[Player], Field(max_length=40)]
    max_rounds: Annotated[int, Field(ge=1, le=50)]
    inspiration: Annotated[str, Field(max_length=2000)]
    complete: bool = False


class Part(BaseModel):
    """What one played in one round: its notes one after the other, each as long as the other."""

    track_id: str
    agent_id: Name
    role: Role
    round: Annotated[int, Field(ge=1, le=50)]
    description: Annotated[str, Field(max_length=1000)]
    notes: Annotated[list[int | Annotated[str, Field(max_length=40)]], Field(max_length=MOST_NOTES)]
    duration: Annotated[float, Field(ge=0.03, le=64)]
    velocity: Annotated[int, Field(ge=1, le=127)]

    @property
    def beats(self) -> float:
        """How long it is."""
        return len(self.notes) * self.duration


async def jam_of(context: ToolContext, session_id: str) -> Jam:
    """The jam of that id. Raises ToolFailed."""
    try:
        return await _read(context, f"{FOLDER}/{session_id}/jam.json", Jam)
    except NotFound:
        raise ToolFailed(f"There is no jam {session_id!r}; jam_create makes one.") from None


async def keep_jam(context: ToolContext, jam: Jam) -> None:
    """Write down what the jam is."""
    await context.files.write({f"{FOLDER}/{jam.session_id}/jam.json": _bytes(jam)})


async def parts_of(context: ToolContext, session_id: str) -> Sequence[Part]:
    """All that was played, in the order it was."""
    listed = await context.files.list(f"{FOLDER}/{session_id}")
    paths = sorted(file.path for file in listed if file.path.endswith(".json") and not file.path.endswith("/jam.json"))
    gate = asyncio.Semaphore(READ_AT_ONCE)

    async def read(path: str) -> Part:
        async with gate:
            return await _read(context, path, Part)

    return await asyncio.gather(*(read(path) for path in paths[:MOST_PARTS]))


async def keep_part(context: ToolContext, session_id: str, part: Part) -> None:
    """Add what was played."""
    await context.files.write({f"{FOLDER}/{session_id}/{part.track_id}.json": _bytes(part)})


def played(parts: Sequence[Part]) -> Counter[str]:
    """How often each has played."""
    return Counter(part.agent_id for part in parts)


def new_name() -> str:
    """A name that sorts by when it was made."""
    return str(new_id())


async def _read(context: ToolContext, path: str, kind: type[Read]) -> Read:
    try:
        return kind.model_validate_json(await context.files.read(path))
    except ValidationError:
        raise ToolFailed(f"{path} is damaged; delete it, or mend it by hand.") from None


def _bytes(kept: BaseModel) -> bytes:
    return kept.model_dump_json(indent=1).encode()
