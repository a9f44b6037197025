"""Takes up a turn that another incarnation left unfinished, and tells clients where it goes on.

What was committed is announced again, since a crash between commit and publishing may have swallowed the events; all of
them say the same twice without harm. Only the two events that open a turn are published if nobody has heard them yet.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from actors.events import (
    Ending,
    MessageAdded,
    MessageFacts,
    SessionEvent,
    StepFinished,
    ToolFinished,
    TurnEnded,
    TurnError,
    TurnRecovering,
    TurnStarted,
    utf16_length,
)
from actors.session.stage import Stage
from actors.stores import turns
from actors.stores.messages import Message
from actors.stores.turns import StartedTurn
from cluster.errors import Unavailable
from cluster.events.log import BEGINNING, Gap
from cluster.events.names import conversation_channel
from cluster.ids import TurnId

LOOKED_THROUGH = 10_000


def opening(stage: Stage, turn: StartedTurn, question: Message) -> list[SessionEvent]:
    """The events that open a turn."""
    started = TurnStarted(conversation_id=stage.conversation, turn_id=turn.id, user_message_id=turn.user_message_id)
    if turn.options.get("regenerate"):
        return [started]
    added = MessageAdded(
        conversation_id=stage.conversation,
        turn_id=turn.id,
        message=MessageFacts.of(question),
        command_id=turn.idempotency_key,
    )
    return [added, started]


async def announce(stage: Stage, turn: StartedTurn, question: Message, steps: Sequence[Message]) -> None:
    """Tell that the turn is being taken up, and what of it stands."""
    if not await was_heard(stage, turn.options.get("seq"), turn.id, "turn_started"):
        stage.outbox.add(*opening(stage, turn, question))
    if not turn.in_good_order:
        stage.outbox.add(TurnRecovering(conversation_id=stage.conversation, turn_id=turn.id, reason=_reason(turn)))
    for step in steps:
        stage.outbox.add(_finished(stage, turn.id, step))
        names = {call["id"]: call["name"] for call in step.tool_calls}
        for result in step.tool_results:
            stage.outbox.add(
                ToolFinished(
                    conversation_id=stage.conversation,
                    turn_id=turn.id,
                    message_id=step.id,
                    id=result["id"],
                    tool=names.get(result["id"], ""),
                    result=result,
                )
            )


async def announce_last_end(stage: Stage) -> None:
    """Publish the end of the turn that ended last, if its incarnation died before it could."""
    async with stage.services.db.as_user(stage.user) as conn:
        row = await turns.last_ended(conn, stage.conversation)
    if row is None or await was_heard(stage, row["seq"], row["id"], "turn_ended"):
        return
    status: Ending = row["status"]
    stage.outbox.add(
        TurnEnded(
            conversation_id=stage.conversation,
            turn_id=row["id"],
            status=status,
            error=TurnError(**row["error"]) if row["error"] else None,
            leaf_id=row["leaf_id"],
            tokens_used=row["tokens_used"],
            cost_usd=row["cost_usd"],
        )
    )


async def was_heard(stage: Stage, seq: str | None, turn: TurnId, kind: str) -> bool:
    """Whether an event of a turn is in the log. False when the log has lost what it would be among."""
    try:
        found = await stage.services.log.read(
            conversation_channel(stage.conversation), after=seq or BEGINNING, limit=LOOKED_THROUGH
        )
    except Unavailable:
        return True  # nobody can be told now anyway
    if isinstance(found, Gap):
        return False
    needle = str(turn).encode()
    return any(entry.type == kind and needle in entry.data for entry in found)


def _reason(turn: StartedTurn) -> Literal["moved", "crashed", "alone"]:
    if not turn.crashed:
        return "moved"
    return "alone" if turn.alone and turn.crashes > 1 else "crashed"


def _finished(stage: Stage, turn: TurnId, step: Message) -> StepFinished:
    return StepFinished(
        conversation_id=stage.conversation,
        turn_id=turn,
        message_id=step.id,
        length=utf16_length(step.content),
        stop_reason=step.stop_reason,
        status=step.status,
        tokens_used=step.tokens_used or 0,
        cost_usd=step.cost_usd or Decimal(0),
    )
