# pyright: basic
"""Takes PDF files apart and puts them together."""

import os
from collections.abc import Sequence

from sandbox.programs.documents import opened_pdf, pages_of, understood
from sandbox.programs.refusal import Refused

MOST_PARTS, MOST_IMAGES = 100, 100
LARGEST_IMAGE = 20 * 1024 * 1024
MOST_BYTES = 60 * 1024 * 1024
"""What comes out altogether: a workspace takes no more from one run."""


def merge(paths: Sequence[str], to: str) -> dict[str, object]:
    """Put files together, one after the other."""
    from pypdf import PdfWriter

    written = PdfWriter()
    for path in paths:
        with understood(path):
            written.append(opened_pdf(path, ""))
    with understood(to):
        _folder(to)
        written.write(to)
    return {"path": to, "pages": len(written.pages), "bytes": os.path.getsize(to)}


def split(path: str, ranges: Sequence[str], folder: str, password: str) -> list[dict[str, object]]:
    """Write a file for each range of pages; without ranges, for each page."""
    from pypdf import PdfWriter

    made: list[dict[str, object]] = []
    with understood(path):
        reader = opened_pdf(path, password)
        wanted = list(ranges) or [str(number) for number in range(1, len(reader.pages) + 1)]
        if len(wanted) > MOST_PARTS:
            raise Refused(f"That makes {len(wanted)} files, and {MOST_PARTS} are the most; give ranges.")
        stem = os.path.splitext(os.path.basename(path))[0]
        for each in wanted:
            part = PdfWriter()
            numbers = pages_of(each, len(reader.pages))
            for number in numbers:
                part.add_page(reader.pages[number - 1])
            to = os.path.join(folder, f"{stem}-{each.replace(' ', '').replace(',', '_')}.pdf")
            _folder(to)
            part.write(to)
            made.append({"path": to, "pages": len(numbers), "bytes": os.path.getsize(to)})
    return made


def images(path: str, pages: str, folder: str, password: str) -> dict[str, object]:
    """Write the pictures of some pages into a folder."""
    made: list[dict[str, object]] = []
    left_out, total = 0, 0
    with understood(path):
        reader = opened_pdf(path, password)
        stem = os.path.splitext(os.path.basename(path))[0]
        for number in pages_of(pages, len(reader.pages)):
            for at, name in enumerate(reader.pages[number - 1].images.keys()):
                content = _image(reader, number, name)
                if content is None or len(made) >= MOST_IMAGES or total + len(content[1]) > MOST_BYTES:
                    left_out += 1
                    continue
                total += len(content[1])
                to = os.path.join(folder, f"{stem}-{number}-{at + 1}{content[0]}")
                _folder(to)
                with open(to, "wb") as file:
                    file.write(content[1])
                made.append({"path": to, "page": number, "bytes": len(content[1])})
    return {"images": made, "left_out": left_out} if left_out else {"images": made}


def _image(reader, number: int, name) -> tuple[str, bytes] | None:
    """A picture's ending and content; None if it is damaged or too large."""
    try:
        found = reader.pages[number - 1].images[name]
    except Exception:
        return None
    ending = os.path.splitext(found.name)[1].lower()
    usual = ending if ending in (".png", ".jpg", ".jpeg", ".jp2", ".tiff", ".gif") else ".png"
    return (usual, found.data) if found.data and len(found.data) <= LARGEST_IMAGE else None


def _folder(path: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
