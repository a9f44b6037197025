"""How channels are called, here and in Redis."""

from uuid import UUID


def conversation_channel(conversation: UUID) -> str:
    """The channel of what happens in one conversation."""
    return f"conversation:{conversation}"


def user_channel(user: UUID) -> str:
    """The channel of what concerns all devices of a user."""
    return f"user:{user}"


def realm_channel(realm: UUID) -> str:
    """The channel of what happens in one realm of the village."""
    return f"realm:{realm}"


def agent_channel(agent: UUID) -> str:
    """The channel of one agent and, when it is at the top, of all below it."""
    return f"agent:{agent}"


def swarm_channel(swarm: UUID) -> str:
    """The channel of a swarm: its items, and its agents."""
    return f"swarm:{swarm}"


def council_channel(council: UUID) -> str:
    """The channel of a council."""
    return f"council:{council}"


def stream_key(channel: str) -> str:
    """The name of a channel's stream in Redis."""
    return f"events:{channel}"
