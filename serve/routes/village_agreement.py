"""Where minds agree, and the health of what is remembered."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from cluster.events.names import realm_channel
from cluster.ids import KnowledgeId, RealmId
from serve import knowledge_wire as wire
from serve import village_wire
from serve.guards import CurrentUser, OpenServices, within
from serve.live.live import TheLive
from serve.village import agreement
from serve.village.knowledge import found_of, realm_of
from serve.village.once import IdempotencyKey, once
from village.convergence import store as convergence
from village.convergence.answering import ConvergenceMissing, answer
from village.errors import KnowledgeMissing
from village.events import VillageEvent
from village.health import store as health
from village.realm import Realm
from village.who import Who

router = APIRouter(prefix="/village", tags=["village"], dependencies=[within("village")])


@router.get("/convergence")
async def list_convergence(
    user: CurrentUser,
    services: OpenServices,
    realm_id: UUID | None = None,
    status: Literal["open", "confirmed", "dismissed"] | None = None,
    kind: Literal["HARMONY", "CONSENSUS"] | None = None,
    independent: bool | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> wire.Convergences:
    """What several said that means the same, in your realms or in one."""
    return await agreement.page(
        services,
        user,
        realm=None if realm_id is None else RealmId(realm_id),
        status=status,
        kind=kind,
        independent=independent,
        cursor=cursor,
        limit=limit,
    )


@router.post("/convergence/find")
async def find_convergence(
    command: wire.FindConvergence, user: CurrentUser, services: OpenServices
) -> wire.Convergences:
    """Look for agreement among what was said lately in a realm."""
    return await agreement.looked_for(services, user, RealmId(command.realm_id), command.hours)


@router.get("/convergence/{convergence_id}")
async def open_convergence(convergence_id: UUID, user: CurrentUser, services: OpenServices) -> wire.Convergence:
    """Who says the same, and what each of them said."""
    async with services.db.as_user(user) as conn:
        found = await convergence.find(conn, convergence_id)
        if found is None:
            raise ConvergenceMissing
        return await agreement.shaped(conn, found)


@router.post("/convergence/{convergence_id}")
async def answer_convergence(
    convergence_id: UUID, command: wire.AnswerConvergence, user: CurrentUser, services: OpenServices
) -> wire.Convergence:
    """Say whether they do agree. Dismissed, it does not come back until another agent joins."""
    said: Literal["confirm", "dismiss"] = "confirm" if command.status == "confirmed" else "dismiss"
    async with services.db.as_user(user) as conn:
        answered = await answer(conn, Who(user), convergence_id, said)
        shaped = await agreement.shaped(conn, answered)
    event = VillageEvent(
        event="convergence_answered",
        realm_id=answered.realm_id,
        data={"convergence_id": convergence_id, "status": command.status},
    )
    await services.log.publish(realm_channel(answered.realm_id), event)
    return shaped


@router.get("/health")
async def village_health(
    user: CurrentUser,
    services: OpenServices,
    realm_id: UUID | None = None,
    stale_days: Annotated[int, Query(ge=1, le=3650)] = health.STALE_DAYS,
) -> village_wire.VillageHealth:
    """How well a realm is kept: what nobody reads, and what stands there twice."""
    return await agreement.health_of(services, user, realm_of(user, realm_id), stale_days=stale_days)


@router.post("/health/consolidate")
async def consolidate(
    command: village_wire.Consolidate, user: CurrentUser, live: TheLive, idempotency_key: IdempotencyKey = None
) -> village_wire.Consolidated:
    """Make one of two pieces of knowledge. Nothing is lost: it can be undone."""

    async def work() -> village_wire.Consolidated:
        async with live.services.db.as_user(user) as conn:
            realm = (await found_of(conn, KnowledgeId(command.id1))).realm_id
        ref = live.services.runtime.ref(Realm, str(realm))
        first, second = KnowledgeId(command.id1), KnowledgeId(command.id2)
        merged = await ref.ask(Realm.consolidate, Who(user), first, second, command.keep)
        return village_wire.Consolidated(kept_id=merged.kept.id, merged_id=merged.dropped, undo_id=merged.id)

    return await once(live, user, idempotency_key, command, work, village_wire.Consolidated)


@router.post("/health/undo/{undo_id}", status_code=204)
async def undo_consolidation(undo_id: UUID, user: CurrentUser, services: OpenServices) -> None:
    """Take a merge back."""
    async with services.db.as_user(user) as conn:
        realm = await health.realm_of_merge(conn, undo_id)
    if realm is None:
        raise KnowledgeMissing("there is no such merge, or it was undone already")
    await services.runtime.ref(Realm, str(realm)).ask(Realm.undo, Who(user), undo_id)
