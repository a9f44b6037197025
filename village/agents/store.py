"""The SQL of table personas: the agents that a user summoned beside the founders."""

from collections.abc import Sequence

from cluster.clients.postgres import Connection
from cluster.ids import UserId
from village.agents.founders import BUILT_IN
from village.agents.profile import Profile

MOST = 200
"""Agents of one user."""


async def summon(conn: Connection, user: UserId, profile: Profile) -> bool:
    """Keep a new agent; answers False when there is one of this name, or there are too many."""
    return bool(
        await conn.execute(
            """insert into personas (user_id, agent, display_name, generation, lineage, specialization, origin_story,
                                     color, symbol, persona)
               select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 where (select count(*) from personas) < $11
               on conflict do nothing""",
            user, profile.agent, profile.display_name, profile.generation, profile.lineage, profile.specialization,
            profile.origin_story, profile.color, profile.symbol, profile.persona, MOST,
        )
    )  # fmt: skip


async def change(conn: Connection, profile: Profile) -> bool:
    """Change a summoned agent; answers whether there is such a one."""
    return bool(
        await conn.execute(
            """update personas set display_name = $2, specialization = $3, origin_story = $4, color = $5, symbol = $6,
                                   persona = $7 where agent = $1""",
            profile.agent, profile.display_name, profile.specialization, profile.origin_story, profile.color,
            profile.symbol, profile.persona,
        )
    )  # fmt: skip


async def introduce(conn: Connection, agent: str) -> None:
    """Note that an agent has introduced itself."""
    await conn.execute("update personas set introduced_at = coalesce(introduced_at, now()) where agent = $1", agent)


async def dismiss(conn: Connection, agent: str) -> bool:
    """Let a summoned agent go; what it said stays. Answers whether there was one."""
    return bool(await conn.execute("delete from personas where agent = $1", agent))


async def find(conn: Connection, agent: str) -> Profile | None:
    """One agent: a founder, or one that the user summoned."""
    if agent in BUILT_IN:
        return BUILT_IN[agent]
    row = await conn.fetchrow(
        """select agent, display_name, generation, lineage, specialization, origin_story, color, symbol, persona,
                  introduced_at from personas where agent = $1""",
        agent,
    )
    return Profile(**row) if row else None


async def all_of(conn: Connection) -> Sequence[Profile]:
    """All agents of the user: the built-in ones first, then by name."""
    rows = await conn.fetch(
        """select agent, display_name, generation, lineage, specialization, origin_story, color, symbol, persona,
                  introduced_at from personas order by display_name"""
    )
    return [*BUILT_IN.values(), *(Profile(**row) for row in rows)]
