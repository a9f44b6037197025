"""The SQL of titles that nobody typed."""

from actors.stores import conversations
from actors.stores.conversations import Conversation
from cluster.clients.postgres import Connection
from cluster.ids import ConversationId


async def give(conn: Connection, conversation: ConversationId, title: str) -> Conversation | None:
    """Title a conversation that has no title; None when it has one by now, a person's above all."""
    touched = await conn.execute(
        """update conversations set title = $2, titled_by = 'model'
            where id = $1 and titled_by = 'nobody' and deleted_at is null""",
        conversation, title,
    )  # fmt: skip
    return await conversations.get(conn, conversation) if touched else None
