"""Ports: those that people choose must be free, the rest are whatever is."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack

import psutil

from interlock.stack.refusal import StackError


def check(host: str, port: int, variable: str) -> None:
    """Refuse a port that cannot be listened on, naming who holds it where the system tells."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as e:
            if e.errno != errno.EADDRINUSE:
                raise StackError(
                    f"{variable}: cannot listen on {host}:{port}: {(e.strerror or 'unknown').lower()}"
                ) from e
            raise StackError(
                f"port {port} is taken{_holder(port)}: stop that, or set {variable} to another port"
            ) from e


def _holder(port: int) -> str:
    try:
        listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        pids = [c.pid for c in listening if getattr(c.laddr, "port", 0) == port and c.pid]
        names = [f"{psutil.Process(pid).name()}, process {pid}" for pid in pids]
    except psutil.Error:
        return ""
    return f" by {names[0]}" if names else ""


def free(count: int, avoid: tuple[int, ...]) -> list[int]:
    """Find ports that are free now; nothing else on this machine should want them."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            if port not in avoid:
                found.append(port)
    return found
