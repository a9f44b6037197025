"""Agents for AG-UI clients: one address, one event stream for each run."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from serve.compat import ag_ui_run
from serve.compat.ag_ui_wire import Run
from serve.compat.presence import Streamed
from serve.guards import CurrentUser, note_allowance, within
from serve.live.live import TheLive

router = APIRouter(tags=["compatible"], dependencies=[within("chat")])
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The run's events."}
}


@router.post("/ag-ui", response_class=Response, responses=EVENTS)
async def run(
    request: Request,
    command: Run,
    user: CurrentUser,
    live: TheLive,
    agent: Annotated[str | None, Query(max_length=50, description="Which of your agents answers.")] = None,
) -> Response:
    """Run an agent by the AG-UI protocol: the events of its answer, its tools, and its questions to the person."""
    note_allowance(request, await live.limits.message(user))
    running = await ag_ui_run.begin(live, user, command, agent)
    number: str = request.state.request_number
    return Streamed(ag_ui_run.told_of(live, user, running), failed=lambda error: ag_ui_run.failed(error, number))
