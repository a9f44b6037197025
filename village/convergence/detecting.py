"""Looks for agreement in what was said in a span of time, on demand; what it finds is told and not kept."""

from datetime import datetime
from uuid import UUID

from cluster.clients.postgres import Connection, Database
from cluster.ids import KnowledgeId, RealmId
from village.convergence import near
from village.convergence.claims import same_claim
from village.convergence.grouping import group, middle
from village.convergence.item import SHOWN, Convergence, Statement, called, kind_of
from village.convergence.lineage import echoes
from village.convergence.near import Piece, Place
from village.who import Who

MOST = 500
"""Statements that are looked at: the newest in that span."""
NEIGHBOURS = 20
Pair = frozenset[UUID]


async def detect(
    db: Database, who: Who, realm: RealmId, *, since: datetime | None = None, until: datetime | None = None,
    threshold: float | None = None, limit: int = 20,
) -> list[Convergence]:  # fmt: skip
    """The convergences among what was said from `since` to `until`, the best first: those of most, then the nearest."""
    async with db.as_user(who.user, who.agent) as conn:
        place = await near.place(conn, realm)
        if place is None:
            return []
        if threshold is not None:
            place = Place(place.realm, place.model, place.size, threshold)
        said = await _window(conn, place, since, until)
        agree = await _agreements(conn, place, said)
        clusters = _clusters(said, agree)
        found = [await _told(conn, place, [said[id] for id in members], agree) for members in clusters]
    found.sort(key=lambda one: (-len({said.author for said in one.statements}), -one.similarity))
    return found[:limit]


async def _window(conn: Connection, place: Place, since: datetime | None, until: datetime | None) -> dict[UUID, Piece]:
    rows = await conn.fetch(
        """select id from knowledge where realm_id = $1 and superseded_by is null and removed_at is null
              and ($2::timestamptz is null or created_at >= $2) and ($3::timestamptz is null or created_at < $3)
            order by created_at desc, id desc limit $4""",
        place.realm, since, until, MOST,
    )  # fmt: skip
    said = await near.pieces(conn, place, [row["id"] for row in rows])
    return {one.id: one for one in sorted(said, key=lambda one: (one.created_at, one.id))}


async def _agreements(conn: Connection, place: Place, said: dict[UUID, Piece]) -> dict[Pair, float]:
    """The pairs by different authors that claim the same, with their cosines."""
    agree: dict[Pair, float] = {}
    for id, one in said.items():
        for other, cosine in await near.nearest(conn, place, KnowledgeId(id), most=NEIGHBOURS, by_others=True):
            pair = frozenset((id, UUID(str(other.id))))
            if other.id in said and pair not in agree:
                if same_claim(one.content, other.content, cosine, threshold=place.threshold).same:
                    agree[pair] = cosine
    return agree


def _clusters(said: dict[UUID, Piece], agree: dict[Pair, float]) -> list[list[UUID]]:
    partners: dict[UUID, dict[UUID, float]] = {}
    for pair, cosine in agree.items():
        for one in pair:
            (other,) = pair - {one}
            partners.setdefault(one, {})[other] = cosine
    clusters: dict[UUID, frozenset[UUID]] = {}
    seen: set[UUID] = set()
    for id in said:
        mine = partners.get(id, {})
        matches = sorted(mine.keys() & seen, key=lambda other: -mine[other])
        touched = {clusters[one] for one in matches if one in clusters}
        joined = group(id, matches, touched, lambda a, b: frozenset((a, b)) in agree)
        clusters |= dict.fromkeys(joined, joined)
        seen.add(id)
    return [sorted(one, key=str) for one in set(clusters.values())]


async def _told(conn: Connection, place: Place, said: list[Piece], agree: dict[Pair, float]) -> Convergence:
    cosines = await near.cosines(conn, place, [one.id for one in said])
    _, similarities = middle([one.id for one in said], lambda a, b: cosines.get(frozenset((a, b)), 0.0))
    origins = await echoes(conn, place.realm, said, [one.id for one in said])
    said.sort(key=lambda one: (one.created_at, one.id))
    statements = [
        Statement(
            knowledge_id=one.id, user_id=one.author[0], agent=one.author[1], content=one.content[:SHOWN], thread=None,
            created_at=one.created_at, similarity=similarities[one.id], echo_of=origins.get(one.id),
        )
        for one in said
    ]  # fmt: skip
    authors = {one.author for one in said}
    return Convergence(
        id=None, realm_id=place.realm, kind=kind_of(len(authors)), status="open", independent=not origins,
        similarity=sum(similarities.values()) / len(said), agents=called(list(authors)), statements=statements,
        created_at=said[0].created_at, updated_at=said[-1].created_at,
    )  # fmt: skip
