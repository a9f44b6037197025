"""The whole door on a port, with real sessions behind it and the scripted model; and people with browsers."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import orjson
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from actors.session.session import Session
from cluster.models.catalogue import Models
from cluster.runtime.actor import Actor
from cluster.runtime.loop import LoopRuntime
from cluster.services import Clients, Services
from serve.live.live import Live
from tests.serve.visitors import door_to
from village.realm import Realm

Event = dict[str, Any]


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to be")


@dataclass
class Phone:
    """A client of the socket that remembers what came."""

    socket: ClientConnection
    heard: list[Event] = field(default_factory=list[Event])

    async def send(self, **command: object) -> None:
        await self.socket.send(orjson.dumps(command).decode())

    async def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Read on until an event is wanted; it may have come already."""
        for event in self.heard:
            if wanted(event):
                return event
        async with asyncio.timeout(20):
            while not wanted(event := await self.another()):
                pass
            return event

    async def another(self) -> Event:
        """The next event."""
        event = orjson.loads(await self.socket.recv())
        self.heard.append(event)
        return event

    async def next(self, type: str) -> Event:
        """The first event of a type."""
        return await self.until(lambda event: event["type"] == type)

    async def code(self) -> int:
        """Read on until the socket is closed; answers the close code."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(20):
                while True:
                    await self.another()
        assert self.socket.close_code is not None
        return self.socket.close_code

    def events(self, turn_id: str | None = None) -> list[Event]:
        """What came from logs, of one turn if it is named."""
        return [e for e in self.heard if "seq" in e and e["type"] not in ("accepted", "reload")
                and (turn_id is None or e.get("turn_id") == turn_id)]  # fmt: skip

    def text(self, turn_id: str) -> str:
        """The answer of a turn as its tokens tell it."""
        return "".join(event["content"] for event in self.events(turn_id) if event["type"] == "token")


@dataclass
class Person:
    """Somebody with an account."""

    http: httpx.AsyncClient
    id: str
    socket_url: str

    async def ticket(self) -> str:
        answer = await self.http.post("/api/v1/auth/ws-ticket")
        assert answer.status_code == 200, answer.text
        return answer.json()["ticket"]

    @asynccontextmanager
    async def phone(self, *, queue: int | None = None) -> AsyncGenerator[Phone]:
        url = f"{self.socket_url}?ticket={await self.ticket()}"
        async with connect(url, max_queue=queue, close_timeout=1) as socket:
            phone = Phone(socket)
            await phone.next("ready")
            yield phone

    async def say(self, message: str, **fields: object) -> Event:
        """The whole answer to a message."""
        answer = await self.http.post("/api/v1/chat/message", json={"message": message, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def open(self, conversation: str) -> Event:
        answer = await self.http.get(f"/api/v1/chat/conversations/{conversation}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def titled(self, conversation: str) -> Event:
        """The conversation once the model has given it its title, after which it rests."""
        for _ in range(500):
            found = await self.open(conversation)
            if found["conversation"]["title"]:
                return found
        raise AssertionError("no title came")


@dataclass
class House:
    """The door, open on a port."""

    services: Services
    live: Live
    address: str

    @asynccontextmanager
    async def person(self) -> AsyncGenerator[Person]:
        async with httpx.AsyncClient(base_url=f"http://{self.address}", timeout=30) as http:
            account = {"email": f"{uuid4().hex}@example.com", "password": "correct horse battery staple"}
            tokens = (await http.post("/api/v1/auth/register", json=account)).json()
            http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            yield Person(http, tokens["user"]["id"], f"ws://{self.address}/api/v1/ws")


@asynccontextmanager
async def house_over(clients: Clients, kinds: Sequence[type[Actor]] = (Session, Realm)) -> AsyncGenerator[House]:
    """Open everything, and close it again."""
    async with LoopRuntime.open(clients, kinds) as runtime:
        services = Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))
        async with house_with(services) as house:
            yield house


@asynccontextmanager
async def house_with(services: Services) -> AsyncGenerator[House]:
    """The door on a port, over services that are open."""
    with door_to(services) as app:
        config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve())  # pyright: ignore[reportPrivateUsage]
        await eventually(lambda: server.started)
        host, port = server.servers[0].sockets[0].getsockname()
        yield House(services, app.state.live, f"{host}:{port}")
        server.should_exit = True
        await serving
