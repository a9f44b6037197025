"""The page: the files of `ui/dist`, from memory, and `index.html` for every address that the page itself routes."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from serve.errors import problem
from serve.headers import page_policy

BUILT = Path(__file__).parents[1] / "ui" / "dist"
INDEX = "index.html"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
SHRINKS = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")
OURS = ("/api/", "/v1/", "/docs", "/mcp", "/openapi.json")
"""Addresses that are never the page's."""

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page, ready to be sent."""

    data: bytes
    small: bytes | None
    """The same, by gzip, where that helps."""
    headers: dict[str, str]

    def answer(self, request: Request) -> Response:
        """The file, or that the browser has it already."""
        headers = dict(self.headers)
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if self.small is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.small, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.data, headers=headers)


class Page:
    """An ASGI app for all addresses that no route answers."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._assets = {
            f"/{path.relative_to(folder).as_posix()}": _asset(folder, path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._index = self._assets.get(f"/{INDEX}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await WebSocketClose()(scope, receive, send)
        request = Request(scope, receive)
        await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> ASGIApp:
        path = request.url.path
        if request.method not in ("GET", "HEAD") or path.startswith(OURS):
            raise HTTPException(404)
        asset = self._assets.get(path)
        if asset is None and "." not in path.rpartition("/")[2]:
            asset = self._index
        if asset is None and self._index is None:
            return problem(404, "no-page", "The page is not built here.", detail="`make up` builds it.")
        if asset is None:
            raise HTTPException(404)
        return asset.answer(request)


def _asset(folder: Path, path: Path) -> Asset:
    data = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    hashed = path.relative_to(folder).parts[0] == "assets"
    headers = {
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Cache-Control": FOREVER if hashed else ASK_AGAIN,
        "ETag": f'"{hashlib.sha256(data).hexdigest()[:32]}"',
    }
    small = gzip.compress(data, 6, mtime=0) if kind.startswith(SHRINKS) and len(data) > 1024 else None
    if small is not None:
        headers["Vary"] = "Accept-Encoding"
    if path.suffix == ".html":
        headers["Content-Security-Policy"] = page_policy(data.decode())
    return Asset(data, small, headers)
