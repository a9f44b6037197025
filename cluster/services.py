"""The open clients that a process works with, opened once and handed down."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster.clients.objects import Objects
from cluster.clients.postgres import Database
from cluster.clients.redis import open_redis
from cluster.events.log import EventLog
from cluster.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from cluster.models.catalogue import Models
    from cluster.runtime.actor import Fence
    from cluster.runtime.admission import Admission
    from cluster.runtime.departure import Departure
    from cluster.runtime.ref import Runtime


@dataclass(frozen=True)
class Clients:
    """The outside systems, open."""

    settings: Settings
    db: Database
    redis: "Redis"
    log: EventLog
    objects: Objects


@dataclass(frozen=True)
class Services(Clients):
    """The outside systems, and the actors and models within reach."""

    runtime: "Runtime"
    models: "Models"


@dataclass(frozen=True)
class ActorServices(Services):
    """What an actor is given: the services, the fence that its durable writes must pass, and what its host wants."""

    fence: "Fence"
    admission: "Admission"
    departure: "Departure"


@asynccontextmanager
async def open_clients(settings: Settings, *, pool_size: int) -> AsyncGenerator[Clients]:
    """Open the clients and close them again. `pool_size` is the most database connections that this process holds."""
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(Database.open(settings, pool_size=pool_size))
        redis = await stack.enter_async_context(open_redis(settings))
        objects = Objects(settings)
        yield Clients(settings, db, redis, EventLog(redis), objects)


@asynccontextmanager
async def open_services(
    settings: Settings, *, pool_size: int, runtime: Callable[[Clients], AbstractAsyncContextManager["Runtime"]]
) -> AsyncGenerator[Services]:
    """Open the clients, then the runtime that `runtime` makes over them, then the models."""
    from cluster.models.catalogue import Models

    async with open_clients(settings, pool_size=pool_size) as clients, runtime(clients) as opened:
        models = Models(settings, opened)
        try:
            yield Services(**vars(clients), runtime=opened, models=models)
        finally:
            await models.close()
