"""The yardstick: a bare uvicorn relay of the provider's event stream. `python relay.py URL PORT`."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route


def build(provider: str) -> Starlette:
    """An app that passes `POST /v1/messages` on and streams the bytes back as they come."""
    client = httpx.AsyncClient(base_url=provider, timeout=60, limits=httpx.Limits(max_connections=None))

    async def relay(request: Request) -> StreamingResponse:
        body = await request.body()
        headers = {name: request.headers[name] for name in ("content-type", "x-api-key")}
        call = client.build_request("POST", "/v1/messages", content=body, headers=headers)
        answer = await client.send(call, stream=True)

        async def chunks() -> AsyncGenerator[bytes]:
            try:
                async for chunk in answer.aiter_raw():
                    yield chunk
            finally:
                await answer.aclose()

        return StreamingResponse(chunks(), status_code=answer.status_code, media_type="text/event-stream")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with client:
            yield

    return Starlette(routes=[Route("/v1/messages", relay, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(build(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
