"""Schedules over HTTP: agents that are begun again and again, by a rule."""

from uuid import UUID

from fastapi import APIRouter, Request

from actors.schedules import store
from actors.schedules.errors import ScheduleMissing
from actors.schedules.schedule import NewSchedule, Schedule, ScheduleChange
from actors.schedules.store import ScheduleRow
from cluster.ids import UserId, new_id
from cluster.runtime.ref import Ref
from cluster.services import Services
from serve import agents_wire as wire
from serve.agents.asked import new_agent
from serve.guards import CurrentUser, OpenServices, note_allowance, within
from serve.live.live import Live, TheLive
from serve.village.once import IdempotencyKey, once

router = APIRouter(prefix="/schedules", tags=["agents"], dependencies=[within("agents")])


@router.get("")
async def list_schedules(user: CurrentUser, services: OpenServices) -> wire.Schedules:
    """Your schedules, newest first; 100 at most."""
    async with services.db.as_user(user) as conn:
        rows = await store.listed(conn)
    return wire.Schedules(schedules=[_shape(row) for row in rows])


@router.post("", status_code=201)
async def create_schedule(
    request: Request,
    command: wire.CreateSchedule,
    user: CurrentUser,
    live: TheLive,
    idempotency_key: IdempotencyKey = None,
) -> wire.Schedule:
    """Have an agent begun by a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=7, at the clock of a time zone.

    Times that were missed are made up for once; while its last agent is at work, the next is left out. Times are a
    minute apart at least.
    """
    note_allowance(request, await live.limits.message(user))

    async def make() -> wire.Schedule:
        new = await _checked(live.services, user, command)
        return _shape(await _ref(live, new_id()).ask(Schedule.create, user, new))

    return await once(live, user, idempotency_key, command, make, wire.Schedule)


@router.get("/{schedule_id}")
async def open_schedule(schedule_id: UUID, user: CurrentUser, services: OpenServices) -> wire.Schedule:
    """A schedule: when it is next, and what came of it last."""
    return _shape(await _found(services, user, schedule_id))


@router.patch("/{schedule_id}")
async def change_schedule(
    schedule_id: UUID, command: wire.ScheduleChange, user: CurrentUser, live: TheLive
) -> wire.Schedule:
    """Another name, rule or time zone, or switch it off and on. What is left out stays."""
    await _found(live.services, user, schedule_id)
    change = ScheduleChange(**command.model_dump())
    return _shape(await _ref(live, schedule_id).ask(Schedule.change, user, change))


@router.delete("/{schedule_id}", status_code=204)
async def remove_schedule(schedule_id: UUID, user: CurrentUser, live: TheLive) -> None:
    """Remove a schedule. Agents that it began go on."""
    await _found(live.services, user, schedule_id)
    await _ref(live, schedule_id).ask(Schedule.remove, user)


async def _checked(services: Services, user: UserId, command: wire.CreateSchedule) -> NewSchedule:
    """What is asked for, if an agent could be made so now."""
    async with services.db.as_user(user) as conn:
        await new_agent(conn, services, command.spawn, key="only checked")
    return NewSchedule(
        name=command.name,
        rule=command.rule,
        time_zone=command.time_zone,
        starts_at=command.starts_at,
        work={"kind": "agent", "request": command.spawn.model_dump(mode="json", exclude_none=True)},
        enabled=command.enabled,
    )


async def _found(services: Services, user: UserId, id: UUID) -> ScheduleRow:
    async with services.db.as_user(user) as conn:
        row = await store.find(conn, id)
    if row is None:
        raise ScheduleMissing
    return row


def _ref(live: Live, id: UUID) -> Ref[Schedule]:
    return live.services.runtime.ref(Schedule, str(id))


def _shape(row: ScheduleRow) -> wire.Schedule:
    """As it is told: without the secret that its webhooks are signed with."""
    told = wire.Schedule.model_validate(row)
    request = dict(row.work["request"])
    if request.get("webhook"):
        request["webhook"] = {"url": request["webhook"]["url"]}
    return told.model_copy(update={"work": {**row.work, "request": request}})
