"""Passes a client's own conversation on to a model: nothing of it is kept but what it cost.

The client brings the whole history and runs its tools itself. A call that nobody waits for any more is closed, and what
it had cost by then is in the ledger all the same.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from actors.stores import usage
from cluster.errors import Invalid, TooLarge
from cluster.ids import UserId, new_id
from cluster.models.card import ModelCard
from cluster.models.chat_model import Block, ModelError, ModelRequest, StepDone, Usage, UsageCounted
from serve.compat.answer import Answer, Told
from serve.live.live import Live


def passed_on(live: Live, user: UserId, request: ModelRequest, *, endpoint: str) -> Answer:
    """The model's answer. Raises ModelMissing, Invalid, TooLarge."""
    card = live.services.models.card(request.model)
    check(card, request, most_chars=live.services.settings.max_message_chars)
    return Answer(id=new_id(), model=request.model, events=_events(live, user, request, endpoint))


def check(card: ModelCard, request: ModelRequest, *, most_chars: int) -> None:
    """Raises Invalid for what a model cannot do, TooLarge for a text that is too long."""
    wishes = request.wishes
    if request.tools and not card.tools:
        raise Invalid(f"the model {card.id} knows no tools")
    if card.provider == "local" and (request.answer_schema or (wishes is not None and wishes.stop_sequences)):
        raise Invalid(f"the model {card.id} knows neither stop sequences nor schemas of answers")
    for message in request.messages:
        for block in message.content:
            if block["type"] == "text" and len(block["text"]) > most_chars:
                raise TooLarge(f"a text has at most {most_chars} characters")
    if not card.images and any(block["type"] in ("image", "document") for block in _all_blocks(request)):
        raise Invalid(f"the model {card.id} reads no images and no documents")


async def _events(live: Live, user: UserId, request: ModelRequest, endpoint: str) -> AsyncGenerator[Told]:
    model = live.services.models.chat_model(request.model)
    used: Usage | None = None
    try:
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                if isinstance(event, UsageCounted):
                    used = event.usage
                elif isinstance(event, StepDone):
                    used = None
                    await _enter(live, user, request.model, endpoint, event.usage)
                yield event
    except ModelError as error:
        used = error.usage or used
        raise
    finally:
        if used is not None:
            await _enter(live, user, request.model, endpoint, used)


async def _enter(live: Live, user: UserId, model: str, endpoint: str, used: Usage) -> None:
    """Put a call into the ledger, even when the client is gone."""

    async def enter() -> None:
        async with live.services.db.as_user(user) as conn:
            await usage.add(conn, None, None, endpoint=endpoint, model=model, usage=used)

    if used.total:
        await live.errands.run(enter())


def _all_blocks(request: ModelRequest) -> Iterable[Block]:
    for message in request.messages:
        for block in message.content:
            yield block
            if block["type"] == "tool_result" and not isinstance(block["content"], str):
                yield from block["content"]
