"""Asks a service that the operator set up: with its key, through the guard, and with errors that a model can act on.

The address is the operator's, so it may be private; it gets the key, and no redirect of it is followed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import orjson

from cluster.errors import Unavailable
from cluster.ids import new_id
from sandbox.egress.exchange import MIB, Caps, Request
from sandbox.egress.fetch import Fetched, fetch
from sandbox.egress.guard import Guard
from sandbox.egress.targets import operators_target
from sandbox.equipment import Thing
from sandbox.errors import ToolFailed
from sandbox.tool import ToolContext

CAPS = Caps(seconds=60, bytes=8 * MIB, redirects=0)
LONGEST_REASON = 300
REFUSALS = {
    401: "does not accept this instance's key",
    402: "wants to be paid first: the account has no credit left",
    403: "does not allow this instance's key to do that",
    404: "knows nothing of this",
    429: "has had enough requests for now; try again later",
}


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A request of a service. `path` is below its address."""

    path: str
    method: str = "GET"
    json: Any = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    scheme: str = "Bearer"
    """How the key is shown."""


async def ask(context: ToolContext, thing: Thing, asking: Asking, caps: Caps = CAPS) -> Fetched:
    """What it answered, whatever that is. Raises Unreachable; ToolFailed where it is not set up."""
    place = context.equipment.at(thing)
    headers = {"Accept": "application/json", **asking.headers}
    if place.key is not None:
        headers["Authorization"] = f"{asking.scheme} {place.key}"
    body = asking.body
    if asking.json is not None:
        headers["Content-Type"] = "application/json"
        body = orjson.dumps(asking.json)
    target = operators_target(f"{place.where.rstrip('/')}{asking.path}")
    request = Request(target=target, method=asking.method, headers=headers, body=body)
    return await fetch(guard_for(context, thing), request, caps)


async def ask_json(context: ToolContext, thing: Thing, asking: Asking, caps: Caps = CAPS) -> Mapping[str, Any]:
    """The JSON object that it answered. Raises ToolFailed with what it said, Unavailable where it has trouble."""
    fetched = await ask(context, thing, asking, caps)
    answered = object_of(fetched.body)
    if 200 <= fetched.status < 300 and answered is not None:
        return answered
    said = reason_of(answered or {})
    if fetched.status >= 500:
        raise Unavailable(f"{thing} has trouble (status {fetched.status}). {said}".strip())
    refusal = REFUSALS.get(fetched.status, f"refused (status {fetched.status})")
    raise ToolFailed(f"{thing} {refusal}. {said}".strip())


def guard_for(context: ToolContext, thing: Thing) -> Guard:
    """The guard, which lets through to the service wherever it is."""
    origin = operators_target(context.equipment.at(thing).where).origin
    return replace(context.web.guard, vouched_for=frozenset({origin}))


def object_of(body: bytes) -> Mapping[str, Any] | None:
    """A body as a JSON object; a list as `{"items": …}`; None if it is neither."""
    try:
        value: object = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, list):
        return {"items": cast("list[Any]", value)}
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


def multipart(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form with files, and its media type."""
    boundary = new_id().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, (filename, content) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def reason_of(answered: Mapping[str, Any]) -> str:
    """What a service said of its refusal, on one line and not for long."""
    said: Any = next((answered[name] for name in ("error", "detail", "msg", "message") if answered.get(name)), "")
    if isinstance(said, dict):
        said = cast("Mapping[str, Any]", said).get("message", "")
    return " ".join(str(said).split())[:LONGEST_REASON]
