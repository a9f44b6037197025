"""Takes in what `portable.py` read: what is there already under its name stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.errors import Invalid
from cluster.ids import RealmId, UserId, agent_name, new_id
from village.knowledge.portable import IMPORTED, KnowledgeLine, Portable, Reference, ThreadLine, Version

Ids = Mapping[tuple[str, int], UUID]
"""The id of each version, by name and version."""


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """What became of a file. `read` counts pieces, whatever their versions."""

    read: int
    added: int
    known: int
    threads: int


async def take_in(conn: Connection, realm: RealmId, user: UserId, lines: Sequence[Portable]) -> TakenIn:
    """Write it to a realm, in person, all or nothing. Raises Invalid."""
    pieces = [line for line in lines if isinstance(line, KnowledgeLine)]
    names = {line.id for line in pieces}
    ids = dict(await _known(conn, realm, names))
    there = {name for name, _ in ids}
    new = sorted((line for line in pieces if line.id not in there), key=lambda line: line.version)
    _check(new)
    ids |= {(line.id, line.version): new_id() for line in new}
    threads = [line for line in lines if isinstance(line, ThreadLine)]
    begun = await _threads(conn, realm, user, threads, {line.thread for line in new if line.thread})
    for _, versions in groupby(new, key=lambda line: line.version):  # a next version needs the one before
        await _insert(conn, realm, user, [_row(line, ids, user) for line in versions])
    added = {line.id for line in new}
    counts = TakenIn(read=len(names), added=len(added), known=len(names - added), threads=begun)
    if added:
        await conn.execute(
            "insert into realm_log (id, realm_id, user_id, action, details) values ($1, $2, $3, 'imported', $4)",
            new_id(), realm, user, vars(counts),
        )  # fmt: skip
    return counts


def _check(new: Sequence[KnowledgeLine]) -> None:
    seen = {(line.id, line.version) for line in new}
    if len(seen) != len(new):
        raise Invalid("a version of something is there twice")
    for name, version in seen:
        if version > 1 and (name, version - 1) not in seen:
            raise Invalid(f"version {version - 1} of {name[:100]} is missing")


async def _known(conn: Connection, realm: RealmId, names: set[str]) -> Ids:
    rows = await conn.fetch(
        """select coalesce(external_id, root_id::text) as name, version, id from knowledge
            where realm_id = $1 and (external_id = any($2::text[]) or root_id::text = any($2::text[]))""",
        realm, list(names),
    )  # fmt: skip
    return {(row["name"], row["version"]): row["id"] for row in rows}


async def _threads(
    conn: Connection, realm: RealmId, user: UserId, threads: Sequence[ThreadLine], named: set[str]
) -> int:
    begun = 0
    for line in threads:
        begun += await conn.execute(
            """insert into threads (id, realm_id, name, title, user_id, agent, position, created_at, archived_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing""",
            new_id(), realm, line.name, line.title, user, line.agent, line.position, line.created_at, line.archived_at,
        )  # fmt: skip
    for name in sorted(named - {line.name for line in threads}):
        begun += await conn.execute(
            """insert into threads (id, realm_id, name, title, user_id, position)
               values ($1, $2, $3, $3, $4, (select count(*) from threads where realm_id = $2))
               on conflict do nothing""",
            new_id(), realm, name, user,
        )  # fmt: skip
    return begun


def _row(line: KnowledgeLine, ids: Ids, user: UserId) -> dict[str, Any]:
    row = line.model_dump(mode="json")
    for name in ("responding_to", "derived_from", "related"):
        row[name] = [str(_resolved(reference, ids)) for reference in getattr(line, name)]
    if line.user is not None and line.user != user:
        row["details"] = {**line.details, IMPORTED: str(line.user)}
    return row | {
        "id": str(ids[line.id, line.version]),
        "root_id": str(ids[line.id, 1]),
        "external_id": line.id,
        "agent": None if line.agent is None else agent_name(line.agent),
        "superseded_by": str(ids[line.id, line.version + 1]) if (line.id, line.version + 1) in ids else None,
    }


def _resolved(reference: Reference, ids: Ids) -> UUID:
    if not isinstance(reference, Version):
        return reference
    found = ids.get((reference.id, reference.version))
    if found is None:
        raise Invalid(f"what {reference.id[:100]} refers to is not in the file")
    return found


async def _insert(conn: Connection, realm: RealmId, user: UserId, rows: Sequence[dict[str, Any]]) -> None:
    await conn.execute(
        """insert into knowledge
               (id, realm_id, user_id, agent, content, category, kind, confidence, tags, thread_id, related_agents,
                origin, source, conversation_id, turn_id, responding_to, derived_from, related, trusted, external_id,
                details, root_id, version, superseded_by, valid_from, valid_until, created_at, removed_at, access_count,
                last_accessed_at)
           select g.id, $1, $2, g.agent, g.content, g.category, g.kind, g.confidence, g.tags, t.id, g.related_agents,
                  g.origin, g.source, g.conversation_id, g.turn_id, g.responding_to, g.derived_from, g.related,
                  g.trusted, g.external_id, g.details, g.root_id, g.version, g.superseded_by,
                  coalesce(g.valid_from, g.created_at, now()), g.valid_until, coalesce(g.created_at, now()),
                  g.removed_at, g.access_count, g.last_accessed_at
             from jsonb_to_recordset($3::jsonb) as g (
                  id uuid, agent text, content text, category text, kind text, confidence real, tags text[],
                  thread text, related_agents text[], origin text, source text, conversation_id uuid, turn_id uuid,
                  responding_to uuid[], derived_from uuid[], related uuid[], trusted boolean, external_id text,
                  details jsonb, root_id uuid, version integer, superseded_by uuid, valid_from timestamptz,
                  valid_until timestamptz, created_at timestamptz, removed_at timestamptz, access_count integer,
                  last_accessed_at timestamptz)
             left join threads t on t.realm_id = $1 and t.name = g.thread""",
        realm, user, rows,
    )  # fmt: skip
