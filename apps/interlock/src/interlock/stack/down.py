"""Stop a stack from elsewhere."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping

import msgspec

from interlock.stack import leftovers
from interlock.stack.home import Home, home
from interlock.stack.lock import locked
from interlock.stack.process import Identity
from interlock.stack.refusal import StackError
from interlock.stack.up import State

PATIENCE_SECONDS = 60.0


def down(environ: Mapping[str, str]) -> str:
    """Stop what runs and say what was done; what a killed supervisor left behind is ended too."""
    place = home(environ)
    if not place.root.is_dir():
        return f"nothing runs in {place.root}"
    supervisor = _supervisor(place)
    if supervisor is None:
        with locked(place):
            left = leftovers.clear(place)
            place.state.unlink(missing_ok=True)
        return (
            f"ended what an earlier run had left behind: {', '.join(left)}" if left else f"nothing runs in {place.root}"
        )
    os.kill(supervisor.pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE_SECONDS
    while supervisor.alive():
        if time.monotonic() > until:
            raise StackError(f"process {supervisor.pid} was told to stop and still runs after {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.05)
    return "stopped"


def _supervisor(place: Home) -> Identity | None:
    try:
        state = msgspec.json.decode(place.state.read_bytes(), type=State)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    identity = Identity("stack", state.pid, state.started)
    return identity if identity.alive() else None
