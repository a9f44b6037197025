"""Makes documents: PDF, Word and HTML out of Markdown; PDF files out of other PDF files."""

from typing import Annotated, Any, Literal

from pydantic import Field

from sandbox import jailed
from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.data_inputs import called

MAKES = Facts(idempotent=True, side_effect=True, seconds=60)
TAKES_APART = Facts(idempotent=True, side_effect=True, reads_private=True, seconds=60)
Path = Annotated[str, Field(min_length=1, max_length=500)]
Markdown = Annotated[str, Field(min_length=1, max_length=500_000)]
Short = Annotated[str, Field(max_length=300)]
MARKDOWN = "Markdown: headings, lists, tables, code, **bold**"
LETTER = ("pdf_create", {"path": "letter.pdf", "markdown": "# Hello\n\nDear Ada"})


@tool(
    category="document",
    facts=MAKES,
    example=Example(
        arguments={"path": "letter.pdf", "markdown": "# Hello\n\nDear *Ada*,\n\n- tea\n- rum"},
        result={"path": "letter.pdf", "pages": 1, "bytes": 20000},
        varies=True,
    ),
)
async def pdf_create(
    context: ToolContext,
    *,
    path: Annotated[Path, "PDF file to write"],
    markdown: Annotated[Markdown, MARKDOWN],
    title: Annotated[Short, "Title in its properties"] = "",
    author: Annotated[Short, "Author in its properties"] = "",
    page: Annotated[Literal["A4", "A5", "letter"], "Page size"] = "A4",
    font_size: Annotated[float, Field(ge=6, le=24), "Of the text, in points"] = 11,
) -> Any:
    """Make a PDF file of a text in Markdown."""
    asked = {"markdown": markdown, "to": _ending(path, ".pdf"), "title": title, "author": author}
    return await called(context, "papers.make_pdf", {**asked, "page": page, "size": font_size})


@tool(
    category="document",
    facts=MAKES,
    example=Example(
        arguments={"path": "letter.docx", "markdown": "# Hello\n\nDear *Ada*"},
        result={"path": "letter.docx", "paragraphs": 2, "bytes": 36000},
        varies=True,
    ),
)
async def docx_create(
    context: ToolContext,
    *,
    path: Annotated[Path, "Word file to write, .docx"],
    markdown: Annotated[Markdown, MARKDOWN],
    title: Annotated[Short, "Title in its properties"] = "",
    author: Annotated[Short, "Author in its properties"] = "",
) -> Any:
    """Make a Word file of a text in Markdown."""
    asked = {"markdown": markdown, "to": _ending(path, ".docx"), "title": title, "author": author}
    return await called(context, "papers.make_word", asked)


@tool(
    category="document",
    facts=MAKES,
    example=Example(
        arguments={"markdown": "Two *kinds*:\n- green\n- black"},
        result={"html": "<p>Two <em>kinds</em>:</p>\n<ul>\n<li>green</li>\n<li>black</li>\n</ul>"},
    ),
)
async def markdown_to_html(
    context: ToolContext,
    *,
    markdown: Annotated[str, Field(min_length=1, max_length=100_000), MARKDOWN],
    save_to: Annotated[str, Field(max_length=500), "HTML file to write a whole page to"] = "",
    title: Annotated[Short, "Title of the page"] = "",
) -> dict[str, object]:
    """Turn Markdown into HTML, as an answer or as a page in a file."""
    asked = {"text": markdown, "title": title, "whole": bool(save_to)}
    made: str = await called(context, "markdown.convert", asked)
    if not save_to and len(made) > 40_000:
        raise ToolFailed("The HTML is longer than 40000 characters; give save_to.")
    if not save_to:
        return {"html": made}
    (saved,) = await context.files.write({plain(save_to): made.encode()})
    return {"path": saved.path, "bytes": saved.size}


@tool(
    category="document",
    facts=TAKES_APART,
    example=Example(
        arguments={"paths": ["letter.pdf", "letter.pdf"], "save_to": "two.pdf"},
        result={"path": "two.pdf", "pages": 2, "bytes": 20000},
        after=(LETTER,),
        varies=True,
    ),
)
async def pdf_merge(
    context: ToolContext,
    *,
    paths: Annotated[list[Path], Field(min_length=2, max_length=50), "PDF files, in order"],
    save_to: Annotated[Path, "PDF file to write"],
) -> Any:
    """Put PDF files together into one."""
    files = [plain(path) for path in paths]
    return await called(context, "pdfs.merge", {"paths": files, "to": _ending(save_to, ".pdf")}, *files)


@tool(
    category="document",
    facts=TAKES_APART,
    example=Example(
        arguments={"path": "letter.pdf", "ranges": ["1"], "folder": "parts"},
        result={"files": [{"path": "parts/letter-1.pdf", "pages": 1, "bytes": 20000}]},
        after=(LETTER,),
        varies=True,
    ),
)
async def pdf_split(
    context: ToolContext,
    *,
    path: Annotated[Path, "PDF file"],
    ranges: Annotated[
        list[Annotated[str, Field(max_length=60)]] | None,
        Field(max_length=100),
        "Pages of each new file, such as 1-3 or 7,9-; each page alone when absent",
    ] = None,
    folder: Annotated[str, Field(max_length=500), "Where to write them"] = "",
    password: Annotated[str, Field(max_length=200), "Of a protected file"] = "",
) -> dict[str, object]:
    """Split a PDF file into several, by ranges of pages."""
    asked = {"path": plain(path), "ranges": ranges or [], "folder": plain(folder), "password": password}
    return {"files": (await jailed.call(context, "pdfs.split", asked, reads=[path])).value}


@tool(
    category="document",
    facts=TAKES_APART,
    example=Example(arguments={"path": "letter.pdf", "folder": "pictures"}, result={"images": []}, after=(LETTER,)),
)
async def pdf_extract_images(
    context: ToolContext,
    *,
    path: Annotated[Path, "PDF file"],
    pages: Annotated[str, Field(max_length=200), "Such as 1-3,7,9-; all when empty"] = "",
    folder: Annotated[str, Field(max_length=500), "Where to write them"] = "",
    password: Annotated[str, Field(max_length=200), "Of a protected file"] = "",
) -> Any:
    """Write the pictures of a PDF file into a folder."""
    asked = {"path": plain(path), "pages": pages, "folder": plain(folder), "password": password}
    return await called(context, "pdfs.images", asked, path)


def _ending(path: str, ending: str) -> str:
    """The path in its one form, with the ending that it needs."""
    return plain(path if path.lower().endswith(ending) else path + ending)


PAPER_TOOLS = (pdf_create, docx_create, markdown_to_html, pdf_merge, pdf_split, pdf_extract_images)
