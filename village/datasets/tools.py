"""Datasets as tools: an agent collects texts of a person under a name, and searches them by words."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from cluster.clients.postgres import Connection
from cluster.errors import NotFound
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from village.datasets import store
from village.datasets.passages import passages_of
from village.knowledge_base.ranking import words_of

MODEL = "words"
"""What stands where the predecessor named an embedding model."""
MOST_RESULTS = 20
MOST_WORDS = 16
MOST_DATASETS = 200
MOST_PASSAGES = 10_000
MAX_BYTES = 2 * 1024 * 1024
MAX_TEXT = 200_000
PREFIX_FROM = 4
"""From so many letters on, a word also finds those that begin with it."""

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Path = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
READS = Facts(idempotent=True, reads_private=True, seconds=30)
WRITES = Facts(idempotent=True, side_effect=True, seconds=30)
HERBS = {"dataset_name": "herbs", "description": "What grows", "tags": ["garden"]}
BASIL = {"dataset_name": "herbs", "text": "Basil wants warmth.\n\nMint wants water.", "source": "notes"}
WITH_BASIL = (("dataset_create", HERBS), ("dataset_add", BASIL))


@tool(
    category="dataset",
    facts=WRITES,
    example=Example(arguments=HERBS, result={"success": True, "dataset": "herbs", "created": True}),
)
async def dataset_create(
    context: ToolContext,
    *,
    dataset_name: Annotated[Name, "What to call it"],
    description: Annotated[str, Field(max_length=2000), "What it holds"] = "",
    tags: Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=20), "Words to sort it by"] = [],  # noqa: B006 (pydantic copies it)
) -> dict[str, object]:
    """Make an empty collection of texts, or describe one anew. dataset_add fills it."""
    async with context.db.as_user(context.user) as conn:
        if await store.count(conn) >= MOST_DATASETS and await store.find(conn, dataset_name) is None:
            raise ToolFailed(f"There are {MOST_DATASETS} datasets already; delete some first.")
        created = await store.put(conn, context.user, dataset_name, description, tags)
    return {"success": True, "dataset": dataset_name, "created": created}


@tool(
    category="dataset",
    facts=WRITES,
    example=Example(
        arguments=BASIL,
        result={"success": True, "dataset": "herbs", "source": "notes", "chunks_added": 1, "chunks_replaced": 0},
        after=WITH_BASIL[:1],
    ),
)
async def dataset_add(
    context: ToolContext,
    *,
    dataset_name: Annotated[Name, "Where to add it"],
    path: Annotated[Path | None, "A text file of the workspace"] = None,
    text: Annotated[str | None, Field(max_length=MAX_TEXT), "The text itself, instead of a file"] = None,
    source: Annotated[Path | None, "What to call it in results; the path when absent"] = None,
) -> dict[str, object]:
    """Add a text to a dataset, in passages. What was there of the same source is replaced. Form feeds divide pages."""
    if (path is None) == (text is None):
        raise ToolFailed("Give either path or text.")
    content = text if text is not None else await _text_of(context, path or "")
    called = source or (plain(path) if path else "text")
    passages = passages_of(content)
    if not passages:
        raise ToolFailed("There is no text in it.")
    async with context.db.as_user(context.user) as conn:
        dataset = await _found(conn, dataset_name, lock=True)
        replaced = await store.replace(conn, context.user, dataset, called, passages)
        if await store.count_passages(conn) > MOST_PASSAGES:
            raise ToolFailed(f"All datasets together have room for {MOST_PASSAGES} passages; delete some first.")
    return {
        "success": True,
        "dataset": dataset_name,
        "source": called,
        "chunks_added": len(passages),
        "chunks_replaced": replaced,
    }


@tool(
    category="dataset",
    facts=READS,
    example=Example(
        arguments={},
        result={
            "success": True,
            "datasets": [
                {
                    "name": "herbs",
                    "description": "What grows",
                    "tags": ["garden"],
                    "chunk_count": 1,
                    "source_files": ["notes"],
                    "created_at": "2026-11-23T05:06:07Z",
                    "model": MODEL,
                }
            ],
            "count": 1,
        },
        varies=True,
        after=WITH_BASIL,
    ),
)
async def dataset_list(context: ToolContext) -> dict[str, object]:
    """List the datasets of this person, with what is in each."""
    async with context.db.as_user(context.user) as conn:
        datasets = await store.every(conn)
    return {
        "success": True,
        "datasets": [{**vars(dataset), "model": MODEL} for dataset in datasets],
        "count": len(datasets),
    }


@tool(
    category="dataset",
    facts=Facts(idempotent=True, reads_private=True, seconds=30),
    example=Example(
        arguments={"dataset_name": "herbs", "query": "Where does basil grow?", "top_k": 1},
        result={
            "success": True,
            "results": [
                {
                    "text": "Basil wants warmth.\n\nMint wants water.",
                    "source": "notes",
                    "page": None,
                    "distance": 0.72,
                    "metadata": {"chunk": 1},
                }
            ],
            "result_count": 1,
            "query": "Where does basil grow?",
            "dataset": "herbs",
            "model": MODEL,
        },
        varies=True,
        after=WITH_BASIL,
    ),
)
async def dataset_query(
    context: ToolContext,
    *,
    dataset_name: Annotated[Name, "Which dataset"],
    query: Annotated[str, Field(min_length=1, max_length=1000), "A question, or words to look for"],
    top_k: Annotated[int, f"Most results, 1 to {MOST_RESULTS}"] = 5,
) -> dict[str, object]:
    """Find the passages of a dataset that have most of the words of a question, nearest first."""
    limit = min(max(top_k, 1), MOST_RESULTS)
    words = list(dict.fromkeys(words_of(query)))[:MOST_WORDS]
    async with context.db.as_user(context.user) as conn:
        dataset = await _found(conn, dataset_name)
        hits = await store.search(conn, dataset, [_asked(word) for word in words], limit=limit) if words else ()
    results = [
        {
            "text": hit.text,
            "source": hit.source,
            "page": hit.page,
            "distance": round(1 - hit.nearness, 4),
            "metadata": {"chunk": hit.place},
        }
        for hit in hits
    ]
    return {
        "success": True,
        "results": results,
        "result_count": len(results),
        "query": query,
        "dataset": dataset_name,
        "model": MODEL,
    }


@tool(
    category="dataset",
    facts=WRITES,
    example=Example(
        arguments={"dataset_name": "herbs"}, result={"success": True, "dataset": "herbs"}, after=WITH_BASIL
    ),
)
async def dataset_delete(
    context: ToolContext,
    *,
    dataset_name: Annotated[Name, "Which dataset"],
    source: Annotated[Path | None, "Only what came from this source"] = None,
) -> dict[str, object]:
    """Delete a dataset with all in it, or what came from one source."""
    async with context.db.as_user(context.user) as conn:
        if source is None:
            return {"success": await store.delete(conn, dataset_name), "dataset": dataset_name}
        dataset = await _found(conn, dataset_name, lock=True)
        gone = await store.remove(conn, dataset, source)
    return {"success": gone > 0, "dataset": dataset_name, "chunks_deleted": gone}


async def _found(conn: Connection, name: str, *, lock: bool = False) -> UUID:
    dataset = await store.find(conn, name, lock=lock)
    if dataset is None:
        raise NotFound(f"There is no dataset {name!r}; dataset_list names them, dataset_create makes one.")
    return dataset


async def _text_of(context: ToolContext, path: str) -> str:
    facts = await context.files.facts(path)
    if facts is not None and facts.size > MAX_BYTES:
        raise ToolFailed(f"A text may have {MAX_BYTES // 1024**2} MiB; this file is larger.")
    content = await context.files.read(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ToolFailed("This is no text in UTF-8; turn the file into one first.") from error
    if "\x00" in text:
        raise ToolFailed("This is no text: it holds U+0000.")
    return text


def _asked(word: str) -> str:
    """A word as a text query; the plural finds the singular, too."""
    return f"'{word.removesuffix('s')}':*" if len(word) >= PREFIX_FROM else f"'{word}'"


DATASET_TOOLS = (dataset_list, dataset_query, dataset_create, dataset_add, dataset_delete)
