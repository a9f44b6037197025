"""What an agent knows and what the village knows: facts are kept and found, by meaning and by words."""

from typing import Annotated, Any

from pydantic import Field

from cluster.ids import agent_name
from sandbox.errors import ToolFailed
from sandbox.tool import Example, ToolContext, tool
from village.knowledge.item import Draft
from village.realms.store import RealmKind
from village.recall.query import Query
from village.tools.reach import (
    READS,
    WRITES,
    Asked,
    Ids,
    Mode,
    Names,
    RealmGiven,
    Short,
    Some,
    Text,
    Visibility,
    found,
    look,
    meant,
    say,
    searches,
    shown,
)

KILN = "The kiln must be cooled slowly."
ID = "0197a1b2-0000-7000-8000-000000000000"
WHEN = "2026-11-23T05:06:07+00:00"
FACT = {"fact": KILN, "category": "technical", "visibility": "village", "conversation_thread": "kilns"}
WITH_FACT = (("vector_add_knowledge", FACT),)
PRIVATE = (("vector_add_knowledge", {"fact": KILN, "category": "technical"}),)
POST = {
    "id": ID,
    "text": KILN,
    "agent_id": "CLAUDE",
    "category": "technical",
    "message_type": "fact",
    "confidence": 1.0,
    "conversation_thread": "kilns",
    "posted_at": WHEN,
    "access_count": 0,
}


@tool(
    category="vector_knowledge",
    facts=WRITES,
    example=Example(
        arguments=FACT,
        result={
            "success": True,
            "id": ID,
            "collection": "knowledge_village",
            "text_length": 31,
            "category": "technical",
            "visibility": "village",
            "agent_id": "CLAUDE",
        },
        varies=True,
    ),
)
async def vector_add_knowledge(
    context: ToolContext,
    *,
    fact: Annotated[Text | None, "What is to be known"] = None,
    content: Annotated[Text | None, "The same as fact"] = None,
    category: Annotated[
        Annotated[str, Field(min_length=1, max_length=50)], "Such as technical or preferences"
    ] = "general",
    confidence: Annotated[float, Field(ge=0, le=1), "How sure it is"] = 1.0,
    source: Annotated[Annotated[str, Field(max_length=200)], "Where it comes from"] = "conversation",
    visibility: Annotated[Visibility, "Who is to know: you, the village, or a bridge"] = "private",
    agent_id: Annotated[Short | None, "Your own name, if any"] = None,
    responding_to: Annotated[Ids | None, "Ids of what it answers"] = None,
    conversation_thread: Annotated[Short | None, "The thread that it belongs to"] = None,
    related_agents: Annotated[Names | None, "Agents that it concerns"] = None,
    tags: Annotated[Names | None, "Words to find it by"] = None,
    realm: Annotated[RealmGiven | None, "A realm by name or id, where several are open to you"] = None,
) -> dict[str, object]:
    """Remember a fact, for yourself or for the village, with its thread and what it answers."""
    draft = Draft(
        content=_one(fact, content),
        category=category,
        confidence=confidence,
        source=source,
        thread=conversation_thread,
        responding_to=responding_to or (),
        related_agents=related_agents or (),
        tags=tags or (),
    )
    return await say(context, draft, visibility, agent=agent_id, named=realm) | {"category": category}


@tool(
    category="vector_knowledge",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"query": "How is a kiln cooled?", "category": "technical", "mode": "text"},
        after=PRIVATE,
        result=[
            {name: value for name, value in POST.items() if name != "conversation_thread"}
            | {"why": {"words": {"rank": 1, "score": 0.1}}}
        ],
        varies=True,
    ),
)
async def vector_search_knowledge(
    context: ToolContext,
    *,
    query: Annotated[Asked, "What to look for, in your own words"],
    category: Annotated[Short | None, "Only of this category"] = None,
    min_confidence: Annotated[float, Field(ge=0, le=1), "Least confidence"] = 0.0,
    top_k: Annotated[Some | None, "How many at most; 5 unless told"] = None,
    n_results: Annotated[Some | None, "The same as top_k"] = None,
    track_access: Annotated[bool, "Count it as read"] = True,
    mode: Annotated[Mode, "By meaning, by words, or both"] = "hybrid",
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> list[dict[str, Any]]:
    """What you know yourself about something, best first, and why each was found."""
    asked = Query(
        text=query,
        realms=[await meant(context, "private")],
        categories=None if category is None else [category],
        confidence=min_confidence or None,
        trusted_only=not include_untrusted,
        mode=mode,
        limit=top_k or n_results or 5,
    )
    hits = await look(context, asked)
    return [found(hit) for hit in (await shown(context, hits) if track_access else hits)]


@tool(
    category="vector_knowledge",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"query": "How is a kiln cooled?", "mode": "text"},
        after=WITH_FACT,
        result=[POST | {"why": {"words": {"rank": 1, "score": 0.1}}}],
        varies=True,
    ),
)
async def vector_search_village(
    context: ToolContext,
    *,
    query: Annotated[Asked, "What to look for, in your own words"],
    agent_filter: Annotated[Short | None, "Only what this agent said"] = None,
    conversation_filter: Annotated[Short | None, "Only of this thread"] = None,
    include_bridges: Annotated[bool, "Look in bridges too"] = True,
    top_k: Annotated[Some, "How many at most"] = 5,
    mode: Annotated[Mode, "By meaning, by words, or both"] = "hybrid",
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> list[dict[str, Any]]:
    """What is known in the village about something, best first, and why each was found."""
    kinds: list[RealmKind] = ["village", "bridge"] if include_bridges else ["village"]
    asked = Query(
        text=query,
        kinds=kinds,
        agents=None if agent_filter is None else [agent_name(agent_filter)],
        thread=conversation_filter,
        trusted_only=not include_untrusted,
        mode=mode,
        limit=top_k,
    )
    return [found(hit) for hit in await shown(context, await look(context, asked))]


def _one(fact: str | None, content: str | None) -> str:
    text = fact or content
    if not text:
        raise ToolFailed("Say what is to be known: `fact`.")
    return text


FACT_TOOLS = (vector_add_knowledge, vector_search_knowledge, vector_search_village)
