"""The SQL of table summaries: what stands for the beginning of a branch when the whole no longer fits a model."""

from dataclasses import dataclass

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, MessageId, new_id


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A summary of a branch up to and including one message."""

    up_to_id: MessageId
    content: str
    tokens: int
    model: str


async def at(conn: Connection, conversation: ConversationId, message: MessageId) -> Summary | None:
    """The newest summary that ends at a message."""
    row = await conn.fetchrow(
        """select up_to_id, content, tokens, model from summaries
            where conversation_id = $1 and up_to_id = $2 order by created_at desc limit 1""",
        conversation, message,
    )  # fmt: skip
    return Summary(**dict(row)) if row else None


async def add(conn: Connection, conversation: ConversationId, summary: Summary) -> None:
    """Keep a summary beside the history."""
    await conn.execute(
        """insert into summaries (id, user_id, conversation_id, up_to_id, content, tokens, model)
           values ($1, app_user(), $2, $3, $4, $5, $6)""",
        new_id(), conversation, summary.up_to_id, summary.content, summary.tokens, summary.model,
    )  # fmt: skip
