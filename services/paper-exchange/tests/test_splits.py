"""Splits: announced by hand, told of in Alpaca's shape, played from their day on, remembered."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
import requests
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import (
    CorporateActionDateType,
    CorporateActionSubType,
    CorporateActionType,
    OrderSide,
    OrderStatus,
    TimeInForce,
)
from alpaca.trading.models import CorporateActionAnnouncement, Order, Position
from alpaca.trading.requests import GetCorporateAnnouncementsRequest, MarketOrderRequest, StopOrderRequest

from paper_exchange.divisors import Divisors
from paper_exchange.market import beats
from paper_exchange.recorded import Bar
from paper_exchange.recording import parse
from paper_exchange.sessions import Sessions
from paper_exchange.tape import MINUTE, Hours

if TYPE_CHECKING:
    from .conftest import Call, Server

Start = Callable[..., "Server"]
Wait = Callable[[Callable[[], object]], None]
D = Decimal

HEADER = "timestamp,symbol,open,high,low,close,volume\n"
SHORT_DAY = HEADER + "".join(
    f"2013-10-07T13:{30 + minute}:00Z,{symbol},{price},{price},{price},{price},400\n"
    for minute in range(3)
    for symbol, price in (("ODD", "10.01"), ("SOLID", "50"))
)
EX_DATE = date(2013, 10, 16)  # the eighth session
TWO_FOR_ONE = {"symbol": "SOLID", "old_rate": 1, "new_rate": 2, "ex_date": EX_DATE.isoformat()}
WHICH = GetCorporateAnnouncementsRequest(
    ca_types=[CorporateActionType.SPLIT, CorporateActionType.DIVIDEND], since=date(2013, 10, 7),
    until=date(2013, 12, 31), date_type=CorporateActionDateType.EX_DATE,
)  # fmt: skip
KEYS = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
pytestmark = pytest.mark.filterwarnings("ignore:get_corporate_announcements is deprecated:DeprecationWarning")


@pytest.fixture
def begin(start: Start, tmp_path: Path) -> Callable[[], Server]:
    """Start an exchange whose days are over in half a second, again and again on one folder."""
    bars = tmp_path / "short.csv"
    bars.write_text(SHORT_DAY)
    return lambda: start(exchange_bars=str(bars), exchange_speed=600.0, exchange_hours=Hours.REGULAR)


def announcements(client: TradingClient) -> list[CorporateActionAnnouncement]:
    return cast("list[CorporateActionAnnouncement]", client.get_corporate_announcements(WHICH))


def held(client: TradingClient) -> Decimal:
    return D(cast("Position", client.get_open_position("SOLID")).qty)


def closes(server: Server) -> set[float]:
    """Give the prices of all bars there have been."""
    return {bar["c"] for bar in shown(server)}


def shown(server: Server, **asking: str) -> list[dict[str, float]]:
    asked = {"symbols": "SOLID", "timeframe": "1Day", "start": "2013-10-07", "limit": "10000", **asking}
    found = requests.get(f"{server.url}/v2/stocks/bars", asked, headers=KEYS, timeout=5).json()
    return found["bars"].get("SOLID", [])


def test_a_split_doubles_the_shares_and_halves_the_price_from_its_day_on_and_is_remembered(
    begin: Callable[[], Server], wait: Wait
):
    server = begin()
    client = server.client("demo")
    client.submit_order(MarketOrderRequest(symbol="SOLID", qty=3, side=OrderSide.BUY, time_in_force=TimeInForce.DAY))
    wait(client.get_all_positions)
    stop = StopOrderRequest(symbol="SOLID", qty=2, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, stop_price=45)
    left = cast("Order", client.submit_order(stop))
    answer = cast("dict[str, str]", client.post("/../exchange/splits", TWO_FOR_ONE))
    told = announcements(client)
    assert [(one.ca_sub_type, one.old_rate, one.new_rate, one.ex_date) for one in told] == [
        (CorporateActionSubType.STOCK_SPLIT, 1, 2, EX_DATE)
    ]
    assert client.get_corporate_announcement_by_id(told[0].id) == told[0]
    assert answer["id"] == str(told[0].id)
    assert held(client) == D(3)
    # Nobody has seen to the stop: it is as it was, and the halved price sets it off.
    wait(lambda: cast("Order", client.get_order_by_id(left.id)).status is OrderStatus.FILLED)
    assert held(client) == D(4)
    assert cast("Order", client.get_order_by_id(left.id)).filled_avg_price == "25"
    wait(lambda: closes(server) == {50, 25})
    server.stop()
    again = begin()
    second = again.client("demo")
    position = cast("Position", second.get_open_position("SOLID"))
    assert (D(position.qty), position.current_price) == (D(4), "25")
    assert announcements(second) == told
    history = cast("dict[str, list[float]]", second.get("/account/portfolio/history", {"period": "1M"}))
    assert {value for value in history["equity"] if value < 99_999} == set()
    for one in (client, second):
        one._session.close()


def test_bars_from_before_a_split_are_told_at_the_prices_after_it_where_that_is_asked(
    begin: Callable[[], Server], wait: Wait
):
    server = begin()
    requests.post(f"{server.url}/exchange/splits", json=TWO_FOR_ONE, headers=KEYS, timeout=5).raise_for_status()
    wait(lambda: closes(server) == {50})
    assert {bar["c"] for bar in shown(server, adjustment="split")} == {50}
    wait(lambda: closes(server) == {50, 25})
    for adjustment in ("split", "all", "dividend,split"):
        days = shown(server, adjustment=adjustment)
        assert {(bar["o"], bar["h"], bar["l"], bar["c"], bar["vw"]) for bar in days} == {(25, 25, 25, 25, 25)}
        assert [bar["v"] for bar in days[:7]] == [2 * 1200] * 7
    # The second week had the split in it.
    assert [bar["h"] for bar in shown(server, timeframe="1Week")[:2]] == [50, 50]
    assert [bar["h"] for bar in shown(server, timeframe="1Week", adjustment="split")[:2]] == [25, 25]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbol": "NOPE"}, "asset not found"),
        ({"new_rate": 0}, "new_rate was 0, expected a number above 0"),
        ({"old_rate": 2}, "were equal"),
        ({"ex_date": "2013-10-07"}, "expected a trading day after 2013-10-07"),
        ({"ex_date": "2013-10-19"}, "expected a trading day"),
        ({"ex_date": "2014-06-02"}, "within 90 days"),
    ],
)
def test_what_is_no_split_to_come_is_refused(call: Call, change: dict[str, object], words: str):
    answer = call("POST", "/exchange/splits", json={**TWO_FOR_ONE, "symbol": "FLAT", **change})
    assert answer.status_code in {404, 422}
    assert words in answer.json()["message"]


def test_a_split_is_announced_once_and_listed_by_its_dates(call: Call, client: TradingClient):
    wish = {**TWO_FOR_ONE, "symbol": "WAVE", "ex_date": "2013-12-10"}
    assert call("POST", "/exchange/splits", json=wish).status_code == 200
    assert "announced already" in call("POST", "/exchange/splits", json=wish).json()["message"]
    assert [one["ex_date"] for one in call("GET", "/exchange/splits").json()] == ["2013-12-10"]
    assert [one.initiating_symbol for one in announcements(client)] == ["WAVE"]
    elsewhere = WHICH.model_copy(update={"date_type": CorporateActionDateType.EX_DATE, "until": date(2013, 12, 9)})
    assert client.get_corporate_announcements(elsewhere) == []
    with pytest.raises(APIError, match="90 days"):
        client.get("/corporate_actions/announcements?ca_types=split&since=2013-01-01&until=2013-12-31")


def test_the_morning_before_a_split_leaves_time_to_see_to_orders():
    tape = parse(SHORT_DAY, Hours.REGULAR)
    sessions = Sessions(tape.days[0].date)
    tape.splits.put("SOLID", 1, D(2))
    first, second = ([beat for beat in beats(tape, sessions, 0, 2) if beat.round == number] for number in (0, 1))
    assert first[0].at == sessions[0].opens
    assert second[0].at == sessions[1].midnight
    assert (second[1].at, len([beat for beat in second if beat.at < sessions[1].opens])) == (
        sessions[1].opens - 30 * MINUTE, 121,
    )  # fmt: skip
    prices = [{one.symbol: one.price for beat in day for one in beat.prints} for day in (first, second)]
    assert prices == [{"SOLID": D(50), "ODD": D("10.01")}, {"SOLID": D(25), "ODD": D("10.01")}]


def test_prices_after_a_split_are_on_the_grid_and_splits_add_up():
    tape, divisors = parse(SHORT_DAY, Hours.REGULAR), Divisors()
    for round_, by in ((1, D(3)), (2, D("0.1"))):
        divisors.put("ODD", round_, by)
    minute = 9 * 60 + 30
    bars = [divisors.applied(tape.days[0], round_).symbols["ODD"][minute] for round_ in (0, 1, 2)]
    assert [(bar.close, bar.volume) for bar in bars] == [(D("10.01"), 400), (D("3.34"), 1200), (D("33.37"), 120)]
    low = Bar("ODD", D("1.01"), D("1.01"), D("1.01"), D("1.01"), 400, D("0.01"))
    many = Divisors()
    many.put("ODD", 0, D(20))
    day = type(tape.days[0])(tape.days[0].date, {minute: (low,)}, {"ODD": {minute: low}})
    assert many.applied(day, 0).symbols["ODD"][minute].close == D("0.0505")
