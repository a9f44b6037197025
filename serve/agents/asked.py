"""Checks what somebody asks for when they have an agent made, before anything is."""

from typing import get_args

import orjson

from actors.agents import store
from actors.agents.allowance import Allowance
from actors.agents.errors import AgentTypeMissing
from actors.agents.spawning import NewAgent
from cluster.clients.postgres import Connection
from cluster.errors import Invalid, TooLarge
from cluster.ids import agent_name, new_id
from cluster.services import Services
from sandbox.presets import PresetName
from serve import agents_wire as wire
from village.agents import store as village_agents

MOST_SCHEMA = 32 * 1024
"""Bytes of a JSON Schema."""
NO_TOOLS = "none"


async def new_agent(conn: Connection, services: Services, command: wire.SpawnAgent, *, key: str) -> NewAgent:
    """The agent that is asked for. Raises Invalid, ModelMissing, AgentTypeMissing, TooLarge."""
    kind = next((one for one in await store.types(conn) if one.name == command.agent_type), None)
    if kind is None:
        raise AgentTypeMissing
    agent = await checked(conn, services, model=command.model, tools=command.tools, agent=command.agent)
    if command.answer_schema is not None:
        sound_schema(command.answer_schema)
    usual = Allowance.of(services.settings, kind.budget)
    return NewAgent(
        id=new_id(),
        key=key,
        task=command.task,
        allowance=usual.but(command.budget.model_dump()),
        agent_type=command.agent_type,
        model=command.model,
        tools=command.tools,
        agent=agent,
        persona=command.persona,
        answer_schema=command.answer_schema,
        webhook=command.webhook.model_dump() if command.webhook else None,
    )


async def checked(
    conn: Connection, services: Services, *, model: str | None, tools: str | None, agent: str | None
) -> str | None:
    """The name of the village's agent, as it is kept. Raises ModelMissing and Invalid for what is not there."""
    if model is not None:
        services.models.card(model)
    if tools is not None and tools != NO_TOOLS and tools not in get_args(PresetName):
        raise Invalid(f"{tools!r} is no tool preset; there are {', '.join(get_args(PresetName))} and {NO_TOOLS}")
    if agent is None:
        return None
    name = agent_name(agent)
    if await village_agents.find(conn, name) is None:
        raise Invalid(f"you have no agent called {name}")
    return name


def sound_schema(schema: dict[str, object]) -> None:
    """Raises Invalid or TooLarge for a JSON Schema that no model could answer by."""
    if len(orjson.dumps(schema)) > MOST_SCHEMA:
        raise TooLarge(f"a schema has {MOST_SCHEMA // 1024} KiB at most")
    if schema.get("type") != "object":
        raise Invalid('answer_schema must be the JSON Schema of an object: {"type": "object", …}')
