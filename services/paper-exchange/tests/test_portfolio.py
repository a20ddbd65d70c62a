"""What an account was worth: a known account at known prices, and the history that the exchange shows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest
import requests

from exchange.accounts import Account, Fill, settle
from exchange.book import Side
from paper_exchange.portfolio import Window, deposit, history

Call = Callable[..., requests.Response]
Wait = Callable[[Callable[[], object]], None]

OPENED = 100


def bought(at: int, qty: int, price: str, side: Side = Side.BUY) -> Fill:
    return Fill(
        id=str(at), order_id="order", symbol="FLAT", side=side, price=Decimal(price), qty=Decimal(qty),
        cum_qty=Decimal(qty), leaves_qty=Decimal(0), position_qty=Decimal(0), at=at, settles="2013-10-08",
    )  # fmt: skip


def an_account(*fills: Fill) -> Account:
    one = Account("mine", "id", OPENED, Decimal(1000), Decimal(1000))
    for fill in fills:
        settle(one, fill)
    return one


def ten_and_rising(symbol: str, at: int) -> Decimal:
    """A price of 10 dollars, and one more every hundred."""
    return Decimal(9 + at // 100) if symbol == "FLAT" else Decimal(0)


def test_the_deposit_is_what_the_executions_leave_unexplained():
    assert deposit(an_account(bought(110, 3, "10.01"), bought(120, 2, "12", Side.SELL))) == 1000


def test_each_window_is_valued_at_its_end_and_gains_from_its_base():
    one = an_account(bought(150, 10, "10"), bought(350, 4, "13", Side.SELL))
    windows = [Window(100, 199, 199), Window(200, 299, 199), Window(300, 399, 299)]
    found = history(one, windows, ten_and_rising)
    assert [(each.equity, each.gain) for each in found.elements] == [(1000, 0), (1010, 10), (1024, 14)]
    assert [each.share for each in found.elements] == [0, Decimal("0.01"), Decimal(14) / Decimal(1010)]
    assert (found.base, found.based_at) == (1000, None)


def test_a_short_position_gains_as_its_price_falls():
    one = an_account(bought(350, 10, "12", Side.SELL))
    found = history(one, [Window(400, 499, 499), Window(200, 299, 499)], ten_and_rising)
    assert [each.equity for each in found.elements] == [990, 1000]


def test_the_history_begins_where_the_account_does():
    found = history(an_account(), [Window(0, 50, -1), Window(50, 100, 50), Window(100, 150, 50)], ten_and_rising)
    assert [each.window.label for each in found.elements] == [50, 100]
    assert (found.base, found.based_at) == (1000, None)


def test_an_account_that_was_not_open_has_no_history():
    found = history(an_account(), [Window(0, 50, -1)], ten_and_rising)
    assert (found.elements, found.base, found.based_at) == ((), 0, None)


def test_a_base_before_the_first_window_is_the_worth_at_that_close():
    found = history(an_account(bought(110, 10, "10")), [Window(250, 300, 180)], ten_and_rising)
    assert (found.base, found.based_at, found.elements[0].gain) == (1000, 180, 20)


def test_the_last_element_is_what_the_account_is_worth_now(call: Call):
    body = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day", "qty": "100"}
    call("POST", "/v2/orders", json=body)
    shown = call("GET", "/v2/account/portfolio/history?period=1D&timeframe=1Min&cashflow_types=ALL").json()
    assert shown["equity"][-1] == float(call("GET", "/v2/account").json()["equity"]) == 100_000
    assert (shown["timeframe"], shown["base_value"]) == ("1Min", 100_000)
    assert sum(shown["cashflow"]["JNLC"]) == 100_000
    assert "base_value_asof" not in shown


def cash_beside_ten_waves(call: Call) -> float:
    body = {"symbol": "WAVE", "side": "buy", "type": "market", "time_in_force": "day", "qty": "10"}
    assert call("POST", "/v2/orders", json=body).status_code == 200
    return float(call("GET", "/v2/account").json()["cash"])


def ended(call: Call) -> list[tuple[int, float]]:
    """List the minutes that have ended, each with what the account was worth."""
    shown = call("GET", "/v2/account/portfolio/history?period=1D&timeframe=1Min").json()
    return list(zip(shown["timestamp"], shown["equity"], strict=True))[:-1]


def test_each_minute_is_valued_at_the_price_that_it_ended_with(call: Call, wait: Wait):
    cash = cash_beside_ten_waves(call)
    wait(lambda: len(ended(call)) > 2)
    minutes = ended(call)
    assert minutes == [(at, cash + 10 * (110 if at // 60 % 2 else 100)) for at, _ in minutes]


def test_a_halt_leaves_the_worth_of_a_minute_where_it_was(call: Call, wait: Wait):
    cash_beside_ten_waves(call)
    call("POST", "/exchange/faults/halt", json={"symbol": "WAVE", "how": "1000000"})
    wait(lambda: any(one[1] == after[1] for one, after in pairwise(ended(call))))
    call("DELETE", "/exchange/faults/halt")


@pytest.mark.parametrize(
    ("query", "timeframe"),
    [
        ("", "1D"), ("period=1W", "15Min"), ("period=6D", "1Min"), ("period=1A", "1D"), ("start=2013-10-07", "1Min"),
        ("period=5D&timeframe=1H", "1H"), ("start=2013-09-20T09:30:00-04:00", "15Min"),
        ("date_end=2013-10-07&period=1D", "1Min"), ("start=2013-10-07&period=2M", "1D"),
    ],
)  # fmt: skip
def test_the_steps_are_as_asked_for_or_as_fits_the_period(call: Call, query: str, timeframe: str):
    shown = call("GET", f"/v2/account/portfolio/history?{query}").json()
    assert shown["timeframe"] == timeframe
    assert len(shown["timestamp"]) == len(shown["equity"]) == len(shown["profit_loss"]) == len(shown["profit_loss_pct"])
    assert shown["equity"] == [100_000] * len(shown["equity"]) != []


@pytest.mark.parametrize(("reporting", "apart"), [("market_hours", 60), ("continuous", 60), ("extended_hours", 60)])
def test_intraday_elements_are_labeled_by_the_start_of_their_minute(call: Call, reporting: str, apart: int):
    query = f"period=1D&timeframe=1Min&intraday_reporting={reporting}"
    labels = call("GET", f"/v2/account/portfolio/history?{query}").json()["timestamp"]
    assert {label % apart for label in labels} == {0}
    assert labels == list(range(labels[0], labels[-1] + 1, apart))
