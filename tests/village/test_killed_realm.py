"""A realm whose host is killed between a write and its vector: another gives it the vector, and nothing is lost."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from cluster.ids import HostId, UserId
from cluster.models.catalogue import Models
from cluster.models.embeddings.minilm import NAME, LocalEmbedding
from cluster.runtime import store
from cluster.runtime.loop import LoopRuntime
from cluster.services import ActorServices, Clients, Services
from tests.village.dwelling import realm_ref, village_services
from village.knowledge.item import Draft
from village.realm import Realm
from village.realms.store import home_village
from village.who import Who


class Stuck:
    """An embedding model that is asked, and never answers."""

    kind: ClassVar[str] = LocalEmbedding.kind
    asked: ClassVar[asyncio.Event]

    def __init__(self, key: str, services: ActorServices) -> None:
        pass

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Asked."""
        Stuck.asked.set()
        await asyncio.Event().wait()
        return []


async def test_a_host_killed_between_write_and_vector_loses_nothing(clients: Clients, user: UserId) -> None:
    Stuck.asked = asyncio.Event()
    village = home_village(user)
    async with LoopRuntime.open(clients, [Realm, Stuck]) as runtime:
        services = Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))
        texts = [f"Fact number {number}." for number in range(100)]
        kept = await realm_ref(services, village).ask(Realm.add_all, Who(user), [Draft(content=one) for one in texts])
        async with asyncio.timeout(20):
            await Stuck.asked.wait()
        for name, host in list(runtime.hosts.items()):
            row = host.row
            assert row is not None
            await host.abandon()
            del runtime.hosts[name]
            async with clients.db.as_nobody() as conn:
                await store.declare_dead(conn, [HostId(row.id)])

    async with village_services(clients), asyncio.timeout(60):
        while await vectors(clients, user) < len(kept):  # noqa: ASYNC110 (a vector is told to nobody)
            await asyncio.sleep(0.05)
    assert await vectors(clients, user) == len(texts)


async def vectors(clients: Clients, user: UserId) -> int:
    async with clients.db.as_user(user) as conn:
        return await conn.fetchval("select count(*) from knowledge_vectors where model = $1", NAME)
