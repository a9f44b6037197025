"""What is true of a conversation at this moment, for the tool that tells its model."""

from dataclasses import dataclass
from datetime import datetime

from cluster.clients.postgres import Connection
from cluster.ids import ConversationId


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """A conversation. `conversation_length` is the messages of the current branch, `model` who spoke last."""

    title: str | None
    created_at: datetime
    model: str | None
    preset: str | None
    conversation_length: int
    tokens_used: int


async def session_facts(conn: Connection, conversation: ConversationId) -> SessionFacts | None:
    """The facts, None when there is no such conversation. `preset` is that of the running turn, else the person's."""
    row = await conn.fetchrow(
        """with recursive home as (
               select id, title, created_at, leaf_id from conversations where id = $1 and deleted_at is null
           ), branch as (
               select m.id, m.parent_id from messages m join home on m.id = home.leaf_id
               union all
               select m.id, m.parent_id from messages m join branch b on m.id = b.parent_id
           ), said as (
               select model, tokens_used, created_at, step from messages
                where user_id = app_user() and conversation_id = $1 and role = 'assistant'
           )
           select home.title, home.created_at, (select count(*) from branch) as conversation_length,
                  (select model from said order by created_at desc, step desc limit 1) as model,
                  (select coalesce(sum(tokens_used), 0) from said) as tokens_used,
                  coalesce((select options from turns where user_id = app_user() and conversation_id = $1
                             and status = 'running' limit 1),
                           (select settings from users where id = app_user()))->>'tool_preset' as preset
             from home""",
        conversation,
    )
    return None if row is None else SessionFacts(**dict(row))
