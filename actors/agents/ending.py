"""Cancels, pauses and resumes an agent, a swarm or a council with all that is below."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from actors.agents import store
from actors.agents.events import AgentUpdated
from actors.agents.spawning import KIND
from actors.stores import budgets
from actors.webhooks import outgoing
from cluster.clients.postgres import Connection
from cluster.errors import ApexError
from cluster.ids import UserId
from cluster.runtime.actor import ActorId
from cluster.services import Services

AT_ONCE = 128


async def cancel(services: Services, user: UserId, id: UUID) -> None:
    """Cancel everything below a budget, and the agent that it belongs to. Made durable first, then told to each."""
    async with services.db.as_user(user) as conn:
        tree = await _held(conn, id)
        await budgets.cancel(conn, tree)
        ended, told = await store.request_cancel(conn, tree)
        await _mark_pending(conn, told)
        await _end_below(conn, id, tree)
        await budgets.settle_children(conn, id)
        over = await store.find_all(conn, ended)
        await outgoing.announce(conn, "agent", ended)
    await _tell(services, user, told, "halt")
    for row in over:  # those that had not begun: nobody else would say so
        event = AgentUpdated.of(row)
        for channel in event.channels(row):
            await services.log.publish(channel, event)


async def pause(services: Services, user: UserId, id: UUID) -> None:
    """Have an agent and all below it stop before the next call of a model."""
    async with services.db.as_user(user) as conn:
        await store.set_paused(conn, await budgets.below(conn, id), True)


async def resume(services: Services, user: UserId, id: UUID) -> None:
    """Have an agent and all below it go on."""
    async with services.db.as_user(user) as conn:
        told = await store.set_paused(conn, await budgets.below(conn, id), False)
        await _mark_pending(conn, told)
    await _tell(services, user, told, "resume")


async def _held(conn: Connection, id: UUID) -> list[UUID]:
    """All below, held so that nobody of them writes and none is added until the transaction ends.

    In the order in which everybody takes them: who writes as an actor holds its placement first, and budgets are taken
    from below upwards. What was added meanwhile is found by looking again.
    """
    tree: list[UUID] = []
    while len(found := await budgets.below(conn, id)) > len(tree):
        tree = found
        await conn.execute(
            """select from placements
                where key = any($2) and (kind = $1 or kind in ('council', 'swarm') and key <> $3)
                order by kind, key for update""",
            KIND, [str(one) for one in tree], str(id),
        )  # fmt: skip
        await budgets.hold(conn, tree)
    return tree


async def _end_below(conn: Connection, id: UUID, tree: Sequence[UUID]) -> None:
    """Councils and swarms that agents below have made end, too: they see it at their next look."""
    below = [one for one in tree if one != id]
    await conn.execute(
        """update councils set cancel_requested_at = coalesce(cancel_requested_at, now())
            where id = any($1) and completed_at is null""",
        below,
    )
    await conn.execute(
        """update swarms set cancel_requested_at = coalesce(cancel_requested_at, now())
            where id = any($1) and completed_at is null""",
        below,
    )


async def _mark_pending(conn: Connection, agents: Sequence[UUID]) -> None:
    """Whoever of them is asleep has work again; a sweep wakes it, should it not be told."""
    await conn.execute(
        "update placements set pending = true where kind = $1 and key = any($2) and not pending",
        KIND, [str(agent) for agent in agents],
    )  # fmt: skip


async def _tell(services: Services, user: UserId, agents: Sequence[UUID], method: str) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(agent: UUID) -> None:
        async with places:
            try:
                await services.runtime.post(ActorId(KIND, str(agent)), method, (user,), {})
            except ApexError:
                return  # it is durable, and a sweep sees to it

    async with asyncio.TaskGroup() as group:
        for agent in agents:
            group.create_task(one(agent))
