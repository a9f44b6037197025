"""Recall: how well and how fast it finds, in one large tenant beside a thousand small ones.

Its vectors are made from real ones: each is one of the corpus's, turned a little towards another and a little anywhere,
so that they lie in clusters as real ones do. The questions' are real. Texts are halves of two of the corpus's with a
number, so that words are as common as there.
"""

import struct
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, cast
from uuid import UUID

import asyncpg
import numpy
import psutil
from pydantic import SecretStr

from cluster.clients.postgres import Database
from cluster.embedded.postgres import PostgresServer
from cluster.ids import UserId, new_id
from cluster.migrations.apply import migrate
from cluster.migrations.roles import Login
from cluster.models.embeddings.embedder import Vector
from cluster.models.embeddings.minilm import DIMENSION, NAME, LocalEmbedding
from cluster.settings import Settings
from tests.bench.figures import percentile, row, say
from tests.village.corpus.corpus import memories, ndcg_at, questions, recall_at
from village.realms.store import home_village, open_home
from village.recall import recall as recalling
from village.recall import store
from village.recall.query import Mode, Query
from village.who import Who

SIZES = (10_000, 100_000)
SMALL_TENANTS, SMALL_SIZE = 1000, 50
ASKED = 200
COMMON = ("the house", "lives in the flat", "paid invoice", "week", "the best way to do it")
COLUMNS = ["id", "realm_id", "user_id", "content", "origin", "root_id"]
Numbers = Any
Pieces = Sequence[tuple[UUID, str, Numbers]]


class Embedded:
    """Answers with vectors that were made before, so that recall is measured without the model."""

    name = NAME
    dimension = DIMENSION

    def __init__(self, vectors: Mapping[str, Vector]) -> None:
        self._vectors = vectors

    def also(self, name: str) -> "Embedded | None":
        """Itself, if that is its name."""
        return self if name == self.name else None

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """What was made."""
        return [self._vectors[text] for text in texts]


@dataclass(frozen=True)
class Village:
    """A database with the tenants in it."""

    db: Database
    owner: "asyncpg.Connection[Any]"
    embedder: Embedded

    async def tenant(self) -> UserId:
        """Somebody with a village."""
        user = UserId(new_id())
        async with self.db.as_user(user) as conn:
            address = f"{user}@example.com"
            await conn.execute("insert into users (id, email, password_hash) values ($1, $2, '')", user, address)
            await open_home(conn, user)
        return user

    async def fill(self, user: UserId, pieces: Pieces) -> None:
        """Have somebody know these."""
        realm = home_village(user)
        rows = [(id, realm, user, text, "import", id) for id, text, _ in pieces]
        await self.owner.copy_records_to_table("knowledge", records=rows, columns=COLUMNS)
        vectors = [(realm, id, NAME, vector) for id, _, vector in pieces]
        await self.owner.copy_records_to_table("knowledge_vectors", records=vectors)
        await self.owner.execute("update realms set embedding_model = $2 where id = $1", realm, NAME)

    async def processor_seconds(self) -> float:
        """What the one connection's server process has worked: others on this machine do not change it."""
        async with self.db.as_nobody() as conn:
            times = psutil.Process(await conn.fetchval("select pg_backend_pid()")).cpu_times()
        return times.user + times.system

    async def settle(self) -> None:
        """Have the database look at its tables, as it does by itself within a minute."""
        await self.owner.execute("vacuum analyze")


async def measure(folder: Path) -> None:
    """Print quality on the corpus, then times, exactness and size as a tenant grows."""
    known, asked = memories(), questions()
    model = LocalEmbedding("bench", cast("Any", None))
    texts = [each.content for each in known]
    real = numpy.array(await model.embed(texts))
    vectors = dict(zip([each.text for each in asked], await model.embed([each.text for each in asked]), strict=True))
    common = dict(zip(COMMON, await model.embed(COMMON), strict=True))
    alone: list[float] = []
    for each in asked[:50]:
        began = time.perf_counter()
        await model.embed([each.text])
        alone.append(time.perf_counter() - began)
    async with village(folder, Embedded({**vectors, **common})) as opened:
        await quality(opened, real)
        await growth(opened, real, texts)
    row("the packaged model alone, one question", tail(alone))
    say()


async def quality(village: Village, real: Numbers) -> None:
    """Print how well each mode ranks, by kind of question."""
    user, known, asked = await village.tenant(), memories(), questions()
    pieces = [(new_id(), each.content, vector) for each, vector in zip(known, real, strict=True)]
    await village.fill(user, pieces)
    await village.settle()
    numbers = {id: each.id for (id, _, _), each in zip(pieces, known, strict=True)}
    modes: Sequence[Mode] = ("vector", "text", "hybrid")
    say(f"Recall: {len(known)} labelled memories, {len(asked)} questions; recall@10 and nDCG@10")
    found: dict[Mode, list[list[int]]] = {}
    for mode in modes:
        hits = [await ask(village, user, Query(text=each.text, mode=mode)) for each in asked]
        found[mode] = [[numbers[id] for id in ids] for ids in hits]
    for kind in (*dict.fromkeys(each.kind for each in asked), "all"):
        places = [place for place, each in enumerate(asked) if kind in (each.kind, "all")]
        figures = [
            f"{mode} {mean(recall_at(found[mode][place], asked[place].relevant) for place in places):.3f}"
            f" {mean(ndcg_at(found[mode][place], asked[place].relevant) for place in places):.3f}"
            for mode in modes
        ]
        row(f"{kind} ({len(places)})", "   ".join(figures))
    say()


async def growth(village: Village, real: Numbers, texts: Sequence[str]) -> None:
    """Print what a tenant of each size costs, beside the small ones."""
    generator = numpy.random.default_rng(20261123)
    index = await village.owner.fetchval("select indexdef from pg_indexes where indexname = 'knowledge_near'")
    await village.owner.execute("drop index knowledge_near")
    small = [await village.tenant() for _ in range(SMALL_TENANTS)]
    for user in small:
        await village.fill(user, list(made(generator, real, texts, SMALL_SIZE)))
    user, there = await village.tenant(), 0
    for size in SIZES:
        await village.fill(user, list(made(generator, real, texts, size - there)))
        there = size
        await village.owner.execute("set maintenance_work_mem = '512MB'")
        began = time.perf_counter()
        await village.owner.execute(index)
        built = time.perf_counter() - began
        await village.settle()
        say(f"{size} memories in one tenant, {SMALL_SIZE} in each of {SMALL_TENANTS} others; without embedding")
        await figures_of(village, user, small)
        total = await village.owner.fetchval(
            "select pg_total_relation_size('knowledge') + pg_total_relation_size('knowledge_vectors')"
        )
        count = await village.owner.fetchval("select count(*) from knowledge")
        row("bytes for each memory, indexes included", f"{total / count:8.0f}")
        row(f"building the index of {count}", f"{built:8.0f} s")
        say()
        await village.owner.execute("drop index knowledge_near")


async def figures_of(village: Village, user: UserId, small: Sequence[UserId]) -> None:
    """Print times and exactness."""
    asked = [each.text for each in questions()][:ASKED]
    for mode in ("hybrid", "vector", "text"):
        before = await village.processor_seconds()
        took = tail([await timed(village, user, text, mode) for text in asked])
        worked = (await village.processor_seconds() - before) / len(asked)
        row(f"{mode}, {ASKED} questions", f"{took}   processor of the database {worked * 1000:5.1f} ms each")
    row("hybrid, of the commonest words", tail([await timed(village, user, text, "hybrid") for text in COMMON * 10]))
    row("hybrid, in a small tenant", tail([await timed(village, small[0], text, "hybrid") for text in asked]))
    exact, told = await exactness(village, user, asked)
    row("recall@10 of vectors beside comparing all", f"{mean(told):8.3f}   worst {min(told):.1f}")
    row("comparing all", tail(exact))


async def exactness(village: Village, user: UserId, asked: Sequence[str]) -> tuple[list[float], list[float]]:
    """Seconds of comparing all vectors, and what share of its best ten recall found."""
    took: list[float] = []
    shares: list[float] = []
    for text in asked:
        query = Query(text=text, mode="vector")
        filter = store.Filter(realms=[home_village(user)], query=query, threads=None)
        (vector,) = await village.embedder.embed([text])
        async with village.db.as_user(user) as conn:
            await store.plan_anew(conn)
            began = time.perf_counter()
            exact = await store.nearest_of_all(conn, filter, vector, NAME, 10)
            took.append(time.perf_counter() - began)
        found = set(await ask(village, user, query))
        shares.append(len(found & {id for id, _ in exact}) / len(exact))
    return took, shares


async def ask(village: Village, user: UserId, query: Query) -> list[UUID]:
    """The ids of what is found."""
    return [hit.knowledge.id for hit in await recalling.recall(village.db, village.embedder, Who(user), query)]


async def timed(village: Village, user: UserId, text: str, mode: Mode) -> float:
    """Seconds of one recall."""
    began = time.perf_counter()
    await ask(village, user, Query(text=text, mode=mode))
    return time.perf_counter() - began


def made(generator: Numbers, real: Numbers, texts: Sequence[str], count: int) -> Iterator[tuple[UUID, str, Numbers]]:
    """So many memories: ids, texts and vectors."""
    pairs: list[tuple[int, int]] = generator.integers(0, len(texts), (count, 2)).tolist()
    for number, (one, other) in enumerate(pairs):
        anywhere = generator.standard_normal(DIMENSION)
        vector = real[one] + 0.5 * real[other] + 0.5 * anywhere / numpy.linalg.norm(anywhere)
        words, others = texts[one].split(), texts[other].split()
        text = " ".join([*words[: len(words) // 2 + 1], *others[len(others) // 2 :], str(number)])
        yield new_id(), text, vector / numpy.linalg.norm(vector)


def tail(seconds: Sequence[float]) -> str:
    """Median and 95th percentile, in milliseconds."""
    return f"p50 {percentile(seconds, 0.5) * 1000:7.1f} ms   p95 {percentile(seconds, 0.95) * 1000:7.1f} ms"


@asynccontextmanager
async def village(folder: Path, embedder: Embedded) -> AsyncGenerator[Village]:
    """A database of its own, with the settings that `apex up` gives it."""
    server = PostgresServer(folder / "pg", password="bench")
    server.start()
    try:
        login = Login.derive("bench", "a secret for the bench")
        await migrate(server.url("bench"), login=login, create_database=True)
        settings = Settings(home=folder, database_url=SecretStr(login.url(server.url("bench"))))
        owner = await asyncpg.connect(server.url("bench"))
        try:
            await owner.set_type_codec("halfvec", schema="public", encoder=_packed, decoder=bytes, format="binary")
            async with Database.open(settings, pool_size=1) as db:
                yield Village(db, owner, embedder)
        finally:
            await owner.close()
    finally:
        server.stop()


def _packed(vector: Numbers) -> bytes:
    """A vector as pgvector takes it in a binary copy."""
    return struct.pack(">HH", DIMENSION, 0) + vector.astype(">f2").tobytes()
