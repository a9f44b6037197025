"""What a person changes about a conversation: committed, then told to all devices."""

from actors.events import ConversationDeleted, ConversationUpdated
from actors.stores import branches, conversations
from actors.stores.conversations import Change, Conversation
from cluster.clients.postgres import Connection
from cluster.errors import Invalid, NotFound
from cluster.events.names import conversation_channel, user_channel
from cluster.ids import ConversationId, MessageId, UserId
from cluster.services import Services
from serve import wire


async def change(
    services: Services, user: UserId, id: ConversationId, command: wire.ConversationChange
) -> Conversation:
    """Change what the command names. Raises NotFound for a conversation or message that is not there, or Invalid."""
    _check(command)
    async with services.db.as_user(user) as conn:
        if command.deleted is False:
            await conversations.restore(conn, id)
        changed = await conversations.change(conn, id, await _wanted(conn, id, command))
    if changed is None:
        raise NotFound
    await _tell_updated(services, user, changed)
    return changed


async def delete(services: Services, user: UserId, id: ConversationId) -> None:
    """Put it in the bin, and empty the bin of what is old. Raises NotFound."""
    async with services.db.as_user(user) as conn:
        if not await conversations.delete(conn, id):
            raise NotFound
        await conversations.purge(conn)
    event = ConversationDeleted(conversation_id=id)
    await services.log.publish(conversation_channel(id), event)
    await services.log.publish(user_channel(user), event)


async def _wanted(conn: Connection, id: ConversationId, command: wire.ConversationChange) -> Change:
    leaf: MessageId | None = None
    if command.leaf_id is not None:
        leaf = await branches.end_of(conn, id, MessageId(command.leaf_id))
        if leaf is None:
            raise NotFound
    return Change(
        title=command.title.strip() if command.title else None,
        favorite=command.favorite,
        archived=command.archived,
        tags=None if command.tags is None else conversations.tags_of(command.tags),
        leaf_id=leaf,
        model=command.model,
        forget_model=command.model is None and "model" in command.model_fields_set,
    )


def _check(command: wire.ConversationChange) -> None:
    if command.title is not None and not command.title.strip():
        raise Invalid("a title is more than spaces")
    if any("\0" in text for text in (command.title or "", command.model or "", *(command.tags or ()))):
        raise Invalid("text cannot contain the character U+0000")


async def _tell_updated(services: Services, user: UserId, it: Conversation) -> None:
    event = ConversationUpdated(conversation=it)
    await services.log.publish(conversation_channel(it.id), event)
    await services.log.publish(user_channel(user), event)
