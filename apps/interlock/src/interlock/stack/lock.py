"""One stack per home: a lock that the kernel lets go when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager

from interlock.stack.home import Home
from interlock.stack.refusal import StackError


@contextmanager
def locked(home: Home) -> Generator[None]:
    """Hold the home, or refuse at once when another process does."""
    with (home.root / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            file.seek(0)
            raise StackError(
                f"already running in {home.root} (process {file.read().strip() or 'unknown'}): "
                "stop it with `make down`, or set INTERLOCK_HOME, API_PORT and EXCHANGE_PORT for a second one"
            ) from e
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
