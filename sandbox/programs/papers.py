# pyright: basic
"""Makes PDF and Word files out of Markdown."""

import os
from collections.abc import Sequence
from typing import Any

from sandbox.programs.markdown import Block, Span, blocks, spans

FACES = "/opt/site/matplotlib/mpl-data/fonts/ttf"
FILES = {
    ("text", ""): "DejaVuSans",
    ("text", "B"): "DejaVuSans-Bold",
    ("text", "I"): "DejaVuSans-Oblique",
    ("text", "BI"): "DejaVuSans-BoldOblique",
    ("mono", ""): "DejaVuSansMono",
}
LARGER = (2.0, 1.6, 1.3, 1.15, 1.05, 1.0)
"""How much larger than the text a heading of each level is."""
STYLES = {"bold": "B", "italic": "I"}
LINE = 1.4
MILLIMETRES = 0.3528
"""Of a typographer's point."""


def make_pdf(markdown: str, to: str, title: str, author: str, page: str, size: float) -> dict[str, object]:
    """Write a PDF of a text in Markdown."""
    from fpdf import FPDF

    pdf: Any = FPDF(format=page)
    for (family, style), name in FILES.items():
        pdf.add_font(family, style, f"{FACES}/{name}.ttf")
    pdf.set_title(title)
    pdf.set_author(author)
    pdf.set_auto_page_break(True, 20)
    pdf.set_margins(20, 20)
    pdf.add_page()
    for block in blocks(markdown):
        _draw(pdf, block, size)
    os.makedirs(os.path.dirname(to) or ".", exist_ok=True)
    pdf.output(to)
    known = pdf.fonts["text"].cmap
    unknown = sorted({letter for letter in markdown if letter.isprintable() and ord(letter) not in known})
    told = {"path": to, "pages": pdf.page, "bytes": os.path.getsize(to)}
    return {**told, "letters_without_a_shape": "".join(unknown[:50])} if unknown else told


def make_word(markdown: str, to: str, title: str, author: str) -> dict[str, object]:
    """Write a Word file of a text in Markdown."""
    import docx

    document = docx.Document()
    document.core_properties.title, document.core_properties.author = title, author
    for block in blocks(markdown):
        _add(document, block)
    os.makedirs(os.path.dirname(to) or ".", exist_ok=True)
    document.save(to)
    return {"path": to, "paragraphs": len(document.paragraphs), "bytes": os.path.getsize(to)}


def _draw(pdf: Any, block: Block, size: float) -> None:
    height = size * MILLIMETRES * LINE
    match block.kind:
        case "heading":
            larger = size * LARGER[block.level - 1]
            pdf.ln(height * 0.6)
            _write(pdf, block.spans, larger, "B")
            pdf.ln(larger * MILLIMETRES * LINE * 1.3)
        case "item":
            pdf.set_x(pdf.l_margin + 4 + 6 * block.level)
            left, pdf.l_margin = pdf.l_margin, pdf.l_margin + 10 + 6 * block.level
            _write(pdf, [Span(f"{block.mark} "), *block.spans], size)
            pdf.l_margin = left
            pdf.ln(height * 1.2)
        case "code":
            pdf.set_font("mono", size=size * 0.85)
            pdf.set_fill_color(242, 242, 242)
            pdf.multi_cell(0, height * 0.9, block.text, fill=True, new_x="LMARGIN", new_y="NEXT", align="L")
            pdf.ln(height * 0.6)
        case "rule":
            pdf.line(pdf.l_margin, pdf.get_y(), pdf.w - pdf.r_margin, pdf.get_y())
            pdf.ln(height)
        case "table":
            _draw_table(pdf, block.rows, size)
            pdf.ln(height)
        case _:
            _draw_text(pdf, block, size, height)


def _draw_text(pdf: Any, block: Block, size: float, height: float) -> None:
    left = pdf.l_margin
    pdf.l_margin = left + (8 if block.kind == "quote" else 0)
    pdf.set_x(pdf.l_margin)
    _write(pdf, block.spans, size, "I" if block.kind == "quote" else "")
    pdf.l_margin = left
    pdf.ln(height * 1.6)


def _draw_table(pdf: Any, rows: Sequence[Sequence[str]], size: float) -> None:
    pdf.set_font("text", size=size * 0.9)
    with pdf.table(text_align="LEFT") as table:
        for row in rows:
            drawn = table.row()
            for cell in row:
                drawn.cell("".join(span.text for span in spans(cell)))


def _write(pdf: Any, pieces: Sequence[Span], size: float, style: str = "") -> None:
    for piece in pieces:
        if piece.style == "code":
            pdf.set_font("mono", "", size * 0.9)
        else:
            pdf.set_font("text", "".join(sorted({*style, *STYLES.get(piece.style, "")})), size)
        if piece.style == "link":
            pdf.set_text_color(20, 70, 160)
        pdf.write(size * MILLIMETRES * LINE, piece.text, piece.url)
        pdf.set_text_color(0, 0, 0)


def _add(document: Any, block: Block) -> None:
    match block.kind:
        case "heading":
            _runs(document.add_heading(level=block.level), block.spans)
        case "item":
            kind = "List Number" if block.mark[:1].isdigit() else "List Bullet"
            deeper = f" {min(block.level, 2) + 1}" if block.level else ""
            _runs(document.add_paragraph(style=f"{kind}{deeper}"), block.spans)
        case "quote":
            _runs(document.add_paragraph(style="Quote"), block.spans)
        case "code":
            _runs(document.add_paragraph(), [Span(block.text, "code")])
        case "rule":
            document.add_paragraph("―" * 30)
        case "table":
            _add_table(document, block.rows)
        case _:
            _runs(document.add_paragraph(), block.spans)


def _add_table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for at, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            _runs(cell.paragraphs[0], [Span(text, "bold")] if at == 0 else spans(text))


def _runs(paragraph: Any, pieces: Sequence[Span]) -> None:
    for piece in pieces:
        shown = f"{piece.text} ({piece.url})" if piece.style == "link" and piece.text != piece.url else piece.text
        run = paragraph.add_run("".join(letter for letter in shown if letter >= " " or letter in "\n\t"))
        run.bold = piece.style == "bold" or None
        run.italic = piece.style == "italic" or None
        if piece.style == "code":
            run.font.name = "Courier New"
