"""Whether a swarm can be made as it is asked for: told before anything is, not found out by its agents."""

from collections.abc import Sequence
from typing import Any

import orjson

from actors.agents import store as agents
from actors.agents.errors import AgentTypeMissing
from actors.swarms.commands import MOST_ITEMS, NewSwarm
from actors.swarms.errors import InputTooLong, NoInputs, TooManyItems
from actors.swarms.reducing import GROUP_CHARS
from actors.swarms.tasks import INPUT, MOST_CHARS, PART, text_of
from cluster.clients.postgres import Connection
from cluster.errors import Invalid
from cluster.services import Services


async def check_new(conn: Connection, services: Services, new: NewSwarm) -> None:
    """Raises NoInputs, TooManyItems, InputTooLong, AgentTypeMissing, ModelMissing, Invalid."""
    options = new.options
    if new.closed and not new.inputs:
        raise NoInputs
    if len(new.inputs) > MOST_ITEMS:
        raise TooManyItems(f"a swarm has {MOST_ITEMS} items at most")
    check_inputs(options.task, new.inputs)
    if options.reduce is not None and len(options.reduce) + GROUP_CHARS + 10 * len(PART) > MOST_CHARS:
        raise InputTooLong("what is to be made of the results is too long")
    if options.model is not None:
        services.models.card(options.model)
    if options.agent_type not in {kind.name for kind in await agents.types(conn)}:
        raise AgentTypeMissing(f"there is no type of agent called {options.agent_type!r}")


def check_inputs(task: str, inputs: Sequence[Any]) -> None:
    """Raises InputTooLong, or Invalid for what is no JSON that can be kept."""
    times = max(1, task.count(INPUT))
    for number, value in enumerate(inputs):
        try:
            length = len(text_of(value))
            orjson.dumps(value)
        except (TypeError, ValueError) as error:
            raise Invalid(f"input {number} cannot be kept: {error}") from error
        if len(task) + times * length + 2 > MOST_CHARS:
            raise InputTooLong(f"the task with input {number} is longer than {MOST_CHARS} characters")
