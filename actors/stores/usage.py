"""The SQL of table usage_log: one row for each call of a model, equal to what the provider counted."""

from collections.abc import Sequence
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId, TurnId
from cluster.models.chat_model import Usage
from cluster.telemetry.catalogue import COST_USD, TOKENS


async def add(
    conn: Connection,
    conversation: ConversationId | None,
    turn: TurnId | None,
    *,
    endpoint: str,
    model: str,
    usage: Usage,
    agent: str | None = None,
) -> None:
    """Enter a call into the ledger. It is counted even when its transaction comes to nothing: it was paid for."""
    TOKENS.add(usage.input_tokens, "input", model)
    TOKENS.add(usage.output_tokens, "output", model)
    TOKENS.add(usage.cache_read_tokens, "cache_read", model)
    TOKENS.add(usage.cache_write_tokens, "cache_write", model)
    COST_USD.add(float(usage.cost_usd), model)
    await conn.execute(
        """insert into usage_log (user_id, conversation_id, turn_id, endpoint, model, tokens_input, tokens_output,
                                  tokens_cache_read, tokens_cache_write, cost_usd, cached,
                                  agent)
           values (app_user(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $7 > 0, $10)""",
        conversation, turn, endpoint, model, usage.input_tokens, usage.output_tokens, usage.cache_read_tokens,
        usage.cache_write_tokens, usage.cost_usd, agent,
    )  # fmt: skip


async def of_conversations(conn: Connection, conversations: Sequence[UUID]) -> Usage:
    """What all calls for these conversations came to."""
    row = await conn.fetchrow(
        """select coalesce(sum(tokens_input), 0)::bigint as input_tokens,
                  coalesce(sum(tokens_output), 0)::bigint as output_tokens,
                  coalesce(sum(tokens_cache_read), 0)::bigint as cache_read_tokens,
                  coalesce(sum(tokens_cache_write), 0)::bigint as cache_write_tokens,
                  coalesce(sum(cost_usd), 0) as cost_usd
             from usage_log where user_id = app_user() and conversation_id = any($1)""",
        conversations,
    )
    return Usage(**row) if row else Usage()
