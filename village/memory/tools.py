"""A user's notebook as tools: what an agent puts down in one conversation, any agent of that user finds in another."""

from typing import Annotated, Any

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tool import Example, Facts, ToolContext, tool
from village.memory import store

MAX_VALUE_BYTES = 64 * 1024
MAX_KEYS = 10_000
MAX_LISTED = 1000

Key = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00\x01][^\x00]*$")]
READS = Facts(idempotent=True, reads_private=True, seconds=10)
WRITES = Facts(idempotent=True, side_effect=True, seconds=10)
MIA = {"key": "cat", "value": {"name": "Mia"}}
WITH_MIA = (("memory_store", MIA),)


@tool(
    category="memory_kv",
    facts=WRITES,
    example=Example(
        arguments=MIA,
        result={"success": True, "key": "cat", "stored_at": "2026-11-23T05:06:07Z"},
        varies=True,
    ),
)
async def memory_store(
    context: ToolContext,
    *,
    key: Annotated[Key, "What to find it by"],
    value: Annotated[Any, "Any JSON value"],
    metadata: Annotated[dict[str, Any], "Notes about the value"] = {},  # noqa: B006 (pydantic copies it)
) -> dict[str, object]:
    """Remember a value under a key, for later conversations too. Replaces what was there."""
    if json_size([value, metadata]) > MAX_VALUE_BYTES:
        raise ToolFailed(f"A value may take {MAX_VALUE_BYTES // 1024} KiB; this is larger.")
    async with context.db.as_user(context.user) as conn:
        if await store.count(conn) >= MAX_KEYS and await store.get(conn, key) is None:
            raise ToolFailed(f"The memory holds {MAX_KEYS} keys already; delete some first.")
        stored_at = await store.put(conn, context.user, key, value, metadata)
    return {"success": True, "key": key, "stored_at": stored_at}


@tool(
    category="memory_kv",
    facts=READS,
    example=Example(
        arguments={"key": "cat"},
        result={
            "found": True,
            "key": "cat",
            "value": {"name": "Mia"},
            "metadata": {},
            "stored_at": "2026-11-23T05:06:07Z",
        },
        varies=True,
        after=WITH_MIA,
    ),
)
async def memory_retrieve(context: ToolContext, *, key: Annotated[Key, "The key it was stored under"]) -> object:
    """Get the value of a key."""
    async with context.db.as_user(context.user) as conn:
        found = await store.get(conn, key)
    return {"found": False, "key": key} if found is None else {"found": True, **vars(found)}


@tool(
    category="memory_kv",
    facts=READS,
    example=Example(arguments={"prefix": "ca"}, result=["cat"], after=WITH_MIA),
)
async def memory_list(
    context: ToolContext,
    *,
    prefix: Annotated[str | None, Field(max_length=255), "Only keys that begin with this"] = None,
) -> list[str]:
    """List the keys that are remembered, optionally by prefix."""
    async with context.db.as_user(context.user) as conn:
        return await store.keys(conn, prefix=prefix or "", limit=MAX_LISTED)


@tool(
    category="memory_kv",
    facts=WRITES,
    example=Example(arguments={"key": "cat"}, result={"success": True, "key": "cat"}, after=WITH_MIA),
)
async def memory_delete(context: ToolContext, *, key: Annotated[Key, "The key to forget"]) -> dict[str, object]:
    """Forget a key and its value."""
    async with context.db.as_user(context.user) as conn:
        return {"success": await store.delete(conn, key), "key": key}


@tool(
    category="memory_kv",
    facts=READS,
    example=Example(
        arguments={"query": "mia"},
        result=[{"key": "cat", "value": {"name": "Mia"}, "metadata": {}, "stored_at": "2026-11-23T05:06:07Z"}],
        varies=True,
        after=WITH_MIA,
    ),
)
async def memory_search(
    context: ToolContext,
    *,
    query: Annotated[str, Field(min_length=1, max_length=1000), "Text to look for in keys and values"],
    limit: Annotated[int, Field(ge=1, le=100), "Most results"] = 10,
) -> object:
    """Find what is remembered by a piece of its key or value; upper and lower case count as equal."""
    async with context.db.as_user(context.user) as conn:
        return [vars(found) for found in await store.search(conn, query, limit=limit)]


MEMORY_TOOLS = (memory_store, memory_retrieve, memory_list, memory_delete, memory_search)
