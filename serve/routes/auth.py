"""Accounts over HTTP: register, log in, refresh, log out, who am I, and tickets for the socket.

A program gets its refresh token in the answer. A page asks for `cookie`: then it is in a cookie that no script can read
and that goes to these routes alone; what the cookie permits is only done for pages of this server.
"""

from typing import Annotated, Literal, TypedDict

from fastapi import APIRouter, Body, Request, Response

from serve import wire
from serve.accounts import store, tickets
from serve.accounts.sign_in import SignedIn
from serve.accounts.tokens import ACCESS_SECONDS, REFRESH_SECONDS, digest
from serve.errors import SignedOut, SignInNeeded, problem_of
from serve.guards import (
    CurrentCaller,
    CurrentUser,
    OpenServices,
    TheSignIns,
    client_address,
    limits_of,
    note_allowance,
    require_same_origin,
    services_of,
    within,
)
from serve.limits import REGISTER_BY_ADDRESS, SIGN_IN_BY_ADDRESS, SIGN_IN_BY_EMAIL, SIGN_IN_BY_PAIR

router = APIRouter(prefix="/auth", tags=["accounts"])
COOKIE = "apex_refresh"
COOKIE_PATH = "/api/v1/auth"

RefreshBody = Annotated[wire.Refresh | None, Body()]


@router.post("/register", status_code=201)
async def register(command: wire.Register, request: Request, response: Response, sign_ins: TheSignIns) -> wire.Tokens:
    """Open an account and sign in."""
    if address := client_address(request):
        note_allowance(request, await limits_of(request).take(REGISTER_BY_ADDRESS, address))
    signed_in = await sign_ins.register(
        email=command.email, password=command.password.get_secret_value(), display_name=command.display_name
    )
    return _hand_over(request, response, signed_in, cookie=command.cookie)


@router.post("/login")
async def login(command: wire.Login, request: Request, response: Response, sign_ins: TheSignIns) -> wire.Tokens:
    """Sign in with email and password."""
    await _count_sign_in(request, command.email)
    signed_in = await sign_ins.sign_in(email=command.email, password=command.password.get_secret_value())
    return _hand_over(request, response, signed_in, cookie=command.cookie)


@router.post("/refresh", response_model=wire.Tokens)
async def refresh(
    request: Request, response: Response, sign_ins: TheSignIns, command: RefreshBody = None
) -> wire.Tokens | Response:
    """Exchange a refresh token for a new pair.

    Each token is exchanged once. Used again later than ten seconds after, it ends its sign-in: all of its tokens are
    revoked, and the answer says so.
    """
    token, cookie = _presented(request, command)
    if token is None:
        raise SignInNeeded("there is no refresh token, neither in the body nor in the cookie")
    try:
        signed_in = await sign_ins.refresh(token)
    except SignInNeeded as error:
        refused = problem_of(error)
        if cookie:
            _forget_cookie(request, refused)
        return refused
    return _hand_over(request, response, signed_in, cookie=cookie)


@router.post("/logout", status_code=204, response_class=Response)
async def logout(request: Request, sign_ins: TheSignIns, command: RefreshBody = None) -> Response:
    """End the sign-in that a refresh token belongs to. Ending what has ended is fine."""
    token, cookie = _presented(request, command)
    if token is not None:
        try:
            await sign_ins.sign_out(token)
        except SignInNeeded:
            pass
    response = Response(status_code=204)
    if cookie:
        _forget_cookie(request, response)
    return response


@router.get("/me", dependencies=[within("anything")])
async def me(user: CurrentUser, services: OpenServices) -> wire.User:
    """Who is signed in."""
    async with services.db.as_user(user) as conn:
        person = await store.person(conn)
    if person is None:
        raise SignedOut("this account is gone")
    return wire.User.model_validate(person)


@router.post("/ws-ticket", dependencies=[within("anything")])
async def ws_ticket(caller: CurrentCaller, services: OpenServices) -> wire.Ticket:
    """A ticket that opens one socket: `/api/v1/ws?ticket=…`, within 30 seconds, for what the caller may do."""
    ticket = await tickets.issue(services.redis, tickets.Holder(caller.user, caller.key_hash))
    return wire.Ticket(ticket=ticket, expires_in=tickets.TICKET_SECONDS)


async def _count_sign_in(request: Request, email: str) -> None:
    limits = limits_of(request)
    address = client_address(request)
    account = digest(email.lower()).hex()
    if address:
        await limits.take(SIGN_IN_BY_ADDRESS, address)
    await limits.take(SIGN_IN_BY_EMAIL, account)
    note_allowance(request, await limits.take(SIGN_IN_BY_PAIR, f"{account}:{address or 'here'}"))


def _presented(request: Request, command: wire.Refresh | None) -> tuple[str | None, bool]:
    """The refresh token, and whether the cookie brought it. Raises Forbidden for a cookie from another site's page."""
    if command is not None and command.refresh_token is not None:
        return command.refresh_token, False
    token = request.cookies.get(COOKIE)
    if token is not None:
        require_same_origin(request)
    return token, token is not None


def _hand_over(request: Request, response: Response, signed_in: SignedIn, *, cookie: bool) -> wire.Tokens:
    response.headers["Cache-Control"] = "no-store"
    if cookie:
        response.set_cookie(COOKIE, signed_in.refresh_token, max_age=REFRESH_SECONDS, **_cookie_place(request))
    return wire.Tokens(
        access_token=signed_in.access_token,
        expires_in=ACCESS_SECONDS,
        refresh_token=None if cookie else signed_in.refresh_token,
        user=wire.User.model_validate(signed_in.person),
    )


def _forget_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(COOKIE, **_cookie_place(request))


class CookiePlace(TypedDict):
    """What a cookie must have in common with the one that it replaces."""

    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def _cookie_place(request: Request) -> CookiePlace:
    secure = services_of(request).settings.url.startswith("https://")
    return {"path": COOKIE_PATH, "secure": secure, "httponly": True, "samesite": "strict"}
