"""The door, put together: one ASGI app with every route, the documentation, the page and the answers to errors.

It knows nothing of Ray: `serve/app.py` runs it in replicas, tests run it over whatever services they open.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from cluster.services import Services
from cluster.settings import Settings
from serve import wire
from serve.accounts.keys import ApiKeys
from serve.accounts.passwords import Passwords
from serve.accounts.sign_in import SignIns
from serve.accounts.tokens import Tokens
from serve.body_limit import BodyLimit
from serve.compat.dialects import Dialects
from serve.docs import add_docs
from serve.errors import Incidents, add_error_answers
from serve.files.uploads import MOST_UPLOADED
from serve.guards import Paced
from serve.headers import Fields
from serve.limits import Limits
from serve.live import socket
from serve.live.live import open_live
from serve.page import Page
from serve.routes import (
    ag_ui,
    agents,
    anthropic_api,
    api_keys,
    approvals,
    attachments,
    auth,
    chat,
    conversations,
    councils,
    datasets,
    device,
    file_history,
    file_uploads,
    files,
    health,
    mcp,
    mcp_servers,
    models,
    openai_api,
    runtime,
    schedules,
    swarms,
    timelines,
    tools,
    usage,
    user,
    village_agreement,
    village_knowledge,
    village_realms,
    village_threads,
)
from village.workspace.sweeping import keep_sweeping

API = "/api/v1"
SUMMARY = "A multi-tenant cloud where people talk with AI agents."
PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

OpenServices = Callable[[], AbstractAsyncContextManager[Services]]
ToldToStop = Callable[[], Awaitable[object]]
"""Waits until this process is to end."""


def create_app(settings: Settings, open_services: OpenServices, told_to_stop: ToldToStop | None = None) -> FastAPI:
    """The app. It opens its services when it starts and closes them when it stops (ASGI lifespan).

    Once it is told to stop, it sends those away who would never go by themselves: sockets and event streams.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_services() as services, _live(app, services):
            leaving = asyncio.create_task(_leave(app, told_to_stop or asyncio.Event().wait), name="leaving")
            sweeping = asyncio.create_task(keep_sweeping(services.db, services.objects), name="sweeping")
            try:
                yield
            finally:
                leaving.cancel()
                sweeping.cancel()

    app = FastAPI(
        title="ApexAurum",
        summary=SUMMARY,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": PROBLEM, "5XX": PROBLEM},
        middleware=[
            Middleware(Fields, secure=settings.url.startswith("https://")),
            Middleware(Dialects),
            Middleware(Incidents),
            Middleware(BodyLimit, most=settings.max_body_bytes, larger={f"{API}/files": MOST_UPLOADED}),
        ],
    )
    add_error_answers(app)
    app.include_router(health.router)
    app.include_router(_api())
    app.include_router(_compatible())
    app.include_router(socket.router, prefix=API)
    app.include_router(mcp.router)
    add_docs(app)
    app.router.default = Page()
    _describe_problems(app)
    return app


def _api() -> APIRouter:
    api = APIRouter(prefix=API, dependencies=[Paced])
    parts = (
        auth,
        usage,
        user,
        api_keys,
        device,
        schedules,
        models,
        chat,
        agents,
        swarms,
        approvals,
        conversations,
        attachments,
        councils,
        datasets,
        file_history,
        file_uploads,
        files,
        timelines,
        tools,
        mcp_servers,
        runtime,
        village_realms,
        village_knowledge,
        village_threads,
        village_agreement,
    )
    for part in parts:
        api.include_router(part.router)
    return api


def _compatible() -> APIRouter:
    """What speaks other protocols; `serve/compat/` has the rest of it."""
    api = APIRouter(prefix="/v1", dependencies=[Paced])
    for part in (anthropic_api, openai_api, ag_ui):
        api.include_router(part.router)
    return api


@asynccontextmanager
async def _live(app: FastAPI, services: Services) -> AsyncGenerator[None]:
    """What the routes find through `serve.guards`, while the app runs."""
    passwords = Passwords()
    tokens = Tokens(services.settings)
    app.state.services = services
    app.state.tokens = tokens
    app.state.keys = ApiKeys(services.db)
    app.state.limits = Limits(services.redis, services.settings)
    app.state.sign_ins = SignIns(services.db, passwords, tokens)
    try:
        async with open_live(services, app.state.limits) as live:
            app.state.live = live
            yield
    finally:
        passwords.close()


async def _leave(app: FastAPI, told_to_stop: ToldToStop) -> None:
    await told_to_stop()
    app.state.live.leaving.set()


def _describe_problems(app: FastAPI) -> None:
    """Put the shape of a problem into the OpenAPI document, where all routes' error answers point to it."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        document = plain()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", wire.Problem.model_json_schema())
        return document

    app.openapi = whole
