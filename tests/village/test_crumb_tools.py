"""Crumbs: what was left is found by any agent of the same person, and every filter filters."""

from dataclasses import replace
from typing import Any

import pytest

from actors.tool_context import context_of
from cluster.ids import ConversationId, UserId, new_id
from cluster.services import Clients
from sandbox.errors import ArgumentsInvalid, ToolFailed
from sandbox.tool import Tool, ToolContext
from village.crumbs import tools
from village.crumbs.tools import forward_crumb_leave, forward_crumbs_get


@pytest.fixture
def context(clients: Clients, user: UserId) -> ToolContext:
    """Some conversation of the user."""
    return context_of(clients, user, ConversationId(new_id()))


async def ask(tool: Tool, context: ToolContext, **arguments: Any) -> Any:
    return await tool.run(context, arguments)


async def leave(context: ToolContext, summary: str, **arguments: Any) -> Any:
    return await ask(forward_crumb_leave, context, session_summary=summary, **arguments)


async def summaries(context: ToolContext, **filters: Any) -> list[str]:
    found = await ask(forward_crumbs_get, context, **filters)
    return [crumb["session_summary"] for crumb in found["crumbs"]]


async def test_a_crumb_is_found_in_another_conversation_and_by_nobody_else(context: ToolContext, stranger: UserId):
    await leave(context, "first")
    await leave(context, "second", emotional_state="calm", if_disoriented="read the plan")
    later = replace(context, conversation=ConversationId(new_id()))
    found = await ask(forward_crumbs_get, later)
    assert [crumb["session_summary"] for crumb in found["crumbs"]] == ["second", "first"]
    assert found["most_recent"]["conversation_id"] == context.conversation
    assert (found["most_recent"]["emotional_state"], found["most_recent"]["if_disoriented"]) == (
        "calm", ["read the plan"],
    )  # fmt: skip
    assert await summaries(replace(context, user=stranger)) == []


async def test_each_filter_filters_and_all_do_together(clients: Clients, context: ToolContext):
    await leave(context, "old", priority="HIGH", crumb_type="task")
    async with clients.db.as_user(context.user) as conn:
        await conn.execute("update crumbs set created_at = now() - interval '10 days'")
    await leave(context, "low", priority="LOW", crumb_type="task")
    await leave(context, "high", priority="high", crumb_type="Task")
    await leave(context, "orientation")
    assert await summaries(context) == ["orientation", "high", "low"]
    assert await summaries(context, lookback_hours=300) == ["orientation", "high", "low", "old"]
    assert await summaries(context, priority_filter="LOW") == ["low"]
    assert await summaries(context, crumb_type="task") == ["high", "low"]
    assert await summaries(context, priority_filter="HIGH", crumb_type="task", lookback_hours=300) == ["high", "old"]


async def test_the_summary_counts_all_that_fit_and_not_only_those_that_are_shown(context: ToolContext):
    for number in range(3):
        await leave(context, f"number {number}", priority="LOW")
    await leave(context, "last", crumb_type="technical")
    found = await ask(forward_crumbs_get, context, limit=2)
    assert len(found["crumbs"]) == 2
    assert found["summary"] == {
        "total_found": 4,
        "by_priority": {"LOW": 3, "MEDIUM": 1},
        "by_type": {"orientation": 3, "technical": 1},
    }


async def test_sections_come_as_values_as_json_in_a_text_or_as_lines(context: ToolContext):
    await leave(context, "values", unfinished_business=["a", "b"], references={"message_ids": ["m1"], "files": "x.md"})
    await leave(context, "json", unfinished_business='["b", "c"]', references='{"thread_ids": ["t1"]}')
    await leave(context, "lines", unfinished_business="- d\n- e", references="m2", emotional_state='{"joy": 0.8}')
    found = await ask(forward_crumbs_get, context)
    assert found["unfinished_tasks"] == ["d", "e", "b", "c", "a"]
    assert found["key_references"] == {"message_ids": ["m2", "m1"], "thread_ids": ["t1"]}
    assert found["most_recent"]["emotional_state"] == {"joy": 0.8}
    assert found["crumbs"][2]["references"] == {"message_ids": ["m1"], "files": ["x.md"]}


async def test_text_that_only_looks_like_json_is_kept_as_text(context: ToolContext):
    await leave(context, "odd", key_discoveries="[not json", references="{also not")
    crumb = (await ask(forward_crumbs_get, context))["most_recent"]
    assert crumb["key_discoveries"] == ["[not json"]
    assert crumb["references"] == {"message_ids": ["{also not"]}


async def test_bounds_are_kept_and_told(context: ToolContext, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ToolFailed, match="16 KiB"):
        await leave(context, "large", emotional_state={"x": "y" * 20_000})
    with pytest.raises(ArgumentsInvalid, match="priority"):
        await leave(context, "odd", priority="URGENT")
    monkeypatch.setattr(tools, "MOST_KEPT", 2)
    for number in range(3):
        await leave(context, f"number {number}")
    assert await summaries(context) == ["number 2", "number 1"]
