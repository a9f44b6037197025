"""Keeps training sets: the file in the person's workspace, and its line in the register."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from actors.nursery import store
from actors.nursery.store import TrainingSet
from cluster.errors import NotFound
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext

FOLDER = "nursery"
MOST_REGISTERED = 1000
MAX_BYTES = 16 * 1024 * 1024

SetName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
"""A name that is a file's name, too."""
MayBeNamed = SetName | None
SET: dict[str, object] = {
    "success": True,
    "dataset_id": "0197a1b2-0000-7000-8000-000000000000",
    "dataset_name": "turning",
    "name": "turning",
    "path": "nursery/turning.jsonl",
    "num_examples": 5,
    "size_kb": 2.1,
    "tools": {},
    "message": "5 examples in nursery/turning.jsonl.",
}
"""What a tool says of a set that it made."""


async def kept(
    context: ToolContext,
    name: str,
    made_of: str,
    lines: bytes,
    tools: Mapping[str, int],
    *,
    examples: int,
    agent: str | None,
) -> dict[str, object]:
    """Write the file and register it, in place of what had the name. Raises ToolFailed when there is no room."""
    if len(lines) > MAX_BYTES:
        raise ToolFailed(f"A training set may have {MAX_BYTES // 1024**2} MiB; ask for fewer examples.")
    path = f"{FOLDER}/{name}.jsonl"
    await room_in_registers(context)
    await context.files.write({path: lines})
    async with context.db.as_user(context.user) as conn:
        id = await store.put_set(
            conn, context.user, name, path, made_of, examples=examples, size=len(lines), tools=tools, agent=agent
        )
    return {
        **SET,
        "dataset_id": id,
        "dataset_name": name,
        "name": name,
        "path": path,
        "num_examples": examples,
        "size_kb": round(len(lines) / 1024, 1),
        "tools": tools,
        "message": f"{examples} examples in {path}.",
    }


async def room_in_registers(context: ToolContext) -> None:
    """Raises ToolFailed when the registers are full."""
    async with context.db.as_user(context.user) as conn:
        if await store.count(conn) >= MOST_REGISTERED:
            raise ToolFailed(f"The nursery's registers hold {MOST_REGISTERED} entries already.")


async def found_set(context: ToolContext, named: str | None) -> TrainingSet:
    """The training set of that name or id. Raises NotFound."""
    if not named:
        raise ToolFailed("Give dataset_name or dataset_id.")
    async with context.db.as_user(context.user) as conn:
        found = await store.find_set(conn, named)
    if found is None:
        raise NotFound(f"There is no training set {named!r}; nursery_list_datasets names them.")
    return found
