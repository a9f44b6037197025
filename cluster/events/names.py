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


def stream_key(channel: str) -> str:
    """The name of a channel's stream in Redis."""
    return f"events:{channel}"
