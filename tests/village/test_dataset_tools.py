"""Datasets: what was put in is found by its words, the nearest first, by its owner alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from actors.tool_context import context_of
from cluster.errors import Invalid, NotFound, TooLarge
from cluster.ids import UserId
from cluster.services import Clients
from sandbox.errors import ToolFailed
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail
from sandbox.tool import Tool, ToolContext
from tests.sandbox.memory_files import MemoryFiles
from village.datasets import library, reading
from village.datasets.errors import DatasetsFull
from village.datasets.passages import SIZE, Passage, passages_of
from village.datasets.tools import dataset_add, dataset_create, dataset_delete, dataset_list, dataset_query

JAIL = Jail()
FILES = {
    "garden.txt": b"\xef\xbb\xbfRoses like clay.\fTulips like sand.\fThe shed is by the roses, the old roses.",
    "picture.png": b"\x89PNG\r\n\x1a\n\x00",
    "zero.txt": b"a\x00b",
    "blank.txt": b" \n\n ",
}


@pytest.fixture
async def context(clients: Clients, user: UserId) -> AsyncIterator[ToolContext]:
    """The user, with a few files; no model says what anything means."""
    async with InlinePool(JAIL, warm=0) as jails:
        yield replace(context_of(clients, user, None), files=MemoryFiles(FILES), runner=jails)


async def ask(tool: Tool, context: ToolContext, **arguments: Any) -> Any:
    return await tool.run(context, arguments)


async def add(context: ToolContext, name: str, source: str, text: str) -> Any:
    await ask(dataset_create, context, dataset_name=name)
    return await ask(dataset_add, context, dataset_name=name, source=source, text=text)


async def found(context: ToolContext, query: str, name: str = "d", **more: Any) -> list[Any]:
    return (await ask(dataset_query, context, dataset_name=name, query=query, **more))["results"]


async def test_the_passage_with_most_of_the_words_comes_first(context: ToolContext):
    await add(context, "d", "a", "The cat sleeps.")
    await add(context, "d", "b", "The cat and the dog sleep on the sofa.")
    await add(context, "d", "c", "The sofa is red.")
    hits = await found(context, "Which dog sleeps on the sofa?")
    assert [hit["source"] for hit in hits] == ["b", "a", "c"]
    distances = [hit["distance"] for hit in hits]
    assert distances == sorted(distances)
    assert 0 <= distances[0] < 0.3 < distances[-1] < 1


async def test_a_rare_word_counts_more_than_a_frequent_one(context: ToolContext):
    for number in range(8):
        await add(context, "d", f"s{number}", f"number {number}")
    await add(context, "d", "rare", "an aardvark")
    assert [hit["source"] for hit in await found(context, "number aardvark", top_k=1)] == ["rare"]


async def test_words_of_a_question_that_nobody_wrote_find_nothing(context: ToolContext):
    await add(context, "d", "a", "The cat sleeps.")
    assert await found(context, "what is the weather") == []
    assert await found(context, "?!") == []
    assert await found(context, "it's a 'cat' & | ! <-> :* \\ (") != []


async def test_singular_and_plural_find_each_other_and_short_words_only_themselves(context: ToolContext):
    await add(context, "d", "a", "One rose, many tulips, a category.")
    assert len(await found(context, "roses")) == len(await found(context, "tulip")) == 1
    assert await found(context, "cat") == []
    assert len(await found(context, "ROSE")) == 1


async def test_results_name_the_page_and_the_number_of_results_is_clamped(context: ToolContext):
    await ask(dataset_create, context, dataset_name="d")
    added = await ask(dataset_add, context, dataset_name="d", path="./garden.txt")
    assert (added["source"], added["chunks_added"]) == ("garden.txt", 3)
    hits = await found(context, "roses", top_k=1000)
    assert [hit["page"] for hit in hits] == [3, 1]
    assert hits[1]["text"] == "Roses like clay."
    assert len(await found(context, "roses", top_k=-3)) == 1


async def test_a_source_added_again_takes_the_place_of_what_it_was(context: ToolContext):
    await add(context, "d", "a", "old words")
    assert (await add(context, "d", "a", "new words"))["chunks_replaced"] == 1
    assert await found(context, "old") == []
    await add(context, "d", "b", "other words")
    assert (await ask(dataset_delete, context, dataset_name="d", source="a"))["chunks_deleted"] == 1
    assert [hit["source"] for hit in await found(context, "words")] == ["b"]


async def test_datasets_are_listed_with_what_is_in_them_and_deleted(context: ToolContext):
    await ask(dataset_create, context, dataset_name="empty", description="nothing", tags=["x"])
    await add(context, "full", "b", "x\f\fy")
    await add(context, "full", "a", "z")
    listed = (await ask(dataset_list, context))["datasets"]
    assert [(each["name"], each["chunk_count"], each["source_files"]) for each in listed] == [
        ("empty", 0, []), ("full", 3, ["a", "b"]),
    ]  # fmt: skip
    again = await ask(dataset_create, context, dataset_name="empty", description="still nothing")
    assert again["created"] is False
    assert (await ask(dataset_delete, context, dataset_name="full"))["success"] is True
    assert (await ask(dataset_delete, context, dataset_name="full"))["success"] is False
    left = (await ask(dataset_list, context))["datasets"]
    assert [(each["name"], each["description"]) for each in left] == [("empty", "still nothing")]


async def test_another_person_s_dataset_is_not_there(context: ToolContext, stranger: UserId):
    await add(context, "d", "a", "secret words")
    intruder = replace(context, user=stranger)
    for tool, arguments in (
        (dataset_query, {"query": "secret"}),
        (dataset_add, {"text": "mine"}),
        (dataset_delete, {"source": "a"}),
    ):
        with pytest.raises(NotFound, match="no dataset"):
            await ask(tool, intruder, dataset_name="d", **arguments)
    assert (await ask(dataset_delete, intruder, dataset_name="d"))["success"] is False
    assert (await ask(dataset_list, intruder))["datasets"] == []
    await add(intruder, "d", "a", "other")
    assert await found(intruder, "secret") == []
    assert len(await found(context, "secret")) == 1


async def test_what_is_no_text_is_refused(context: ToolContext):
    await ask(dataset_create, context, dataset_name="d")
    for path, reason in (("picture.png", "not a document"), ("zero.txt", "no text"), ("blank.txt", "no text in it")):
        with pytest.raises(Invalid, match=reason):
            await ask(dataset_add, context, dataset_name="d", path=path)
    with pytest.raises(NotFound, match=r"none\.txt"):
        await ask(dataset_add, context, dataset_name="d", path="none.txt")
    with pytest.raises(ToolFailed, match="either path or text"):
        await ask(dataset_add, context, dataset_name="d")


async def test_bounds_are_kept_and_told(context: ToolContext, monkeypatch: pytest.MonkeyPatch):
    await add(context, "d", "a", "one\ftwo")
    monkeypatch.setattr(library, "MOST_PASSAGES", 3)
    with pytest.raises(DatasetsFull, match="room for 3 passages"):
        await add(context, "d", "b", "three\ffour")
    assert await found(context, "three") == []
    await add(context, "d", "a", "five\fsix\fseven")
    monkeypatch.setattr(library, "MOST_DATASETS", 1)
    with pytest.raises(DatasetsFull, match="1 datasets already"):
        await ask(dataset_create, context, dataset_name="e")
    monkeypatch.setattr(reading, "MAX_BYTES", 20)
    with pytest.raises(TooLarge, match="larger"):
        await ask(dataset_add, context, dataset_name="d", path="garden.txt")


def test_passages_keep_every_word_and_paragraphs_whole():
    paragraphs = [f"Paragraph {number}. " + "word " * (20 * number) for number in range(1, 30)]
    text = "\n\n".join(paragraphs) + "\n\n" + "x" * (3 * SIZE)
    made = passages_of(text)
    assert "".join("".join(passage.text for passage in made).split()) == "".join(text.split())
    assert max(len(passage.text) for passage in made) <= SIZE
    assert made[0].text.startswith("Paragraph 1. word")
    assert passages_of("a\r\n\r\nb") == [Passage("a\n\nb", None)]
    assert passages_of(" \n ") == []
    assert passages_of("a\f\fb") == [Passage("a", 1), Passage("b", 3)]
