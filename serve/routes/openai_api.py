"""OpenAI's chat completions. The list of models is in `anthropic_api.py`: one answer serves both."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from cluster.ids import new_id
from serve.compat import completions_answer
from serve.compat.agents import asked, is_agent, place_of
from serve.compat.completions_request import request_of
from serve.compat.completions_wire import Asked
from serve.compat.passing import passed_on
from serve.compat.presence import Streamed, while_here
from serve.compat.turns import APART
from serve.guards import CurrentCaller, note_allowance, within
from serve.live.live import TheLive
from serve.routes.anthropic_api import STREAM, ConversationHeader, IdempotencyKey

router = APIRouter(prefix="/chat", tags=["compatible"], dependencies=[within("chat")])


@router.post("/completions", responses=STREAM)
async def create(
    request: Request,
    command: Asked,
    caller: CurrentCaller,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
    x_conversation_id: ConversationHeader = None,
) -> Response:
    """A completion by a model, or by an agent (`apex/NAME`), as OpenAI's API gives it."""
    note_allowance(request, await live.limits.message(caller.user))
    wanted = request_of(command)
    named = (command.metadata or {}).get("conversation_id")
    place = place_of(idempotency_key or str(new_id()), x_conversation_id, named)
    if is_agent(command.model):
        answer = await asked(live, caller, place, wanted, joint=APART, whole=not command.stream)
    else:
        answer = passed_on(live, caller.user, wanted, endpoint="completions")
    if not command.stream:
        return JSONResponse(await while_here(request, completions_answer.whole(answer)), headers=answer.headers)
    number: str = request.state.request_number
    usage = command.stream_options is not None and command.stream_options.include_usage
    return await Streamed(
        completions_answer.streamed(answer, usage=usage),
        failed=lambda error: completions_answer.failed(error, number),
        headers=answer.headers,
    ).begun(request)
