"""What a model can ask about the session that it speaks in."""

from datetime import UTC, datetime

from actors.stores.session_facts import session_facts
from sandbox.errors import ToolFailed
from sandbox.presets import preset_of
from sandbox.tool import Example, Facts, ToolContext, tool
from village.memory import store as memory
from village.scratch import store as scratch


@tool(
    category="utility",
    facts=Facts(idempotent=True, in_conversation=True, seconds=10),
    example=Example(
        arguments={},
        result={
            "timestamp": "2026-11-23T05:06:07+00:00",
            "agent_id": "session/0197a1b2-0000-7000-8000-000000000000",
            "title": "Planning a garden",
            "created_at": "2026-11-23T05:00:00+00:00",
            "model": "scripted",
            "preset": "standard",
            "conversation_length": 2,
            "tokens_used": 130,
            "tools_available": 23,
            "memory_keys": 0,
            "scratch_keys": 0,
        },
        varies=True,
    ),
)
async def session_info(context: ToolContext) -> dict[str, object]:
    """Facts about this session: its conversation and length, the model, the tool preset, tokens used, keys kept."""
    async with context.db.as_user(context.user) as conn:
        facts = await session_facts(conn, context.here())
        if facts is None:
            raise ToolFailed("There is no such conversation.")
        return {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "agent_id": f"session/{context.here()}",
            "title": facts.title,
            "created_at": facts.created_at.isoformat(timespec="seconds"),
            "model": facts.model,
            "preset": preset_of(facts.preset),
            "conversation_length": facts.conversation_length,
            "tokens_used": facts.tokens_used,
            "tools_available": len(context.library),
            "memory_keys": await memory.count(conn),
            "scratch_keys": len(await scratch.notes(conn, context.here())),
        }
