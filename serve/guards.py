"""Permission as a type in the signature: a route that takes `user: CurrentUser` is closed to everybody else.

Also what a route may ask for about its caller and its surroundings: `OpenServices`, `TheLimits`, `ClientAddress`,
`SameOrigin`, and the cost of the request (`Paced`).
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from cluster.ids import UserId
from cluster.services import Services
from serve.accounts.sign_in import SignIns
from serve.accounts.tokens import Claims, Tokens
from serve.errors import Forbidden, SignInNeeded
from serve.limits import READ, Allowance, Limits

T = TypeVar("T")
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token of /auth/login.")


def services_of(conn: HTTPConnection) -> Services:
    """The open clients of this process."""
    return cast("Services", conn.app.state.services)


def limits_of(conn: HTTPConnection) -> Limits:
    """The rate limits."""
    return cast("Limits", conn.app.state.limits)


def tokens_of(conn: HTTPConnection) -> Tokens:
    """What signs and reads tokens."""
    return cast("Tokens", conn.app.state.tokens)


def sign_ins_of(conn: HTTPConnection) -> SignIns:
    """What opens accounts and signs people in."""
    return cast("SignIns", conn.app.state.sign_ins)


def inline(read: Callable[[HTTPConnection], T]) -> Callable[[HTTPConnection], Awaitable[T]]:
    """A dependency that runs where the request does: a plain function would cost a trip to a thread of its own."""

    async def ask(conn: HTTPConnection) -> T:
        return read(conn)

    return ask


OpenServices = Annotated[Services, Depends(inline(services_of))]
TheLimits = Annotated[Limits, Depends(inline(limits_of))]
TheTokens = Annotated[Tokens, Depends(inline(tokens_of))]
TheSignIns = Annotated[SignIns, Depends(inline(sign_ins_of))]


def client_address(conn: HTTPConnection) -> str | None:
    """Where a request comes from, None when only a proxy on this machine is known.

    X-Forwarded-For can be written by anybody, so only the entry counts that the outermost of *our* proxies added.
    """
    hops = services_of(conn).settings.trusted_proxies
    if hops:
        told = [part.strip() for line in conn.headers.getlist("x-forwarded-for") for part in line.split(",")]
        return _address(told[-hops]) if len(told) >= hops else None
    address = _address(conn.client.host) if conn.client else None
    return None if address is None or ipaddress.ip_address(address).is_loopback else address


ClientAddress = Annotated[str | None, Depends(inline(client_address))]


async def claims_of(
    tokens: TheTokens, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Claims:
    """What the access token says. Raises SignInNeeded, BadToken, ExpiredToken."""
    if credentials is None:
        raise SignInNeeded
    return tokens.read(credentials.credentials, "access")


CurrentClaims = Annotated[Claims, Depends(claims_of)]


async def current_user(claims: CurrentClaims) -> UserId:
    """Whom the access token was made for."""
    return claims.user


CurrentUser = Annotated[UserId, Depends(current_user)]
"""The signed-in user; without one the answer is 401."""


async def current_admin(user: CurrentUser, services: OpenServices) -> UserId:
    """The signed-in user, when the database says now that they are an administrator. Raises Forbidden."""
    async with services.db.as_user(user) as conn:
        if await conn.fetchval("select admin from users") is not True:
            raise Forbidden("this is for administrators")
    return user


CurrentAdmin = Annotated[UserId, Depends(current_admin)]
"""The signed-in administrator; for anybody else the answer is 403."""


async def paced(request: Request, tokens: TheTokens, limits: TheLimits, address: ClientAddress) -> None:
    """Count the request against its user, or against its address when nobody is signed in. Raises RateLimited."""
    who = _caller(request, tokens) or (f"address:{address}" if address else None)
    if who is not None:
        note_allowance(request, await limits.take(READ, who))


Paced = Depends(paced)


def note_allowance(conn: HTTPConnection, allowance: Allowance | None) -> None:
    """Let the answer carry this as its RateLimit fields. The last one noted is the one told."""
    if allowance is not None:
        conn.state.allowance = allowance


def same_origin(request: Request) -> bool:
    """Whether the browser says that a page of ours sent this: its Origin is this host, or the public URL."""
    origin = request.headers.get("origin")
    if origin is None:
        return False
    here = urlsplit(services_of(request).settings.url)
    told = urlsplit(origin)
    return told.netloc == request.headers.get("host") or (told.scheme, told.netloc) == (here.scheme, here.netloc)


def require_same_origin(request: Request) -> None:
    """For what a cookie alone permits. Raises Forbidden."""
    if not same_origin(request):
        raise Forbidden("a cookie is accepted from pages of this server only (Origin)")


def _caller(request: Request, tokens: Tokens) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return f"user:{tokens.read(token, 'access').user}"
    except SignInNeeded:
        return None


def _address(text: str) -> str | None:
    """The address in its one spelling; of IPv6 the /64 that one household or server has."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
