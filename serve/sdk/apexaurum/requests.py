"""One request, before it is sent: what it needs to be sent again as the same one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

READ_SECONDS = 60.0
"""How long an answer may let wait for its next bytes."""
EVENTS_SECONDS = 45.0
"""The same for event streams, where something comes every 15 seconds."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request. With a key the server does it once, however often it is sent."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    key: str | None = None
    signed: bool = True
    read_seconds: float = READ_SECONDS

    @property
    def repeatable(self) -> bool:
        """Sent twice, it does no more than sent once."""
        return self.method != "POST" or self.key is not None

    def asking(self, **params: Any) -> "Request":
        """The same with other parameters."""
        return replace(self, params={**self.params, **params})

    def saying(self, **headers: str | None) -> "Request":
        """The same with more header fields; None leaves one out."""
        more = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        return replace(self, headers={**self.headers, **more})


def get(path: str, /, **params: Any) -> Request:
    """A GET; parameters that are None are left out."""
    return Request(method="GET", path=path, params=params)


def post(path: str, json: Any = None, *, key: str | None = None, read_seconds: float = READ_SECONDS) -> Request:
    """A POST, with an idempotency key of its own unless it is given one."""
    return Request(method="POST", path=path, json=json, key=key or str(uuid4()), read_seconds=read_seconds)


def given(**fields: Any) -> dict[str, Any]:
    """Those that are not None: what is left out has the server's default."""
    return {name: value for name, value in fields.items() if value is not None}
