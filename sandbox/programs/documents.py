# pyright: basic
"""Reads documents by strangers: the text and the facts of PDF, Word, HTML and plain text files."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.programs.refusal import Refused
from sandbox.programs.unpacking import check

MOST_PAGES = 2000
LARGEST_TEXT = 32 * 1024 * 1024
HTML_ENDINGS = (".html", ".htm", ".xhtml")
BLOCKS = ("p", "div", "br", "tr", "table", "section", "article", "blockquote", "pre", "ul", "ol", "hr", "dd", "dt")
UNSEEN = ("script", "style", "noscript", "template", "svg", "head", "iframe", "object")
SHOWN_LINKS = 50


def text(path: str, pages: str, password: str, offset: int, most: int) -> dict[str, object]:
    """A document's text, or a part of it: some pages of a PDF, or from `offset` on."""
    kind = kind_of(path)
    with understood(path):
        if kind == "pdf":
            reader = opened_pdf(path, password)
            texts = {number: _page_text(reader, number) for number in pages_of(pages, len(reader.pages))}
            whole = "\n\n".join(f"[page {number}]\n{text}" for number, text in texts.items())
            facts: dict[str, object] = {"pages": len(reader.pages)}
            if not any(texts.values()):
                facts["note"] = "These pages hold no text; they may be pictures of it."
        else:
            if pages:
                raise Refused("Only PDF files have pages; use offset.")
            whole, facts = _read(path, kind), {}
    part = whole[offset : offset + most]
    more = {"next_offset": offset + most} if offset + most < len(whole) else {}
    return {"format": kind, **facts, "characters": len(whole), "text": part, **more}


def info(path: str, password: str) -> dict[str, object]:
    """What is known of a document without reading it."""
    kind = kind_of(path)
    with understood(path):
        told: dict[str, object] = {"format": kind, "bytes": os.path.getsize(path)}
        if kind == "pdf":
            return {**told, **_pdf_facts(path, password)}
        if kind == "docx":
            return {**told, **_word_facts(path)}
        content = plain_text(path)
        if kind == "html":
            soup = _soup(content)
            links = [str(link["href"])[:300] for link in soup.find_all("a", href=True)]
            return {**told, "title": _title(soup), "headings": _headings(soup), "links": links[:SHOWN_LINKS]}
        return {**told, "lines": content.count("\n") + 1, "words": len(content.split()), "characters": len(content)}


def html_text(html: str, links: bool) -> dict[str, object]:
    """The text that a page of HTML shows; headings and items are marked as in Markdown."""
    with understood("the HTML"):
        soup = _soup(html)
        return {"title": _title(soup), "text": _shown(soup, links)}


def kind_of(path: str) -> str:
    """What a document is, by its beginning and its name."""
    with open(path, "rb") as file:
        begin = file.read(1024)
    ending = os.path.splitext(path.lower())[1]
    if b"%PDF-" in begin:
        return "pdf"
    if ending in (".pdf", ".docx"):
        return ending[1:]
    if ending in HTML_ENDINGS:
        return "html"
    if begin.startswith(b"PK\x03\x04") or b"\0" in begin.replace(b"\xff\xfe", b"", 1)[:512:2]:
        raise Refused(f"{path!r} is not a document that can be read here: PDF, Word (.docx), HTML and text can.")
    return "markdown" if ending in (".md", ".markdown") else "text"


def opened_pdf(path: str, password: str, *, unlock: str = "") -> Any:
    """A PDF that can be read. Raises Refused for one with another password, with what to do instead of giving it."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(password):
        asked = f"give {'another' if password else 'its'} password."
        raise Refused(f"{path!r} is protected: {unlock or asked}")
    if len(reader.pages) > MOST_PAGES:
        raise Refused(f"{path!r} has {len(reader.pages)} pages; {MOST_PAGES} are the most.")
    return reader


def pages_of(wanted: str, count: int) -> list[int]:
    """Numbers of pages from a text such as `1-3,7,9-`, from 1 on. Raises Refused."""
    if not wanted.strip():
        return list(range(1, count + 1))
    chosen: list[int] = []
    for part in wanted.replace(" ", "").split(","):
        found = re.fullmatch(r"(\d{1,6})(-)?(\d{1,6})?", part)
        if not found or (found[3] and not found[2]):
            raise Refused(f"{part!r} is not a range of pages such as 1-3,7,9-.")
        first = int(found[1])
        last = int(found[3]) if found[3] else count if found[2] else first
        if not 1 <= first <= last <= count:
            raise Refused(f"There are {count} pages; {part!r} is not among them.")
        chosen.extend(range(first, last + 1))
    return list(dict.fromkeys(chosen))


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Whatever a damaged file does to those who read it, say that it cannot be read."""
    try:
        yield
    except Refused:
        raise
    except MemoryError as error:
        raise Refused(f"{what!r} takes more memory to read than there is here.") from error
    except Exception as error:
        raise Refused(f"{what!r} cannot be read: {type(error).__name__}: {str(error)[:200]}") from error


def _page_text(reader: Any, number: int) -> str:
    return (reader.pages[number - 1].extract_text() or "").strip()


def _read(path: str, kind: str) -> str:
    if kind == "docx":
        return "\n".join(_word_lines(path))
    content = plain_text(path)
    return shown_html(content) if kind == "html" else content


def shown_html(html: str) -> str:
    """What a reader of a page sees, with the addresses of links."""
    return _shown(_soup(html), True)


def plain_text(path: str) -> str:
    """A file's text, whatever its encoding."""
    if os.path.getsize(path) > LARGEST_TEXT:
        raise Refused(f"{path!r} is larger than {LARGEST_TEXT // 1024**2} MiB.")
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _word(path: str) -> Any:
    import docx

    check(path)
    return docx.Document(path)


def _word_lines(path: str) -> Iterator[str]:
    """Paragraphs and tables in their order, marked as in Markdown."""
    from docx.table import Table

    for part in _word(path).iter_inner_content():
        if isinstance(part, Table):
            for row in part.rows:
                yield "| " + " | ".join(" ".join(cell.text.split()) for cell in row.cells) + " |"
            yield ""
        else:
            yield f"{mark_of(part)}{part.text}"


def mark_of(paragraph: Any) -> str:
    """What stands before a paragraph of Word that is a heading or an item of a list, as in Markdown."""
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    level = re.fullmatch(r"Heading ([1-6])", style)
    return "#" * int(level[1]) + " " if level else "- " if style.startswith("List") else ""


def _word_facts(path: str) -> Mapping[str, object]:
    document = _word(path)
    known = document.core_properties
    told = {name: str(value)[:300] for name in ("title", "author", "subject") if (value := getattr(known, name))}
    for name in ("created", "modified"):
        if moment := getattr(known, name):
            told[name] = moment.isoformat()
    words = sum(len(paragraph.text.split()) for paragraph in document.paragraphs)
    counts = {"paragraphs": len(document.paragraphs), "tables": len(document.tables), "words": words}
    return {"metadata": told, **counts}


def _pdf_facts(path: str, password: str) -> Mapping[str, object]:
    reader = opened_pdf(path, password)
    known = {str(name).lstrip("/"): str(value)[:300] for name, value in list((reader.metadata or {}).items())[:20]}
    box = reader.pages[0].mediabox if reader.pages else None
    size = [round(float(box.width), 1), round(float(box.height), 1)] if box else None
    first = bool(_page_text(reader, 1)) if reader.pages else False
    return {
        "pages": len(reader.pages),
        "page_size_points": size,
        "encrypted": reader.is_encrypted,
        "first_page_has_text": first,
        "metadata": known,
    }


def _soup(html: str) -> Any:
    from bs4 import BeautifulSoup

    return BeautifulSoup(html, "lxml")


def _title(soup: Any) -> str:
    return " ".join(soup.title.get_text().split())[:300] if soup.title else ""


def _headings(soup: Any) -> list[str]:
    found = soup.find_all(["h1", "h2", "h3"])[:SHOWN_LINKS]
    return [f"{heading.name} {' '.join(heading.get_text().split())[:200]}" for heading in found]


def _shown(soup: Any, links: bool) -> str:
    """What a reader sees."""
    for unseen in soup.find_all(UNSEEN):
        unseen.decompose()
    for link in soup.find_all("a", href=True) if links else ():
        if str(link["href"]).startswith(("http:", "https:")) and link.get_text().strip():
            link.append(f" ({str(link['href'])[:500]})")
    for cell in soup.find_all(["td", "th"]):
        cell.append(" | ")
    for item in soup.find_all("li"):
        item.insert(0, "\n- ")
    for heading in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        heading.insert(0, f"\n\n{'#' * int(heading.name[1])} ")
        heading.append("\n\n")
    for block in soup.find_all(BLOCKS):
        block.insert(0, "\n")
        block.append("\n")
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in soup.get_text().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
