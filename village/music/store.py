"""The SQL of the table of pieces of music."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id

Status = Literal["pending", "generating", "completed", "failed"]
COLUMNS: LiteralString = (
    "id, provider_task, status, title, prompt, style, model, instrumental, agent, midi_file, tracks, error, favorite, "
    "plays, created_at, completed_at"
)


@dataclass(frozen=True, kw_only=True)
class Song:
    """A piece of music. Each of its tracks has title, audio_url, duration and, once it is kept, audio_file."""

    id: UUID
    provider_task: str | None
    status: Status
    title: str
    prompt: str
    style: str
    model: str
    instrumental: bool
    agent: str | None
    midi_file: str | None
    tracks: Sequence[Mapping[str, Any]]
    error: str | None
    favorite: bool
    plays: int
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What the library holds."""

    songs: int
    completed: int
    unfinished: int
    seconds: float


async def add(conn: Connection, user: UserId, asked: Mapping[str, Any]) -> Song:
    """A piece that nobody has begun yet."""
    row = await conn.fetchrow(
        f"""insert into songs (id, user_id, title, prompt, style, model, instrumental, agent, midi_file)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning {COLUMNS}""",
        new_id(), user, asked["title"], asked["prompt"], asked["style"], asked["model"], asked["instrumental"],
        asked["agent"], asked["midi_file"],
    )  # fmt: skip
    assert row is not None
    return Song(**row)


async def begun(conn: Connection, id: UUID, task: str) -> Song:
    """The provider has begun."""
    row = await conn.fetchrow(
        f"update songs set provider_task = $2, status = 'generating' where id = $1 returning {COLUMNS}", id, task
    )
    assert row is not None
    return Song(**row)


async def went_on(
    conn: Connection, id: UUID, status: Status, tracks: Sequence[Mapping[str, Any]], error: str | None
) -> Song | None:
    """Keep how far it is. A piece that has failed stays so."""
    row = await conn.fetchrow(
        f"""update songs set status = $2, tracks = $3, error = $4,
                   completed_at = case when $2 in ('completed', 'failed') then coalesce(completed_at, now()) end
             where id = $1 and status <> 'failed' returning {COLUMNS}""",
        id, status, tracks, error,
    )  # fmt: skip
    return Song(**row) if row else None


async def find(conn: Connection, named: str) -> Song | None:
    """The piece of that id, or that the provider calls so."""
    row = await conn.fetchrow(
        f"select {COLUMNS} from songs where id::text = $1 or provider_task = $1 order by created_at desc limit 1", named
    )
    return Song(**row) if row else None


async def listed(
    conn: Connection, *, status: Status | None, agent: str | None, favorites: bool, limit: int
) -> Sequence[Song]:
    """Pieces, newest first."""
    rows = await conn.fetch(
        f"""select {COLUMNS} from songs
             where ($1::text is null or status = $1) and ($2::text is null or lower(agent) = lower($2))
               and (favorite or not $3)
             order by created_at desc, id desc limit $4""",
        status, agent, favorites, limit,
    )  # fmt: skip
    return [Song(**row) for row in rows]


async def totals(conn: Connection) -> Totals:
    """What all pieces come to. Unfinished are those of the last day: older ones are not waited for."""
    row = await conn.fetchrow(
        """select count(*) as songs, count(*) filter (where status = 'completed') as completed,
                  count(*) filter (where status in ('pending', 'generating') and created_at > now() - interval '1 day')
                      as unfinished,
                  coalesce(sum((tracks->0->>'duration')::float) filter (where status = 'completed'), 0) as seconds
             from songs"""
    )
    assert row is not None
    return Totals(**row)


async def set_favorite(conn: Connection, id: UUID, favorite: bool | None) -> bool:
    """Set the mark, or turn it over. Answers what it is now."""
    return await conn.fetchval(
        "update songs set favorite = coalesce($2, not favorite) where id = $1 returning favorite", id, favorite
    )


async def count_play(conn: Connection, id: UUID) -> int:
    """Answers how often it was played."""
    return await conn.fetchval("update songs set plays = plays + 1 where id = $1 returning plays", id)
