"""Whether somebody came to a statement alone, or knew of another's before: by links, by reading, by being there."""

from collections.abc import Collection, Sequence
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import RealmId
from village.convergence.near import Piece

READS = 5000
"""Of what an author read before, the last so many are followed."""


async def echoes(conn: Connection, realm: RealmId, said: Sequence[Piece], judged: Collection[UUID]) -> dict[UUID, UUID]:
    """Of the judged among statements that agree, those that are echoes, each with what of another its author knew."""
    found: dict[UUID, UUID] = {}
    ordered = sorted(said, key=lambda one: (one.created_at, one.id))
    for place, one in enumerate(ordered):
        if one.id not in judged:
            continue
        before = [other.id for other in ordered[:place] if other.author != one.author]
        origin = await _origin(conn, realm, one, before) if before else None
        if origin is not None:
            found[one.id] = origin
    return found


async def _origin(conn: Connection, realm: RealmId, one: Piece, before: Sequence[UUID]) -> UUID | None:
    """The last of the earlier statements that this one's author knew of: it, or anything that was made from it."""
    user, agent = one.author
    return await conn.fetchval(
        """with recursive up (id) as (
               select $1::uuid
               union
               (select knowledge_id from knowledge_reads
                 where realm_id = $2 and user_id = $3 and agent = coalesce($4::text, '') and first_at <= $5
                 order by first_at desc limit $7)
               union
               select parent from up join knowledge k on k.id = up.id,
                      unnest(k.responding_to || k.derived_from) as parent
           ), known as (
               select k.root_id from up join knowledge k on k.id = up.id where k.id <> $1
           )
           select e.id from knowledge e, knowledge s
            where s.id = $1 and e.id = any($6::uuid[])
              and (e.root_id in (select root_id from known) or e.conversation_id = s.conversation_id)
            order by e.created_at desc, e.id desc limit 1""",
        one.id, realm, user, agent, one.created_at, before, READS,
    )  # fmt: skip
