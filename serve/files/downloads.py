"""Gives bytes of a person's files so that no browser runs them: strangers may have written them."""

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

from fastapi import Request, Response

from serve.file_kinds import image_type

HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Content policy of what strangers wrote: no scripts, no requests, an origin of its own."""
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"


RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
SNIFFED = 64
"""Bytes at the beginning that tell what a file is."""


class Read(Protocol):
    """Gives what a file holds, or what lies from `start` up to but not with `end`."""

    async def __call__(self, start: int | None = None, end: int | None = None) -> bytes: ...


async def download(
    request: Request, read: Read, *, name: str, size: int, sha256: bytes, is_text: bool, forever: bool
) -> Response:
    """The bytes or the part of them that is asked for (RFC 9110, 14), or 304 for who has them.

    `forever`: this address never gives anything else.
    """
    headers = {
        "ETag": f'"{sha256.hex()}"',
        "Cache-Control": "private, max-age=31536000, immutable" if forever else "private, no-cache",
        "Content-Security-Policy": HARMLESS,
        "Accept-Ranges": "bytes",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    try:
        part = part_of(request.headers, size, headers["ETag"])
    except ValueError:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    data = await read() if part is None else await read(*part)
    image = image_type(data if part is None or part[0] == 0 else await read(0, min(SNIFFED, size)))
    headers["Content-Disposition"] = disposition("inline" if image else "attachment", name)
    media_type = image or (TEXT if is_text else BYTES)
    if part is None:
        return Response(data, media_type=media_type, headers=headers)
    headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{size}"
    return Response(data, status_code=206, media_type=media_type, headers=headers)


def part_of(headers: Mapping[str, str], size: int, etag: str) -> tuple[int, int] | None:
    """Where the one part that is asked for begins and ends; None for all. Raises ValueError if there is no such part.

    Several parts at once, and what is no range, are answered with all, as the standard allows.
    """
    found = RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if found is None or found.group(0) == "bytes=-" or headers.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise ValueError("nothing of the file lies there")
    return start, end


def disposition(how: str, name: str) -> str:
    """The field that says how to show a file. Its name in ASCII for old clients, and in full (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
