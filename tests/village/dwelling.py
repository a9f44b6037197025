"""What the tests of the village share: a runtime with realms and datasets in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from cluster.ids import RealmId
from cluster.models.catalogue import Models
from cluster.models.embeddings.minilm import LocalEmbedding
from cluster.runtime.actor import Actor
from cluster.runtime.loop import LoopRuntime
from cluster.runtime.ref import Ref
from cluster.services import Clients, Services
from village.datasets.index import PassageIndex
from village.realm import Realm


@asynccontextmanager
async def village_services(clients: Clients, *beside: type[Actor]) -> AsyncGenerator[Services]:
    """The services of a process in which realms live, and actors `beside` them, with the real embedding model."""
    async with LoopRuntime.open(clients, [Realm, PassageIndex, LocalEmbedding, *beside]) as runtime:
        yield Services(**vars(clients), runtime=runtime, models=Models(clients.settings, runtime))


def realm_ref(services: Services, realm: RealmId) -> Ref[Realm]:
    """A realm's address."""
    return services.runtime.ref(Realm, str(realm))
