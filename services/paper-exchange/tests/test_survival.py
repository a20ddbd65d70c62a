"""The death of the process loses nothing that anybody has heard of."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportPrivateUsage=false

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.models import Clock, Order, Position

from exchange.journal import JournalError
from paper_exchange.app import create
from paper_exchange.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator

    from .conftest import Server

Wait = Callable[[Callable[[], object]], None]
Start = Callable[..., "Server"]


EVERYTHING = (
    "seed=7,lost_request=0.05,lost_response=0.1,error_before=0.05,error_after=0.1,rate_limit=0.1,garbled=0.1,"
    "reject_after_accept=0.1,stuck_cancel=0.1,cancel_rejected=0.1,late_fill=0.3,halt=0.05@15,external_order=0.01"
)


class Process:
    """`python -m paper_exchange` on a free port."""

    def __init__(self, bars: str, folder: Path, faults: str, **more: str) -> None:
        settings = {"BARS": bars, "STATE": str(folder), "FAULTS": faults, "PORT": "0", **more}
        environ = {**os.environ, **{f"EXCHANGE_{name}": value for name, value in settings.items()}}
        command = [sys.executable, "-m", "paper_exchange"]
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self.faults = self.process.stdout.readline().strip()

    def ready(self) -> bool:
        return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


Begin = Callable[..., Process]


@contextmanager
def client(url: str) -> Generator[TradingClient]:
    one = TradingClient("demo", "demo", url_override=url)
    yield one
    one._session.close()


@pytest.fixture
def begin(bars: str, tmp_path: Path, wait: Wait) -> Iterator[Begin]:
    """Begin the exchange of one folder, again and again."""
    begun: list[Process] = []

    def one(faults: str = "") -> Process:
        begun.append(Process(bars, tmp_path, faults))
        wait(begun[-1].ready)
        return begun[-1]

    yield one
    for process in begun:
        process.kill()


def buy(client: TradingClient, name: str) -> dict[str, str]:
    body = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day", "qty": 1}
    return cast("dict[str, str]", client.post("/orders", {**body, "client_order_id": name}))


def rest(client: TradingClient, name: str) -> dict[str, str]:
    """Place an order that waits for a price that does not come."""
    body = {"symbol": "FLAT", "side": "buy", "type": "limit", "time_in_force": "gtc", "qty": 5, "limit_price": 1}
    return cast("dict[str, str]", client.post("/orders", {**body, "client_order_id": name}))


def by_hand(process: Process, method: str, path: str, **body: str) -> dict[str, Any]:
    """Call the faults of a process."""
    keys = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
    url = f"{process.url}/exchange/faults{path}"
    return cast("dict[str, Any]", requests.request(method, url, json=body, headers=keys, timeout=5).json())


def everything(client: TradingClient) -> list[object]:
    """What the account remembers, as it stands on the wire."""
    paths = (
        "/orders", "/orders?status=all&nested=true", "/positions", "/account/activities/FILL", "/watchlists",
        "/account/configurations",
    )  # fmt: skip
    raw = TradingClient("demo", "demo", url_override=client._base_url, raw_data=True)
    answers: list[object] = [raw.get(path) for path in paths]
    answers.append(cast("dict[str, object]", raw.get("/account"))["cash"])
    raw._session.close()
    return answers


def test_a_killed_exchange_remembers_orders_positions_names_and_the_time(begin: Begin):
    first = begin()
    with client(first.url) as trader:
        buy(trader, "filled")
        rest(trader, "waiting")
        before = everything(trader)
        time_before = cast("Clock", trader.get_clock()).timestamp
    first.kill()
    second = begin()
    with client(second.url) as trader:
        assert everything(trader) == before
        assert cast("Clock", trader.get_clock()).timestamp > time_before
        with pytest.raises(APIError, match="client_order_id must be unique"):
            buy(trader, "filled")
        buy(trader, "another")
    second.kill()
    third = begin()
    with client(third.url) as trader:
        assert len(cast("list[object]", everything(trader)[3])) == 2


def test_no_order_that_was_answered_is_lost_by_a_kill_in_full_flight(begin: Begin, wait: Wait):
    first = begin()
    answered: list[str] = []

    def send_until_it_dies() -> None:
        with client(first.url) as trader, suppress(requests.ConnectionError):
            while True:
                answered.append(buy(trader, f"order {len(answered)}")["id"])

    sender = threading.Thread(target=send_until_it_dies)
    sender.start()
    wait(lambda: len(answered) > 50)
    first.process.kill()
    sender.join()
    second = begin()
    with client(second.url) as trader:
        assert [str(cast("Order", trader.get_order_by_id(one)).id) for one in answered] == answered
        position = cast("Position", trader.get_open_position("FLAT"))
    # One more may have been taken in, whose answer did not arrive.
    assert int(position.qty) - len(answered) in {0, 1}


def test_a_kill_among_faults_of_every_kind_loses_nothing_that_was_answered(begin: Begin):
    first = begin(EVERYTHING)
    answered: list[str] = []
    with client(first.url) as trader:
        trader._retry_wait = 0
        for number in range(150):
            with suppress(requests.RequestException, APIError):
                if number % 3 == 2:
                    trader.cancel_orders()
                else:
                    answered.append((rest if number % 3 else buy)(trader, f"order {number}")["client_order_id"])
    first.kill()
    second = begin()
    with client(second.url) as trader:
        listed = cast("list[dict[str, str]]", trader.get("/orders", {"status": "all", "limit": 500}))
        fills = cast("list[dict[str, str]]", trader.get("/account/activities/FILL"))
        cash = cast("dict[str, str]", trader.get("/account"))["cash"]
        held = cast("list[dict[str, str]]", trader.get("/positions"))
    names = [one["client_order_id"] for one in listed]
    assert len(names) == len(set(names)) > len(answered) > 20
    assert set(names) >= set(answered)
    shares = {one["id"]: Decimal(one["qty"]) * (1 if one["side"] == "buy" else -1) for one in fills}
    spent = sum(shares[one["id"]] * Decimal(one["price"]) for one in fills)
    assert (Decimal(cash), sum(Decimal(one["qty"]) for one in held)) == (100_000 - spent, sum(shares.values()))


def test_a_killed_exchange_remembers_halts_stuck_cancels_replacements_watchlists_and_configurations(
    begin: Begin, wait: Wait
):
    first = begin("seed=7,lost_response=1")
    assert first.faults == "faults: seed=7,lost_response=1"
    with client(first.url) as trader:
        with pytest.raises(requests.ConnectionError):
            rest(trader, "answer lost")
        by_hand(first, "DELETE", "")
        chain = rest(trader, "chain")
        for price in (2, 3):
            chain = cast("dict[str, str]", trader.patch(f"/orders/{chain['id']}", {"limit_price": price}))
        by_hand(first, "POST", "/stuck_cancel", how="999999")
        stuck = rest(trader, "stuck")
        trader.cancel_order_by_id(stuck["id"])
        by_hand(first, "POST", "/halt", symbol="FLAT", how="999999")
        wait(lambda: by_hand(first, "GET", "")["struck"].get("halt"))
        halted = buy(trader, "halted")
        trader.post("/watchlists", {"name": "mine", "symbols": ["WAVE", "FLAT"]})
        trader.patch("/account/configurations", {"suspend_trade": False, "trade_confirm_email": "none"})
        before = everything(trader)
    first.kill()
    begin().kill()  # which has written a snapshot of what it read
    third = begin()
    assert (third.faults, by_hand(third, "GET", "")["on"]) == ("faults: none", False)
    with client(third.url) as trader:
        assert everything(trader) == before
        for fault in ("halt", "stuck_cancel"):
            by_hand(third, "DELETE", f"/{fault}")
        wait(lambda: cast("Order", trader.get_order_by_id(halted["id"])).status.value == "filled")
        assert cast("Order", trader.get_order_by_id(stuck["id"])).status.value == "canceled"
        assert cast("Order", trader.get_order_by_id(chain["id"])).limit_price == "3"


def test_a_killed_exchange_remembers_splits_to_come_and_those_that_have_been(bars: str, tmp_path: Path, wait: Wait):
    short = tmp_path / "short.csv"
    short.write_text("\n".join(Path(bars).read_text().splitlines()[:5]) + "\n")  # days of two minutes
    keys = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
    told: list[object] = []
    for number in range(3):
        process = Process(str(short), tmp_path, "", SPEED="600", HOURS="regular")
        try:
            wait(process.ready)
            with client(process.url) as trader:
                if number == 0:
                    buy(trader, "held")
                    wait(trader.get_all_positions)
                    for day in ("2013-10-15", "2013-12-17"):
                        wish = {"symbol": "FLAT", "old_rate": 1, "new_rate": 3, "ex_date": day}
                        url = f"{process.url}/exchange/splits"
                        assert requests.post(url, json=wish, headers=keys, timeout=5).status_code == 200
                wait(lambda trader=trader: cast("Position", trader.get_open_position("FLAT")).qty == "3")
                told.append(requests.get(f"{process.url}/exchange/splits", headers=keys, timeout=5).json())
        finally:
            process.kill()
    assert told == [told[0]] * 3


def test_accounts_can_be_listed_with_their_keys(start: Start):
    server = start(exchange_accounts="key:secret:main, other:words:second")
    with client(server.url) as stranger, pytest.raises(APIError, match="unauthorized"):
        stranger.get_account()
    headers = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}
    assert requests.get(f"{server.url}/v2/account", headers=headers, timeout=5).status_code == 200


def test_orders_sent_after_the_last_close_wait_and_can_be_canceled(start: Start, wait: Wait):
    server = start(exchange_loop=False, exchange_speed=1e9)
    with client(server.url) as trader:
        wait(lambda: cast("Clock", trader.get_clock()).is_open is False)
        asked = buy(trader, "queued")
        assert asked["status"] == "accepted"
        trader.cancel_order_by_id(asked["id"])
        assert cast("Order", trader.get_order_by_id(asked["id"])).status.value == "canceled"


def test_a_state_of_other_bars_is_refused_as_long_as_it_holds_something_of_them(start: Start, tmp_path: Path):
    server = start()
    with client(server.url) as trader:
        buy(trader, "held")
    server.stop()
    bars = tmp_path / "others.csv"
    bars.write_text("timestamp,symbol,open,high,low,close,volume\n2013-10-07T13:30:00Z,OTHER,9,9,9,9,100\n")
    with pytest.raises(JournalError, match=r"hold or order FLAT, expected symbols of the bars"):
        create(Settings(exchange_bars=str(bars), exchange_state=str(tmp_path)))
