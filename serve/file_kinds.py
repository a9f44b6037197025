"""What a file is, by its bytes: neither its name nor what the sender calls it decides how a browser will see it."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from cluster.errors import Invalid, TooLarge

MIB = 1024 * 1024
Kind = Literal["image", "text", "document"]

LARGEST: dict[Kind, int] = {"image": 5 * MIB, "text": MIB // 2, "document": 10 * MIB}
"""Bytes, by kind: what the models accept, and for text what fits a context."""

IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
TEXTS = {".md": "text/markdown", ".csv": "text/csv"}
LONGEST_NAME = 200


class NotAccepted(Invalid):
    """Attach a PNG, JPEG, GIF or WebP image, a text file in UTF-8, or a PDF."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file turned out to be."""

    kind: Kind
    media_type: str


def recognise(data: bytes, name: str) -> Recognised:
    """What the file is. Raises NotAccepted, TooLarge."""
    found = _recognise(data, name)
    if len(data) > LARGEST[found.kind]:
        raise TooLarge(f"a file of the kind {found.kind} may have {LARGEST[found.kind] // 1024} KiB")
    return found


def clean_name(name: str | None) -> str:
    """The file's name without folders and control characters, and not too long; its ending is kept."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    path = PurePosixPath(shown or "file")
    suffix = path.suffix[:20]
    return path.name.removesuffix(path.suffix)[: LONGEST_NAME - len(suffix)] + suffix


def image_type(data: bytes) -> str | None:
    """The media type of an image that a browser may show, by its bytes; None for everything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in IMAGES.items() if data.startswith(magic)), None)


def _recognise(data: bytes, name: str) -> Recognised:
    if not data:
        raise NotAccepted("the file is empty")
    if data.startswith(b"%PDF-"):
        return Recognised("document", "application/pdf")
    if (media_type := image_type(data)) is not None:
        return Recognised("image", media_type)
    if len(data) > max(LARGEST.values()):
        raise TooLarge
    if b"\0" in data:
        raise NotAccepted
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise NotAccepted from error
    return Recognised("text", TEXTS.get(PurePosixPath(name).suffix.lower(), "text/plain"))
