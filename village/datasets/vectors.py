"""The SQL of table passage_vectors: what passages mean, as one model says it, and what lies near a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cluster.clients.postgres import Connection
from cluster.models.embeddings.embedder import Vector
from village.knowledge.store import vector_text


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much a collection holds, and how many of its passages have a vector of a model."""

    passages: int
    vectors: int


async def extent(conn: Connection, dataset: UUID, model: str) -> Extent:
    """How far a collection is."""
    row = await conn.fetchrow(
        """select count(*) as passages, count(v.passage_id) as vectors
             from passages p
             left join passage_vectors v on v.user_id = p.user_id and v.passage_id = p.id and v.model = $2
            where p.dataset_id = $1""",
        dataset, model,
    )  # fmt: skip
    return Extent(passages=0, vectors=0) if row is None else Extent(**row)


async def missing(conn: Connection, model: str, *, limit: int) -> Sequence[tuple[UUID, str]]:
    """Passages of the user's that have no vector of this model, oldest first: id and text."""
    rows = await conn.fetch(
        """select id, content from passages p
            where not exists (select from passage_vectors v
                               where v.user_id = p.user_id and v.passage_id = p.id and v.model = $1)
            order by id limit $2""",
        model, limit,
    )  # fmt: skip
    return [(row["id"], row["content"]) for row in rows]


async def keep(conn: Connection, model: str, vectors: Sequence[tuple[UUID, Vector]]) -> None:
    """Keep the vectors of passages that are still there, in place of another model's."""
    await conn.execute(
        """insert into passage_vectors (user_id, passage_id, model, embedding)
           select p.user_id, p.id, $1, given.vector::halfvec
             from unnest($2::uuid[], $3::text[]) as given (id, vector) join passages p using (id)
              for key share of p
           on conflict (user_id, passage_id) do update set model = excluded.model, embedding = excluded.embedding""",
        model, [id for id, _ in vectors], [vector_text(vector) for _, vector in vectors],
    )  # fmt: skip


async def nearest(
    conn: Connection, dataset: UUID, model: str, vector: Vector, *, limit: int
) -> Sequence[tuple[UUID, float]]:
    """What lies nearest in a collection, all being compared: id and cosine similarity."""
    rows = await conn.fetch(
        """with near as (
               select p.id, v.embedding <#> $3::text::halfvec as distance
                 from passages p join passage_vectors v on v.user_id = p.user_id and v.passage_id = p.id
                where p.dataset_id = $1 and v.model = $2
           ) select id, -distance as similarity from near order by distance, id limit $4""",
        dataset, model, vector_text(vector), limit,
    )  # fmt: skip
    return [(row["id"], row["similarity"]) for row in rows]
