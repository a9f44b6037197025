"""The health of what is remembered: what nobody reads, what stands there twice, and merging it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from cluster.ids import RealmId
from sandbox.tool import Example, Facts, ToolContext, tool
from village.convergence.store import duplicates
from village.health import store as health
from village.health.merging import Keep
from village.knowledge import store as knowledge
from village.knowledge.item import Knowledge
from village.realm import Realm
from village.tools.facts import ID, KILN
from village.tools.reach import COLLECTIONS, READS, SECONDS, Short, Some, meant, named, realm_of, searches, who_of

Collection = Annotated[Short, "knowledge_private, knowledge_village, or a realm by name or id"]
Days = Annotated[int, Field(ge=0, le=3650)]
TWICE = (
    ("vector_add_knowledge", {"fact": KILN}),
    ("vector_add_knowledge", {"fact": "Cool the kiln slowly.", "confidence": 0.5}),
)
NAMED = (
    ("vector_add", {"text": KILN, "id": "slowly"}),
    ("vector_add", {"text": "Cool the kiln slowly.", "id": "again"}),
)


@tool(
    category="memory_health",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"days_unused": 30},
        result={
            "success": True,
            "stale_memories": [],
            "total_checked": 0,
            "stale_count": 0,
            "cutoff_date": "2026-10-24",
            "days_threshold": 30,
        },
        varies=True,
    ),
)
async def memory_health_stale(
    context: ToolContext,
    *,
    days_unused: Annotated[Days, "Not read for so many days"] = 30,
    collection: Collection = "knowledge_private",
    limit: Annotated[Some, "How many at most"] = 20,
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """What nobody has read for a long time, longest first."""
    realm = await _realm(context, collection)
    async with context.db.as_user(context.user, context.agent) as conn:
        found = await health.stale(conn, realm, days=days_unused, limit=limit)
        total = (await health.health(conn, realm)).total
    shown = _shown(found, include_untrusted=include_untrusted)
    return {
        "success": True,
        "stale_memories": shown,
        "total_checked": total,
        "stale_count": len(shown),
        "cutoff_date": f"{datetime.now(UTC) - timedelta(days=days_unused):%Y-%m-%d}",
        "days_threshold": days_unused,
    }


@tool(
    category="memory_health",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={},
        result={"success": True, "low_access_memories": [], "total_checked": 0, "low_access_count": 0},
    ),
)
async def memory_health_low_access(
    context: ToolContext,
    *,
    max_access_count: Annotated[int, Field(ge=0, le=1000), "Read at most so often"] = health.LOW_ACCESS,
    min_age_days: Annotated[Days, "And older than so many days"] = health.LOW_ACCESS_DAYS,
    collection: Collection = "knowledge_private",
    limit: Annotated[Some, "How many at most"] = 20,
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """What is hardly ever read although it has been there for a while."""
    realm = await _realm(context, collection)
    async with context.db.as_user(context.user, context.agent) as conn:
        found = await health.low_access(conn, realm, most=max_access_count, days=min_age_days, limit=limit)
        total = (await health.health(conn, realm)).total
    shown = _shown(found, include_untrusted=include_untrusted)
    return {
        "success": True,
        "low_access_memories": shown,
        "total_checked": total,
        "low_access_count": len(shown),
    }


@tool(
    category="memory_health",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={},
        result={"success": True, "duplicate_pairs": [], "total_checked": 0, "duplicates_found": 0, "threshold": 0.975},
    ),
)
async def memory_health_duplicates(
    context: ToolContext,
    *,
    collection: Collection = "knowledge_private",
    similarity_threshold: Annotated[float, Field(ge=0.5, le=1), "Least cosine of the two"] = 0.975,
    limit: Annotated[Some, "How many pairs at most"] = 20,
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """Pairs that say nearly the same, nearest first; memory_consolidate merges two."""
    realm = await _realm(context, collection)
    async with context.db.as_user(context.user, context.agent) as conn:
        pairs = await duplicates(conn, realm, limit=limit, threshold=similarity_threshold)
        total = (await health.health(conn, realm)).total
        shown: list[dict[str, Any]] = []
        for first, second, similarity in pairs:
            both = [await knowledge.find(conn, id) for id in (first, second)]
            known = [one for one in both if one is not None and (one.trusted or include_untrusted)]
            if len(known) == 2:
                shown.append(
                    {
                        "id1": str(first),
                        "id2": str(second),
                        "similarity": round(similarity, 4),
                        "text1": known[0].content[:300],
                        "text2": known[1].content[:300],
                    }
                )
    return {
        "success": True,
        "duplicate_pairs": shown,
        "total_checked": total,
        "duplicates_found": len(shown),
        "threshold": similarity_threshold,
    }


@tool(
    category="memory_health",
    facts=READS,
    example=Example(
        arguments={},
        after=TWICE,
        result={
            "success": True,
            "collection": "knowledge_private",
            "total_memories": 2,
            "stale_memories_30d": 0,
            "low_access_memories": 0,
            "average_access_count": 0.0,
            "health_score": 100.0,
        },
    ),
)
async def memory_health_summary(
    context: ToolContext, *, collection: Collection = "knowledge_private"
) -> dict[str, object]:
    """One figure for how well a memory is kept, from 0 to 100, and what it is made of."""
    async with context.db.as_user(context.user, context.agent) as conn:
        state = await health.health(conn, await _realm(context, collection))
    return {
        "success": True,
        "collection": collection,
        "total_memories": state.total,
        "stale_memories_30d": state.stale,
        "low_access_memories": state.low_access,
        "average_access_count": state.average_access,
        "health_score": state.score,
    }


@tool(
    category="memory_health",
    facts=Facts(side_effect=True, reads_private=True, seconds=SECONDS),
    example=Example(
        arguments={"id1": "slowly", "id2": "again"},
        after=NAMED,
        result={
            "success": True,
            "kept_id": ID,
            "discarded_id": ID,
            "undo_id": ID,
            "new_access_count": 0,
            "new_confidence": 1.0,
            "related_memories": [ID],
        },
        varies=True,
    ),
)
async def memory_consolidate(
    context: ToolContext,
    *,
    id1: Annotated[Short, "One, by its id or the name that it was given"],
    id2: Annotated[Short, "The other"],
    keep: Annotated[Keep, "Which text stays"] = "higher_confidence",
    collection: Annotated[Short | None, "Not needed: the ids say where"] = None,
) -> dict[str, object]:
    """Merge two memories that say the same. Nothing is lost: a person can undo it."""
    private = await meant(context, "private")
    first, second = await named(context, private, id1), await named(context, private, id2)
    async with context.db.as_user(context.user, context.agent) as conn:
        found = await knowledge.find(conn, first)
    realm = found.realm_id if found is not None else private
    merged = await realm_of(context, realm).ask(Realm.consolidate, who_of(context), first, second, keep)
    return {
        "success": True,
        "kept_id": str(merged.kept.id),
        "discarded_id": str(merged.dropped),
        "undo_id": str(merged.id),
        "new_access_count": merged.kept.access_count,
        "new_confidence": round(merged.kept.confidence, 3),
        "related_memories": [str(id) for id in merged.kept.related],
    }


async def _realm(context: ToolContext, collection: str) -> RealmId:
    kind = COLLECTIONS.get(collection)
    return await meant(context, kind or "village", None if kind else collection)


def _shown(items: Sequence[Knowledge], *, include_untrusted: bool) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    return [
        {
            "id": str(item.id),
            "text": item.content[:200],
            "last_accessed": item.last_accessed_at and item.last_accessed_at.isoformat(timespec="seconds"),
            "days_since_access": (now - (item.last_accessed_at or item.created_at)).days,
            "access_count": item.access_count,
            "confidence": round(item.confidence, 3),
            "category": item.category,
            "source": item.source,
        }
        for item in items
        if item.trusted or include_untrusted
    ]


CARE_TOOLS = (
    memory_health_stale,
    memory_health_low_access,
    memory_health_duplicates,
    memory_health_summary,
    memory_consolidate,
)
