"""Begins a turn: what it answers, on which branch, or why it was not accepted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from actors.errors import AttachmentMissing, ConversationMissing, MessageMissing, QueueFull, TooManyTurns
from actors.stores import messages, turns
from actors.stores.messages import Message
from actors.stores.turns import Acceptance, NewTurn, StartedTurn
from cluster.clients.postgres import Connection
from cluster.errors import Busy
from cluster.ids import ConversationId


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that is marked as running, and the branch that it goes on from."""

    turn: StartedTurn
    path: Sequence[Message]


async def begin(conn: Connection, conversation: ConversationId, *, durably: bool = False) -> Begun | None:
    """Begin the oldest unfinished turn, or take it up again; None when there is none."""
    turn = await turns.start(conn, conversation, durably=durably)
    return None if turn is None else Begun(turn, await branch(conn, turn))


async def branch(conn: Connection, turn: StartedTurn) -> Sequence[Message]:
    """What the turn goes on from: the branch that ends in the person's message, or in the turn's last step."""
    steps = await messages.steps_of(conn, turn.id) if turn.started_before else []
    leaf = steps[-1].id if steps else turn.user_message_id
    whole = turn.preferences.get("context_strategy") == "manual"
    path = await messages.path(conn, leaf, from_summary=not whole)
    if turn.options.get("regenerate") or steps or not ("root" in turn.options or "parent_id" in turn.options):
        return path
    question = path[-1]
    siblings = await messages.siblings(conn, question.conversation_id, question.parent_id, "user")
    return [*path[:-1], replace(question, siblings=siblings)]


def refusal(accepted: Acceptance, new: NewTurn, full: Busy | None) -> Exception:
    """Why a command was not accepted. `full` is what the host says when it takes nothing more."""
    if not accepted.at_home:
        return ConversationMissing()
    if not accepted.parent_found:
        return MessageMissing()
    if accepted.attachments_found < len(new.attachments):
        return AttachmentMissing()
    if full is not None:
        return full
    return TooManyTurns() if accepted.unfinished_of_user >= new.most_of_user else QueueFull()
