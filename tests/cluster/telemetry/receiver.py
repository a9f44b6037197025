"""A receiver of OTLP over HTTP, in this process: what it was sent, as spans that name their parents."""

import gzip
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # pyright: ignore[reportMissingTypeStubs]
    ExportTraceServiceRequest,
)

Request: Any = ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it arrived."""

    name: str
    trace: str
    id: str
    parent: str | None
    attributes: dict[str, Any]
    more: str = ""
    """Its events and its status, as text."""


@dataclass
class Receiver:
    """Where spans arrive."""

    url: str = ""
    spans: list[Seen] = field(default_factory=list[Seen])

    def named(self, name: str) -> Seen:
        """The one span of this name."""
        found = [span for span in self.spans if span.name == name]
        assert len(found) == 1, f"{name}: {[span.name for span in self.spans]}"
        return found[0]

    def names(self) -> list[str]:
        """The names of all spans."""
        return [span.name for span in self.spans]

    def parent_of(self, span: Seen) -> str | None:
        """The name of a span's parent."""
        return next((other.name for other in self.spans if other.id == span.parent), None)

    def take(self, body: bytes) -> None:
        """Take what one request brought."""
        sent = Request.FromString(body)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    values = {each.key: _plain(each.value) for each in span.attributes}
                    parent = span.parent_span_id.hex() or None
                    more = f"{list(span.events)} {span.status.message}"
                    self.spans.append(Seen(span.name, span.trace_id.hex(), span.span_id.hex(), parent, values, more))


@contextmanager
def receiving() -> Generator[Receiver]:
    """A receiver that listens for the length of a block."""
    receiver = Receiver()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            receiver.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_plain(each) for each in value.array_value.values] if kind == "array_value" else getattr(value, kind)
