"""A real exchange on a free port, playing bars that a test can foresee."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, cast
from uuid import uuid4

import pytest
import requests
from aiohttp import web
from alpaca.trading.client import TradingClient
from alpaca.trading.stream import TradingStream

from paper_exchange.app import create
from paper_exchange.settings import Settings

SPEED = 120.0  # a minute in half a second, a day in more than three minutes
ANY_NUMBER = 0  # of requests a minute: a test that waits asks often
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
        if self._thread.is_alive():
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


def quick(bars: str, folder: Path, **settings: object) -> Server:
    """Make an exchange that plays fast and counts no requests, unless the settings say otherwise."""
    usual = {"exchange_speed": SPEED, "exchange_requests_per_minute": ANY_NUMBER}
    values = {"exchange_bars": bars, "exchange_state": str(folder), **usual, **settings}
    return Server(Settings(**values))  # pyright: ignore[reportArgumentType] - a test names what it sets


Start = Callable[..., Server]
Json: TypeAlias = "str | int | bool | dict[str, Json] | None"
Body: TypeAlias = dict[str, Json]


class Trader:
    """An account of its own: Alpaca's client and stream, and the faults that are to strike it."""

    def __init__(self, server: Server, name: str) -> None:
        self.name = name
        self.client = server.client(name)
        self.client._retry_wait = 0  # three seconds between the times that it sends a request are not of the essence
        self.heard: list[Body] = []
        self._stream_url = f"ws://{server.address}/stream"
        self._url = f"{server.url}/exchange"
        self._session = requests.Session()
        self._session.headers.update({"APCA-API-KEY-ID": name, "APCA-API-SECRET-KEY": name})

    def order(self, **members: Json) -> dict[str, str]:
        """Buy a share of FLAT, or what the members say, and give the answer as it stands on the wire."""
        body = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day", "qty": 1, **members}
        return cast("dict[str, str]", self.client.post("/orders", body))

    def rest(self, **members: Json) -> dict[str, str]:
        """Place an order that waits for a price that does not come."""
        return self.order(type="limit", time_in_force="gtc", limit_price=1, **members)

    def orders(self) -> dict[str, str]:
        """Give the status of every order by its name."""
        listed = cast("list[dict[str, str]]", self.client.get("/orders", {"status": "all"}))
        return {one["client_order_id"]: one["status"] for one in listed}

    def by_hand(self, method: str, path: str, body: Body | None = None) -> requests.Response:
        """Call what is below /exchange."""
        return self._session.request(method, self._url + path, json=body, timeout=5)

    def will_meet(self, fault: str, how: str | None = None, **on: Json) -> None:
        on = {"account": self.name, **on}
        assert self.by_hand("POST", f"/faults/{fault}", {"how": how, **on}).status_code == 200

    def met(self) -> list[str]:
        """Name the faults that have struck the account."""
        strikes = cast("list[dict[str, Body]]", self.by_hand("GET", "/strikes").json())
        return [str(one["fault"]) for one in strikes if one["on"].get("account") == self.name]

    @contextmanager
    def listening(self) -> Generator[None]:
        """Hear what the stream tells, in the words of the wire."""
        stream = TradingStream(self.name, self.name, raw_data=True, url_override=self._stream_url)
        stream._reconnect_min_backoff = 0.01  # a second between attempts is not of the essence
        stream.subscribe_trade_updates(self._hear)
        thread = threading.Thread(target=stream.run)
        thread.start()
        try:
            self.until_heard()
            yield
        finally:
            stream.stop()  # which the client notices within five seconds, or when its socket closes
            if stream._loop is not None:
                asyncio.run_coroutine_threadsafe(stream.close(), stream._loop)
            thread.join()

    def until_heard(self) -> None:
        """Wait until the client listens, which it does not say: something is sent until it hears of it."""
        before, probes = len(self.heard), list[str]()

        def probe() -> bool:
            probes.append(self.rest()["client_order_id"])
            return len(self.heard) > before

        eventually(probe)
        self.client.cancel_orders()
        eventually(lambda: all("canceled" in self.events(name) for name in probes))
        del self.heard[before:]

    def events(self, name: str = "") -> list[str]:
        """List what was heard of, of one order or of all."""
        told = [(str(one["event"]), str(cast("Body", one["order"])["client_order_id"])) for one in self.heard]
        return [event for event, order in told if name in {"", order}]

    def stop(self) -> None:
        self.client._session.close()
        self._session.close()

    async def _hear(self, update: dict[str, Body]) -> None:
        self.heard.append(update["data"])


Call = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bars") / "bars.csv"
    wave_bars(path)
    return str(path)


@pytest.fixture(scope="module")
def server(bars: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One exchange for the tests of a file, which use an account each."""
    running = quick(bars, tmp_path_factory.mktemp("exchange"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def start(bars: str, tmp_path: Path) -> Iterator[Start]:
    """Start an exchange with settings of its own."""
    running: list[Server] = []

    def started(**settings: object) -> Server:
        running.append(quick(bars, tmp_path, **settings))
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


@pytest.fixture
def trades() -> Iterator[Callable[[Server], Trader]]:
    """Open an account of its own at an exchange."""
    traders: list[Trader] = []

    def one(server: Server) -> Trader:
        traders.append(Trader(server, uuid4().hex))
        return traders[-1]

    yield one
    for trader in traders:
        trader.stop()


@pytest.fixture
def trader(server: Server, trades: Callable[[Server], Trader]) -> Trader:
    return trades(server)


@pytest.fixture(scope="session")
def wait() -> Callable[[Callable[[], object]], None]:
    return eventually
