"""A call of a small model beside the conversation: for titles and summaries. It is paid for, so it is in the ledger."""

from contextlib import aclosing

from actors.session.history import user_text
from actors.session.seen import model_step
from actors.session.stage import Stage
from actors.stores import usage
from actors.stores.text import storable_text
from cluster.ids import TurnId
from cluster.models.card import ModelCard
from cluster.models.chat_model import ModelError, ModelRequest, StepDone, Usage


async def ask_small(
    stage: Stage, card: ModelCard, *, system: str, text: str, max_tokens: int, endpoint: str, turn: TurnId | None
) -> str:
    """The model's answer. Raises ModelError, Fenced."""
    request = ModelRequest(
        model=card.id, system=system, messages=[user_text(text)], max_tokens=min(max_tokens, card.max_output_tokens)
    )
    try:
        done = await _answer(stage, request)
    except ModelError as error:
        await _enter(stage, error.usage, model=card.id, endpoint=endpoint, turn=turn)
        raise
    await _enter(stage, done.usage, model=card.id, endpoint=endpoint, turn=turn)
    return storable_text("".join(block["text"] for block in done.blocks if block["type"] == "text")).strip()


async def _answer(stage: Stage, request: ModelRequest) -> StepDone:
    done: StepDone | None = None
    model = stage.services.models.chat_model(request.model)
    with model_step(request, stage.services.models.card(request.model).provider) as seen:
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                if isinstance(event, StepDone):
                    done = event
        if done is None:
            raise ModelError("the model ended without an end")
        seen.done(done)
    return done


async def _enter(stage: Stage, used: Usage | None, *, model: str, endpoint: str, turn: TurnId | None) -> None:
    if used is not None and used.total:
        async with stage.writing() as conn:
            await usage.add(conn, stage.conversation, turn, endpoint=endpoint, model=model, usage=used)
