"""The SQL of training jobs, and of the apprentices that they train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import UserId, new_id

Trainer = Literal["together", "replicate"]
Status = Literal["pending", "running", "completed", "failed", "stopped"]
COLUMNS: LiteralString = (
    "id, provider, provider_job, status, training_set, base_model, output_name, apprentice, epochs, cost_usd, "
    "model_name, agent, error, created_at, ended_at"
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A training job. `cost_usd` is what it was estimated to cost."""

    id: UUID
    provider: Trainer
    provider_job: str | None
    status: Status
    training_set: str
    base_model: str
    output_name: str
    apprentice: str | None
    epochs: int
    cost_usd: float | None
    model_name: str | None
    agent: str | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None


async def add(conn: Connection, user: UserId, asked: Mapping[str, Any]) -> Job:
    """A job that nobody has begun yet."""
    row = await conn.fetchrow(
        f"""insert into training_jobs
                   (id, user_id, provider, training_set, base_model, output_name, apprentice, epochs, cost_usd, agent)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {COLUMNS}""",
        new_id(), user, asked["provider"], asked["training_set"], asked["base_model"], asked["output_name"],
        asked["apprentice"], asked["epochs"], asked["cost_usd"], asked["agent"],
    )  # fmt: skip
    assert row is not None
    return Job(**row)


async def went_on(
    conn: Connection,
    id: UUID,
    status: Status,
    *,
    provider_job: str | None = None,
    model_name: str | None = None,
    error: str | None = None,
) -> Job:
    """Keep how far it is. What has ended stays as it is."""
    row = await conn.fetchrow(
        f"""update training_jobs
               set status = case when ended_at is null then $2 else status end,
                   provider_job = coalesce($3, provider_job), model_name = coalesce($4, model_name),
                   error = coalesce($5, error),
                   ended_at = case when $2 in ('completed', 'failed', 'stopped') then coalesce(ended_at, now())
                                   else ended_at end
             where id = $1 returning {COLUMNS}""",
        id, status, provider_job, model_name, error,
    )  # fmt: skip
    assert row is not None
    return Job(**row)


async def find(conn: Connection, named: str | None) -> Job | None:
    """The job of that id, or that the provider calls so; the newest without a name."""
    row = await conn.fetchrow(
        f"""select {COLUMNS} from training_jobs where $1::text is null or id::text = $1 or provider_job = $1
             order by created_at desc, id desc limit 1""",
        named,
    )
    return Job(**row) if row else None


async def listed(conn: Connection, *, status: Status | None, limit: int) -> Sequence[Job]:
    """Jobs, newest first."""
    rows = await conn.fetch(
        f"""select {COLUMNS} from training_jobs where $1::text is null or status = $1
             order by created_at desc, id desc limit $2""",
        status, limit,
    )  # fmt: skip
    return [Job(**row) for row in rows]


async def counts(conn: Connection) -> tuple[int, int]:
    """How many jobs there are, and how many of them have not ended."""
    row = await conn.fetchrow(
        "select count(*) as jobs, count(*) filter (where ended_at is null) as unfinished from training_jobs"
    )
    assert row is not None
    return row["jobs"], row["unfinished"]


async def apprentice(conn: Connection, named: str) -> tuple[str, str | None] | None:
    """An apprentice's name and training set, by its id or name."""
    row = await conn.fetchrow("select name, training_set from apprentices where id::text = $1 or name = $1", named)
    return (row["name"], row["training_set"]) if row else None


async def set_apprentice(conn: Connection, name: str, status: str) -> None:
    """How far an apprentice is."""
    await conn.execute("update apprentices set status = $2 where name = $1", name, status)
