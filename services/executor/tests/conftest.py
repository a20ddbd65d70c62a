"""A world in memory, and the paper exchange as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from executor.brokers.memory import MemoryBroker
from tests.simulation.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_world() -> Callable[[MemoryBroker], World]:
    return World


OK = 200
StartExchange = Callable[..., str]


@contextmanager
def exchange_process(state: Path, settings: dict[str, str]) -> Generator[str]:
    environment = {**os.environ, "EXCHANGE_PORT": "0", "EXCHANGE_STATE": str(state), **settings}
    with subprocess.Popen([sys.executable, "-m", "paper_exchange"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def start_exchange(tmp_path: Path) -> Generator[StartExchange]:
    """Start a paper exchange with settings of one's own and give its URL."""
    with ExitStack() as stack:

        def start(**settings: str) -> str:
            return stack.enter_context(exchange_process(tmp_path / "exchange", settings))

        yield start


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Give the URL of a paper exchange that fills in two parts; a key and secret of one name open a fresh account."""
    with exchange_process(tmp_path_factory.mktemp("exchange"), {"EXCHANGE_PARTIAL_FILLS": "1"}) as url:
        while requests.get(f"{url}/readyz", timeout=10).status_code != OK:
            time.sleep(0.05)
        yield url
