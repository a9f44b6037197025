"""A conversation's scratch pad as tools: what an agent notes while it works, and nobody needs afterwards."""

from typing import Annotated, Any

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tool import Example, Facts, ToolContext, tool
from village.scratch import store

MOST_KEYS = 100
MAX_VALUE_BYTES = 10 * 1024
MAX_BYTES = 100 * 1024
MOST_OF_USER = 10_000

Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
READS = Facts(idempotent=True, in_conversation=True, seconds=10)
WRITES = Facts(idempotent=True, side_effect=True, in_conversation=True, seconds=10)
DRAFT = {"key": "draft", "value": {"chapter": 1}, "description": "where I am"}
DRAFTED = (("scratch_store", DRAFT),)


@tool(
    category="scratch",
    facts=WRITES,
    example=Example(arguments=DRAFT, result={"key": "draft", "stored": True, "keys_used": 1, "total_size": 13}),
)
async def scratch_store(
    context: ToolContext,
    *,
    key: Annotated[Key, "What to find it by"],
    value: Annotated[Any, "Any JSON value"],
    description: Annotated[str, Field(max_length=500), "What it is"] = "",
) -> dict[str, object]:
    """Note a value for the rest of this conversation. Replaces what was under the key."""
    size = json_size(value)
    if size > MAX_VALUE_BYTES:
        raise ToolFailed(f"A note may take {MAX_VALUE_BYTES // 1024} KiB; this is larger.")
    async with context.db.as_user(context.user) as conn:
        if not await store.is_there(conn, context.here()):
            raise ToolFailed("There is no such conversation.")
        others = [note for note in await store.notes(conn, context.here()) if note.key != key]
        total = size + sum(note.size for note in others)
        if len(others) >= MOST_KEYS or total > MAX_BYTES:
            raise ToolFailed(
                f"A conversation has room for {MOST_KEYS} notes of {MAX_BYTES // 1024} KiB in all; clear some first."
            )
        if await store.count(conn) >= MOST_OF_USER:
            raise ToolFailed(f"All conversations together hold {MOST_OF_USER} notes already; clear some first.")
        note = {"description": description, "size": size}
        await store.put(conn, context.user, context.here(), key, value, note)
    return {"key": key, "stored": True, "keys_used": len(others) + 1, "total_size": total}


@tool(
    category="scratch",
    facts=READS,
    example=Example(
        arguments={"key": "draft"},
        result={"key": "draft", "found": True, "value": {"chapter": 1}, "description": "where I am"},
        after=DRAFTED,
    ),
)
async def scratch_get(context: ToolContext, *, key: Annotated[Key, "The key it was noted under"]) -> dict[str, object]:
    """Read a note of this conversation."""
    async with context.db.as_user(context.user) as conn:
        found = await store.get(conn, context.here(), key)
    return {"key": key, "found": False} if found is None else {"key": key, "found": True, **vars(found)}


@tool(
    category="scratch",
    facts=READS,
    example=Example(
        arguments={},
        result={
            "keys": [{"key": "draft", "description": "where I am", "size": 13}],
            "count": 1,
            "total_size": 13,
            "size_limit": MAX_BYTES,
        },
        after=DRAFTED,
    ),
)
async def scratch_list(context: ToolContext) -> dict[str, object]:
    """List the notes of this conversation."""
    async with context.db.as_user(context.user) as conn:
        notes = await store.notes(conn, context.here())
    return {
        "keys": [vars(note) for note in notes],
        "count": len(notes),
        "total_size": sum(note.size for note in notes),
        "size_limit": MAX_BYTES,
    }


@tool(
    category="scratch",
    facts=WRITES,
    example=Example(
        arguments={"keys": ["draft"]},
        result={"cleared": True, "deleted_keys": ["draft"], "deleted_count": 1, "remaining_keys": []},
        after=DRAFTED,
    ),
)
async def scratch_clear(
    context: ToolContext,
    *,
    keys: Annotated[list[Key] | None, Field(max_length=MOST_KEYS), "Which ones; all when absent"] = None,
) -> dict[str, object]:
    """Drop notes of this conversation: some, or all."""
    async with context.db.as_user(context.user) as conn:
        gone = await store.delete(conn, context.here(), keys)
        left = await store.notes(conn, context.here())
    return {
        "cleared": bool(gone),
        "deleted_keys": gone,
        "deleted_count": len(gone),
        "remaining_keys": [note.key for note in left],
    }


SCRATCH_TOOLS = (scratch_store, scratch_get, scratch_list, scratch_clear)
