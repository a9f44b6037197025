"""Another embedder: spoken to over HTTP, and a realm that moves to it answers all the while."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from pydantic import SecretStr

from cluster.errors import Unavailable
from cluster.ids import UserId
from cluster.models.embeddings.minilm import NAME
from cluster.models.embeddings.remote import RemoteEmbedder
from cluster.services import Clients, Services
from cluster.settings import Settings
from tests.village.dwelling import realm_ref, village_services
from village.errors import RealmMissing
from village.knowledge.item import Draft
from village.realm import Realm
from village.realms.store import home_village
from village.recall.query import Query
from village.recall.recall import recall
from village.who import Who

SERVED = "served:tiny"
KILN, BEES = "The kiln must be cooled slowly.", "Bees overwinter best when it is dry."


@dataclass
class Endpoint:
    """A server of the OpenAI-compatible kind. Its vectors are of words: texts with common ones lie near."""

    url: str = ""
    numbers: int = 32
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])
    status: int = 200

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = json.loads(await reader.readexactly(int(fields["content-length"])))
        self.asked.append((fields.get("authorization", ""), body["input"]))
        await self.answers.wait()
        rows = [{"index": place, "embedding": self.vector(text)} for place, text in enumerate(body["input"])]
        said = json.dumps({"data": rows[::-1], "model": body["model"]}).encode()
        begin = f"HTTP/1.1 {self.status} x\r\ncontent-length: {len(said)}\r\nconnection: close\r\n\r\n"
        writer.write(begin.encode() + said)
        await writer.drain()
        writer.close()

    def vector(self, text: str) -> list[float]:
        """Not of length 1."""
        vector = [0.01] * self.numbers
        for word in text.lower().replace(".", "").split():
            vector[hashlib.sha256(word.encode()).digest()[0] % self.numbers] += 3.0
        return vector


@asynccontextmanager
async def listening() -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1")
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    endpoint.answers.set()
    async with server:
        yield endpoint


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with listening() as opened:
        yield opened


def moved(clients: Clients, endpoint: Endpoint) -> Clients:
    """The same instance, with another embedder set."""
    changed = {"embedder_url": endpoint.url, "embedder_key": SecretStr("k"), "embedder_model": "tiny"}
    settings: Settings = clients.settings.model_copy(update=changed)
    return replace(clients, settings=settings)


async def models_of(services: Services, user: UserId) -> dict[str, int]:
    async with services.db.as_user(user) as conn:
        rows = await conn.fetch("select model, count(*) as held from knowledge_vectors group by model")
    return {row["model"]: row["held"] for row in rows}


async def until(services: Services, user: UserId, models: dict[str, int]) -> None:
    async with asyncio.timeout(30):
        while await models_of(services, user) != models:  # noqa: ASYNC110 (a vector is told to nobody)
            await asyncio.sleep(0.02)


async def found(services: Services, user: UserId, text: str) -> list[str]:
    query = Query(text=text, mode="vector", limit=1)
    return [hit.knowledge.content for hit in await recall(services.db, services.models.embedder(), Who(user), query)]


async def test_vectors_come_in_order_and_of_length_1(clients: Clients, endpoint: Endpoint) -> None:
    async with village_services(moved(clients, endpoint)) as services:
        embedder = services.models.embedder()
        vectors = await embedder.embed([KILN, BEES])

    assert (embedder.name, embedder.dimension) == (SERVED, 32)
    assert [sum(value * value for value in vector) for vector in vectors] == pytest.approx([1.0, 1.0])
    raw = endpoint.vector(KILN)
    assert vectors[0][0] / vectors[0][1] == pytest.approx(raw[0] / raw[1])
    assert endpoint.asked[0] == ("bearer k", [KILN, BEES])


@pytest.mark.parametrize("fault", ["status", "numbers", "absent"])
async def test_an_embedder_that_fails_is_unavailable(endpoint: Endpoint, clients: Clients, fault: str) -> None:
    async with village_services(clients) as services:
        url = "http://127.0.0.1:9/v1" if fault == "absent" else endpoint.url
        embedder = RemoteEmbedder(url, None, "tiny", beside=services.models.embedder())
        endpoint.status = 503 if fault == "status" else 200
        if fault == "numbers":
            await embedder.embed([KILN])
            endpoint.numbers = 16
        with pytest.raises(Unavailable):
            await embedder.embed([BEES])
        await embedder.close()


async def test_a_realm_that_moves_answers_all_the_while(clients: Clients, endpoint: Endpoint, user: UserId) -> None:
    village = home_village(user)
    async with village_services(clients) as services:
        await realm_ref(services, village).ask(Realm.add, Who(user), Draft(content=KILN))
        await until(services, user, {NAME: 1})

    async with village_services(moved(clients, endpoint)) as services:
        endpoint.answers.clear()
        with pytest.raises(RealmMissing):
            await realm_ref(services, village).ask(Realm.reembed, Who(UserId(village)))
        await realm_ref(services, village).ask(Realm.reembed, Who(user))
        assert await found(services, user, "Why do ceramics break after firing?") == [KILN]
        await realm_ref(services, village).ask(Realm.add, Who(user), Draft(content=BEES))
        assert await models_of(services, user) == {NAME: 1}

        endpoint.answers.set()
        await until(services, user, {SERVED: 2})
        assert await found(services, user, "bees overwinter") == [BEES]
        assert ("bearer k", ["bees overwinter"]) in endpoint.asked
