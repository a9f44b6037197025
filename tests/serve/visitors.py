"""People who come to the door in tests, and what they check there."""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from cluster.errors import Unavailable
from cluster.runtime.actor import ActorId
from cluster.runtime.ref import A, Ref
from cluster.services import Services
from serve.door import create_app

PASSWORD = "correct horse battery staple"
CLOSED: defaultdict[tuple[str, int], list[FastAPI]] = defaultdict(list)
"""Doors that no test uses now, by the settings that went into them."""


@dataclass
class Visitor:
    """Somebody at the door; after `register`, with an access token."""

    http: httpx.AsyncClient
    email: str
    tokens: dict[str, Any]


class Nobody:
    """A runtime without hosts: for the parts of the door that need no actor."""

    def ref(self, actor: type[A], key: str) -> Ref[A]:
        return Ref(self, ActorId(actor.kind, key))

    async def deliver(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        raise Unavailable("there are no hosts in this test")

    async def post(self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        raise Unavailable("there are no hosts in this test")

    async def receive(
        self, actor: ActorId, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> AsyncIterator[Any]:
        raise Unavailable("there are no hosts in this test")
        yield


@contextmanager
def door_to(services: Services) -> Generator[FastAPI]:
    """The door, which finds these services when it opens.

    It is made once for all tests that use one after the other: its routes take longer than most tests. What it is made
    of are the two settings that it reads; all else it finds when it opens.
    """
    closed = CLOSED[services.settings.url, services.settings.max_body_bytes]
    app = closed.pop() if closed else create_app(services.settings, lambda: nullcontext(app.state.behind))
    app.state.behind = services
    routes = len(app.routes)
    yield app
    if len(app.routes) == routes:  # a door that a test has added to is that test's alone
        closed.append(app)


@asynccontextmanager
async def opened(services: Services) -> AsyncGenerator[FastAPI]:
    """The door over these services, open."""
    with door_to(services) as app:
        async with app.router.lifespan_context(app):
            yield app


def visit(app: FastAPI, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client that comes from an address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@asynccontextmanager
async def registered(app: FastAPI) -> AsyncGenerator[Visitor]:
    """A new account, signed in."""
    async with visit(app) as client:
        email = f"{uuid4().hex}@example.com"
        answer = await client.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        tokens = answer.json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        yield Visitor(client, email, tokens)


def assert_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The answer is a problem of this status; here is its JSON."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert code is None or told["type"] == f"urn:apexaurum:problem:{code}", told
    assert "Traceback" not in answer.text
    return told
