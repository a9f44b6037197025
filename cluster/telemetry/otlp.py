"""OpenTelemetry's SDK behind `traces.py`: imported only where APEX_OTLP_ENDPOINT turns tracing on."""

import contextvars
from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context, attach, get_current
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cluster.telemetry.traces import Attributes, Kind

KINDS = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}
FIELD = "traceparent"
DELAY_MILLIS = 2000
"""How long a finished span waits for others to go out with."""


class OtlpTracing:
    """Spans that leave in batches, by a thread of their own."""

    def __init__(self, exporter: SpanExporter, *, process: str, content: bool) -> None:
        resource = Resource.create({"service.name": "apexaurum", "service.instance.id": process})
        # Not the global provider: libraries that find one (Ray has its own) would begin to report to it.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=DELAY_MILLIS))
        self._tracer = self._provider.get_tracer("apexaurum")
        self._propagator = TraceContextTextMapPropagator()
        self.content = content

    @contextmanager
    def span(self, name: str, kind: Kind, parent: str | None, attributes: Attributes | None) -> Generator["OtlpSpan"]:
        """A span from here to the end of the block."""
        context: Context | None = None if parent is None else self._propagator.extract({FIELD: parent}, Context())
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=KINDS[kind],
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as opened:
            try:
                yield OtlpSpan(opened)
            except BaseException as error:
                opened.set_attribute("error.type", type(error).__qualname__)
                opened.set_status(Status(StatusCode.ERROR))
                raise

    def place(self) -> str | None:
        """The `traceparent` of the current span."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(FIELD)

    def carry(self, context: contextvars.Context) -> None:
        """Make the current span the current one of another context as well."""
        context.run(attach, get_current())

    def flush(self) -> None:
        """Send what is finished."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what waits, and end."""
        self._provider.shutdown()


class OtlpSpan:
    """A span that is recorded."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, attributes: Attributes) -> None:
        """Add what became known meanwhile."""
        self._span.set_attributes(attributes)


def export_to(endpoint: str, *, process: str, content: bool) -> OtlpTracing:
    """Spans for an OTLP/HTTP receiver at this address (its `/v1/traces`)."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
    return OtlpTracing(exporter, process=process, content=content)
