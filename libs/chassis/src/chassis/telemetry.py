"""Logs as JSON lines, Prometheus metrics, OpenTelemetry traces carried in headers."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Mapping

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from prometheus_client import Counter, Gauge

APPENDED = Counter("interlock_facts_appended_total", "Facts that this process has put into the log")
DECIDED = Counter("interlock_records_decided_total", "Records that this process has decided on")
PARKED = Counter("interlock_records_parked_total", "Records that could not be decoded and were set aside")
SEQUENCE = Gauge("interlock_log_sequence", "Sequence of the log that this process has come to")
SERVICE = Gauge("interlock_service_info", "1, with what this process is and whose", ["service", "version", "account"])

# The batch processor's default of 2,048 drops spans in a burst of signals.
_QUEUE = 65_536

_tracer: trace.Tracer | None = None


def set_up(service: str, version: str, level: str, profile: str, account: str = "", *, export: bool) -> None:
    """Send logs to stderr as JSON lines and, with `export`, spans to the collector of the OTEL_ variables."""
    whose = {"account": account} if account else {}
    SERVICE.labels(service, version, account).set(1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service, profile=profile, **whose)
    if export:
        _export({"service.name": service, "service.version": version, **whose})


def _export(about: dict[str, str]) -> None:
    global _tracer  # noqa: PLW0603 - one process, one tracer; OpenTelemetry's own provider is global too
    resource = Resource.create({**about})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=_QUEUE))
    trace.set_tracer_provider(provider)
    _tracer = provider.get_tracer("interlock")


def shut_down() -> None:
    """Send what is left."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Give a logger: `logger("desk").warning("submit timed out", client_order_id=...)`."""
    return structlog.get_logger(part=name)


def span(name: str, parent: str = "", attributes: Mapping[str, str] | None = None) -> str:
    """Record that something happened, as a child of a W3C traceparent, and give its own traceparent.

    Without a collector nothing is recorded, but the trace id is carried on, so that every fact names its story.
    """
    if _tracer is None:
        trace_id = parent[3:35] if parent else secrets.token_hex(16)
        return f"00-{trace_id}-{secrets.token_hex(8)}-01"
    context = trace.set_span_in_context(NonRecordingSpan(_context(parent))) if parent else None
    started = _tracer.start_span(name, context, attributes=dict(attributes or {}))
    started.end()
    made = started.get_span_context()
    return f"00-{made.trace_id:032x}-{made.span_id:016x}-01"


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
