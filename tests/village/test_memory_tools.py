"""What an agent remembers: kept, found, forgotten, and never another user's."""

from typing import Any, cast

import pytest

from actors.tool_context import context_of
from cluster.errors import Invalid
from cluster.ids import ConversationId, UserId, new_id
from cluster.services import Clients
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import ToolContext
from village.memory import tools
from village.memory.tools import memory_delete, memory_list, memory_retrieve, memory_search, memory_store


@pytest.fixture
def context(clients: Clients, user: UserId) -> ToolContext:
    """A conversation of the user."""
    return context_of(clients, user, ConversationId(new_id()))


async def remember(context: ToolContext, key: str, value: object, **more: Any) -> None:
    """Store a value."""
    await memory_store.run(context, {"key": key, "value": value, **more})


async def test_a_value_comes_back_as_it_was(context: ToolContext) -> None:
    value = {"name": "Mia", "lives": 9, "toys": ["ball", None, 1.5], "说": "喵"}
    await remember(context, "cat", value, metadata={"sure": True})

    found = cast("dict[str, Any]", await memory_retrieve.run(context, {"key": "cat"}))

    assert (found["found"], found["value"], found["metadata"]) == (True, value, {"sure": True})


async def test_storing_again_replaces(context: ToolContext) -> None:
    await remember(context, "cat", 1)
    await remember(context, "cat", 2)

    found = cast("dict[str, Any]", await memory_retrieve.run(context, {"key": "cat"}))

    assert found["value"] == 2


async def test_null_is_a_value_too(context: ToolContext) -> None:
    await remember(context, "cat", None)

    found = cast("dict[str, Any]", await memory_retrieve.run(context, {"key": "cat"}))

    assert (found["found"], found["value"]) == (True, None)


async def test_what_was_never_stored_is_not_found(context: ToolContext) -> None:
    assert await memory_retrieve.run(context, {"key": "dog"}) == {"found": False, "key": "dog"}


async def test_keys_are_listed_by_prefix(context: ToolContext) -> None:
    for key in ("b_1", "a_2", "a_1", "a%"):
        await remember(context, key, 0)

    assert await memory_list.run(context, {"prefix": "a_"}) == ["a_1", "a_2"]
    assert await memory_list.run(context, {}) == ["a%", "a_1", "a_2", "b_1"]


async def test_a_forgotten_key_is_gone(context: ToolContext) -> None:
    await remember(context, "cat", 1)

    first = await memory_delete.run(context, {"key": "cat"})
    second = await memory_delete.run(context, {"key": "cat"})

    assert (first, second) == ({"success": True, "key": "cat"}, {"success": False, "key": "cat"})


async def test_search_looks_into_keys_and_values_whatever_the_case(context: ToolContext) -> None:
    await remember(context, "Favourite colour", "green")
    await remember(context, "car", {"paint": "GREEN"})
    await remember(context, "house", "white")

    found = cast("list[dict[str, Any]]", await memory_search.run(context, {"query": "green"}))
    limited = cast("list[dict[str, Any]]", await memory_search.run(context, {"query": "e", "limit": 1}))

    assert {one["key"] for one in found} == {"Favourite colour", "car"}
    assert len(limited) == 1


async def test_another_user_sees_none_of_it(context: ToolContext, stranger: UserId, clients: Clients) -> None:
    await remember(context, "secret", "xyzzy")
    theirs = context_of(clients, stranger, ConversationId(new_id()))

    assert await memory_retrieve.run(theirs, {"key": "secret"}) == {"found": False, "key": "secret"}
    assert await memory_list.run(theirs, {}) == []
    assert await memory_search.run(theirs, {"query": "xyzzy"}) == []
    assert await memory_delete.run(theirs, {"key": "secret"}) == {"success": False, "key": "secret"}


async def test_memory_has_bounds(context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "MAX_KEYS", 2)
    await remember(context, "one", 1)
    await remember(context, "two", 2)

    with pytest.raises(ToolFailed, match="2 keys already"):
        await remember(context, "three", 3)
    await remember(context, "two", "again")
    with pytest.raises(ToolFailed, match="64 KiB"):
        await remember(context, "two", "x" * 70_000)
    with pytest.raises(ArgumentsInvalid, match="key"):
        await remember(context, "", 1)
    with pytest.raises(ArgumentsInvalid, match="key"):
        await remember(context, "x" * 256, 1)


async def test_a_character_that_cannot_be_stored_is_told(context: ToolContext) -> None:
    with pytest.raises(Invalid, match="U\\+0000"):
        await remember(context, "cat", "a\x00b")
