"""What stands between a client and its server, and lets a request or its answer go wrong."""

from __future__ import annotations

import time
from enum import StrEnum
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.simulation.serving import Answer, Request

HANG_SECONDS = 2.0
"""Longer than the deadline of the clients under test."""

OWN = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})


class Fault(StrEnum):
    TOO_MANY = "too_many"
    UNAUTHORISED = "unauthorised"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    LOST = "lost"
    HANG = "hang"
    GARBLED = "garbled"


ANSWERS = {
    Fault.TOO_MANY: Answer(429, b"Too many requests"),
    Fault.UNAUTHORISED: Answer(401, b"unauthorized."),
    Fault.ERROR_BEFORE: Answer(503, b"<html>no upstream</html>"),
    Fault.ERROR_AFTER: Answer(504, b"<html>gateway timeout</html>"),
    Fault.GARBLED: Answer(200, b'{"order": {"id'),
}
BEFORE = frozenset({Fault.TOO_MANY, Fault.UNAUTHORISED, Fault.ERROR_BEFORE})
"""The server never hears of the request."""


class Between:
    """`strike` befalls the next request, `heard` is what came from the client."""

    def __init__(self, url: str) -> None:
        self.strike: Fault | None = None
        self.heard: list[str] = []
        self._server = urlsplit(url).netloc

    def __call__(self, request: Request) -> Answer | None:
        self.heard.append(f"{request.method} {request.target}")
        fault, self.strike = self.strike, None
        if fault is not None and fault in BEFORE:
            return ANSWERS[fault]
        answer = self._forwarded(request)
        if fault is Fault.HANG:
            time.sleep(HANG_SECONDS)
        return answer if fault is None else ANSWERS.get(fault)

    def _forwarded(self, request: Request) -> Answer:
        connection = HTTPConnection(self._server, timeout=10)
        try:
            connection.request(request.method, request.target, request.body, dict(request.headers))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in OWN}
            return Answer(answer.status, answer.read(), headers)
        finally:
            connection.close()
