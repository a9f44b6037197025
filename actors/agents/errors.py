"""Why an agent is not made, or may not go on."""

from cluster.errors import Conflict, NotFound, Permanent


class AgentMissing(NotFound):
    """There is no such agent."""


class AgentTypeMissing(NotFound):
    """There is no such type of agent; GET /api/v1/agents/types lists yours."""


class BuiltInType(Conflict):
    """This type of agent is part of the program; give yours another name."""


class BudgetSpent(Permanent):
    """The budget does not allow for this."""


class TooManyAgents(Permanent):
    """No more agents may be made or be at work under this budget."""


class TooDeep(Permanent):
    """Agents of this level may not make agents."""


class Cancelled(Conflict):
    """What this belongs to is over, or was cancelled."""


class NotOver(Conflict):
    """The agent has not ended yet."""


class AgentOver(Conflict):
    """The agent has ended already."""


class BelongsToAnother(Conflict):
    """This agent belongs to a swarm, a council or another agent, which decides about it."""
