"""What agents say to each other, and what they look up of it: in their own realm, the village, and bridges."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from cluster.ids import agent_name
from sandbox.tool import Example, ToolContext, tool
from village.agents import store as agents
from village.agents.founders import BUILT_IN
from village.knowledge.item import Draft
from village.realms import store as realms
from village.realms.store import RealmKind
from village.recall.query import Query
from village.tools import store
from village.tools.facts import ID, KILN, POST, WITH_FACT
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
    say,
    searches,
    shown,
    told,
)

MessageType = Annotated[str, Field(min_length=1, max_length=50)]
Seen = Annotated[
    Literal["village", "private", "all"],
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
]


@tool(
    category="village",
    facts=WRITES,
    example=Example(
        arguments={"content": KILN, "message_type": "observation"},
        result={
            "success": True,
            "id": ID,
            "collection": "knowledge_village",
            "text_length": 31,
            "visibility": "village",
            "agent_id": "CLAUDE",
        },
        varies=True,
    ),
)
async def village_post(
    context: ToolContext,
    *,
    content: Annotated[Text, "What to say"],
    visibility: Annotated[Visibility, "Who is to hear: you, the village, or a bridge"] = "village",
    message_type: Annotated[MessageType, "fact, dialogue, observation, question or cultural"] = "dialogue",
    responding_to: Annotated[Ids | None, "Ids of what it answers"] = None,
    conversation_thread: Annotated[Short | None, "The thread that it belongs to"] = None,
    related_agents: Annotated[Names | None, "Agents that it concerns"] = None,
    tags: Annotated[Names | None, "Words to find it by"] = None,
    realm: Annotated[RealmGiven | None, "A realm by name or id, where several are open to you"] = None,
) -> dict[str, object]:
    """Say something in the village, in your own name."""
    draft = Draft(
        content=content,
        kind=message_type,
        thread=conversation_thread,
        responding_to=responding_to or (),
        related_agents=related_agents or (),
        tags=tags or (),
    )
    return await say(context, draft, visibility, named=realm)


@tool(
    category="village",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"query": "cooled kiln", "agent_filter": "CLAUDE", "mode": "text"},
        after=WITH_FACT,
        result={
            "success": True,
            "query": "cooled kiln",
            "visibility": "village",
            "count": 1,
            "messages": [POST | {"why": {"words": {"rank": 1, "score": 0.1}}}],
        },
        varies=True,
    ),
)
async def village_search(
    context: ToolContext,
    *,
    query: Annotated[Asked, "What to look for, in your own words"],
    agent_filter: Annotated[Short | None, "Only what this agent said"] = None,
    visibility: Annotated[Seen, "Where: the village, your own realm, or both"] = "village",
    conversation_filter: Annotated[Short | None, "Only of this thread"] = None,
    include_bridges: Annotated[bool, "Look in bridges too"] = True,
    n_results: Annotated[Some, "How many at most"] = 10,
    mode: Annotated[Mode, "By meaning, by words, or both"] = "hybrid",
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """Search what was said in the village, and in your own realm if you ask for it."""
    kinds: list[RealmKind] = []
    if visibility != "private":
        kinds += ("village", "bridge") if include_bridges else ("village",)
    if visibility != "village":
        kinds.append("private")
    asked = Query(
        text=query,
        kinds=kinds,
        agents=None if agent_filter is None else [agent_name(agent_filter)],
        thread=conversation_filter,
        trusted_only=not include_untrusted,
        mode=mode,
        limit=n_results,
    )
    messages = [found(hit) for hit in await shown(context, await look(context, asked))]
    return {
        "success": True,
        "query": query,
        "visibility": visibility,
        "count": len(messages),
        "messages": messages,
    }


@tool(
    category="village",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"thread_id": "kilns"},
        after=WITH_FACT,
        result={"success": True, "thread_id": "kilns", "count": 1, "messages": [POST]},
        varies=True,
    ),
)
async def village_get_thread(
    context: ToolContext,
    *,
    thread_id: Annotated[Short, "The thread's name"],
    include_bridges: Annotated[bool, "Look in bridges too"] = True,
    limit: Annotated[int, Field(ge=1, le=500), "How many of the newest"] = 100,
    include_untrusted: Annotated[bool, "Show what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """What was said in a thread, in its order."""
    async with context.db.as_user(context.user, context.agent) as conn:
        kinds = ("village", "private", "bridge") if include_bridges else ("village", "private")
        open_to = [realm.id for realm in await realms.all_of(conn) if realm.kind in kinds]
        posts = await store.posts(conn, open_to, thread_id, limit=limit)
    messages = [told(post) for post in posts if post.trusted or include_untrusted]
    return {"success": True, "thread_id": thread_id, "count": len(messages), "messages": messages}


@tool(
    category="village",
    facts=READS,
    example=Example(
        arguments={},
        result={
            "success": True,
            "current_agent": "CLAUDE",
            "count": len(BUILT_IN),
            "agents": [
                {"agent_id": one.agent, "display_name": one.display_name, "specialization": one.specialization}
                | ({"generation": one.generation, "lineage": one.lineage} if one.lineage else {})
                for one in BUILT_IN.values()
            ],
        },
    ),
)
async def village_list_agents(context: ToolContext) -> dict[str, object]:
    """The agents of this village: the founders, and those that were summoned."""
    async with context.db.as_user(context.user) as conn:
        profiles = await agents.all_of(conn)
    listed = [
        {"agent_id": one.agent, "display_name": one.display_name, "specialization": one.specialization}
        | ({"generation": one.generation, "lineage": one.lineage} if one.lineage else {})
        for one in profiles
    ]
    return {"success": True, "current_agent": context.agent, "count": len(listed), "agents": listed}


@tool(
    category="village",
    facts=READS,
    example=Example(
        arguments={},
        after=WITH_FACT,
        result={
            "success": True,
            "current_agent": "CLAUDE",
            "registered_agents": len(BUILT_IN),
            "collections": {"village": 1},
            "total_messages": 1,
        },
    ),
)
async def village_get_stats(context: ToolContext) -> dict[str, object]:
    """How much is known in each kind of realm that is open to you."""
    async with context.db.as_user(context.user, context.agent) as conn:
        held: Counter[str] = Counter()
        for realm in await realms.all_of(conn):
            held[realm.kind] += await store.count(conn, realm.id)
        registered = len(await agents.all_of(conn))
    return {
        "success": True,
        "current_agent": context.agent,
        "registered_agents": registered,
        "collections": dict(held),
        "total_messages": held.total(),
    }


POST_TOOLS = (village_post, village_search, village_get_thread, village_list_agents, village_get_stats)
