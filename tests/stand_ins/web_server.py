"""A small HTTP server whose routes are functions."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tests.sandbox.internet import answer


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return orjson.loads(self.body)


Route = Callable[[Asked], bytes]


def as_json(value: object, status: str = "200 OK") -> bytes:
    """An answer in JSON."""
    return answer(orjson.dumps(value), status=status, kind="application/json")


class WebServer:
    """Routes by method and path; a path that ends in `*` takes all that begin so. `asked` are the requests."""

    def __init__(self, key: str | None = None) -> None:
        self.key = key
        self.asked: list[Asked] = []
        self.routes: dict[tuple[str, str], Route] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, whole, _ = first.split(" ")
        path, _, query = whole.partition("?")
        asked = Asked(method, path, query, headers, body)
        self.asked.append(asked)
        writer.write(self._answer(asked))
        await writer.drain()

    def _answer(self, asked: Asked) -> bytes:
        if self.key is not None and asked.headers.get("authorization", "").partition(" ")[2] != self.key:
            return as_json({"error": "wrong key"}, "401 Unauthorized")
        for (method, path), route in self.routes.items():
            fits = asked.path.startswith(path[:-1]) if path.endswith("*") else asked.path == path
            if method == asked.method and fits:
                return route(asked)
        return as_json({"error": f"no route {asked.method} {asked.path}"}, "404 Not Found")
