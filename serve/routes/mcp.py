"""The address that MCP clients speak to: Streamable HTTP, a request at a time."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.presets import PresetName
from serve.errors import Forbidden
from serve.guards import CurrentUser, Paced, same_origin, within
from serve.live.live import TheLive
from serve.mcp.caller import Caller
from serve.mcp.server import Answering

router = APIRouter(tags=["mcp"], dependencies=[Paced, within("tools")])


class Handed(Response):
    """An answer that another ASGI app gives."""

    def __init__(self, app: Answering) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


@router.post("/mcp", include_in_schema=False)
async def mcp(
    request: Request,
    user: CurrentUser,
    live: TheLive,
    preset: Annotated[PresetName | None, Query()] = None,
    conversation: Annotated[UUID | None, Query()] = None,
) -> Response:
    """One message of an MCP client. `preset` chooses what is listed, `conversation` is what tools work on."""
    if "origin" in request.headers and not same_origin(request):
        raise Forbidden("a page of somebody else may not speak here (Origin)")
    return Handed(Answering(Caller(live=live, user=user, preset=preset, conversation=conversation)))
