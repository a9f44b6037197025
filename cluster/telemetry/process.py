"""Turns on what a process tells of itself, once, as its settings say."""

import logging

from cluster.settings import Settings
from cluster.telemetry import traces
from cluster.telemetry.logs import start_logging

log = logging.getLogger(__name__)


def start_telemetry(settings: Settings, process: str) -> None:
    """Begin to log, and to trace where that is wished. `process` is the name that logs and traces carry."""
    start_logging(settings, process)
    log.info("%s begins", process)
    if settings.otlp_endpoint is not None and not traces.is_on():
        from cluster.telemetry.otlp import export_to

        traces.turn_on(export_to(settings.otlp_endpoint, process=process, content=settings.trace_content))
