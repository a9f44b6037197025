"""Holds what is new in a realm against the rest of it, and keeps the clusters of those that say the same.

Called by the realm's actor as the realm's owner, inside one of its transactions; one piece after the other, so that
what survives a crash is a realm in which some have been compared and the others are still due.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import KnowledgeId, RealmId
from village.convergence import near, store
from village.convergence.claims import same_claim
from village.convergence.grouping import group, middle
from village.convergence.item import Author, Convergence, Status, kind_of
from village.convergence.lineage import echoes
from village.convergence.near import Piece, Place

NEIGHBOURS = 30
"""Statements of others that a new one is held against."""
Near = Sequence[tuple[Piece, float]]
ENOUGH = 10
TWINS = 5
NEARLY_THE_SAME = 0.975
"""The cosine from which two pieces are near-duplicates."""


async def compare_next(conn: Connection, realm: RealmId) -> tuple[bool, Convergence | None]:
    """Compare what is due longest; answers whether there was anything, and the convergence to be told of, if any."""
    ids = await store.due(conn, realm, limit=1)
    if not ids:
        return False, None
    changed = await _compare(conn, realm, ids[0])
    await store.done(conn, realm, ids[0])
    found = None if changed is None else await store.find(conn, changed)
    return True, found


async def _compare(conn: Connection, realm: RealmId, id: KnowledgeId) -> UUID | None:
    """Answers the convergence that is new, or that another agent has joined."""
    left = await store.leave(conn, realm, id)
    place = await near.place(conn, realm)
    said = None if place is None else await near.piece(conn, place, id)
    changed = None
    if place is not None and said is not None:
        found = await near.nearest(conn, place, id, most=NEIGHBOURS, by_others=False)
        await _keep_twins(conn, place, id, found)
        changed = await _join(conn, place, said, found)
    if place is not None:
        for cluster in left:
            await _shrink(conn, place, cluster)
    return changed


async def _keep_twins(conn: Connection, place: Place, id: KnowledgeId, found: Near) -> None:
    twins = {other.id: cosine for other, cosine in found[:TWINS] if cosine >= NEARLY_THE_SAME}
    if twins:
        await store.keep_duplicates(conn, place.realm, id, {UUID(str(other)): near for other, near in twins.items()})


async def _join(conn: Connection, place: Place, said: Piece, found: Near) -> UUID | None:
    others = sum(other.author != said.author for other, _ in found)
    if len(found) == NEIGHBOURS and others < ENOUGH:  # the author's own stand before those of others
        found = await near.nearest(conn, place, said.id, most=NEIGHBOURS, by_others=True)
    matches = [
        other.id
        for other, cosine in found
        if other.author != said.author
        and same_claim(said.content, other.content, cosine, threshold=place.threshold).same
    ]
    if not matches:
        return None
    touched = await store.holding(conn, place.realm, matches)
    known = {said.id: said} | await _known(conn, place, {*matches, *(one for ids in touched.values() for one in ids)})
    agreement = _Agreement(place, known, await near.cosines(conn, place, list(known)))
    clusters = {id: frozenset(one for one in members if one in known) for id, members in touched.items()}
    members = group(said.id, matches, [one for one in clusters.values() if one], agreement.between)
    if len({known[one].author for one in members}) < 2:
        return None
    into = [id for id, held in clusters.items() if held and held <= members]
    return await _write(conn, place, into, said, {one: known[one] for one in members}, agreement)


async def _known(conn: Connection, place: Place, ids: Collection[UUID]) -> dict[UUID, Piece]:
    return {one.id: one for one in await near.pieces(conn, place, list(ids))}


class _Agreement:
    """Which of some statements agree, and how near they lie."""

    def __init__(self, place: Place, known: dict[UUID, Piece], cosines: dict[frozenset[UUID], float]) -> None:
        self._place, self._known, self._cosines = place, known, cosines

    def cosine(self, one: UUID, other: UUID) -> float:
        """How near two lie."""
        return 1.0 if one == other else self._cosines.get(frozenset((one, other)), 0.0)

    def between(self, one: UUID, other: UUID) -> bool:
        """Whether two claim the same."""
        a, b = self._known[one], self._known[other]
        return same_claim(a.content, b.content, self.cosine(one, other), threshold=self._place.threshold).same


async def _write(
    conn: Connection, place: Place, into: Sequence[UUID], new: Piece, members: dict[UUID, Piece],
    agreement: _Agreement,
) -> UUID | None:  # fmt: skip
    """Keep these as one cluster; answers it when an agent joined that was not in it, and nobody's answer covers it."""
    before = [one for one in [await store.find(conn, id) for id in into] if one is not None]
    answered = {name for id in into for name in await store.answered_for(conn, id)}
    id = into[0] if into else await store.begin(conn, place.realm)
    if len(into) > 1:
        await store.merge(conn, place.realm, id, into[1:])
    _, similarities = middle(list(members), agreement.cosine)
    judged = [new.id] if len(into) == 1 else list(members)
    origins = await echoes(conn, place.realm, list(members.values()), judged)
    await store.put(conn, place.realm, id, similarities, origins)
    authors = {one.author for one in members.values()} | {said.author for one in before for said in one.statements}
    status = _status(before, authors, answered)
    await store.sum_up(conn, id, kind_of(len(authors)), status)
    joined = len(into) != 1 or any(authors - {said.author for said in one.statements} for one in before)
    return id if joined and status != "dismissed" else None


def _status(before: Sequence[Convergence], authors: Collection[Author], answered: Collection[str]) -> Status:
    """What was confirmed stays so; what was dismissed stays so until somebody joins that it was not dismissed for."""
    stages = {one.status for one in before}
    if "confirmed" in stages:
        return "confirmed"
    if "dismissed" in stages and {author_key(one) for one in authors} <= set(answered):
        return "dismissed"
    return "open"


async def _shrink(conn: Connection, place: Place, id: UUID) -> None:
    """A statement has left a cluster: one that nobody else is in any more is none, unless it is to stay dismissed."""
    left = await store.find(conn, id)
    if left is None:
        return
    authors = {one.author for one in left.statements}
    if len(authors) < 2 and left.status == "open":
        await store.drop(conn, id)
        return
    members = await _known(conn, place, [one.knowledge_id for one in left.statements][: store.MEMBERS])
    if members:
        agreement = _Agreement(place, members, await near.cosines(conn, place, list(members)))
        _, similarities = middle(list(members), agreement.cosine)
        origins = await echoes(conn, place.realm, list(members.values()), list(members))
        await store.put(conn, place.realm, id, similarities, origins)
        await store.sum_up(conn, id, kind_of(len(authors)), left.status)


def author_key(author: Author) -> str:
    """How an author is kept with an answer."""
    user, agent = author
    return f"{user}/{agent or ''}"
