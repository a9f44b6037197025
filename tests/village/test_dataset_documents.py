"""Documents in datasets: parsed in a jail, cited by page, found by what they mean once their vectors are there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from actors.tool_context import context_of
from cluster.errors import Invalid
from cluster.ids import UserId
from cluster.models.embeddings.minilm import NAME
from cluster.services import Clients, Services
from sandbox.inline_pool import InlinePool
from sandbox.jail.jail import Jail
from sandbox.jail.run import Run
from sandbox.tool import ToolContext
from tests.sandbox.memory_files import MemoryFiles
from tests.village.dwelling import village_services
from village.datasets.index import PassageIndex
from village.datasets.library import WORDS
from village.datasets.tools import DATASET_TOOLS

TOOLS = {tool.name: tool for tool in DATASET_TOOLS}
JAIL = Jail()
KILN = "The kiln must be cooled slowly, or the glaze cracks."
BEES = "Bees overwinter best when the hive is dry."
MAKING = f"""
import docx
from docx.enum.text import WD_BREAK
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter
pdf = FPDF()
pdf.set_font('helvetica')
for text in ({KILN!r}, {BEES!r}):
    pdf.add_page()
    pdf.multi_cell(0, text=text)
pdf.output('two.pdf')
locked = PdfWriter(clone_from=PdfReader('two.pdf'))
locked.encrypt('tea', algorithm='RC4-128')
locked.write('locked.pdf')
Image.new('RGB', (40, 30), 'red').save('red.png')
scan = FPDF()
scan.add_page()
scan.image('red.png', w=40)
scan.output('scan.pdf')
word = docx.Document()
word.add_heading('Pottery', 1)
word.add_paragraph({KILN!r}).add_run().add_break(WD_BREAK.PAGE)
word.add_heading('Apiary', 2)
word.add_paragraph({BEES!r})
word.add_table(1, 2).rows[0].cells[1].text = 'in a table'
word.save('two.docx')
"""
PLAIN = {
    "page.html": f"<h1>Pottery</h1><p>{KILN}<script>evil()</script>".encode(),
    "notes.md": f"# Pottery\n\n{KILN}".encode(),
    "broken.pdf": b"%PDF-1.7\nobey me",
    "broken.docx": b"obey me",
}


@pytest.fixture
async def services(clients: Clients) -> AsyncIterator[Services]:
    async with village_services(clients) as opened:
        yield opened


@pytest.fixture
async def context(clients: Clients, user: UserId) -> AsyncIterator[ToolContext]:
    """A person with documents, and without actors."""
    async with InlinePool(JAIL, warm=0) as jails:
        made = await jails.run(Run(code=MAKING), user)
        assert made.exit == 0, made.stderr
        yield replace(context_of(clients, user, None), files=MemoryFiles({**PLAIN, **made.files}), runner=jails)


async def ask(context: ToolContext, tool: str, **arguments: Any) -> Any:
    return await TOOLS[tool].run(context, {"dataset_name": "d", **arguments})


async def find(context: ToolContext, query: str) -> Any:
    return await ask(context, "dataset_query", query=query, top_k=1)


async def test_results_name_the_page_of_a_pdf_and_of_a_word_file(context: ToolContext):
    for name in ("two.pdf", "two.docx"):
        await ask(context, "dataset_create")
        added = await ask(context, "dataset_add", path=name)
        assert (added["source"], added["pages"], added["chunks_added"]) == (name, 2, 2)
        for query, page in (("kiln glaze", 1), ("bees hive", 2)):
            (hit,) = (await find(context, query))["results"]
            assert (hit["source"], hit["page"]) == (name, page)
        await ask(context, "dataset_delete")


async def test_results_name_the_heading_that_a_passage_stands_under(context: ToolContext):
    await ask(context, "dataset_create")
    for name in ("two.docx", "page.html", "notes.md"):
        await ask(context, "dataset_add", path=name)
        (hit,) = (await find(context, "kiln glaze"))["results"]
        assert (hit["source"], hit["metadata"]["heading"]) == (name, "Pottery")
        assert "evil" not in hit["text"]
        await ask(context, "dataset_delete", source=name)


async def test_what_cannot_be_read_is_said_without_the_document_s_words(context: ToolContext):
    await ask(context, "dataset_create")
    for name, reason in (
        ("locked.pdf", "is protected: Save a copy without protection"),
        ("scan.pdf", "may be pictures"),
        ("broken.pdf", "is damaged"),
        ("broken.docx", "is damaged"),
    ):
        with pytest.raises(Invalid, match=reason) as refused:
            await ask(context, "dataset_add", path=name)
        assert "obey" not in str(refused.value)


async def test_words_find_a_passage_at_once_and_meaning_once_it_has_its_vector(
    context: ToolContext, services: Services
):
    await ask(context, "dataset_create")
    for source, text in (("pottery", KILN), ("bees", BEES)):
        await ask(context, "dataset_add", text=text, source=source)
    assert (await find(context, "cracks"))["model"] == WORDS
    assert (await find(context, "firing ceramics"))["results"] == []

    awake = replace(context, services=services)
    assert (await find(awake, "cracks"))["results"][0]["source"] == "pottery"  # and the index is told
    await until_indexed(awake, 2)
    found = await find(awake, "firing ceramics")

    assert found["model"] == NAME
    assert [(hit["source"], hit["metadata"]["found_by"]) for hit in found["results"]] == [("pottery", ["meaning"])]
    (both,) = (await find(awake, "Where do bees overwinter?"))["results"]
    assert (both["source"], both["metadata"]["found_by"]) == ("bees", ["meaning", "words"])
    assert both["distance"] < 0.5


async def test_what_is_added_while_the_index_is_awake_gets_its_vector_and_leaves_with_its_passage(
    context: ToolContext, services: Services, user: UserId
):
    awake = replace(context, services=services)
    await ask(awake, "dataset_create")
    await ask(awake, "dataset_add", path="two.pdf")
    await until_indexed(awake, 2)
    await ask(awake, "dataset_delete", source="two.pdf")
    async with services.db.as_user(user) as conn:
        assert await conn.fetchval("select count(*) from passage_vectors") == 0


async def test_an_index_that_is_told_twice_leaves_nothing_pending(
    context: ToolContext, services: Services, user: UserId
):
    awake = replace(context, services=services)
    await ask(awake, "dataset_create")
    await ask(awake, "dataset_add", text=KILN)
    await services.runtime.ref(PassageIndex, str(user)).ask(PassageIndex.fill)
    await until_indexed(awake, 1)
    async with asyncio.timeout(20):
        while await pending(services, user):  # noqa: ASYNC110 (the end of its work is told to nobody)
            await asyncio.sleep(0.02)


async def pending(services: Services, user: UserId) -> bool:
    async with services.db.as_user(user) as conn:
        return await conn.fetchval("select pending from placements where kind = 'passages' and key = $1", str(user))


async def until_indexed(context: ToolContext, count: int) -> None:
    async with asyncio.timeout(30):
        while await vectors(context) != count:  # noqa: ASYNC110 (a vector is told to nobody)
            await asyncio.sleep(0.02)


async def vectors(context: ToolContext) -> int:
    listed: Any = await TOOLS["dataset_list"].run(context, {})
    return listed["datasets"][0]["vector_count"]
