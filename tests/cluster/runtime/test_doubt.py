"""When nobody can say what happened: nothing is taken for not done, and nothing is held for ever."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from cluster.clients.postgres import Connection, Database
from cluster.errors import Unavailable
from cluster.ids import HostId, new_id
from cluster.runtime import store
from cluster.runtime.actor import ActorId, Fence, Fenced
from cluster.runtime.delivery.delivery import Delivery, Way
from cluster.runtime.envelope import Answered, encode_reply
from cluster.runtime.kinds import kinds_of
from cluster.runtime.store import HostRow
from cluster.services import Clients, open_clients
from cluster.settings import Settings
from tests.cluster.runtime.crew import CREW, Worker

LEASE = 1000.0
ACTOR = ActorId("worker", "one")


def host(name: str) -> HostRow:
    return HostRow(id=HostId(new_id()), name=name, node="n", pid=1, kinds=None, capacity=9)


class AwayOnce(Database):
    """The database, except that it does not answer the first time."""

    def __init__(self, real: Database) -> None:
        self.was_asked = asyncio.Event()
        self._real = real

    @asynccontextmanager
    async def as_nobody(self, *, together: bool = True) -> AsyncGenerator[Connection]:
        if not self.was_asked.is_set():
            self.was_asked.set()
            raise Unavailable
        async with self._real.as_nobody(together=together) as conn:
            yield conn


class OneHost:
    """Reaches one host, whose first answer waits until the database has been asked about it."""

    def __init__(self, row: HostRow, answering: asyncio.Event) -> None:
        self.sent = 0
        self._row = row
        self._answering = answering

    def here(self, actor: ActorId) -> HostRow | None:
        return self._row

    async def send(self, host: HostRow, way: Way, data: bytes) -> bytes:
        self.sent += 1
        await self._answering.wait()
        return encode_reply(Answered(self.sent))

    async def flow(self, host: HostRow, data: bytes) -> AsyncGenerator[bytes]:
        raise AssertionError("nobody streams here")
        yield b""

    async def open_host(self, actor: ActorId) -> HostRow:
        return self._row


async def test_a_message_that_runs_is_not_sent_again_because_the_database_is_away(clients: Clients) -> None:
    row = host("a")
    async with clients.db.as_nobody() as conn:
        await store.register(conn, row, lease=LEASE)
        await store.claim(conn, ACTOR, row.id)
    db = AwayOnce(clients.db)
    brief = clients.settings.model_copy(update={"lease_seconds": 1.0})
    carrier = OneHost(row, db.was_asked)
    delivery = Delivery(replace(clients, settings=brief, db=db), kinds_of(CREW), carrier)

    answer = await delivery.ref(Worker, "one").ask(Worker.epoch)

    assert (answer, carrier.sent) == (1, 1)


async def test_a_transaction_that_is_frozen_does_not_hold_its_actor(settings: Settings) -> None:
    brief = settings.model_copy(update={"lease_seconds": 1.0})
    old, new = host("a"), host("b")
    async with open_clients(brief, pool_size=3) as clients:
        async with clients.db.as_nobody() as conn:
            await store.register(conn, old, lease=LEASE)
            await store.register(conn, new, lease=LEASE)
            await store.claim(conn, ACTOR, old.id)
        freezing, thawing = asyncio.Event(), asyncio.Event()

        async def write() -> None:
            async with clients.db.as_nobody() as conn:
                await Fence(ACTOR, 1, old.id).check(conn)
                freezing.set()
                await thawing.wait()

        frozen = asyncio.create_task(write())
        await freezing.wait()
        async with asyncio.timeout(20), clients.db.as_nobody() as conn:
            await store.declare_dead(conn, [old.id])
        async with asyncio.timeout(20), clients.db.as_nobody() as conn:
            claim = await store.claim(conn, ACTOR, new.id)

        thawing.set()
        with pytest.raises(Unavailable):
            await frozen
        assert claim.epoch == 2


async def test_an_epoch_that_a_dead_database_forgot_and_gave_again_is_no_right_to_write(clients: Clients) -> None:
    first, second = host("a"), host("b")
    async with clients.db.as_nobody() as conn:
        await store.register(conn, first, lease=LEASE)
        await store.register(conn, second, lease=LEASE)
        await conn.execute("set local synchronous_commit = 'on'")
        epoch = (await store.claim(conn, ACTOR, first.id)).epoch
        assert await conn.fetchval("select current_setting('synchronous_commit')") == "off"
    async with clients.db.as_nobody() as conn:
        await conn.execute("update placements set host = null, epoch = epoch - 1")
        assert (await store.claim(conn, ACTOR, second.id)).epoch == epoch
    assert epoch is not None

    with pytest.raises(Fenced):
        async with clients.db.as_nobody() as conn:
            await Fence(ACTOR, epoch, first.id).check(conn)

    async with clients.db.as_nobody() as conn:
        await Fence(ACTOR, epoch, second.id).check(conn)


async def test_a_clock_that_leaps_ahead_makes_no_host_look_as_if_it_had_left(clients: Clients) -> None:
    working, other = host("a"), host("b")
    async with clients.db.as_nobody() as conn:
        await store.register(conn, working, lease=LEASE)
        await conn.execute("update hosts set lease_until = now() - interval '2 hours'")

        await store.register(conn, other, lease=LEASE)

        assert await store.is_registered(conn, working.id)
