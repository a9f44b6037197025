"""Fields that every answer carries: what a browser may do with it, and what is left of the caller's rate."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.limits import Allowance

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=()",
}
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For JSON: it is not a page."""
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def page_policy(html: str) -> str:
    """The content policy of one of our pages: its own scripts only, and the inline ones that this very text holds.

    Images come from here alone: a model that is talked into it could send data out through an image's address.
    """
    hashes = "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in INLINE_SCRIPT.findall(html)
    )
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


class Fields:
    """Adds the fields that an answer does not set itself."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._always = dict(ALWAYS)
        if secure:
            self._always["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(scope, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, sending)

    def _add(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in self._always.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", DATA_POLICY)
        if scope["path"].startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        allowance = scope.get("state", {}).get("allowance")
        if isinstance(allowance, Allowance):
            for name, value in allowance.headers().items():
                headers.setdefault(name, value)
