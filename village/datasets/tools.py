"""Datasets as tools: an agent collects documents of a person under a name, and searches them by meaning and words."""

from typing import Annotated

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from village.datasets.library import WORDS, Hit, Library
from village.datasets.reading import SECONDS, check_size, in_passages, read

MOST_RESULTS = 20
MAX_TEXT = 200_000
SPARE_SECONDS = 60.0
"""How much longer than reading a document all of it may take: a place in a jail is waited for."""

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f/]*[^\x00-\x1f/.][^\x00-\x1f/]*$")]
"""A name can be a part of an address."""
Path = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
Query = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
READS = Facts(idempotent=True, reads_private=True, seconds=30)
WRITES = Facts(idempotent=True, side_effect=True, seconds=30)
HERBS = {"dataset_name": "herbs", "description": "What grows", "tags": ["garden"]}
BASIL = {"dataset_name": "herbs", "text": "Basil wants warmth.\n\nMint wants water.", "source": "notes"}
PAGE = {"herbs.html": b"<h1>Herbs</h1><p>Basil wants warmth."}
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
    """Make an empty collection of documents, or describe one anew. dataset_add fills it."""
    created = await _library(context).create(dataset_name, description, tags)
    return {"success": True, "dataset": dataset_name, "created": created}


@tool(
    category="dataset",
    facts=Facts(idempotent=True, side_effect=True, seconds=SECONDS + SPARE_SECONDS),
    example=Example(
        arguments={"dataset_name": "herbs", "path": "herbs.html"},
        result={
            "success": True,
            "dataset": "herbs",
            "source": "herbs.html",
            "pages": None,
            "chunks_added": 1,
            "chunks_replaced": 0,
        },
        after=WITH_BASIL[:1],
        files=PAGE,
    ),
)
async def dataset_add(
    context: ToolContext,
    *,
    dataset_name: Annotated[Name, "Where to add it"],
    path: Annotated[Path | None, "PDF, Word (.docx), HTML, Markdown or text file"] = None,
    text: Annotated[str | None, Field(max_length=MAX_TEXT), "The text itself, instead of a file"] = None,
    source: Annotated[Path | None, "What to call it in results; the path when absent"] = None,
) -> dict[str, object]:
    """Add a document or text to a dataset, in passages. What was there of the same source is replaced."""
    library = _library(context)
    if path is not None and text is None:
        await library.require(dataset_name)
        facts = await context.files.facts(path)
        check_size(facts.size if facts is not None else 0)
        passages = await read(context.runner, context.user, path, await context.files.read(path))
        source = source or plain(path)
    elif text is not None and path is None:
        passages = in_passages(text)
    else:
        raise ToolFailed("Give either path or text.")
    called = source or "text"
    replaced = await library.put(dataset_name, called, passages)
    return {
        "success": True,
        "dataset": dataset_name,
        "source": called,
        "pages": passages[-1].page,
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
                    "vector_count": 1,
                    "source_files": ["notes"],
                    "created_at": "2026-11-23T05:06:07Z",
                    "model": "all-MiniLM-L6-v2-onnx-int8",
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
    library = _library(context)
    datasets = [{**vars(dataset), "model": library.model} for dataset in await library.every()]
    return {"success": True, "datasets": datasets, "count": len(datasets)}


@tool(
    category="dataset",
    facts=Facts(idempotent=True, reads_private=True, reads_untrusted=True, seconds=30),
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
                    "metadata": {"chunk": 1, "heading": None, "found_by": ["words"]},
                }
            ],
            "result_count": 1,
            "query": "Where does basil grow?",
            "dataset": "herbs",
            "model": WORDS,
        },
        varies=True,
        after=WITH_BASIL,
    ),
)
async def dataset_query(
    context: ToolContext,
    *,
    dataset_name: Annotated[Name, "Which dataset"],
    query: Annotated[Query, "A question, or words to look for"],
    top_k: Annotated[int, f"Most results, 1 to {MOST_RESULTS}"] = 5,
) -> dict[str, object]:
    """Find the passages of a dataset that are about a question, by meaning and by words, best first."""
    found = await _library(context).search(dataset_name, query, limit=min(max(top_k, 1), MOST_RESULTS))
    return {
        "success": True,
        "results": [_told(hit) for hit in found.hits],
        "result_count": len(found.hits),
        "query": query,
        "dataset": dataset_name,
        "model": found.model,
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
    library = _library(context)
    if source is None:
        return {"success": await library.delete(dataset_name), "dataset": dataset_name}
    gone = await library.remove(dataset_name, source)
    return {"success": gone > 0, "dataset": dataset_name, "chunks_deleted": gone}


def _library(context: ToolContext) -> Library:
    return Library(db=context.db, user=context.user, services=context.services)


def _told(hit: Hit) -> dict[str, object]:
    passage = hit.passage
    found_by = [name for name, found in (("meaning", hit.by_meaning), ("words", hit.by_words)) if found]
    return {
        "text": passage.text,
        "source": passage.source,
        "page": passage.page,
        "distance": hit.distance,
        "metadata": {"chunk": passage.place, "heading": passage.heading, "found_by": found_by},
    }


DATASET_TOOLS = (dataset_list, dataset_query, dataset_create, dataset_add, dataset_delete)
