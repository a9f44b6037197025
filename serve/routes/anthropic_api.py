"""The Messages API, and the list of models for clients of either protocol."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from actors.session.history import tokens_of
from cluster.ids import new_id
from cluster.models.chat_model import ModelMissing, ModelRequest
from serve.compat import messages_answer
from serve.compat.agents import asked, is_agent, place_of
from serve.compat.answer import Answer
from serve.compat.messages_request import counted, request_of
from serve.compat.messages_wire import Asked, Counted, Metadata
from serve.compat.models import listed
from serve.compat.passing import passed_on
from serve.compat.presence import Streamed, while_here
from serve.guards import CurrentCaller, CurrentUser, OpenServices, note_allowance, within
from serve.live.live import TheLive

router = APIRouter(tags=["compatible"])
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}, "application/json": {}}, "description": "The message, or its events."}
}
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="Sent twice to an agent, it makes one turn.")
]
ConversationHeader = Annotated[
    str | None, Header(max_length=100, description="The conversation that an agent goes on with.")
]


@router.post("/messages", responses=STREAM, dependencies=[within("chat")])
async def create(
    request: Request,
    command: Asked,
    caller: CurrentCaller,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
    x_conversation_id: ConversationHeader = None,
) -> Response:
    """A message of a model, or of an agent (`apex/NAME`), by Anthropic's Messages API."""
    note_allowance(request, await live.limits.message(caller.user))
    wanted = request_of(command)
    place = place_of(
        idempotency_key or str(new_id()), x_conversation_id, (command.metadata or Metadata()).conversation_id
    )
    if is_agent(command.model):
        answer = await asked(live, caller, place, wanted, whole=not command.stream)
    else:
        answer = passed_on(live, caller.user, wanted, endpoint="messages")
    return await _sent(request, answer, stream=command.stream)


@router.post("/messages/count_tokens", dependencies=[within("chat")])
async def count_tokens(command: Counted, user: CurrentUser, services: OpenServices) -> dict[str, int]:
    """About how many tokens a request would have; what is billed is counted by the model's provider."""
    services.models.card(command.model if not is_agent(command.model) else services.models.default())
    return {"input_tokens": _about(counted(command))}


@router.get("/models", dependencies=[within("anything")])
async def models(
    user: CurrentUser,
    services: OpenServices,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    after_id: str | None = None,
    before_id: str | None = None,
) -> dict[str, Any]:
    """What may stand as `model`, in an answer that clients of both protocols read."""
    found = await listed(services, user)
    ids = [entry["id"] for entry in found]
    first = ids.index(after_id) + 1 if after_id in ids else 0
    last = ids.index(before_id) if before_id in ids else len(ids)
    if before_id is not None and after_id is None:
        first = max(first, last - limit)
    page = found[first:last][:limit]
    return {
        "object": "list",
        "data": page,
        "has_more": first + len(page) < last if before_id is None else first > 0,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


@router.get("/models/{model_id:path}", dependencies=[within("anything")])
async def model(model_id: str, user: CurrentUser, services: OpenServices) -> dict[str, Any]:
    """One of them."""
    for entry in await listed(services, user):
        if entry["id"] == model_id:
            return entry
    raise ModelMissing(f"there is no model {model_id[:200]}")


async def _sent(request: Request, answer: Answer, *, stream: bool) -> Response:
    number: str = request.state.request_number
    if not stream:
        return JSONResponse(await while_here(request, messages_answer.whole(answer)), headers=answer.headers)
    pieces = messages_answer.streamed(answer)
    return await Streamed(
        pieces, failed=lambda error: messages_answer.failed(error, number), headers=answer.headers
    ).begun(request)


def _about(request: ModelRequest) -> int:
    tools = sum(len(tool.name) + len(tool.description) + len(str(tool.parameters)) for tool in request.tools)
    return max(1, tokens_of(request.messages) + (len(request.system) + tools) // 4)
