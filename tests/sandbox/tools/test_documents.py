"""Documents: read, made, taken apart; and what damaged, protected and enormous ones come to."""

import io
import zipfile

import pytest

from sandbox.registry import Toolset
from sandbox.tool import ToolContext
from sandbox.tools.code import CODE_TOOLS
from sandbox.tools.documents import DOCUMENT_TOOLS
from sandbox.tools.documents_made import PAPER_TOOLS
from tests.sandbox.memory_files import MemoryFiles
from tests.sandbox.tools.telling import refused, told

TOOLS = Toolset([*DOCUMENT_TOOLS, *PAPER_TOOLS, *CODE_TOOLS])
LETTER = """# Grüße

Dear **Ada**, see [the page](https://example.org/x) and `code`.

1. first
2. second
   - deeper

| tea | price |
|-----|------:|
| green \\| black | 2.50 |

> quoted
> on

```
if a < b:
    pass
```
***
"""
LOCK = """
from pypdf import PdfReader, PdfWriter
written = PdfWriter(clone_from=PdfReader('letter.pdf'))
written.encrypt('tea', algorithm='RC4-128')
written.write('locked.pdf')
"""
PICTURED = """
from fpdf import FPDF
from PIL import Image
Image.new('RGB', (40, 30), 'red').save('red.png')
pdf = FPDF()
pdf.add_page()
pdf.image('red.png', w=40)
pdf.output('red.pdf')
"""


@pytest.mark.parametrize("ending", ["pdf", "docx"])
async def test_what_was_made_is_read_back(context: ToolContext, ending: str):
    made = {"path": f"out/letter.{ending}", "markdown": LETTER, "title": "A letter", "author": "Bob"}
    await told(TOOLS, context, f"{ending}_create", **made)
    text = (await told(TOOLS, context, "document_text", path=made["path"]))["text"]
    for part in (
        "Grüße",
        "Dear Ada, see the page",
        "first",
        "deeper",
        "green | black",
        "2.50",
        "quoted on",
        "if a < b:",
    ):
        assert part in text
    assert "**" not in text
    facts = await told(TOOLS, context, "document_info", path=made["path"])
    assert facts["metadata"]["Title" if ending == "pdf" else "title"] == "A letter"


async def test_letters_without_a_shape_are_named(context: ToolContext):
    made = await told(TOOLS, context, "pdf_create", path="a", markdown="Ω fine, 日本 not")
    assert (made["path"], made["letters_without_a_shape"]) == ("a.pdf", "日本")


async def test_pages_are_chosen_split_and_merged(context: ToolContext, files: MemoryFiles):
    for name in ("one", "two", "three"):
        await told(TOOLS, context, "pdf_create", path=f"{name}.pdf", markdown=name)
    await told(TOOLS, context, "pdf_merge", paths=["one.pdf", "two.pdf", "three.pdf"], save_to="all")
    some = await told(TOOLS, context, "document_text", path="all.pdf", pages="3, 1-2")
    assert (some["pages"], some["text"]) == (3, "[page 3]\nthree\n\n[page 1]\none\n\n[page 2]\ntwo")
    parts = await told(TOOLS, context, "pdf_split", path="all.pdf", ranges=["2-", "1"], folder="p")
    assert [(part["path"], part["pages"]) for part in parts["files"]] == [("p/all-2-.pdf", 2), ("p/all-1.pdf", 1)]
    assert (await told(TOOLS, context, "document_text", path="p/all-2-.pdf"))["text"].endswith("three")
    assert len((await told(TOOLS, context, "pdf_split", path="all.pdf"))["files"]) == 3
    for pages, error in (("4", "There are 3 pages"), ("a", "is not a range"), ("2-1", "not among them"), ("0", "not")):
        assert error in await refused(TOOLS, context, "document_text", path="all.pdf", pages=pages)


async def test_a_protected_file_needs_its_password(context: ToolContext, files: MemoryFiles):
    await told(TOOLS, context, "pdf_create", path="letter.pdf", markdown="secret words")
    assert (await told(TOOLS, context, "execute_python", code=LOCK))["success"] is True
    assert "give its password" in await refused(TOOLS, context, "document_text", path="locked.pdf")
    assert "give another password" in await refused(TOOLS, context, "document_info", path="locked.pdf", password="x")
    assert "secret words" in (await told(TOOLS, context, "document_text", path="locked.pdf", password="tea"))["text"]
    assert "protected" in await refused(
        TOOLS, context, "pdf_merge", paths=["letter.pdf", "locked.pdf"], save_to="all.pdf"
    )


async def test_pictures_come_out_of_a_pdf(context: ToolContext, files: MemoryFiles):
    assert (await told(TOOLS, context, "execute_python", code=PICTURED))["success"] is True
    found = await told(TOOLS, context, "pdf_extract_images", path="red.pdf", folder="pics")
    assert [(image["path"], image["page"]) for image in found["images"]] == [("pics/red-1-1.png", 1)]
    assert files.contents["pics/red-1-1.png"].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.pdf", b"%PDF-1.7\nbroken", "'a.pdf' cannot be read: Pdf"),
        ("a.pdf", b"no pdf at all", "'a.pdf' cannot be read: Pdf"),
        ("a.docx", b"no archive", "it is damaged"),
        ("a.docx", b"PK\x05\x06" + bytes(18), "'a.docx' cannot be read"),
        ("a.exe", b"MZ\0\0\0\0", "is not a document that can be read here"),
        ("a.zip", b"PK\x03\x04", "is not a document that can be read here"),
    ],
)
async def test_what_cannot_be_read_is_said(
    context: ToolContext, files: MemoryFiles, name: str, content: bytes, error: str
):
    await files.write({name: content})
    assert error in await refused(TOOLS, context, "document_text", path=name)


async def test_a_word_file_that_unpacks_to_gigabytes_is_refused(context: ToolContext, files: MemoryFiles):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(5):
            archive.writestr(f"word/{part}.xml", bytes(50 * 1024**2))
    await files.write({"bomb.docx": packed.getvalue()})
    assert "would unpack to 250 MiB" in await refused(TOOLS, context, "document_text", path="bomb.docx")


async def test_a_pdf_whose_page_unpacks_to_gigabytes_ends(context: ToolContext, files: MemoryFiles):
    bomb = """
import zlib
packed = zlib.compress(zlib.compress(bytes(500_000_000), 9), 9)
parts = [b'<< /Type /Catalog /Pages 2 0 R >>', b'<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    b'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>',
    b'<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\\nstream\\n' % len(packed) + packed + b'\\nendstream']
out, places = b'%PDF-1.4\\n', []
for number, part in enumerate(parts, 1):
    places.append(len(out))
    out += b'%d 0 obj\\n' % number + part + b'\\nendobj\\n'
start = len(out)
out += b'xref\\n0 5\\n0000000000 65535 f \\n' + b''.join(b'%010d 00000 n \\n' % place for place in places)
out += b'trailer << /Size 5 /Root 1 0 R >>\\nstartxref\\n%d\\n%%%%EOF' % start
open('bomb.pdf', 'wb').write(out)
"""
    assert (await told(TOOLS, context, "execute_python", code=bomb))["error"] is None
    assert len(files.contents["bomb.pdf"]) < 100_000
    outcome = await TOOLS.run("document_text", context, {"path": "bomb.pdf"})
    assert "It was ended" in outcome.content or "'bomb.pdf'" in outcome.content or "hold no text" in outcome.content
    assert len(outcome.content) < 500


async def test_texts_of_other_encodings_and_long_ones_in_parts(context: ToolContext, files: MemoryFiles):
    await files.write({"l.txt": "naïve".encode("latin-1"), "u.txt": "naïve".encode("utf-16"), "n.md": b"# x" * 100})
    for name in ("l.txt", "u.txt"):
        assert (await told(TOOLS, context, "document_text", path=name))["text"] == "naïve"
    part = await told(TOOLS, context, "document_text", path="n.md", offset=50, max_characters=100)
    assert (part["characters"], len(part["text"]), part["next_offset"]) == (300, 100, 150)


async def test_html_shows_what_a_reader_sees(context: ToolContext):
    html = (
        "<p>a&nbsp;b <a href='https://x.org/'>there</a><style>p{}</style><script>evil()</script><table><tr><td>1<td>2"
    )
    shown = await told(TOOLS, context, "html_to_text", html=html)
    assert shown["text"] == "a b there (https://x.org/)\n\n1 | 2 |"
    assert "https" not in (await told(TOOLS, context, "html_to_text", html=html, links=False))["text"]


async def test_html_of_markdown_does_nothing_of_its_own(context: ToolContext, files: MemoryFiles):
    evil = '<script>alert(1)</script> [go](javascript:alert(1)) [ok](https://x.org/?a=1&b="2")'
    html = (await told(TOOLS, context, "markdown_to_html", markdown=evil))["html"]
    assert "<script" not in html
    assert "javascript:" not in html
    saved = await told(TOOLS, context, "markdown_to_html", markdown=LETTER, save_to="l.html", title="<T>")
    page = files.contents[saved["path"]].decode()
    assert "<title>&lt;T&gt;</title>" in page
    assert "<ol>\n<li>first</li>\n<li>second</li>\n<ul>\n<li>deeper</li>\n</ul>\n</ol>" in page
    assert "<td>green | black</td><td>2.50</td>" in page
    assert "if a &lt; b:\n    pass" in page


async def test_hostile_markdown_ends(context: ToolContext):
    for text in (
        "*" * 90_000,
        "[" * 90_000,
        "`" * 90_000,
        "| - " * 20_000,
        "a *b " * 18_000,
        "_a" * 45_000,
        "[x](" * 22_000,
    ):
        await told(TOOLS, context, "markdown_to_html", markdown=text, save_to="x.html")
