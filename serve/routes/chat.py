"""Messages to agents over plain HTTP: the whole answer as JSON, or its events as they happen.

A turn belongs to its session. A client that leaves in the middle of an answer leaves it running, and can come back with
the same Idempotency-Key (and Last-Event-ID).
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from actors.session.commands import Posted
from actors.stores import conversations, messages
from cluster.errors import Busy, NotFound
from cluster.ids import ConversationId, TurnId, UserId, new_id
from cluster.telemetry import traces
from serve import wire
from serve.guards import CurrentUser, note_allowance, within
from serve.live.live import Live, TheLive
from serve.live.sse import event_response, stream_of, wants_events, while_here
from serve.live.turns import Happening, turn_events

router = APIRouter(prefix="/chat", tags=["chat"], dependencies=[within("chat")])
PATIENCE_SECONDS = 900.0
"""How long a request without an event stream waits for the whole answer."""
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The whole answer, or the turn's events."}
}

IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="Sent twice, it makes one turn. Made when absent.")
]
LastEventId = Annotated[
    str | None, Header(pattern=r"^\d{1,20}(-\d{1,20})?$", description="Go on after this event of the turn.")
]
Accept = Annotated[str | None, Header(description="text/event-stream for the turn's events.")]


@router.post("/message", response_model=wire.MessageAnswer, responses=EVENTS)
async def send(
    request: Request,
    command: wire.SendMessage,
    user: CurrentUser,
    live: TheLive,
    accept: Accept = None,
    idempotency_key: IdempotencyKey = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Send a message. With `Accept: text/event-stream` the answer's events stream in, else the whole answer comes."""
    note_allowance(request, await live.limits.message(user))
    with traces.span("message", kind="server", attributes={"network.protocol.name": "http"}):
        posted = await live.commands.send(user, idempotency_key or str(new_id()), command)
    return await _answer(live, user, posted, events=wants_events(accept), after=last_event_id)


@router.post("/conversations/{conversation_id}/regenerate", response_model=wire.MessageAnswer, responses=EVENTS)
async def regenerate(
    request: Request,
    conversation_id: UUID,
    command: wire.Regenerate,
    user: CurrentUser,
    live: TheLive,
    accept: Accept = None,
    idempotency_key: IdempotencyKey = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Answer a message anew, as another branch."""
    note_allowance(request, await live.limits.message(user))
    key = idempotency_key or str(new_id())
    with traces.span("regenerate", kind="server", attributes={"network.protocol.name": "http"}):
        posted = await live.commands.regenerate(user, key, ConversationId(conversation_id), command)
    return await _answer(live, user, posted, events=wants_events(accept), after=last_event_id)


@router.post("/conversations/{conversation_id}/stop", status_code=204)
async def stop(conversation_id: UUID, user: CurrentUser, live: TheLive, turn_id: UUID | None = None) -> None:
    """Stop the turn that runs, or the one named. Stopping what has ended is fine."""
    conversation = ConversationId(conversation_id)
    async with live.services.db.as_user(user) as conn:
        if not await conversations.exists(conn, conversation):
            raise NotFound
    await live.commands.stop(user, conversation, TurnId(turn_id) if turn_id else None)


async def _answer(live: Live, user: UserId, posted: Posted, *, events: bool, after: str | None) -> Response:
    happenings = turn_events(live, user, posted, after=after)
    if events:
        answer = event_response(while_here(live, stream_of(happenings)))
    else:
        whole = await _whole(live, user, posted, happenings)
        answer = JSONResponse(whole.model_dump(mode="json"))
    answer.headers["X-Turn-Id"] = str(posted.turn_id)
    answer.headers["X-Conversation-Id"] = str(posted.conversation_id)
    return answer


async def _whole(live: Live, user: UserId, posted: Posted, happenings: AsyncGenerator[Happening]) -> wire.MessageAnswer:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), aclosing(happenings):
            async for _ in happenings:
                pass
    except TimeoutError as error:
        raise Busy("the answer is not finished yet; ask again with the same Idempotency-Key") from error
    async with live.services.db.as_user(user) as conn:
        turn = await conversations.turn(conn, posted.turn_id)
        steps = await messages.steps_of(conn, posted.turn_id)
    if turn is None:
        raise NotFound("the conversation was deleted")
    shown = [wire.Message.model_validate(step) for step in steps]
    return wire.MessageAnswer.model_validate(
        {
            "conversation_id": posted.conversation_id,
            "turn_id": posted.turn_id,
            "status": turn.status,
            "content": "\n\n".join(message.content for message in shown if message.content),
            "messages": shown,
            "tokens_used": sum(message.tokens_used or 0 for message in shown),
            "cost_usd": sum(message.cost_usd or 0 for message in shown),
            "error": turn.error,
        }
    )
