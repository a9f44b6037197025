"""Where minds agree: what several agents said that means the same."""

from collections import Counter
from itertools import combinations
from typing import Annotated, Any

from pydantic import Field

from sandbox.tool import Example, ToolContext, tool
from village.convergence.detecting import detect
from village.convergence.item import Convergence
from village.recall.query import Query
from village.tools.facts import WITH_FACT
from village.tools.reach import READS, Asked, RealmGiven, Some, look, meant, searches, shown, who_of

Threshold = Annotated[float, Field(ge=0.3, le=1)]


@tool(
    category="village",
    facts=READS,
    example=Example(
        arguments={},
        after=WITH_FACT,
        result={
            "success": True,
            "convergence_events": [],
            "events_found": 0,
            "agent_pair_counts": {},
            "consensus_topics": [],
            "insights": [],
        },
    ),
)
async def village_convergence_detect(
    context: ToolContext,
    *,
    similarity_threshold: Annotated[Threshold | None, "Least cosine; the village's own when not told"] = None,
    limit: Annotated[Some, "How many at most"] = 20,
    realm: Annotated[RealmGiven | None, "A realm by name or id; the village when not told"] = None,
) -> dict[str, object]:
    """Find what several agents said that means the same: HARMONY of two, CONSENSUS of three or more."""
    where = await meant(context, "village", realm)
    found = await detect(context.db, who_of(context), where, threshold=similarity_threshold, limit=limit)
    pairs: Counter[str] = Counter("-".join(pair) for one in found for pair in combinations(sorted(one.agents), 2))
    topics = [one.statements[0].content[:100] for one in found if one.kind == "CONSENSUS"]
    return {
        "success": True,
        "convergence_events": [_event(one) for one in found],
        "events_found": len(found),
        "agent_pair_counts": dict(pairs),
        "consensus_topics": topics,
        "insights": [f"{pair.replace('-', ' and ')} agree most often: {n} times" for pair, n in pairs.most_common(1)],
    }


@tool(
    category="village",
    facts=READS,
    facts_with=searches,
    example=Example(
        arguments={"query": "How is a kiln cooled?"},
        result={
            "success": True,
            "query": "How is a kiln cooled?",
            "has_convergence": False,
            "convergence_type": "NONE",
            "converging_agents": [],
            "agent_count": 0,
            "total_messages": 0,
            "by_agent": {},
            "threshold": 0.5,
        },
        varies=True,
    ),
)
async def village_detect_convergence(
    context: ToolContext,
    *,
    query: Annotated[Asked, "The topic"],
    min_agents: Annotated[int, Field(ge=2, le=50), "So many must have spoken of it"] = 2,
    similarity_threshold: Annotated[Threshold, "How near to the topic, by cosine"] = 0.5,
    n_results: Annotated[Some, "How many posts are looked at"] = 20,
    include_untrusted: Annotated[bool, "Count what may hold text by strangers too"] = False,
) -> dict[str, object]:
    """Tell whether several agents have spoken of a topic, and which; whether they agree, village_convergence_detect."""
    asked = Query(
        text=query,
        kinds=["village", "bridge"],
        trusted_only=not include_untrusted,
        mode="vector",
        limit=n_results,
    )
    near = [
        hit for hit in await look(context, asked) if hit.why.vector and hit.why.vector.score >= similarity_threshold
    ]
    await shown(context, near)
    by_agent: dict[str, list[str]] = {}
    for hit in near:
        by_agent.setdefault(hit.knowledge.agent or "(the person)", []).append(hit.knowledge.content[:150])
    several = len(by_agent) >= min_agents
    kind = ("CONSENSUS" if len(by_agent) > 2 else "HARMONY") if several else "NONE"
    return {
        "success": True,
        "query": query,
        "has_convergence": several,
        "convergence_type": kind,
        "converging_agents": sorted(by_agent) if several else [],
        "agent_count": len(by_agent),
        "total_messages": len(near),
        "by_agent": by_agent,
        "threshold": similarity_threshold,
    }


def _event(one: Convergence) -> dict[str, Any]:
    return {
        "type": one.kind,
        "agents": list(one.agents),
        "similarity": round(one.similarity, 4),
        "independent": one.independent,
        "statements": [
            {
                "id": str(said.knowledge_id),
                "agent": said.agent or "(the person)",
                "text": said.content[:150],
                "echo_of": said.echo_of and str(said.echo_of),
            }
            for said in one.statements
        ],
    }


AGREEMENT_TOOLS = (village_convergence_detect, village_detect_convergence)
