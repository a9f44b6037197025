"""Permission as a type in the signature: a route that takes `user: CurrentUser` is closed to everybody else.

A program comes with a key, and gets where the key's scopes lead: a router says which area it is (`within("chat")`);
one that says nothing, and a route that takes `user: SignedInUser`, are closed to every key.

Also what a route may ask for about its caller and its surroundings: `OpenServices`, `TheLimits`, `ClientAddress`,
`SameOrigin`, and the cost of the request (`Paced`).
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from cluster.ids import UserId
from cluster.services import Services
from serve.accounts.keys import PREFIX, ApiKeys, Caller
from serve.accounts.scopes import Area
from serve.accounts.sign_in import SignIns
from serve.accounts.tokens import Tokens
from serve.errors import BadToken, Forbidden, SignInNeeded
from serve.limits import READ, Allowance, Limits

T = TypeVar("T")
_bearer = HTTPBearer(auto_error=False, description="The access token of /auth/login, or a key (`apex_…`).")
_key_header = APIKeyHeader(
    name="x-api-key", auto_error=False, description="A key (`apex_…`), as Anthropic's clients send it."
)
READING = frozenset({"GET", "HEAD"})


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


def keys_of(conn: HTTPConnection) -> ApiKeys:
    """The keys of programs."""
    return cast("ApiKeys", conn.app.state.keys)


def inline(read: Callable[[HTTPConnection], T]) -> Callable[[HTTPConnection], Awaitable[T]]:
    """A dependency that runs where the request does: a plain function would cost a trip to a thread of its own."""

    async def ask(conn: HTTPConnection) -> T:
        return read(conn)

    return ask


OpenServices = Annotated[Services, Depends(inline(services_of))]
TheLimits = Annotated[Limits, Depends(inline(limits_of))]
TheTokens = Annotated[Tokens, Depends(inline(tokens_of))]
TheSignIns = Annotated[SignIns, Depends(inline(sign_ins_of))]
TheKeys = Annotated[ApiKeys, Depends(inline(keys_of))]


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


async def presented(
    tokens: TheTokens,
    keys: TheKeys,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_key_header)],
) -> Caller | SignInNeeded:
    """Whom the request says to come from, or why it cannot be believed: routes for everybody do not mind."""
    shown = credentials.credentials if credentials else header
    if shown is None:
        return SignInNeeded()
    try:
        if shown.startswith(PREFIX):
            return await keys.read(shown)
        if credentials is None:
            return BadToken("x-api-key takes an API key (apex_...)")
        return Caller(tokens.read(shown, "access").user)
    except SignInNeeded as error:
        return error


Presented = Annotated[Caller | SignInNeeded, Depends(presented)]


async def current_caller(request: Request, caller: Presented) -> Caller:
    """Who asks, and with which key, if by one. Raises SignInNeeded and its kinds, ScopeMissing."""
    if isinstance(caller, SignInNeeded):
        raise caller
    caller.require(cast("Area | None", getattr(request.state, "area", None)), reading=request.method in READING)
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]
"""As `CurrentUser`, with the key."""


async def current_user(caller: CurrentCaller) -> UserId:
    """Whom the token or the key was made for."""
    return caller.user


CurrentUser = Annotated[UserId, Depends(current_user)]
"""The signed-in user, or the one whose key it is, if the key may come here. Without one the answer is 401."""


async def signed_in_user(caller: Presented) -> UserId:
    """Whom the access token was made for."""
    if isinstance(caller, SignInNeeded):
        raise caller
    caller.require(None, reading=False)
    return caller.user


SignedInUser = Annotated[UserId, Depends(signed_in_user)]
"""The signed-in user, in person: a key, whatever its scopes, gets 403. For what concerns the account."""


def within(area: Area) -> Any:
    """The dependency of a router, or a route, that says which area of the door it belongs to."""

    async def tell(request: Request) -> None:
        request.state.area = area

    return Depends(tell)


async def current_admin(user: SignedInUser, services: OpenServices) -> UserId:
    """The signed-in user, when the database says now that they are an administrator. Raises Forbidden."""
    async with services.db.as_user(user) as conn:
        if await conn.fetchval("select admin from users") is not True:
            raise Forbidden("this is for administrators")
    return user


CurrentAdmin = Annotated[UserId, Depends(current_admin)]
"""The signed-in administrator; for anybody else the answer is 403."""


async def paced(request: Request, caller: Presented, limits: TheLimits, address: ClientAddress) -> None:
    """Count the request against its user, or against its address when nobody is signed in. Raises RateLimited."""
    nobody = f"address:{address}" if address else None
    who = f"user:{caller.user}" if isinstance(caller, Caller) else nobody
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
