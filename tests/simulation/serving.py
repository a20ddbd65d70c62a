"""An HTTP server that answers as a function says, or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from msgspec import Struct

NONE: Mapping[str, str] = {}


class Request(Struct, frozen=True):
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Answer(Struct, frozen=True):
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = NONE


Answering = Callable[[Request], Answer | None]
"""None: the connection is closed without a word."""


class Saying:
    """Answers everything alike, `pause` seconds late, and remembers what it was asked."""

    def __init__(self, answer: Answer | None, pause: float = 0.0) -> None:
        self.heard: list[Request] = []
        self._answer, self._pause = answer, pause

    def __call__(self, request: Request) -> Answer | None:
        self.heard.append(request)
        time.sleep(self._pause)
        return self._answer


class _Handler(BaseHTTPRequestHandler):
    answering: ClassVar[Answering]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, dict(self.headers.items()), body)
        answer = type(self).answering(request)
        if answer is None:
            return
        with suppress(ConnectionError):  # a client that did not wait so long
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the same

    def log_request(self, code: object = "-", size: object = "-") -> None:
        del code, size


@contextmanager
def serving(answering: Answering) -> Generator[str]:
    """Serve on a free port of this machine; give the URL."""
    handler = type("Handler", (_Handler,), {"answering": staticmethod(answering)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
