"""The state that a client opens a conversation with, and the number from which it follows on without a gap."""

from actors.stores import approvals, branches, conversations
from actors.stores.conversations import TurnState
from cluster.errors import NotFound
from cluster.events.log import EventLog
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, UserId
from cluster.services import Services
from serve import wire


async def detail(services: Services, user: UserId, id: ConversationId, *, limit: int) -> wire.ConversationDetail:
    """The newest messages of the current branch, and what runs. Raises NotFound.

    Number first, turns second, messages last: what happens meanwhile is in the messages, in the events after the
    number, or in both.
    """
    channel = conversation_channel(id)
    async with services.db.as_user(user) as conn:
        if not await conversations.exists(conn, id):
            raise NotFound
        seq = await services.log.last(channel)
        turns = await conversations.open_turns(conn, id)
        conversation = await conversations.get(conn, id)
        if conversation is None:
            raise NotFound
        page = await branches.page(conn, id, end=conversation.leaf_id, limit=limit)
        spent = await conversations.spent(conn, id)
        asked = await approvals.pending(conn, id)
    return wire.ConversationDetail(
        conversation=wire.Conversation.model_validate(conversation),
        messages=[wire.Message.model_validate(message) for message in page.messages],
        next_cursor=str(page.before) if page.before else None,
        turns=[wire.Turn.model_validate(turn) for turn in turns],
        approvals=[wire.Approval.model_validate(approval) for approval in asked],
        seq=await _before_running(services.log, channel, turns, seq),
        tokens_used=spent.tokens_used,
        cost_usd=spent.cost_usd,
    )


async def _before_running(log: EventLog, channel: str, turns: list[TurnState], seq: str) -> str:
    for turn in turns:
        if turn.status == "running" and turn.started_at is not None:
            return await log.before_turn(channel, turn.id, until=seq, since=turn.started_at)
    return seq
