"""The knowledge base answers from our own documents: the right section first, in a checkout as in a wheel."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from actors.toolset import TRUSTED_TOOLS
from cluster.errors import NotFound
from cluster.ids import UserId, new_id
from sandbox.tool import Tool, ToolContext
from village.knowledge_base import corpus
from village.knowledge_base.corpus import MAX_CHARS, Piece, divided, pieces, topic_of
from village.knowledge_base.definitions import definition
from village.knowledge_base.ranking import Index, akin, words_of
from village.knowledge_base.tools import kb_answer, kb_lookup, kb_search, kb_topics


@pytest.fixture
def context() -> ToolContext:
    """Anybody: the knowledge base needs nothing of a person."""
    nothing = cast("Any", None)
    library = TRUSTED_TOOLS.by_name
    return ToolContext(
        user=UserId(new_id()),
        conversation=None,
        db=nothing,
        files=nothing,
        runner=nothing,
        kernels=nothing,
        browsers=nothing,
        library=library,
    )


async def ask(tool: Tool, context: ToolContext, **arguments: Any) -> Any:
    return await tool.run(context, arguments)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("what confines untrusted code", "sandbox/jail/README.md"),
        ("How are migrations applied?", "cluster/migrations/README.md"),
        ("database roles", "cluster/migrations/README.md"),
        ("rate limits", "serve/README.md"),
        ("notes of one conversation", "village/scratch/README.md"),
        ("what do agents leave for those that come after", "village/crumbs/README.md"),
    ],
)
async def test_the_document_that_answers_is_among_the_first(context: ToolContext, question: str, source: str):
    found = await ask(kb_search, context, query=question, n_results=3)
    assert source in [result["source"] for result in found["results"]]
    scores = [result["score"] for result in found["results"]]
    assert scores == sorted(scores, reverse=True)


async def test_a_topic_holds_what_is_below_it_and_an_unknown_one_is_told(context: ToolContext):
    found = await ask(kb_search, context, query="what is kept", topic="cluster/", n_results=20)
    assert found["result_count"] > 3
    assert {result["topic"].partition("/")[0] for result in found["results"]} == {"cluster"}
    with pytest.raises(NotFound, match="kb_topics"):
        await ask(kb_search, context, query="anything", topic="clus")


async def test_words_that_nobody_wrote_find_nothing(context: ToolContext):
    found = await ask(kb_search, context, query="xyzzyx qwrtq")
    assert found["results"] == []
    with pytest.raises(NotFound, match="xyzzyx"):
        await ask(kb_lookup, context, term="xyzzyx")


async def test_a_term_is_looked_up_among_tools_settings_and_folders(context: ToolContext):
    assert (await ask(kb_lookup, context, term="scratch_get"))["definition"] == "Read a note of this conversation."
    setting = await ask(kb_lookup, context, term="apex_home")
    assert (setting["term"], setting["source"]) == ("APEX_HOME", "README.md")
    assert "folder" in setting["definition"]
    assert (await ask(kb_lookup, context, term="jail"))["definition"].startswith("runs untrusted programs")
    assert (await ask(kb_lookup, context, term="hibernation of actors"))["approximate"] is True


async def test_topics_are_the_folders_with_documents(context: ToolContext):
    topics = {topic["topic"]: topic for topic in (await ask(kb_topics, context))["topics"]}
    assert {"overview", "sandbox", "sandbox/jail", "cluster/runtime/load", "serve"} <= topics.keys()
    assert sum(topic["sections"] for topic in topics.values()) == len(pieces())


async def test_an_answer_brings_passages_with_their_sources(context: ToolContext):
    found = await ask(kb_answer, context, question="Who may pass row-level security?", context_chunks=2)
    assert found["sources"]
    assert all(f"[{source}]" in found["context"] for source in found["sources"])
    assert len(found["context"]) < 2 * (MAX_CHARS + 200) + 20


def test_an_installed_wheel_has_the_same_documents_and_takes_no_stranger_s(tmp_path: Path):
    """Beside installed packages may lie a README of somebody else's; ours travels as metadata."""
    (tmp_path / "README.md").write_text("# Somebody else's\n")
    (tmp_path / "sandbox" / "jail").mkdir(parents=True)
    (tmp_path / "sandbox" / "jail" / "README.md").write_text("# jail\nWalls.\n")
    found = dict(corpus._documents(tmp_path))  # pyright: ignore[reportPrivateUsage]
    assert found["sandbox/jail/README.md"] == "# jail\nWalls.\n"
    assert found["README.md"].startswith("# ApexAurum")


def test_documents_are_divided_at_headings_and_long_sections_between_lines():
    rows = "\n".join(f"| row {number} | {'x' * 90} |" for number in range(40))
    text = f"# Top\nBefore.\n```\n# no heading\n```\n## Table\n{rows}\n## Empty\n### Last\n<!-- mark -->After.\n"
    made = list(divided("sandbox/jail/README.md", text))
    assert {piece.topic for piece in made} == {"sandbox/jail"}
    assert made[0] == Piece("sandbox/jail", "sandbox/jail/README.md", "Top", "Before.\n```\n# no heading\n```")
    assert {piece.title for piece in made} == {"Top", "Top > Table", "Top > Empty > Last"}
    assert made[-1].text == "After."
    tables = [piece.text for piece in made if piece.title == "Top > Table"]
    assert max(map(len, tables)) <= MAX_CHARS
    assert "\n".join(tables) == rows


def test_topics_are_named_by_folder_and_document():
    assert topic_of("README.md") == "overview"
    assert topic_of("cluster/runtime/LOAD.md") == "cluster/runtime/load"


def test_a_rare_word_and_a_title_weigh_more():
    index = Index([("", "apple pear apple"), ("", "apple quince"), ("Quince", "something else"), ("", "nothing here")])
    assert index.ranked("apple quince")[0][0] == 1
    assert [place for place, _ in index.ranked("quince")] == [2, 1]
    assert [place for place, _ in index.ranked("apples")] == [0, 1]
    assert index.ranked("kiwi") == []


def test_words_are_akin_by_their_beginning():
    assert akin("migrate", "migrations")
    assert akin("sandbox", "sandboxes")
    assert not akin("cat", "category")
    assert not akin("interleave", "internet")
    assert not akin("same", "same")
    assert words_of("What is the jail?") == ["jail"]
    assert words_of("what is it") == ["what", "is", "it"]


def test_a_table_s_row_and_a_list_s_entry_define():
    text = (
        "| word | means |\n|---|---|\n| `actor`, kind (a noun) | has identity |\n\n- **Epoch**: a number\n  that grows."
    )
    piece = Piece("t", "t.md", "Title", text)
    assert (found := definition("Kind", [piece])) is not None
    assert found.text == "has identity"
    assert (found := definition("epoch", [piece])) is not None
    assert (found.term, found.text) == ("Epoch", "a number that grows.")
    assert definition("word", [piece]) is None
    assert (found := definition("TITLE", [replace(piece, text="Body.")])) is not None
    assert found.text == "Body."
