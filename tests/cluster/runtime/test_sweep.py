"""The sweep wakes what nobody has, and no actor waits for another's sake."""

import asyncio

from cluster.runtime.hosts.sweep import AT_ONCE, FEW, PERIOD
from tests.cluster.runtime.stage import Stage, until


async def leave_behind(stage: Stage, *names: str) -> None:
    """Actors of these names with unfinished work, whom no host has."""
    async with stage.clients.db.as_nobody() as conn:
        await conn.execute(
            "insert into placements (kind, key, pending) select 'worker', name, true from unnest($1::text[]) name",
            [f"{stage.user}:{name}" for name in names],
        )


async def let_go(stage: Stage) -> None:
    """The hosts are used by other tests, too: leave no work behind."""
    async with stage.clients.db.as_nobody() as conn:
        await conn.execute("update placements set pending = false where starts_with(key, $1)", str(stage.user))


async def tried(stage: Stage, times: int) -> bool:
    """Whether one that cannot be woken was tried so many times."""
    return (await stage.diary()).count("breaks") >= times


async def awake(stage: Stage, *names: str) -> bool:
    """Whether all of these have a host."""
    async with stage.clients.db.as_nobody() as conn:
        found = await conn.fetchval(
            "select count(*) from placements where key = any($1::text[]) and host is not null",
            [f"{stage.user}:{name}" for name in names],
        )
    return found == len(names)


async def test_actors_that_cannot_be_woken_keep_nobody_else_from_being_woken(stage: Stage) -> None:
    await leave_behind(stage, *(f"{n} broken" for n in range(3 * FEW)))
    await leave_behind(stage, "well")

    await until(lambda: awake(stage, "well"))

    assert not await awake(stage, "0 broken")
    await let_go(stage)


async def test_an_actor_that_cannot_be_woken_is_tried_ever_less_often(stage: Stage) -> None:
    await leave_behind(stage, "broken")
    clock = asyncio.get_running_loop().time
    await until(lambda: tried(stage, 1))
    first = clock()

    await until(lambda: tried(stage, 3))

    assert clock() - first > 1.8 * 2 * PERIOD + 2 * PERIOD
    await let_go(stage)


async def test_actors_that_take_long_to_wake_keep_nobody_else_from_being_woken(stage: Stage) -> None:
    await leave_behind(stage, *(f"{n} stuck" for n in range(2 * AT_ONCE)))
    await until(lambda: awake(stage, *(f"{n} stuck" for n in range(AT_ONCE))))

    await leave_behind(stage, "well")

    await stage.noted("wakes")  # of the one that is well: the others have not come so far
    for _ in range(2 * AT_ONCE):
        await stage.open_gate("waking")
    await let_go(stage)
