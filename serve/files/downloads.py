"""Gives bytes of a person's files so that no browser runs them: strangers may have written them."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import Request, Response

from serve.file_kinds import image_type

HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Content policy of what strangers wrote: no scripts, no requests, an origin of its own."""
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"


async def download(
    request: Request, read: Callable[[], Awaitable[bytes]], *, name: str, sha256: bytes, is_text: bool, forever: bool
) -> Response:
    """The bytes, or 304 for who has them. `forever`: this address never gives anything else."""
    headers = {
        "ETag": f'"{sha256.hex()}"',
        "Cache-Control": "private, max-age=31536000, immutable" if forever else "private, no-cache",
        "Content-Security-Policy": HARMLESS,
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    data = await read()
    image = image_type(data)
    headers["Content-Disposition"] = disposition("inline" if image else "attachment", name)
    return Response(data, media_type=image or (TEXT if is_text else BYTES), headers=headers)


def disposition(how: str, name: str) -> str:
    """The field that says how to show a file. Its name in ASCII for old clients, and in full (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
