"""Real servers for the executor's tests: the paper exchange as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


@contextmanager
def exchange_process(state: Path, settings: dict[str, str]) -> Iterator[str]:
    environment = {**os.environ, "EXCHANGE_PORT": "0", "EXCHANGE_STATE": str(state), **settings}
    with subprocess.Popen([sys.executable, "-m", "paper_exchange"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def start_exchange(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a paper exchange with settings of one's own and give its URL."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(exchange_process(tmp_path / "exchange", settings))
