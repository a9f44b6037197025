# pyright: basic
"""Reads Markdown as people and models write it, for whoever makes a page, a PDF or a Word file of it.

The everyday part of CommonMark with the tables of GitHub; HTML within it is text like any other.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.programs.refusal import Refused

MOST_LINES = 50_000
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
ITEM = re.compile(r"(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$")
RULE = re.compile(r"\s*([-*_])\s*(\1\s*){2,}$")
FENCE = re.compile(r"\s*(```+|~~~+)\s*(\S*)")
CELLS = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
INLINE = re.compile(
    r"`(?P<code>[^`]{1,2000})`|\*\*(?P<bold>[^*]{1,2000})\*\*|__(?P<strong>[^_]{1,2000})__"
    r"|(?<!\w)\*(?P<italic>[^*\s][^*]{0,2000})\*|(?<!\w)_(?P<slanted>[^_\s][^_]{0,2000})_(?!\w)"
    r"|!?\[(?P<link>[^\[\]]{0,500})\]\((?P<url>(?:[^()\s]|\([^()\s]{0,200}\)){1,1000})(?:\s\"[^\"]{0,300}\")?\)"
)
"""Each piece is bounded, or a text of nothing but beginnings would take for ever."""
STYLES = {"code": "code", "bold": "bold", "strong": "bold", "italic": "italic", "slanted": "italic"}
SAFE_LINKS = re.compile(r"(https?:|mailto:|[^:]*$|[./#])", re.IGNORECASE)
TAGS = {"bold": "strong", "italic": "em", "code": "code"}


@dataclass(frozen=True)
class Span:
    """A piece of a line in one style: "", bold, italic, code, or link."""

    text: str
    style: str = ""
    url: str = ""


@dataclass(frozen=True)
class Block:
    """A part of a document: heading, paragraph, item, code, quote, table or rule."""

    kind: str
    spans: Sequence[Span] = ()
    level: int = 0
    """Of a heading, 1 to 6; how deep an item is, from 0."""
    mark: str = ""
    """An item's bullet, or its number and a dot."""
    text: str = ""
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)


def blocks(text: str) -> list[Block]:
    """The parts of a document, in order."""
    lines = text.expandtabs(4).splitlines()
    if len(lines) > MOST_LINES:
        raise Refused(f"More than {MOST_LINES} lines.")
    made: list[Block] = []
    at = 0
    while at < len(lines):
        at = _next(lines, at, made)
    return made


def spans(text: str) -> list[Span]:
    """A line in pieces of one style each."""
    made: list[Span] = []
    at = 0
    for found in INLINE.finditer(text):
        if found.start() > at:
            made.append(Span(text[at : found.start()]))
        if found["url"]:
            made.append(Span(found["link"] or found["url"], "link", found["url"]))
        else:
            name = next(name for name in STYLES if found[name])
            made.append(Span(found[name], STYLES[name]))
        at = found.end()
    return [*made, Span(text[at:])] if at < len(text) else made


def to_html(text: str) -> str:
    """The document as HTML; what it holds of HTML itself is shown, not done, and links lead only to ordinary places."""
    made: list[str] = []
    open_lists: list[str] = []
    for block in blocks(text):
        wanted = block.level + 1 if block.kind == "item" else 0
        name = "ol" if block.mark[:1].isdigit() else "ul"
        while len(open_lists) > wanted:
            made.append(f"</{open_lists.pop()}>")
        while len(open_lists) < wanted:
            open_lists.append(name)
            made.append(f"<{name}>")
        made.append(_html(block))
    made.extend(f"</{name}>" for name in reversed(open_lists))
    return "\n".join(made)


def convert(text: str, title: str, whole: bool) -> str:
    """The document as HTML, as a page of its own if `whole`."""
    body = to_html(text)
    if not whole:
        return body
    head = f'<head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
    return f"<!doctype html>\n<html>\n{head}\n<body>\n{body}\n</body>\n</html>\n"


def _next(lines: Sequence[str], at: int, made: list[Block]) -> int:
    """Read the part that begins in this line. Answers where the next begins."""
    line = lines[at]
    if not line.strip():
        return at + 1
    if fence := FENCE.match(line):
        return _code(lines, at, fence[1], made)
    if heading := HEADING.match(line):
        made.append(Block("heading", spans(heading[2]), len(heading[1])))
    elif RULE.match(line):
        made.append(Block("rule"))
    elif item := ITEM.match(line):
        mark = "•" if item[2] in "-*+" else f"{item[2][:-1]}."
        made.append(Block("item", spans(item[3]), min(len(item[1]) // 2, 5), mark))
    elif "|" in line and at + 1 < len(lines) and "-" in lines[at + 1] and CELLS.match(lines[at + 1]):
        return _table(lines, at, made)
    else:
        return _paragraph(lines, at, made)
    return at + 1


def _code(lines: Sequence[str], at: int, fence: str, made: list[Block]) -> int:
    end = at + 1
    while end < len(lines) and not lines[end].strip().startswith(fence):
        end += 1
    made.append(Block("code", text="\n".join(lines[at + 1 : end])))
    return end + 1


def _table(lines: Sequence[str], at: int, made: list[Block]) -> int:
    rows = [_cells(lines[at])]
    end = at + 2
    while end < len(lines) and "|" in lines[end]:
        rows.append(_cells(lines[end]))
        end += 1
    width = len(rows[0])
    made.append(Block("table", rows=[(row + [""] * width)[:width] for row in rows]))
    return end


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _paragraph(lines: Sequence[str], at: int, made: list[Block]) -> int:
    is_quote = lines[at].lstrip().startswith(">")
    end = at
    while end < len(lines) and (end == at or _goes_on(lines[end], is_quote)):
        end += 1
    told = " ".join(line.strip().removeprefix(">").strip() if is_quote else line.strip() for line in lines[at:end])
    made.append(Block("quote" if is_quote else "paragraph", spans(told)))
    return end


def _goes_on(line: str, is_quote: bool) -> bool:
    if not line.strip() or line.lstrip().startswith(">") != is_quote:
        return False
    return not any(pattern.match(line) for pattern in (HEADING, ITEM, FENCE, RULE))


def _html(block: Block) -> str:
    inner = "".join(map(_span, block.spans))
    match block.kind:
        case "heading":
            return f"<h{block.level}>{inner}</h{block.level}>"
        case "item":
            return f"<li>{inner}</li>"
        case "code":
            return f"<pre><code>{html.escape(block.text)}</code></pre>"
        case "quote":
            return f"<blockquote><p>{inner}</p></blockquote>"
        case "rule":
            return "<hr>"
        case "table":
            return _html_table(block.rows)
        case _:
            return f"<p>{inner}</p>"


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    def line(row: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{''.join(map(_span, spans(cell)))}</{tag}>" for cell in row) + "</tr>"

    return "\n".join(["<table>", line(rows[0], "th"), *(line(row, "td") for row in rows[1:]), "</table>"])


def _span(span: Span) -> str:
    text = html.escape(span.text)
    if span.style == "link":
        return f'<a href="{html.escape(span.url)}">{text}</a>' if SAFE_LINKS.match(span.url) else text
    return f"<{TAGS[span.style]}>{text}</{TAGS[span.style]}>" if span.style else text
