"""Every error leaves the door as RFC 9457 problem+json, and none of them shows a stack trace or repeats a secret.

The floors below raise the types of `cluster.errors`; this table alone knows HTTP. A problem's `type` names the class of
error, its `title` is that error's docstring, its `detail` says what happened this time.
"""

import logging
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import uuid4

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster.errors import (
    RETRY_SECONDS,
    ApexError,
    Busy,
    Conflict,
    Invalid,
    NotFound,
    Permanent,
    Temporary,
    TooLarge,
    Unavailable,
)
from cluster.models.chat_model import ModelMissing, ModelRefused

log = logging.getLogger(__name__)
TYPE = "urn:apexaurum:problem:"


class SignInNeeded(Permanent):
    """Sign in first: this needs an access token."""


class BadToken(SignInNeeded):
    """This token is not valid here."""


class ExpiredToken(SignInNeeded):
    """This token has expired."""


class TokenReused(SignInNeeded):
    """This refresh token was used before; all tokens of its sign-in are revoked now. Sign in again."""


class SignedOut(SignInNeeded):
    """This sign-in has ended. Sign in again."""


class WrongCredentials(Permanent):
    """There is no account with this email and password."""


class Forbidden(Permanent):
    """This is not allowed."""


class ScopeMissing(Forbidden):
    """This key does not open this."""


class GrantRefused(Permanent):
    """There is no key for this device code."""

    error = "invalid_grant"
    """What RFC 8628 or RFC 6749 calls it: the member `error` of the problem."""


class RateLimited(Temporary):
    """Too many requests. Wait a moment."""

    def __init__(self, detail: str = "", retry_after: float = 1.0, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, retry_after, dict(fields or {}))
        self.retry_after = retry_after
        self.fields = fields or {}

    def __str__(self) -> str:
        return self.args[0] or "Too many requests. Wait a moment."


STATUS: Mapping[type[ApexError], int] = {
    SignInNeeded: 401,
    WrongCredentials: 401,
    GrantRefused: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Invalid: 422,
    ModelMissing: 422,
    ModelRefused: 422,
    RateLimited: 429,
    Busy: 503,
    Unavailable: 503,
    Temporary: 503,
}
"""The nearest of an error's classes decides. What is not here is our fault: 500."""

FRAMEWORK: Mapping[int, tuple[str, str]] = {
    400: ("unreadable", "The request cannot be read."),
    404: ("no-such-address", "There is nothing at this address."),
    405: ("wrong-method", "This address does not answer this method."),
    413: ("too-large", "This is larger than the limit."),
}
"""Code and title of what the framework itself refuses."""


def problem(
    status: int,
    code: str,
    title: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> Response:
    """A problem+json answer; members that are None are left out."""
    body = {"type": TYPE + code, "title": title, "status": status}
    body |= {name: value for name, value in members.items() if value is not None}
    return Response(orjson.dumps(body, default=str), status, dict(headers or {}), "application/problem+json")


def problem_of(error: ApexError) -> Response:
    """The answer for an error of ours. An error that no class of the table covers is an incident."""
    status = status_of(error)
    if status is None:
        return incident(error)
    title = (type(error).__doc__ or "").strip().splitlines()[0]
    detail = str(error) if str(error) != title else None
    if isinstance(error, Unavailable):
        log.warning("answered %s: %s", status, error)
        detail = None  # It names addresses of our inner parts.
    named = error.error if isinstance(error, GrantRefused) else None
    return problem(status, code_of(error), title, headers=_headers(error, status), detail=detail, error=named)


def status_of(error: ApexError) -> int | None:
    """The HTTP status of an error of ours, None for one that is not the client's business."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)


def code_of(error: ApexError) -> str:
    """The error's name in kebab case: what a program compares. The socket uses the same codes."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


def incident(error: Exception) -> Response:
    """Log what went wrong under a number, and answer with the number alone."""
    number = uuid4()
    log.error("incident %s", number, exc_info=error)
    return problem(
        500,
        "internal",
        "Something went wrong on our side.",
        detail=f"The operators find it in the log as incident {number}.",
        instance=f"urn:uuid:{number}",
    )


def add_error_answers(app: FastAPI) -> None:
    """Answer every error that a route raises with a problem."""
    app.add_exception_handler(ApexError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    for lost in (RedisConnectionError, RedisTimeoutError, TimeoutError):
        app.add_exception_handler(lost, _lost)


class Incidents:
    """Outermost: what no other answer was found for is logged under a number; nothing else of it goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = False

        async def sending(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if began:
                raise
            await incident(error)(scope, receive, send)


async def _ours(request: Request, error: Exception) -> Response:
    return problem_of(cast("ApexError", error))


async def _lost(request: Request, error: Exception) -> Response:
    log.warning("a part does not answer: %s: %s", type(error).__name__, error)
    return problem_of(Unavailable())


async def _http(request: Request, error: Exception) -> Response:
    http = cast("HTTPException", error)
    code, title = FRAMEWORK.get(http.status_code, (f"http-{http.status_code}", http.detail))
    return problem(
        http.status_code,
        code,
        title,
        headers=http.headers,
        detail=http.detail if http.status_code == 400 else None,
    )


async def _validation(request: Request, error: Exception) -> Response:
    errors = cast("Sequence[Mapping[str, Any]]", cast("RequestValidationError", error).errors())
    if any(entry["type"] == "json_invalid" for entry in errors):
        return problem(400, "malformed-json", "The body is not JSON.", detail=_where(errors[0]))
    told = [{"where": [str(part) for part in e["loc"]], "what": e["msg"], "code": e["type"]} for e in errors]
    return problem(422, "invalid", "The request cannot be understood.", errors=told)


def _where(entry: Mapping[str, Any]) -> str:
    return f"{entry['ctx']['error']} at character {entry['loc'][-1]}"


def _headers(error: ApexError, status: int) -> dict[str, str]:
    if isinstance(error, SignInNeeded):
        described = "" if type(error) is SignInNeeded else f', error="invalid_token", error_description="{error}"'
        return {"WWW-Authenticate": f'Bearer realm="apexaurum"{described}'}
    if isinstance(error, RateLimited):
        return {"Retry-After": str(math.ceil(error.retry_after)), **error.fields}
    if status == 503:
        wait = error.retry_after if isinstance(error, Busy) else RETRY_SECONDS
        return {"Retry-After": str(math.ceil(wait))}
    return {}
