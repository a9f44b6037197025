"""Who may follow which channel. What is not one's own does not exist."""

from typing import TYPE_CHECKING
from uuid import UUID

from actors.agents import store as agents
from actors.stores import budgets, conversations
from cluster.errors import NotFound
from cluster.ids import ConversationId, RealmId, UserId
from village.realms import store as realms

if TYPE_CHECKING:
    from cluster.clients.postgres import Database


class ChannelMissing(NotFound):
    """There is no such channel."""


async def may_follow(db: "Database", user: UserId, channel: str) -> None:
    """Raises ChannelMissing unless it is the user's own, or of something of theirs, or a realm's they may read."""
    kind, _, key = channel.partition(":")
    try:
        id = UUID(key)
    except ValueError as error:
        raise ChannelMissing from error
    if str(id) != key:
        raise ChannelMissing
    match kind:
        case "user":
            found = id == user
        case "conversation":
            async with db.as_user(user) as conn:
                found = await conversations.exists(conn, ConversationId(id))
        case "realm":
            async with db.as_user(user) as conn:
                found = await realms.find(conn, RealmId(id)) is not None
        case "agent":
            async with db.as_user(user) as conn:
                found = await agents.find(conn, id) is not None
        case "swarm" | "council":
            async with db.as_user(user) as conn:
                found = await budgets.find(conn, id) is not None
        case _:
            found = False
    if not found:
        raise ChannelMissing
