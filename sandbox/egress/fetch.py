"""Fetches a URL through the guard: each redirect is a new target that is checked like the first."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.egress.errors import EgressRefused, Unreachable
from sandbox.egress.exchange import Caps, Request, Response, exchange, headers_of
from sandbox.egress.guard import Guard
from sandbox.egress.targets import Target, redirected

MOVED = (301, 302, 303, 307, 308)
KEEPS_METHOD = (307, 308)
GOES_ALONG = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that another origin is told as well; the others may be secrets between the caller and the first one."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came back, and from where in the end."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    redirects: int

    @property
    def content_type(self) -> str:
        """The media type alone, such as `text/html`; "" if nothing was said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


async def fetch(guard: Guard, request: Request, caps: Caps | None = None) -> Fetched:
    """Ask for a URL and follow where it leads. Raises EgressRefused or Unreachable."""
    caps = caps or Caps()
    try:
        async with asyncio.timeout(caps.seconds):
            return await _follow(guard, request, caps)
    except TimeoutError:
        raise Unreachable(f"{request.target.host} took longer than {caps.seconds:g} seconds.") from None


async def _follow(guard: Guard, request: Request, caps: Caps) -> Fetched:
    headers_of(request)
    for redirects in range(caps.redirects + 1):
        response = await exchange(await guard.connect(request.target), request, caps)
        following = _next(request, response)
        if following is None:
            return Fetched(**vars(response), url=request.target.url, redirects=redirects)
        request = following
    raise Unreachable(f"It redirects more than {caps.redirects} times.")


def _next(request: Request, response: Response) -> Request | None:
    """The request that a redirect asks for, or None if the answer is the end."""
    location = response.headers.get("location", "")
    if response.status not in MOVED or not location:
        return None
    target = redirected(request.target, location)
    if response.status not in KEEPS_METHOD and request.method != "HEAD":
        request = replace(request, method="GET", body=b"", headers=_without(request.headers, "content-type"))
    return _to(request, target)


def _to(request: Request, target: Target) -> Request:
    if target.origin == request.target.origin:
        return replace(request, target=target)
    if request.body and request.target.scheme == "https" and target.scheme == "http":
        raise EgressRefused("It redirects what was sent to an address without encryption; this is not followed.")
    kept = {name: value for name, value in request.headers.items() if name.lower() in GOES_ALONG}
    return replace(request, target=target, headers=kept)


def _without(headers: Mapping[str, str], name: str) -> Mapping[str, str]:
    return {key: value for key, value in headers.items() if key.lower() != name}
