"""The HTTP server of one process."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from chassis.settings import SettingsError

DRAIN_SECONDS = 2
"""How long requests and streams may go on once the process must stop."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port now; raise `SettingsError` with one sentence where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(128)
    except OSError as e:
        taken.close()
        reason = (
            "is taken by another program" if e.errno == errno.EADDRINUSE else f"cannot be used: {e.strerror}".lower()
        )
        raise SettingsError(f"API_PORT {port} on {host} {reason}; set API_PORT to a free one") from e
    return taken


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to the process, which must also let the log go."""
        yield


async def serve(app: FastAPI, listening: socket.socket, leave: Callable[[], None]) -> None:
    """Serve until cancelled, then let requests end; `leave` tells those that would never."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=DRAIN_SECONDS
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listening]))
    try:
        await asyncio.shield(serving)
    finally:
        leave()
        server.should_exit = True
        await serving
