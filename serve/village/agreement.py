"""Where minds agree and how healthy a realm is, as clients see it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cluster.clients.postgres import Connection
from cluster.ids import RealmId, UserId
from cluster.services import Services
from serve import knowledge_wire as wire
from serve import village_wire
from serve.conversations import cursors
from village.convergence import store as convergence
from village.convergence.detecting import detect
from village.convergence.item import Convergence, Kind, Status
from village.errors import RealmMissing
from village.health import store as health
from village.knowledge import store as knowledge
from village.knowledge.item import Knowledge
from village.realms import store as realms
from village.who import Who

SHOWN = 20
EXCERPT = 300
"""Characters of each piece that a list of neglected ones shows."""
ALIKE = 0.975
"""The cosine from which two pieces count as said twice."""
KEPT_LOOKED_AT = 200


async def page(
    services: Services,
    user: UserId,
    *,
    realm: RealmId | None,
    status: Status | None,
    kind: Kind | None,
    independent: bool | None,
    cursor: str | None,
    limit: int,
) -> wire.Convergences:
    """What was found and is kept, those that changed last first."""
    before = cursors.row_of(cursor) if cursor else None
    async with services.db.as_user(user) as conn:
        found = await convergence.newest(
            conn, realm=realm, status=status, kind=kind, independent=independent, before=before, limit=limit + 1
        )
        shown = await _shaped(conn, found[:limit])
    last = found[limit - 1] if len(found) > limit else None
    after = cursors.after_row(last.updated_at, last.id) if last is not None and last.id is not None else None
    return wire.Convergences(convergences=shown, next_cursor=after)


async def looked_for(services: Services, user: UserId, realm: RealmId, hours: int) -> wire.Convergences:
    """Agreement among what was said lately. Those that are kept have their id and what a person said of them."""
    async with services.db.as_user(user) as conn:
        if await realms.find(conn, realm) is None:
            raise RealmMissing
    since = datetime.now(UTC) - timedelta(hours=hours)
    found = await detect(services.db, Who(user), realm, since=since)
    async with services.db.as_user(user) as conn:
        kept = await convergence.newest(conn, realm=realm, limit=KEPT_LOOKED_AT)
        return wire.Convergences(
            convergences=await _shaped(conn, [_kept_as(one, kept) or one for one in found]), next_cursor=None
        )


async def shaped(conn: Connection, one: Convergence) -> wire.Convergence:
    """One, as JSON."""
    return (await _shaped(conn, [one]))[0]


async def health_of(services: Services, user: UserId, realm: RealmId, *, stale_days: int) -> village_wire.VillageHealth:
    """How well a realm is kept. Raises RealmMissing."""
    async with services.db.as_user(user) as conn:
        if await realms.find(conn, realm) is None and realm != realms.home_village(user):
            raise RealmMissing
        state = await health.health(conn, realm)
        stalest = await health.stale(conn, realm, days=stale_days, limit=SHOWN)
        least = await health.low_access(conn, realm, most=health.LOW_ACCESS, days=health.LOW_ACCESS_DAYS, limit=SHOWN)
        pairs = [
            village_wire.DuplicatePair(first=_neglected(one), second=_neglected(other), similarity=similarity)
            for first, second, similarity in await convergence.duplicates(conn, realm, limit=SHOWN, threshold=ALIKE)
            if (one := await knowledge.find(conn, first)) and (other := await knowledge.find(conn, second))
        ]
    return village_wire.VillageHealth(
        realm_id=realm,
        total=state.total,
        score=state.score,
        stale=state.stale,
        low_access=state.low_access,
        stale_days=stale_days,
        stalest=[_neglected(one) for one in stalest],
        least_read=[_neglected(one) for one in least],
        duplicates=pairs,
    )


def _kept_as(one: Convergence, kept: Sequence[Convergence]) -> Convergence | None:
    """The convergence that is kept of most of the same statements."""
    said = {statement.knowledge_id for statement in one.statements}
    shared = [(len(said & {statement.knowledge_id for statement in other.statements}), other) for other in kept]
    most = max(shared, key=lambda pair: pair[0], default=None)
    return most[1] if most is not None and most[0] > 1 else None


async def _shaped(conn: Connection, found: Sequence[Convergence]) -> list[wire.Convergence]:
    names = {realm.id: realm.name for realm in await realms.all_of(conn)}
    return [
        wire.Convergence.model_validate(
            {
                **vars(one),
                "realm_name": names.get(one.realm_id, ""),
                "statements": [wire.ConvergenceStatement.model_validate(said) for said in one.statements],
            }
        )
        for one in found
    ]


def _neglected(one: Knowledge) -> village_wire.StaleKnowledge:
    return village_wire.StaleKnowledge(
        id=one.id,
        content=one.content[:EXCERPT],
        agent=one.agent,
        category=one.category,
        access_count=one.access_count,
        last_accessed_at=one.last_accessed_at,
        created_at=one.created_at,
    )
