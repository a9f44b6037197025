"""Runs an agent for an AG-UI client: a thread is a conversation of ours, a run a turn, or the rest of one.

The thread's and the run's names make the conversation and the turn, so a run that is sent again is the same turn, and
is told in the same bytes. A turn that waits for the person ends its run with an interrupt; the run that resumes it
tells what came after the question.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import orjson

from actors.session.commands import Posted
from actors.stores import approvals, conversations, messages
from actors.stores.approvals import Approval
from cluster.errors import Invalid, NotFound
from cluster.events.log import Entry
from cluster.events.names import conversation_channel
from cluster.ids import ConversationId, UserId
from cluster.models.chat_model import ModelMessage, ModelRequest
from serve import wire
from serve.compat.ag_ui_events import ASKING, Writer, event, interrupt, usage
from serve.compat.ag_ui_wire import Message, Resume, Run
from serve.compat.agents import PREFIX, Place, post
from serve.compat.turns import ENDED, failure
from serve.compat.words import Trouble
from serve.live.live import Live
from serve.live.outbox import Reload
from serve.live.turns import turn_events
from village.who import ASSISTANT

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A run that has begun. One that resumes a turn tells what came after the questions it answers."""

    thread: str
    run: str
    posted: Posted
    state: Json
    answered: frozenset[UUID] = frozenset()


async def begin(live: Live, user: UserId, run: Run, agent: str | None) -> Running:
    """Post what the user said last, or answer the questions. Raises Invalid, NotFound, ModelMissing, Busy, Conflict."""
    if run.resume:
        posted = await _resume(live, user, run, run.resume)
        answered = frozenset(_id(one) for one in run.resume)
        return Running(thread=run.thread_id, run=run.run_id, posted=posted, state=_state(run), answered=answered)
    home = await _home(live, user, run.thread_id)
    async with live.services.db.as_user(user) as conn:
        there = await conversations.exists(conn, home)
    props = run.forwarded_props
    name = agent or (props.agent if props else None) or ASSISTANT
    place = Place(key=str(uuid5(home, run.run_id)), conversation=home if there else None)
    request = ModelRequest(model=PREFIX + name, system="", messages=_said(run.messages))
    posted = await post(live, user, place, request, home=home)
    return Running(thread=run.thread_id, run=run.run_id, posted=posted, state=_state(run))


async def told_of(live: Live, user: UserId, running: Running) -> AsyncGenerator[bytes]:
    """The run's events, to its end."""
    posted, writer, complete, over = running.posted, Writer(), True, False
    ids = {"conversation_id": str(posted.conversation_id), "turn_id": str(posted.turn_id)}
    yield event("RUN_STARTED", threadId=running.thread, runId=running.run)
    yield event("STATE_SNAPSHOT", snapshot={**running.state, "apexaurum": ids})
    unheard: set[UUID | None] = set(running.answered)
    async with aclosing(turn_events(live, user, posted, after=None)) as happenings:
        async for happening in happenings:
            if isinstance(happening, Reload):
                complete, unheard = False, set[UUID | None]()
            for entry in happening if isinstance(happening, list) else ():
                if unheard:
                    unheard.discard(_asked(entry))
                    if unheard:
                        continue
                if entry.type == ASKING and (waiting := await _waiting(live, user, posted)):
                    yield b"".join(writer.close())
                    yield _finished(running, {"type": "interrupt", "interrupts": [interrupt(one) for one in waiting]})
                    return
                elif data := b"".join(writer.of(entry)):
                    yield data
                over = over or entry.type == ENDED
    yield await _end(live, user, running, writer, complete=complete and over)


def failed(error: Exception, number: str) -> bytes:
    """The event that ends a run which cannot be told to its end."""
    trouble = Trouble.of(error)
    return event("RUN_ERROR", message=trouble.message, code=trouble.code)


async def _end(live: Live, user: UserId, running: Running, writer: Writer, *, complete: bool) -> bytes:
    posted = running.posted
    async with live.services.db.as_user(user) as conn:
        turn = await conversations.turn(conn, posted.turn_id)
        steps = await messages.steps_of(conn, posted.turn_id)
    if turn is None:
        raise NotFound("the conversation was deleted")
    rest = b"".join([*(() if complete else writer.rest(steps)), *writer.close()])
    if turn.status == "failed":
        error = turn.error or {}
        told = event("RUN_ERROR", message=str(failure(error)), code=str(error.get("code")), usage=usage(steps))
        return rest + told
    outcome = {"type": "cancelled" if turn.status == "stopped" else "success"}
    return rest + _finished(running, outcome, usage=usage(steps))


def _state(run: Run) -> Json:
    """What the client shares with its agent; what is no object cannot be added to, and is left out."""
    state: Any = run.state
    return {**state} if isinstance(state, dict) else {}


def _finished(running: Running, outcome: Mapping[str, object], **more: object) -> bytes:
    return event("RUN_FINISHED", threadId=running.thread, runId=running.run, outcome=outcome, **more)


async def _home(live: Live, user: UserId, thread: str) -> ConversationId:
    """The conversation of a thread: one of the user's that is called so, or one that is the thread's own."""
    with suppress(ValueError):
        named = ConversationId(UUID(thread))
        async with live.services.db.as_user(user) as conn:
            if await conversations.exists(conn, named):
                return named
    return ConversationId(uuid5(user, f"ag-ui:{thread}"))


async def _resume(live: Live, user: UserId, run: Run, answers: Sequence[Resume]) -> Posted:
    """Answer the questions of one turn; answers which, from its beginning on. Raises NotFound, Conflict, Invalid."""
    async with live.services.db.as_user(user) as conn:
        found = await approvals.find(conn, _id(answers[0]))
        turn = found and await conversations.turn(conn, found[0].turn_id)
    if found is None or turn is None or turn.started_at is None:
        raise NotFound("there is no such interrupt")
    asked = found[0]
    for one in answers:
        said = wire.AnswerApproval(approve=one.approves)
        await live.commands.answer(user, f"{run.run_id}:{one.interrupt_id}"[:200], _id(one), said)
    log, channel = live.services.log, conversation_channel(asked.conversation_id)
    seq = await log.before_turn(channel, asked.turn_id, until=await log.last(channel), since=turn.started_at)
    return Posted(turn_id=asked.turn_id, conversation_id=asked.conversation_id, message_id=None, seq=seq)


async def _waiting(live: Live, user: UserId, posted: Posted) -> list[Approval]:
    async with live.services.db.as_user(user) as conn:
        return [one for one in await approvals.pending(conn, posted.conversation_id) if one.turn_id == posted.turn_id]


def _asked(entry: Entry) -> UUID | None:
    """Which question an entry is, if it is one."""
    return UUID(orjson.loads(entry.data)["approval"]["id"]) if entry.type == ASKING else None


def _id(answer: Resume) -> UUID:
    try:
        return UUID(answer.interrupt_id)
    except ValueError as error:
        raise NotFound("there is no such interrupt") from error


def _said(told: Sequence[Message]) -> list[ModelMessage]:
    """What the user and the agent said, up to the user's last message. Raises Invalid when there is none."""
    last = next((place for place in range(len(told), 0, -1) if told[place - 1].role == "user"), 0)
    if last == 0:
        raise Invalid("messages: there is none of the user's")
    return [
        ModelMessage(role=message.role, content=[{"type": "text", "text": _text(message)}])
        for message in told[:last]
        if message.role == "user" or message.role == "assistant"
    ]


def _text(message: Message) -> str:
    if isinstance(message.content, list):
        if any(part.type != "text" for part in message.content):
            raise Invalid("messages: this door takes text only")
        return "\n\n".join(part.text or "" for part in message.content)
    return message.content if isinstance(message.content, str) else ""
