"""The SQL of the nursery: its three registers, and the turns and answers that training sets are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.ids import TurnId, UserId, new_id


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """A file of training examples. `tools` says how many of them each tool is in."""

    id: UUID
    name: str
    path: str
    made_of: str
    examples: int
    bytes: int
    tools: Mapping[str, int]
    agent: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A model that somebody trained, as it was announced."""

    id: UUID
    name: str
    path: str | None
    description: str
    capabilities: Sequence[str]
    base_model: str | None
    trainer: str | None
    performance: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Apprentice:
    """A model to be, that learns from a master."""

    id: UUID
    master: str
    name: str
    specialization: str
    base_model: str
    training_set: str | None
    examples: int
    status: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of an answer, with the question that its turn began with."""

    turn_id: TurnId
    question: str
    content: str
    tool_calls: Sequence[Mapping[str, Any]]
    tool_results: Sequence[Mapping[str, Any]]


async def put_set(
    conn: Connection,
    user: UserId,
    name: str,
    path: str,
    made_of: str,
    *,
    examples: int,
    size: int,
    tools: Mapping[str, int],
    agent: str | None,
) -> UUID:
    """Register a training set in place of the one of that name. Answers its id."""
    return await conn.fetchval(
        """insert into training_sets (id, user_id, name, path, made_of, examples, bytes, tools, agent)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (user_id, name) do update
              set path = excluded.path, made_of = excluded.made_of, examples = excluded.examples,
                  bytes = excluded.bytes, tools = excluded.tools, agent = excluded.agent, created_at = now()
           returning id""",
        new_id(), user, name, path, made_of, examples, size, tools, agent,
    )  # fmt: skip


async def sets(conn: Connection, *, limit: int) -> Sequence[TrainingSet]:
    """The training sets, newest first."""
    rows = await conn.fetch(
        """select id, name, path, made_of, examples, bytes, tools, agent, created_at from training_sets
            order by created_at desc, id desc limit $1""",
        limit,
    )
    return [TrainingSet(**row) for row in rows]


async def find_set(conn: Connection, named: str) -> TrainingSet | None:
    """The training set of that name or id."""
    row = await conn.fetchrow(
        """select id, name, path, made_of, examples, bytes, tools, agent, created_at from training_sets
            where name = $1 or id::text = $1 order by name = $1 desc limit 1""",
        named,
    )
    return TrainingSet(**row) if row else None


async def put_model(conn: Connection, user: UserId, name: str, facts: Mapping[str, Any]) -> TrainedModel:
    """Register a model, or change what is known of it: facts that are None stay as they were."""
    row = await conn.fetchrow(
        """insert into trained_models as m
                  (id, user_id, name, path, description, capabilities, base_model, trainer, performance)
           values ($1, $2, $3, $4, coalesce($5, ''), coalesce($6::text[], '{}'), $7, $8,
                   coalesce($9::jsonb, '{}'::jsonb))
           on conflict (user_id, name) do update
              set path = coalesce($4, m.path), description = coalesce($5, m.description),
                  capabilities = coalesce($6, m.capabilities), base_model = coalesce($7, m.base_model),
                  trainer = coalesce($8, m.trainer), performance = coalesce($9, m.performance), updated_at = now()
           returning id, name, path, description, capabilities, base_model, trainer, performance, created_at""",
        new_id(), user, name, facts["path"], facts["description"], facts["capabilities"], facts["base_model"],
        facts["trainer"], facts["performance"],
    )  # fmt: skip
    assert row is not None
    return TrainedModel(**row)


async def models(conn: Connection, *, limit: int) -> Sequence[TrainedModel]:
    """The models, newest first."""
    rows = await conn.fetch(
        """select id, name, path, description, capabilities, base_model, trainer, performance, created_at
             from trained_models order by created_at desc, id desc limit $1""",
        limit,
    )
    return [TrainedModel(**row) for row in rows]


async def find_model(conn: Connection, named: str) -> str | None:
    """The name of the model with that name or id."""
    return await conn.fetchval(
        "select name from trained_models where name = $1 or id::text = $1 order by name = $1 desc limit 1", named
    )


async def count(conn: Connection) -> int:
    """How many rows the registers have."""
    return await conn.fetchval(
        """select (select count(*) from training_sets) + (select count(*) from trained_models)
                + (select count(*) from apprentices)"""
    )


async def add_apprentice(
    conn: Connection,
    user: UserId,
    *,
    master: str,
    name: str,
    specialization: str,
    base_model: str,
    training_set: str | None,
    examples: int,
) -> UUID | None:
    """Register an apprentice. Answers its id, None when there is one of that name."""
    return await conn.fetchval(
        """insert into apprentices
                  (id, user_id, master, name, specialization, base_model, training_set, examples, status)
           values ($1, $2, $3, $4, $5, $6, $7, $8, case when $7::text is null then 'created' else 'dataset_ready' end)
           on conflict (user_id, name) do nothing returning id""",
        new_id(), user, master, name, specialization, base_model, training_set, examples,
    )  # fmt: skip


async def has_apprentice(conn: Connection, name: str) -> bool:
    """Whether there is an apprentice of that name."""
    return await conn.fetchval("select exists (select from apprentices where name = $1)", name)


async def apprentices(
    conn: Connection, *, master: str | None, statuses: Sequence[str] | None, limit: int
) -> Sequence[Apprentice]:
    """The apprentices, newest first."""
    rows = await conn.fetch(
        """select id, master, name, specialization, base_model, training_set, examples, status, created_at
             from apprentices
            where ($1::text is null or lower(master) = lower($1)) and ($2::text[] is null or status = any($2))
            order by created_at desc, id desc limit $3""",
        master, statuses, limit,
    )  # fmt: skip
    return [Apprentice(**row) for row in rows]


async def steps_with_tools(conn: Connection, *, turns: int) -> Sequence[Step]:
    """The steps of the newest turns that used tools and were completed, in order."""
    rows = await conn.fetch(
        """with used as (
               select t.id, q.content as question
                 from turns t join messages q on q.id = t.user_message_id
                 join conversations c on c.id = t.conversation_id and c.deleted_at is null
                where t.status = 'completed'
                  and exists (select from messages m where m.turn_id = t.id and m.role = 'assistant'
                                 and jsonb_array_length(coalesce(m.tool_calls, '[]')) > 0)
                order by t.created_at desc limit $1)
           select m.turn_id, used.question, m.content, coalesce(m.tool_calls, '[]') as tool_calls,
                  coalesce(m.tool_results, '[]') as tool_results
             from used join messages m on m.turn_id = used.id and m.role = 'assistant'
            order by m.turn_id, m.step""",
        turns,
    )
    return [Step(**row) for row in rows]


async def exchanges(conn: Connection, words: str | None, *, limit: int) -> Sequence[tuple[str, str]]:
    """Questions and their last answers with any of the words (a text query), best first; the newest without words."""
    rows = await conn.fetch(
        """select q.content as question, a.content as answer
             from turns t join messages q on q.id = t.user_message_id
             join conversations c on c.id = t.conversation_id and c.deleted_at is null
             cross join lateral (select content, search from messages
                                  where turn_id = t.id and role = 'assistant' order by step desc limit 1) a
             cross join (select to_tsquery('simple', coalesce($1, '')) as words) asked
            where t.status = 'completed' and a.content <> '' and q.content <> ''
              and ($1::text is null or q.search @@ words or a.search @@ words)
            order by ts_rank(q.search, words) + ts_rank(a.search, words) desc, t.created_at desc limit $2""",
        words, limit,
    )  # fmt: skip
    return [(row["question"], row["answer"]) for row in rows]
