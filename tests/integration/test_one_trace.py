"""One trace id from the signal to the exit's fill, on spans as a collector receives them."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

STORY = {
    "api-gateway Signal",
    "risk OrderApproved",
    "executor OrderChanged filled",
    "executor OrderFilled",
    "position-manager CoverageChanged",
}


class Span(NamedTuple):
    trace_id: str
    span_id: str
    parent: str
    service: str
    name: str


class Collector:
    """Receives OTLP over HTTP and remembers every span."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        remember = self._remember

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                remember(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                del format, args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _remember(self, data: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(data).resource_spans:
            service = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                self.spans.append(Span(*ids, service, span.name))

    @contextmanager
    def running(self) -> Generator[None]:
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            self.server.shutdown()
            thread.join()
            self.server.server_close()

    def traces(self) -> dict[str, list[Span]]:
        found: dict[str, list[Span]] = {}
        for span in list(self.spans):
            found.setdefault(span.trace_id, []).append(span)
        return found


@pytest.mark.parametrize(
    ("bracket", "protects"),
    [("true", "executor OrderChanged held"), ("false", "position-manager PlaceProtection")],
    ids=["with_the_entry", "after_the_fill"],
)
def test_one_trace_leads_from_a_signal_to_the_fill_of_its_protection(stack: Stack, bracket: str, protects: str):
    collector, story = Collector(), STORY | {protects}
    # Levels so near that the recorded market reaches one of them in moments, and no nearer than an order takes.
    (stack.folder / ".env").write_text(
        f"SYMBOLS=SPY\nNATIVE_BRACKET={bracket}\nSTOP_PCT=0.001\nTP_PCT=0.001\nEXCHANGE_SPEED=120\n"
        "TRADING_WINDOW_START=00:00\nTRADING_WINDOW_END=23:59\n"
    )
    with collector.running():
        stack.start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="500")
        stack.wait_ready()
        until("the signal is taken", lambda: stack.ask("POST", "/signals", SIGNAL).is_success)
        until("the exit's fill", lambda: exit_filled(collector.traces()))
        # Each process sends its spans in its own time.
        until("the rest of its trace", lambda: is_whole(exit_filled(collector.traces()), story), 10)

    spans = exit_filled(collector.traces())
    assert {span.service for span in spans} == {"api-gateway", "risk", "executor", "position-manager"}
    assert [span.service for span in spans if not span.parent] == ["api-gateway"]


SIGNAL = {"symbol": "SPY", "action": "BUY", "confidence": 0.9}


def exit_filled(traces: dict[str, list[Span]]) -> list[Span]:
    """Find the trace in which both the entry and its protection filled."""
    for spans in traces.values():
        if sum(span.name == "executor OrderFilled" for span in spans) > 1:
            return spans
    return []


def is_whole(spans: list[Span], story: set[str]) -> bool:
    """Say whether every step of the story is there, and every span's parent."""
    known = {span.span_id for span in spans}
    return {span.name for span in spans} >= story and all(span.parent in known for span in spans if span.parent)
