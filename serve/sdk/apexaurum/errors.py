"""What can go wrong, as exceptions: an error's class says what to do, its `code` what it was exactly.

The server words its errors as problem+json (RFC 9457); `error_of` makes them these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, cast

PREFIX = "urn:apexaurum:problem:"


@dataclass(frozen=True)
class Problem:
    """What the server said about an error."""

    status: int = 0
    code: str = "unknown"
    title: str = ""
    detail: str | None = None
    instance: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    retry_after: float | None = None
    """Seconds to wait before it is worth another try."""


class ApexError(Exception):
    """Anything that this package raises on purpose."""


class ConnectionLost(ApexError):
    """The server went away, and did not come back in time."""


class NotReached(ConnectionLost):
    """The server could not be reached: nothing was sent."""


class BadAnswer(ApexError):
    """The server answered something that is not understood here."""


class NotSignedIn(ApexError):
    """There is no key and no sign-in for this server: run `apexaurum login`."""


class ApiError(ApexError):
    """The server refused."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def code(self) -> str:
        """What a program compares, such as `rate-limited`."""
        return self.problem.code

    @property
    def retry_after(self) -> float | None:
        """Seconds after which the server may be asked again, if it said so."""
        return self.problem.retry_after

    def __str__(self) -> str:
        told = ": ".join(part for part in (self.problem.title, self.problem.detail) if part)
        wrong = "; ".join(f"{'.'.join(map(str, e.get('where', [])))}: {e.get('what')}" for e in self.problem.errors)
        return " ".join(part for part in (told or f"HTTP {self.status}", f"({wrong})" if wrong else "") if part)


class Unreadable(ApiError):
    """400: the request cannot be read."""


class SignInNeeded(ApiError):
    """401: the sign-in has ended, or the key is not valid."""


class TokenRefused(SignInNeeded):
    """401: the token or key that came with a request is not taken; another may be."""


class Forbidden(ApiError):
    """403: this is not allowed."""


class NotFound(ApiError):
    """404: there is no such thing, or it is somebody else's."""


class Conflict(ApiError):
    """409: something else is there already, or has happened meanwhile."""


class TooLarge(ApiError):
    """413: this is larger than the limit."""


class Invalid(ApiError):
    """422: the request cannot be understood; `problem.errors` says where."""


class RateLimited(ApiError):
    """429: too many requests, even after waiting."""


class ServerFailed(ApiError):
    """5xx: something went wrong on the server's side."""


class Unavailable(ServerFailed):
    """503: a part of the server is busy or does not answer at the moment."""


class WorkFailed(ApexError):
    """A turn, an agent, a swarm or a council ended without a result."""

    def __init__(self, what: str, id: str, status: str, why: str | None = None) -> None:
        super().__init__(what, id, status, why)
        self.what, self.id, self.status, self.why = what, id, status, why

    def __str__(self) -> str:
        return f"{self.what} {self.id} {self.status}" + (f": {self.why}" if self.why else "")


BY_STATUS: Mapping[int, type[ApiError]] = {
    400: Unreadable,
    401: SignInNeeded,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: Invalid,
    429: RateLimited,
    503: Unavailable,
}


def error_of(status: int, body: object, headers: Mapping[str, str]) -> ApiError:
    """The exception for an answer that is an error. What is no problem+json is told by its status alone."""
    told = cast("dict[str, Any]", body) if isinstance(body, dict) else dict[str, Any]()
    listed: object = told.get("errors")
    problem = Problem(
        status=status,
        code=str(told.get("type") or f"http-{status}").removeprefix(PREFIX),
        title=str(told.get("title") or f"HTTP {status}"),
        detail=told.get("detail"),
        instance=told.get("instance"),
        errors=cast("list[dict[str, Any]]", listed) if isinstance(listed, list) else [],
        retry_after=seconds_of(headers.get("retry-after")),
    )
    return BY_STATUS.get(status, ServerFailed if status >= 500 else ApiError)(problem)


def seconds_of(retry_after: str | None) -> float | None:
    """What a Retry-After field says, in seconds from now: it holds a number of them, or a date."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or timezone.utc) - datetime.now(timezone.utc)).total_seconds())
