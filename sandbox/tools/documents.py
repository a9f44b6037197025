"""Reads documents: their text, and what is known of them. Whoever wrote them may be a stranger."""

from typing import Annotated, Any

from pydantic import Field

from sandbox.errors import ToolFailed
from sandbox.files import plain
from sandbox.tool import Example, Facts, ToolContext, tool
from sandbox.tools.data_inputs import called

READS = Facts(idempotent=True, reads_private=True, reads_untrusted=True, seconds=60)
LONGEST_HTML = 1_000_000
Path = Annotated[str, Field(min_length=1, max_length=500)]
Password = Annotated[str, Field(max_length=200)]
PASSWORD = "Of a protected PDF"
PAGE = b"<title>Tea</title><h1>Green tea</h1><p>Steep for <b>two</b> minutes.</p><script>track()</script>"


@tool(
    category="document",
    facts=READS,
    example=Example(
        arguments={"path": "tea.html"},
        result={"format": "html", "characters": 35, "text": "# Green tea\n\nSteep for two minutes."},
        files={"tea.html": PAGE},
    ),
)
async def document_text(
    context: ToolContext,
    *,
    path: Annotated[Path, "PDF, Word (.docx), HTML, Markdown or text file"],
    pages: Annotated[str, Field(max_length=200), "Of a PDF, such as 1-3,7,9-; all when empty"] = "",
    offset: Annotated[int, Field(ge=0), "Character to begin at; see next_offset"] = 0,
    max_characters: Annotated[int, Field(ge=100, le=40_000), "Most characters to answer"] = 20_000,
    password: Annotated[Password, PASSWORD] = "",
) -> Any:
    """Read the text of a PDF, Word, HTML, Markdown or text file."""
    asked = {"path": plain(path), "pages": pages, "password": password, "offset": offset, "most": max_characters}
    return await called(context, "documents.text", asked, path)


@tool(
    category="document",
    facts=READS,
    example=Example(
        arguments={"path": "tea.html"},
        result={"format": "html", "bytes": 96, "title": "Tea", "headings": ["h1 Green tea"], "links": []},
        files={"tea.html": PAGE},
    ),
)
async def document_info(
    context: ToolContext,
    *,
    path: Annotated[Path, "PDF, Word (.docx), HTML, Markdown or text file"],
    password: Annotated[Password, PASSWORD] = "",
) -> Any:
    """Tell a document's format, pages, title, author and size."""
    return await called(context, "documents.info", {"path": plain(path), "password": password}, path)


@tool(
    category="document",
    facts=Facts(idempotent=True, reads_untrusted=True, seconds=60),
    example=Example(
        arguments={"html": "<h2>Tea</h2><ul><li>green<li>black</ul>"},
        result={"title": "", "text": "## Tea\n\n- green\n- black"},
    ),
)
async def html_to_text(
    context: ToolContext,
    *,
    html: Annotated[str, Field(min_length=1, max_length=LONGEST_HTML), "The HTML"],
    links: Annotated[bool, "Whether to write the address behind each link"] = True,
) -> Any:
    """Turn HTML into the text that a reader sees."""
    told = await called(context, "documents.html_text", {"html": html, "links": links})
    if len(told["text"]) > 40_000:
        raise ToolFailed("The text is longer than 40000 characters; save the HTML and use document_text.")
    return told


DOCUMENT_TOOLS = (document_text, document_info, html_to_text)
