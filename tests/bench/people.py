"""People who chat over the socket, and what they see and when."""

import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

PASSWORD = "correct horse battery staple"


@dataclass
class Answered:
    """What one message brought: seconds to the first token and to the end, and how much text."""

    first_token: float
    end: float
    tokens: int
    conversation: str
    text: str = field(repr=False)


@dataclass
class Person:
    """A registered user with an open socket."""

    http: httpx.AsyncClient
    socket: ClientConnection
    id: str

    async def say(self, text: str, *, model: str | None = None, conversation: str | None = None) -> Answered:
        """Send a message and read its answer to the end."""
        command = {"type": "chat", "id": uuid.uuid4().hex, "message": text, "tools": False}
        command |= {"model": model} if model else {}
        command |= {"conversation_id": conversation} if conversation else {}
        began = time.perf_counter()
        first = 0.0
        parts: list[str] = []
        await self.socket.send(orjson.dumps(command).decode())
        async for data in self.socket:
            event = orjson.loads(data)
            if event["type"] == "token":
                first = first or time.perf_counter() - began
                parts.append(event["content"])
            elif event["type"] == "turn_ended":
                conversation = event["conversation_id"]
                leave = {"type": "unsubscribe", "channel": f"conversation:{conversation}"}
                await self.socket.send(orjson.dumps(leave).decode())
                whole = "".join(parts)
                return Answered(first, time.perf_counter() - began, whole.count(" "), str(conversation), whole)
            elif event["type"] == "error":
                raise RuntimeError(event)
        raise RuntimeError("the socket closed in the middle of an answer")


@asynccontextmanager
async def person(url: str) -> AsyncGenerator[Person]:
    """Register somebody new and open their socket."""
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as http:
        mail = f"{uuid.uuid4().hex}@example.org"
        answer = await http.post("/auth/register", json={"email": mail, "password": PASSWORD})
        answer.raise_for_status()
        tokens = answer.json()
        http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        async with open_socket(url, http) as socket:
            yield Person(http, socket, tokens["user"]["id"])


@asynccontextmanager
async def open_socket(url: str, http: httpx.AsyncClient) -> AsyncGenerator[ClientConnection]:
    """One more socket of the same user, ready."""
    ticket = (await http.post("/auth/ws-ticket")).raise_for_status().json()["ticket"]
    address = f"{url.replace('http', 'ws', 1)}/api/v1/ws?ticket={ticket}"
    async with connect(address, compression=None, max_size=None, ping_interval=None) as socket:
        assert orjson.loads(await socket.recv())["type"] == "ready"
        yield socket
