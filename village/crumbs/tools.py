"""Forward crumbs as tools: what an agent leaves at the end of a session, and reads at the beginning of the next."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sandbox.errors import ToolFailed
from sandbox.json_size import json_size
from sandbox.tool import Example, Facts, ToolContext, tool
from village.crumbs import sections, store
from village.crumbs.sections import MAX_ENTRY, MOST_ENTRIES
from village.crumbs.store import Crumb, Kind, Priority

MAX_BYTES = 16 * 1024
MOST_KEPT = 1000
LONGEST_LOOKBACK = 24 * 366 * 5


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Long = Annotated[str, Field(max_length=8000)]
Entry = Annotated[str, Field(max_length=MAX_ENTRY)]
Several = Long | Annotated[list[Entry], Field(max_length=MOST_ENTRIES)]
APriority = Annotated[Priority, BeforeValidator(_upper)]
AKind = Annotated[Kind, BeforeValidator(_lower)]
LEFT = {
    "session_summary": "Planned the herb garden.",
    "unfinished_business": ["order seeds"],
    "references": {"thread_ids": ["garden"]},
    "priority": "HIGH",
    "crumb_type": "task",
}
WHEN = "2026-11-23T05:06:07Z"
ID = "0197a1b2-0000-7000-8000-000000000000"
SHOWN = {
    "id": ID,
    "priority": "HIGH",
    "crumb_type": "task",
    "session_summary": "Planned the herb garden.",
    "unfinished_business": ["order seeds"],
    "references": {"thread_ids": ["garden"]},
    "conversation_id": ID,
    "left_at": WHEN,
}


@tool(
    category="forward_crumbs",
    facts=Facts(side_effect=True, seconds=10),
    example=Example(
        arguments=LEFT,
        result={
            "success": True,
            "id": ID,
            "category": "forward_crumb",
            "visibility": "private",
            "priority": "HIGH",
            "crumb_type": "task",
            "text_length": 24,
        },
        varies=True,
    ),
)
async def forward_crumb_leave(
    context: ToolContext,
    *,
    session_summary: Annotated[str, Field(min_length=1, max_length=4000), "What happened, in a few sentences"],
    key_discoveries: Annotated[Several | None, "What was found out"] = None,
    emotional_state: Annotated[Long | dict[str, Any] | None, "The mood that it ended in"] = None,
    unfinished_business: Annotated[Several | None, "What is left to do, one entry a task"] = None,
    references: Annotated[
        Several | dict[str, Any] | None, 'What to look at again, such as {"message_ids": […], "thread_ids": […]}'
    ] = None,
    if_disoriented: Annotated[Several | None, "What to do first when nothing makes sense"] = None,
    priority: Annotated[APriority, "How much it matters"] = "MEDIUM",
    crumb_type: Annotated[AKind, "What it is about"] = "orientation",
) -> dict[str, object]:
    """Leave a note for the agents of this person's later conversations. The newest 1,000 are kept."""
    given = {
        "key_discoveries": sections.entries(key_discoveries),
        "emotional_state": sections.mood(emotional_state),
        "unfinished_business": sections.entries(unfinished_business),
        "references": sections.references(references),
        "if_disoriented": sections.entries(if_disoriented),
    }
    details = {name: value for name, value in given.items() if value}
    if json_size([session_summary, details]) > MAX_BYTES:
        raise ToolFailed(f"A crumb may take {MAX_BYTES // 1024} KiB; this is larger.")
    async with context.db.as_user(context.user) as conn:
        id = await store.leave(
            conn,
            context.user,
            context.conversation,
            priority=priority,
            kind=crumb_type,
            summary=session_summary,
            details=details,
        )
        await store.drop_oldest(conn, keep=MOST_KEPT)
    return {
        "success": True,
        "id": id,
        "category": "forward_crumb",
        "visibility": "private",
        "priority": priority,
        "crumb_type": crumb_type,
        "text_length": len(session_summary),
    }


@tool(
    category="forward_crumbs",
    facts=Facts(reads_private=True, idempotent=True, seconds=10),
    example=Example(
        arguments={"priority_filter": "HIGH"},
        result={
            "success": True,
            "crumbs": [SHOWN],
            "most_recent": SHOWN,
            "unfinished_tasks": ["order seeds"],
            "key_references": {"message_ids": [], "thread_ids": ["garden"]},
            "summary": {"total_found": 1, "by_priority": {"HIGH": 1}, "by_type": {"task": 1}},
        },
        varies=True,
        after=(("forward_crumb_leave", LEFT),),
    ),
)
async def forward_crumbs_get(
    context: ToolContext,
    *,
    lookback_hours: Annotated[int, Field(ge=1, le=LONGEST_LOOKBACK), "How far back to look"] = 168,
    priority_filter: Annotated[APriority | None, "Only of this priority"] = None,
    crumb_type: Annotated[AKind | None, "Only of this type"] = None,
    limit: Annotated[int, Field(ge=1, le=50), "Most crumbs, newest first"] = 10,
) -> dict[str, object]:
    """Read the notes that earlier conversations left, newest first, and what they say is unfinished."""
    async with context.db.as_user(context.user) as conn:
        crumbs = await store.newest(conn, hours=lookback_hours, priority=priority_filter, kind=crumb_type, limit=limit)
        tally = await store.tally(conn, hours=lookback_hours, priority=priority_filter, kind=crumb_type)
    by_priority: Counter[str] = Counter()
    by_type: Counter[str] = Counter()
    for each in tally:
        by_priority[each.priority] += each.count
        by_type[each.kind] += each.count
    shown = [_shown(crumb) for crumb in crumbs]
    return {
        "success": True,
        "crumbs": shown,
        "most_recent": shown[0] if shown else None,
        "unfinished_tasks": _all_of(crumbs, "unfinished_business"),
        "key_references": {sort: _pointed(crumbs, sort) for sort in ("message_ids", "thread_ids")},
        "summary": {"total_found": by_type.total(), "by_priority": by_priority, "by_type": by_type},
    }


def _shown(crumb: Crumb) -> dict[str, object]:
    return {
        "id": crumb.id,
        "priority": crumb.priority,
        "crumb_type": crumb.kind,
        "session_summary": crumb.summary,
        **crumb.details,
        "conversation_id": crumb.conversation_id,
        "left_at": crumb.created_at,
    }


def _all_of(crumbs: Sequence[Crumb], section: str) -> list[str]:
    """The entries of a section in all crumbs, each once, those of the newest crumb first."""
    return list(dict.fromkeys(entry for crumb in crumbs for entry in crumb.details.get(section, ())))


def _pointed(crumbs: Sequence[Crumb], sort: str) -> list[str]:
    return list(dict.fromkeys(id for crumb in crumbs for id in crumb.details.get("references", {}).get(sort, ())))


CRUMB_TOOLS = (forward_crumb_leave, forward_crumbs_get)
