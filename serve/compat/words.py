"""Tells our errors in the words of the protocol that a client speaks.

Whatever goes wrong behind the door is a problem (RFC 9457) first; here it becomes what the `anthropic` and the `openai`
clients make their own exceptions of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from cluster.errors import ApexError
from serve.errors import TYPE, incident, problem_of

Json = dict[str, Any]
Dialect = Literal["anthropic", "openai"]
MISSING = {"model-missing"}
"""Wrong values of a request for us, addresses without anything for them."""
FULL = {"busy", "queue-full", "too-many-turns", "model-busy", "too-slow"}
ANTHROPIC: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
OPENAI: Mapping[int, tuple[str, str | None]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "insufficient_permissions"),
    404: ("invalid_request_error", "not_found"),
    409: ("invalid_request_error", "conflict"),
    413: ("invalid_request_error", "request_too_large"),
    429: ("requests", "rate_limit_exceeded"),
    529: ("server_error", "overloaded"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: the status that both protocols use for it, our code, and a sentence."""

    status: int
    code: str
    message: str
    where: str | None = None

    @classmethod
    def of(cls, error: Exception) -> "Trouble":
        """An error of any kind. What is not the client's business is logged under a number."""
        answer = problem_of(error) if isinstance(error, ApexError) else incident(error)
        return cls.told(orjson.loads(answer.body))

    @classmethod
    def told(cls, problem: Json) -> "Trouble":
        """A problem as it leaves our own routes."""
        code = str(problem["type"]).removeprefix(TYPE)
        # Of the forms that a value might have had, the one that fits best is wrong at the deepest place.
        errors: list[Json] = problem.get("errors") or [{}]
        first = max(errors, key=lambda error: len(error.get("where", ())))
        where = ".".join(part for part in first.get("where", ()) if part != "body" and "[" not in part) or None
        said = first.get("what") or problem.get("detail") or problem["title"]
        return cls(status_of(code, problem["status"]), code, f"{where}: {said}" if where else str(said), where)

    def in_words(self, dialect: Dialect, number: str) -> Json:
        """The body of the answer, or of the event in which a stream ends."""
        if dialect == "anthropic":
            kind = ANTHROPIC.get(self.status, "api_error")
            return {"type": "error", "error": {"type": kind, "message": self.message}, "request_id": number}
        kind, code = OPENAI.get(self.status, ("server_error", None))
        code = "model_not_found" if self.code in MISSING else code
        return {"error": {"message": self.message, "type": kind, "param": self.where, "code": code}}


def status_of(code: str, status: int) -> int:
    """The status that these protocols know for one of ours. Their clients try again by themselves after some."""
    if code in MISSING:
        return 404
    if status == 422:
        return 400
    return 529 if code in FULL else status
