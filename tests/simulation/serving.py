"""An HTTP server that answers as a function says, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
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


class _Handler(BaseHTTPRequestHandler):
    answering: ClassVar[Answering]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, dict(self.headers.items()), body)
        answer = type(self).answering(request)
        if answer is None:
            return
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the same

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
