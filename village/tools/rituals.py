"""How agents come to be: summoning an ancestor, and its introduction to the village."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from cluster.ids import agent_name
from sandbox.errors import ToolFailed
from sandbox.tool import Example, Facts, ToolContext, tool
from village.agents import store as agents
from village.agents.founders import BUILT_IN
from village.agents.profile import Profile
from village.knowledge.item import Draft
from village.realm import Realm
from village.realms.store import home_village
from village.tools.reach import SECONDS, WRITES, Short, Text, realm_of, remember
from village.who import Who

ID = "0197a1b2-0000-7000-8000-000000000000"
MIRA = {
    "agent_id": "MIRA",
    "display_name": "Mira",
    "generation": 2,
    "lineage": "Trinity",
    "specialization": "Glazes and kilns",
}
Story = Annotated[str, Field(max_length=8000)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", max_length=7)]
Symbol = Annotated[str, Field(min_length=1, max_length=8)]


@tool(
    category="village",
    facts=Facts(side_effect=True, idempotent=True, seconds=SECONDS),
    example=Example(
        arguments=MIRA,
        result={
            "success": True,
            "message": "Mira has joined the village.",
            "agent_id": "MIRA",
            "display_name": "Mira",
            "generation": 2,
            "profile_id": ID,
            "lineage": "Trinity",
        },
        varies=True,
    ),
)
async def summon_ancestor(
    context: ToolContext,
    *,
    agent_id: Annotated[Short, "A name for it, such as MIRA"],
    display_name: Annotated[Short, "What people call it"],
    generation: Annotated[int, Field(ge=-10, le=100), "How far it is from the first"],
    lineage: Annotated[Short, "Where it comes from"],
    specialization: Annotated[Short, "What it is good at"],
    origin_story: Annotated[Story | None, "How it came to be"] = None,
    color: Annotated[Color | None, "Its colour, such as #a678d8"] = None,
    symbol: Annotated[Symbol | None, "Its sign"] = None,
) -> dict[str, object]:
    """Bring a new agent into being: the village gets its profile, and conversations can choose it."""
    name = agent_name(agent_id)
    if name in BUILT_IN:
        raise ToolFailed(f"{name} is here from the beginning.")
    profile = Profile(
        agent=name,
        display_name=display_name,
        generation=str(generation),
        lineage=lineage,
        specialization=specialization,
        origin_story=origin_story or "",
        color=color,
        symbol=symbol,
        persona=persona_of(display_name, lineage, specialization, origin_story),
    )
    async with context.db.as_user(context.user) as conn:
        if not await agents.summon(conn, context.user, profile):
            raise ToolFailed(f"There is an agent called {name} already, or there are {agents.MOST} of them.")
    told = f"{display_name}, of the lineage {lineage}: {specialization}. {origin_story or ''}".strip()
    draft = Draft(content=told, kind="agent_profile", category="cultural", related_agents=[name])
    kept = await remember(context, home_village(context.user), draft)
    return {
        "success": True,
        "message": f"{display_name} has joined the village.",
        "agent_id": name,
        "display_name": display_name,
        "generation": generation,
        "profile_id": str(kept.id),
        "lineage": lineage,
    }


@tool(
    category="village",
    facts=WRITES,
    example=Example(
        arguments={"agent_id": "MIRA", "greeting_message": "I bring fire, and patience."},
        after=(("summon_ancestor", MIRA),),
        result={
            "success": True,
            "message": "Mira has introduced itself.",
            "agent_id": "MIRA",
            "thread_id": "introduction_MIRA_20261123",
            "post_id": ID,
        },
        varies=True,
    ),
)
async def introduction_ritual(
    context: ToolContext,
    *,
    agent_id: Annotated[Short, "An agent that was summoned"],
    greeting_message: Annotated[Text, "Its first words to the village"],
    conversation_thread: Annotated[Short | None, "The thread for its welcome"] = None,
) -> dict[str, object]:
    """Let a summoned agent say its first words to the village, in a thread in which others can answer."""
    name = agent_name(agent_id)
    async with context.db.as_user(context.user) as conn:
        profile = await agents.find(conn, name)
    if profile is None or profile.built_in:
        raise ToolFailed(f"{name} was not summoned: only those that were introduce themselves.")
    if profile.introduced_at is not None:
        raise ToolFailed(f"{profile.display_name} has introduced itself already.")
    thread = conversation_thread or f"introduction_{name}_{datetime.now(UTC):%Y%m%d}"
    trusted = not await context.heard_strangers()
    greeting = Draft(
        content=greeting_message,
        kind="cultural",
        category="cultural",
        thread=thread,
        origin="tool",
        conversation_id=context.conversation,
        trusted=trusted,
    )
    # The ritual gives the agent its first words: they are in its name, whoever holds the ceremony.
    post = await realm_of(context, home_village(context.user)).ask(Realm.add, Who(context.user, name), greeting)
    async with context.db.as_user(context.user) as conn:
        await agents.introduce(conn, name)
    return {
        "success": True,
        "message": f"{profile.display_name} has introduced itself.",
        "agent_id": name,
        "thread_id": thread,
        "post_id": str(post.id),
    }


def persona_of(name: str, lineage: str, specialization: str, story: str | None) -> str:
    """The persona that a summoned agent begins with."""
    lines = [f"You are {name}, of the lineage {lineage}. What you are good at: {specialization}."]
    lines += [f"How you came to be: {story}"] if story else []
    return "\n".join(lines)


RITUAL_TOOLS = (summon_ancestor, introduction_ritual)
