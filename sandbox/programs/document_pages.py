# pyright: basic
"""Takes the whole text out of a document, page by page where it has pages, for a search that names them."""

from collections.abc import Iterator

from sandbox.programs import documents
from sandbox.programs.documents import kind_of, opened_pdf
from sandbox.programs.refusal import Refused
from sandbox.programs.unpacking import check

MOST_CHARACTERS = 4_000_000
PAGE = "\f"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def extract(path: str, to: str) -> dict[str, object]:
    """Write a document's text into a file, its pages divided by form feeds. Answers its format.

    What is wrong with a document is told without its words: whoever adds it need not have read it.
    """
    kind = kind_of(path)
    try:
        text = _text(path, kind)
    except Refused:
        raise
    except MemoryError as error:
        raise Refused(f"{path!r} takes more memory to read than there is here.") from error
    except Exception as error:
        raise Refused(f"{path!r} cannot be read: it is damaged ({type(error).__name__}).") from error
    with open(to, "w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(text)
    return {"format": kind}


def _text(path: str, kind: str) -> str:
    if kind in ("markdown", "text"):
        return _bounded(path, iter([documents.plain_text(path)]))
    if kind == "html":
        shown = documents.shown_html(documents.plain_text(path))
        return _bounded(path, iter([shown.replace(PAGE, "\n")]))
    pages = _pdf_pages(path) if kind == "pdf" else _word_pages(path)
    text = _bounded(path, (page.replace(PAGE, "\n").replace("\0", "") for page in pages))
    if kind == "pdf" and not text.strip():
        raise Refused(f"{path!r} holds no text: its pages may be pictures, such as a scanner makes.")
    return text


def _bounded(path: str, pages: Iterator[str]) -> str:
    """The pages put together, while they are not too much."""
    kept: list[str] = []
    length = 0
    for page in pages:
        length += len(page) + 1
        if length > MOST_CHARACTERS:
            raise Refused(f"{path!r} has more than {MOST_CHARACTERS} characters; divide it first.")
        kept.append(page)
    return PAGE.join(kept)


def _pdf_pages(path: str) -> Iterator[str]:
    pages = opened_pdf(path, "", unlock="Save a copy without protection first.").pages
    for page in pages:
        yield (page.extract_text() or "").strip()
    if len(pages) == 1:
        yield ""  # so that the only page has a number, too


def _word_pages(path: str) -> Iterator[str]:
    """Where Word noted that pages ended, or else where its author did; one page without number if nobody did."""
    import docx
    from docx.table import Table

    check(path)
    document = docx.Document(path)
    noted = next(document.element.iter(f"{WORD}lastRenderedPageBreak"), None) is not None
    page: list[str] = []
    for part in document.iter_inner_content():
        is_table = isinstance(part, Table)
        text = "\n".join(_row(row, noted) for row in part.rows) if is_table else _paragraph(part, noted)
        first, *others = text.split(PAGE)
        page.append(first)
        for other in others:
            yield "\n\n".join(page)
            page = [other]
    yield "\n\n".join(page)


def _row(row, noted: bool) -> str:
    """A row of a table on one line; a page that ends within it ends before it."""
    cells = [" ".join(_runs(part._p, noted) for part in cell.paragraphs) for cell in row.cells]
    ends = PAGE if any(PAGE in cell for cell in cells) else ""
    return ends + "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"


def _paragraph(paragraph, noted: bool) -> str:
    mark = documents.mark_of(paragraph)
    before = PAGE if not noted and paragraph.paragraph_format.page_break_before else ""
    text = _runs(paragraph._p, noted)
    lead = text[: len(text) - len(text.lstrip(PAGE + "\n "))]
    return f"{before}{lead}{mark}{text[len(lead) :]}"


def _runs(element, noted: bool) -> str:
    """The text of runs, with form feeds where pages end."""
    told: list[str] = []
    for run in element.iter(f"{WORD}r"):
        for part in run:
            name = part.tag.rpartition("}")[2]
            if name == "t":
                told.append((part.text or "").replace(PAGE, " "))
            elif name == "lastRenderedPageBreak":
                told.append(PAGE)
            elif name in ("br", "cr"):
                ends_page = part.get(f"{WORD}type") == "page"
                told.append("\n" if not ends_page else "" if noted else PAGE)
            elif name in ("tab", "noBreakHyphen"):
                told.append("\t" if name == "tab" else "-")
    return "".join(told)
