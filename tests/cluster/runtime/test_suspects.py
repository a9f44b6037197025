"""Who may claim an actor that is suspected of killing hosts, and what a claim counts against it."""

import pytest

from cluster.ids import HostId, new_id
from cluster.runtime import store
from cluster.runtime.actor import ActorId
from cluster.runtime.hosts.quarantine import isolate
from cluster.runtime.store import HostRow
from cluster.services import Clients

SUSPECT = ActorId("worker", "suspect")


@pytest.fixture
async def shared(clients: Clients) -> HostRow:
    """A host that takes anybody."""
    return await host(clients, None)


@pytest.fixture
async def alone(clients: Clients) -> HostRow:
    """A host that was made for one actor."""
    return await host(clients, (SUSPECT.kind,))


async def host(clients: Clients, kinds: tuple[str, ...] | None) -> HostRow:
    """A host with a lease, as far as the database knows."""
    name = str(new_id())
    row = HostRow(id=HostId(new_id()), name=name, node="nowhere", pid=1, kinds=kinds, capacity=1)
    async with clients.db.as_nobody() as conn:
        await store.register(conn, row, lease=60)
    return row


async def claim(clients: Clients, host: HostRow, *, dies: bool = False) -> int | None:
    """Claim the suspect for a host, which may die of it; answers the epoch."""
    async with clients.db.as_nobody() as conn:
        epoch = (await store.claim(conn, SUSPECT, host.id)).epoch
        await conn.execute("update placements set pending = true")
        if dies:
            await conn.execute("update hosts set lease_until = now() - interval '1 second' where id = $1", host.id)
    return epoch


async def crashes(clients: Clients) -> tuple[int, int]:
    """What is counted against the suspect: hosts that died, and those among them that it had alone."""
    async with clients.db.as_nobody() as conn:
        row = await conn.fetchrow("select crashes, crashes_alone from placements")
    assert row is not None
    return row["crashes"], row["crashes_alone"]


async def places(clients: Clients, count: int) -> bool:
    """Ask for a place alone, of so many."""
    async with clients.db.as_nobody() as conn:
        return await isolate(conn, SUSPECT, places=count)


async def crash_twice(clients: Clients) -> None:
    """Leave the suspect as two dead hosts do."""
    for _ in range(2):
        await claim(clients, await host(clients, None), dies=True)


async def test_each_death_of_a_host_is_counted_once(clients: Clients, shared: HostRow, alone: HostRow) -> None:
    await claim(clients, shared, dies=True)
    assert await crashes(clients) == (0, 0)
    await claim(clients, alone)
    assert await crashes(clients) == (1, 0)
    await claim(clients, alone, dies=True)
    assert await crashes(clients) == (1, 0)
    await claim(clients, await host(clients, (SUSPECT.kind,)))
    assert await crashes(clients) == (2, 1)


async def test_a_host_that_others_share_does_not_get_a_suspect(
    clients: Clients, shared: HostRow, alone: HostRow
) -> None:
    await crash_twice(clients)

    assert await claim(clients, shared) is None
    assert await claim(clients, alone) == 3


async def test_a_suspect_for_whom_no_place_is_free_goes_among_the_others(clients: Clients, shared: HostRow) -> None:
    await crash_twice(clients)

    assert not await places(clients, 0)

    assert await claim(clients, shared) == 3


async def test_a_place_alone_is_held_until_its_host_is_up(clients: Clients, shared: HostRow) -> None:
    await crash_twice(clients)

    assert await places(clients, 1)

    assert await claim(clients, shared) is None


async def test_a_host_that_lost_its_lease_and_lives_did_not_die(clients: Clients, shared: HostRow) -> None:
    await claim(clients, shared, dies=True)
    successor = HostRow(id=HostId(new_id()), name=shared.name, node="nowhere", pid=1, kinds=None, capacity=1)
    async with clients.db.as_nobody() as conn:
        await store.register(conn, successor, lease=60, lost=shared.id)

    await claim(clients, successor)

    assert await crashes(clients) == (0, 0)
