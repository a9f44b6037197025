"""What a socket says about a command that did not work."""

from typing import Any, cast

import orjson
from pydantic import ValidationError

from cluster.errors import ApexError, Busy
from serve import socket_wire
from serve.errors import RateLimited, code_of


def error_of(error: ApexError, id: str | None, *, about: str | None = None) -> socket_wire.SocketError:
    """An error of ours, with the id of the command that met it."""
    title = (type(error).__doc__ or "").strip().splitlines()[0]
    detail = ": ".join(part for part in (about, str(error)) if part)
    wait = error.retry_after if isinstance(error, RateLimited | Busy) else None
    return socket_wire.SocketError(
        code=code_of(error).replace("-", "_"),
        title=title,
        detail=None if detail == title else detail,
        id=id,
        retry_after=wait,
    )


def nonsense(raw: str | bytes, error: ValidationError) -> socket_wire.SocketError:
    """What is wrong with a command that is none. Nothing of its content is repeated."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return socket_wire.SocketError(
        code="malformed_json" if first["type"] == "json_invalid" else "invalid",
        title="The command cannot be understood.",
        detail=f"{where}: {first['msg']}" if where else first["msg"],
        id=id_in(raw),
    )


def id_in(raw: str | bytes) -> str | None:
    """The id of a command that may be anything, so that its sender knows which one failed."""
    try:
        command: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    id: object = cast("dict[str, Any]", command).get("id") if isinstance(command, dict) else None
    return id if isinstance(id, str) and len(id) <= 100 else None
