"""A schedule, awake: keeps its rule, and begins its agent when the time has come.

Between times it sleeps; its placement says when a sweep is to wake it, so that neither a death nor a restart of the
whole cluster makes it forget. Times that were missed meanwhile are made up for once. While the agent of the last time
is still at work, the next one is left out, and the schedule says so.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from actors.agents import spawning
from actors.agents import store as agents
from actors.schedules import rules, store
from actors.schedules.errors import BadRule, ScheduleMissing, TooManySchedules
from actors.schedules.store import ScheduleRow
from actors.schedules.work import agent_of
from cluster.clients.postgres import Connection
from cluster.errors import ApexError, Temporary, Unavailable
from cluster.ids import UserId
from cluster.runtime.actor import interleaves, repeatable
from cluster.runtime.ref import Ref
from cluster.services import ActorServices

log = logging.getLogger(__name__)
MOST_SCHEDULES = 100
"""Schedules that one user may have."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds between attempts while the database is away."""


@dataclass(frozen=True, kw_only=True)
class NewSchedule:
    """A schedule that is to be. Without `starts_at` its rule counts from now."""

    name: str
    rule: str
    time_zone: str
    starts_at: datetime | None
    work: Mapping[str, Any]
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class ScheduleChange:
    """What is to be otherwise; None stays as it is."""

    name: str | None = None
    rule: str | None = None
    time_zone: str | None = None
    enabled: bool | None = None


class Schedule:
    """One schedule."""

    kind: ClassVar[str] = "schedule"
    idle_seconds: ClassVar[float] = 2.0

    def __init__(self, key: str, services: ActorServices) -> None:
        self._id = UUID(key)
        self._services = services
        self._order = asyncio.Lock()
        self._told = False

    async def activate(self) -> None:
        """Its time has come, or another incarnation left something."""
        if self._services.fence.left_work:
            await self._wake_up()

    @interleaves
    @repeatable
    async def create(self, user: UserId, new: NewSchedule) -> ScheduleRow:
        """Begin to exist. Told twice, it is one. Raises BadRule, TooManySchedules."""
        async with self._order, self._services.db.as_user(user) as conn:
            there = await store.find(conn, self._id)
            if there is not None:
                return there
            if await store.count(conn, user) >= MOST_SCHEDULES:
                raise TooManySchedules
            now = await store.now(conn)
            starts_at = (new.starts_at or rules.usual_start(new.rule, new.time_zone, now)).astimezone(UTC)
            next_at = await _next(new.rule, new.time_zone, starts_at, now)
            if next_at is None:
                raise BadRule("this rule has no time that is still to come")
            row = ScheduleRow(
                id=self._id,
                name=new.name,
                rule=new.rule,
                time_zone=new.time_zone,
                starts_at=starts_at,
                work=dict(new.work),
                enabled=new.enabled,
                next_at=next_at if new.enabled else None,
                last_at=None,
                last_id=None,
                last_error=None,
                created_at=now,
            )
            await store.add(conn, user, row)
            await self._sleep(conn, row.next_at)
            return row

    @interleaves
    @repeatable
    async def change(self, user: UserId, change: ScheduleChange) -> ScheduleRow:
        """Be otherwise from now on. Raises ScheduleMissing, BadRule."""
        async with self._order, self._services.db.as_user(user) as conn:
            row = await self._found(conn)
            given = {name: value for name, value in vars(change).items() if value is not None}
            row = replace(row, **given, last_error=None)
            next_at = await _next(row.rule, row.time_zone, row.starts_at, await store.now(conn))
            if next_at is None and row.enabled:
                raise BadRule("this rule has no time that is still to come")
            row = replace(row, next_at=next_at if row.enabled else None)
            await store.change(conn, row)
            await self._sleep(conn, row.next_at)
            return row

    @interleaves
    @repeatable
    async def remove(self, user: UserId) -> None:
        """Be no more. What it began goes on."""
        async with self._order, self._services.db.as_user(user) as conn:
            await store.remove(conn, self._id)
            await self._sleep(conn, None)

    async def advance(self) -> None:
        """Begin what it is time for. Told by the schedule to itself."""
        pause = FIRST_PAUSE
        try:
            while True:
                try:
                    return await self._look()
                except Unavailable as error:
                    log.warning("schedule %s waits: %s", self._id, error)
                    await asyncio.sleep(pause)
                    pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            self._told = False

    async def _look(self) -> None:
        async with self._services.db.as_system() as conn:
            owner = await store.owner(conn, self._id)
        if owner is None:  # it was removed, or its user was
            async with self._services.db.as_nobody() as conn:
                return await self._sleep(conn, None)
        async with self._order:
            try:
                async with self._services.db.as_user(owner) as conn:
                    began = await self._fire(conn, None)
            except Temporary:
                raise
            except ApexError as error:  # why nothing can be begun; what was written so far is not there
                log.info("schedule %s begins nothing: %s", self._id, error)
                async with self._services.db.as_user(owner) as conn:
                    began = await self._fire(conn, str(error))
        if began is not None:
            await spawning.wake(self._services, [began])

    async def _fire(self, conn: Connection, error: str | None) -> UUID | None:
        """If it is time, begin the agent, unless there is an error to keep; then sleep until the next time."""
        row = await store.find(conn, self._id)
        now = await store.now(conn)
        if row is None or row.next_at is None or row.next_at > now:
            await self._sleep(conn, row.next_at if row else None)
            return None
        following = await _next(row.rule, row.time_zone, row.starts_at, now)
        began: UUID | None = None
        if error is None and row.last_id is not None:
            last = await agents.find(conn, row.last_id)
            if last is not None and not last.over:
                error = "the agent of the time before was still at work"
        if error is None:
            new = await agent_of(conn, self._services.settings, row.work, schedule=self._id, due=row.next_at)
            (began,) = await spawning.spawn(conn, [new])
        await store.fired(conn, self._id, began=began, error=error, next_at=following)
        await self._sleep(conn, following)
        return began

    async def _sleep(self, conn: Connection, until: datetime | None) -> None:
        await self._services.fence.mark_pending(conn, False, wake_at=until)

    async def _found(self, conn: Connection) -> ScheduleRow:
        row = await store.find(conn, self._id)
        if row is None:
            raise ScheduleMissing
        return row

    async def _wake_up(self) -> None:
        if not self._told:
            self._told = True
            await self._itself().tell(Schedule.advance)

    def _itself(self) -> "Ref[Schedule]":
        return self._services.runtime.ref(Schedule, str(self._id))


async def _next(rule: str, zone: str, starts_at: datetime, now: datetime) -> datetime | None:
    """Computed beside the loop: a rule that never comes again takes seconds to say so."""
    return await asyncio.to_thread(lambda: rules.rule_of(rule, zone, starts_at).after(now))
