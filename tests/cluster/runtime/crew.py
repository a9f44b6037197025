"""Actors for the runtime's tests. What they do shows in a Redis list and in the memory table, wherever they are.

A key is the id of a user, so that durable steps have an owner, with a name behind it.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from typing import Any, ClassVar, cast
from uuid import UUID

from cluster.errors import Permanent
from cluster.ids import UserId, new_id
from cluster.runtime.actor import interleaves, repeatable
from cluster.services import ActorServices

STEPS = 6
MARK: ContextVar[str] = ContextVar("mark", default="none")


def diary_of(user: UserId) -> str:
    """Where the actors of a user note what they do."""
    return f"diary {user}"


def gate_of(user: UserId, name: str) -> str:
    """Where the actors of a user wait."""
    return f"gate {user} {name}"


class OutOfPaint(Permanent):
    """There is no paint left."""


class Worker:
    """Counts, waits at gates, works in durable steps."""

    kind: ClassVar[str] = "worker"
    mailbox: ClassVar[int] = 3

    def __init__(self, key: str, services: ActorServices) -> None:
        self.key = key
        self.services = services
        self.user = UserId(UUID(key.partition(":")[0]))
        self.count = 0

    async def activate(self) -> None:
        if self.key.endswith("broken"):
            await self.note("breaks")
            raise OutOfPaint("while waking")
        if self.key.endswith("stuck"):
            await self.gate("waking")
        await self.note("wakes")
        async with self.services.db.as_user(self.user) as conn:
            unfinished = await conn.fetchval("select 1 from memory where key = $1", f"{self.key} begun")
        if unfinished:
            await self.services.runtime.ref(Worker, self.key).tell(Worker.work)

    async def deactivate(self) -> None:
        if self.key.endswith("slow"):
            await self.note("leaves")
            await self.gate("leaving")
        await self.note("put away")

    async def add(self, number: int) -> int:
        before = self.count
        await asyncio.sleep(0)
        self.count = before + number
        return self.count

    async def remember(self, things: list[str]) -> None:
        self.things = things

    async def remembered(self) -> list[str]:
        return self.things

    async def epoch(self) -> int:
        return self.services.fence.epoch

    async def mark(self) -> str:
        return MARK.get()

    async def process(self) -> int:
        return os.getpid()

    async def hold(self, name: str) -> str:
        """Begin, wait until the gate of this name opens, end."""
        await self.note(f"{name} begins")
        try:
            await self.gate(name)
        except asyncio.CancelledError:
            await self.note(f"{name} is cut")
            raise
        await self.note(f"{name} ends")
        return name

    async def hold_then_write(self, name: str) -> None:
        await self.hold(name)
        await self.commit(name)

    @interleaves
    async def peek(self) -> int:
        return self.count

    @repeatable
    async def hold_first_time(self, name: str) -> int:
        """Wait in the first incarnation only."""
        if self.services.fence.epoch == 1:
            await self.hold(name)
        return self.services.fence.epoch

    async def fail(self) -> None:
        raise OutOfPaint("blue")

    async def fail_strangely(self) -> None:
        class Unknown(Exception):
            pass

        raise Unknown("cannot travel")

    async def ask_itself(self) -> int:
        return await self.services.runtime.ref(Worker, self.key).ask(Worker.add, 1)

    async def add_elsewhere(self, key: str, number: int) -> int:
        return await self.services.runtime.ref(Worker, key).ask(Worker.add, number)

    async def rise(self, count: int) -> AsyncGenerator[int]:
        try:
            for number in range(count):
                yield number
                await asyncio.sleep(0)
        finally:
            await self.note("stream closed")

    @interleaves
    async def rise_beside(self, count: int) -> AsyncGenerator[int]:
        for number in range(count):
            yield number

    async def rise_and_fail(self) -> AsyncGenerator[int]:
        yield 1
        raise OutOfPaint("after one")

    @interleaves
    async def begin_work(self) -> None:
        """Make the command durable, then tell itself to go about it."""
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.mark_pending(conn, True)
            await self.insert(conn, f"{self.key} begun")
        await self.services.runtime.ref(Worker, self.key).tell(Worker.work)

    async def work(self) -> None:
        """Commit the steps that are missing; the first incarnation waits in the middle for what never comes."""
        async with self.services.db.as_user(self.user) as conn:
            rows = await conn.fetch("select key from memory where key like $1", f"{self.key} step %")
        for step in range(len(rows), STEPS):
            if step == STEPS // 2 and self.services.fence.epoch == 1:
                await self.gate("never")
            await self.commit(f"{self.key} step {step}")
            await self.note(f"step {step}")
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.mark_pending(conn, False)
        await self.note("work done")

    @interleaves
    async def begin_steps(self) -> None:
        """Make the command durable, then tell itself to go about it, leaving at a step when its host leaves."""
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.mark_pending(conn, True)
            await self.insert(conn, f"{self.key} begun")
        await self.services.runtime.ref(Worker, self.key).tell(Worker.work_in_steps)

    async def work_in_steps(self) -> None:
        """Commit a step each time that the gate opens; go away between two when the host does."""
        for step in range(STEPS):
            if self.services.departure.asked.is_set():
                return
            await self.commit(f"{self.key} step {step}")
            await self.note(f"step {step}")
            await self.gate("step")
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.mark_pending(conn, False)
        await self.note("work done")

    async def hold_until_overdue(self, name: str) -> None:
        """Begin, and break off when the host can wait no longer."""
        await self.note(f"{name} begins")
        await self.services.departure.overdue.wait()
        await self.note(f"{name} breaks off")

    async def commit(self, name: str) -> None:
        async with self.services.db.as_user(self.user) as conn:
            await self.services.fence.check(conn)
            await self.insert(conn, name)

    async def insert(self, conn: Any, name: str) -> None:
        await conn.execute(
            "insert into memory (id, user_id, key, value) values ($1, $2, $3, '1')", new_id(), self.user, name
        )

    async def note(self, what: str) -> None:
        await cast("Any", self.services.redis).rpush(diary_of(self.user), what)

    async def gate(self, name: str) -> None:
        redis = cast("Any", self.services.redis)
        while await redis.blpop([gate_of(self.user, name)], timeout=1) is None:
            continue


class Loner(Worker):
    """One that has a host of its own."""

    kind: ClassVar[str] = "loner"
    exclusive: ClassVar[bool] = True


CREW = (Worker, Loner)
