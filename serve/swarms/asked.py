"""Checks a swarm that somebody asks for, and makes the actor's command of it."""

import hashlib
from uuid import UUID, uuid5

from actors.swarms.commands import NewSwarm, Options
from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id
from cluster.services import Services
from serve import swarms_wire as wire
from serve.agents.asked import checked, sound_schema

NAME_CHARS = 80


def swarm_of(user: UserId, key: str | None) -> tuple[UUID, str]:
    """The id of a swarm that is to be made, and its idempotency key."""
    if key is None:
        id = new_id()
        return id, str(id)
    return uuid5(user, f"swarm:{key}"), key


async def new_swarm(conn: Connection, services: Services, command: wire.CreateSwarm, *, key: str) -> NewSwarm:
    """The swarm that is asked for. Raises Invalid, ModelMissing, TooLarge."""
    await checked(conn, services, model=command.model, tools=command.tools, agent=None)
    if command.answer_schema is not None:
        sound_schema(command.answer_schema)
    options = Options(
        task=command.task,
        agent_type=command.agent_type,
        model=command.model,
        tools=command.tools,
        answer_schema=command.answer_schema,
        retries=command.retries,
        reduce=command.reduce,
        each=command.each.model_dump(exclude_none=True),
        request=hashlib.sha256(command.model_dump_json().encode(errors="surrogatepass")).hexdigest(),
    )
    return NewSwarm(
        idempotency_key=key,
        name=command.name or _name(command.task),
        options=options,
        inputs=command.inputs,
        closed=command.closed,
        parallelism=command.parallelism,
        budget=command.budget.model_dump(exclude_none=True),
        webhook=command.webhook.model_dump() if command.webhook else None,
    )


def _name(task: str) -> str:
    line = (task.strip() or "A swarm").splitlines()[0]
    return line if len(line) <= NAME_CHARS else line[: NAME_CHARS - 1] + "…"
