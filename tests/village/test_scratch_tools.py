"""A conversation's notes: kept, bounded, never another conversation's, and out of the notebook's way."""

from dataclasses import replace
from typing import Any

import pytest

from actors.tool_context import context_of
from cluster.ids import ConversationId, UserId, new_id
from cluster.services import Clients
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import Tool, ToolContext
from village.memory import store as notebook
from village.memory.tools import memory_list, memory_search, memory_store
from village.scratch import tools
from village.scratch.tools import scratch_clear, scratch_get, scratch_list, scratch_store


@pytest.fixture
async def context(clients: Clients, user: UserId) -> ToolContext:
    """A conversation of the user."""
    return await conversation(clients, user)


async def conversation(clients: Clients, user: UserId) -> ToolContext:
    id = ConversationId(new_id())
    async with clients.db.as_user(user) as conn:
        await conn.execute("insert into conversations (id, user_id) values ($1, $2)", id, user)
    return context_of(clients, user, id)


async def ask(tool: Tool, context: ToolContext, **arguments: Any) -> Any:
    return await tool.run(context, arguments)


async def test_a_note_comes_back_and_is_replaced(context: ToolContext):
    await ask(scratch_store, context, key="a/b %_", value=[1, "é"], description="one")
    await ask(scratch_store, context, key="a/b %_", value=None)
    assert await ask(scratch_get, context, key="a/b %_") == {
        "key": "a/b %_", "found": True, "value": None, "description": "",
    }  # fmt: skip
    listed = await ask(scratch_list, context)
    assert (listed["count"], listed["total_size"]) == (1, 4)


async def test_some_or_all_are_cleared(context: ToolContext):
    for key in "abc":
        await ask(scratch_store, context, key=key, value=key)
    some = await ask(scratch_clear, context, keys=["b", "z"])
    assert (some["deleted_keys"], some["remaining_keys"]) == (["b"], ["a", "c"])
    assert (await ask(scratch_clear, context))["deleted_keys"] == ["a", "c"]
    assert (await ask(scratch_clear, context))["cleared"] is False


async def test_notes_of_another_conversation_and_of_somebody_else_are_not_there(
    clients: Clients, context: ToolContext, stranger: UserId
):
    await ask(scratch_store, context, key="secret", value=1)
    other = await conversation(clients, context.user)
    intruder = replace(context, user=stranger)
    for elsewhere in (other, intruder):
        assert (await ask(scratch_get, elsewhere, key="secret"))["found"] is False
        assert (await ask(scratch_list, elsewhere))["keys"] == []
        assert (await ask(scratch_clear, elsewhere))["cleared"] is False
    with pytest.raises(ToolFailed, match="no such conversation"):
        await ask(scratch_store, intruder, key="secret", value=2)
    assert (await ask(scratch_get, context, key="secret"))["value"] == 1


async def test_the_notebook_and_the_notes_never_meet(clients: Clients, context: ToolContext):
    await ask(scratch_store, context, key="cat", value="note")
    await ask(memory_store, context, key="cat", value="kept")
    assert await ask(memory_list, context) == ["cat"]
    assert [found["value"] for found in await ask(memory_search, context, query="cat")] == ["kept"]
    assert await ask(memory_search, context, query="note") == []
    async with clients.db.as_user(context.user) as conn:
        assert await notebook.count(conn) == 1
    with pytest.raises(ArgumentsInvalid, match="key"):
        await ask(memory_store, context, key=f"\x01{context.conversation}/cat", value="forged")


async def test_bounds_are_kept_and_told(context: ToolContext, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ToolFailed, match="10 KiB"):
        await ask(scratch_store, context, key="large", value="x" * 10_239)
    for number in range(10):
        await ask(scratch_store, context, key=f"k{number}", value="x" * 10_200)
    with pytest.raises(ToolFailed, match="100 KiB in all"):
        await ask(scratch_store, context, key="one more", value="x" * 1000)
    monkeypatch.setattr(tools, "MOST_KEYS", 10)
    with pytest.raises(ToolFailed, match="room for 10 notes"):
        await ask(scratch_store, context, key="one more", value=1)
    await ask(scratch_store, context, key="k9", value="replaced")
    monkeypatch.setattr(tools, "MOST_KEYS", 100)
    monkeypatch.setattr(tools, "MOST_OF_USER", 10)
    with pytest.raises(ToolFailed, match="All conversations together"):
        await ask(scratch_store, context, key="one more", value=1)


@pytest.mark.parametrize("value", [2**70, "\ud800"], ids=["a large number", "half a letter"])
async def test_what_json_cannot_hold_is_refused(context: ToolContext, value: object):
    for tool in (scratch_store, memory_store):
        with pytest.raises(ToolFailed, match="cannot be kept"):
            await ask(tool, context, key="k", value=value)


async def test_outside_of_a_conversation_it_says_what_is_missing(context: ToolContext):
    nowhere = replace(context, conversation=None)
    for tool, arguments in ((scratch_list, {}), (scratch_get, {"key": "a"}), (scratch_store, {"key": "a", "value": 1})):
        with pytest.raises(ToolFailed, match="none was named"):
            await ask(tool, nowhere, **arguments)
