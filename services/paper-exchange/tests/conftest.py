"""A real exchange on a free port, playing bars that a test can foresee."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
import requests
from aiohttp import web
from alpaca.trading.client import TradingClient

from paper_exchange.app import create
from paper_exchange.settings import Settings

SPEED = 120.0  # a minute in half a second, a day in more than three minutes
PATIENCE = 20.0


def eventually(condition: Callable[[], object]) -> None:
    """Wait until something holds; a minute of the market brings every price of the test's bars."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def wave_bars(path: Path) -> None:
    """WAVE swings from 100 to 110 and back every minute, each bar two dollars high; FLAT stays at 50."""
    lines = ["timestamp,symbol,open,high,low,close,volume"]
    for minute in range(390):
        at = f"2013-10-07T{13 + (30 + minute) // 60:02d}:{(30 + minute) % 60:02d}:00Z"
        price = 110 if minute % 2 else 100
        lines.append(f"{at},WAVE,{price},{price + 1},{price - 1},{price},4000")
        lines.append(f"{at},FLAT,50,50,50,50,400")
    path.write_text("\n".join(lines) + "\n")


class Server:
    """The application in a thread with a loop of its own, as the client under test blocks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.address = ""

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(PATIENCE)
        eventually(lambda: requests.get(f"{self.url}/readyz", timeout=5).status_code == 200)

    def stop(self) -> None:
        self._stop()
        self._thread.join(PATIENCE)

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def client(self, account: str) -> TradingClient:
        return TradingClient(account, account, url_override=self.url)

    async def _serve(self) -> None:
        runner = web.AppRunner(create(self._settings), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = cast("tuple[str, int]", runner.addresses[0])
        self.address = f"{host}:{port}"
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
        self._started.set()
        await stopping.wait()
        await runner.cleanup()


Start = Callable[..., Server]
Call = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bars") / "bars.csv"
    wave_bars(path)
    return str(path)


@pytest.fixture(scope="module")
def server(bars: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One exchange for the tests of a file, which use an account each."""
    folder = tmp_path_factory.mktemp("exchange")
    running = Server(Settings(exchange_bars=bars, exchange_state=str(folder), exchange_speed=SPEED))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def start(bars: str, tmp_path: Path) -> Iterator[Start]:
    """Start an exchange with settings of its own."""
    running: list[Server] = []

    def started(**settings: object) -> Server:
        values = {"exchange_bars": bars, "exchange_state": str(tmp_path), "exchange_speed": SPEED, **settings}
        running.append(Server(Settings(**values)))  # pyright: ignore[reportArgumentType] - a test names what it sets
        running[-1].start()
        return running[-1]

    yield started
    for one in running:
        one.stop()


@pytest.fixture
def client(server: Server) -> Iterator[TradingClient]:
    """Alpaca's own client for an account that nobody else uses."""
    one = server.client(uuid4().hex)
    yield one
    one._session.close()


@pytest.fixture
def call(server: Server) -> Iterator[Call]:
    """Call the exchange by plain HTTP, with the keys of the test's own account."""
    name = uuid4().hex
    with requests.Session() as session:
        session.headers.update({"APCA-API-KEY-ID": name, "APCA-API-SECRET-KEY": name})

        def called(method: str, path: str, **more: object) -> requests.Response:
            return session.request(method, server.url + path, timeout=5, **more)  # pyright: ignore[reportArgumentType] - requests' own keywords

        yield called


@pytest.fixture(scope="session")
def wait() -> Callable[[Callable[[], object]], None]:
    return eventually
