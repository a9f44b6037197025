"""Merges two pieces of knowledge that say the same, and takes that back. Both are kept, as versions."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.errors import Invalid
from cluster.ids import KnowledgeId, RealmId
from village.errors import KnowledgeMissing, Outdated
from village.health import store
from village.knowledge.item import Knowledge
from village.knowledge.store import drop_vectors, find, remove, restore
from village.who import Who

Keep = Literal["higher_confidence", "higher_access", "id1", "id2"]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """What was kept, as it is now, and what was dropped. `id` undoes it."""

    id: UUID
    kept: Knowledge
    dropped: KnowledgeId


def chosen(first: Knowledge, second: Knowledge, keep: Keep) -> tuple[Knowledge, Knowledge]:
    """Which is kept and which is dropped. Where they are equal, the first is kept."""
    match keep:
        case "id1":
            second_wins = False
        case "id2":
            second_wins = True
        case "higher_access":
            second_wins = second.access_count > first.access_count
        case "higher_confidence":
            second_wins = second.confidence > first.confidence
    return (second, first) if second_wins else (first, second)


async def merge(conn: Connection, realm: RealmId, who: Who, kept: Knowledge, dropped: Knowledge) -> Merge:
    """Put what both knew into a new version of the one, and take the other out."""
    if kept.root_id == dropped.root_id:
        raise Invalid("these are versions of the same piece of knowledge")
    now = await store.merged_version(conn, kept, dropped)
    await drop_vectors(conn, kept.id)
    await remove(conn, dropped.id)
    entry = await store.log_merge(
        conn, realm, who, {"kept": str(now), "before": str(kept.id), "dropped": str(dropped.id)}
    )
    return Merge(id=entry, kept=await _read(conn, now), dropped=dropped.id)


async def unmerge(conn: Connection, realm: RealmId, entry: UUID) -> tuple[Knowledge, Knowledge]:
    """Take a merge back: answers both, as they are now. Raises KnowledgeMissing, Outdated."""
    done = await store.merge_of(conn, realm, entry)
    if done is None:
        raise KnowledgeMissing("there is no such merge, or it was undone already")
    merged = await _read(conn, KnowledgeId(UUID(done["kept"])))
    if merged.superseded_by is not None or merged.removed_at is not None:
        raise Outdated("what was merged has been changed since")
    back = await store.reverted_version(conn, merged.id, KnowledgeId(UUID(done["before"])))
    await drop_vectors(conn, merged.id)
    dropped = KnowledgeId(UUID(done["dropped"]))
    await restore(conn, dropped)
    await store.mark_undone(conn, entry)
    return await _read(conn, back), await _read(conn, dropped)


async def _read(conn: Connection, id: KnowledgeId) -> Knowledge:
    found = await find(conn, id)
    if found is None:
        raise KnowledgeMissing
    return found
