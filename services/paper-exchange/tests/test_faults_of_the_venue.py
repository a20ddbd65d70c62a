"""What befalls orders, symbols and market data, as Alpaca's own clients see it."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias, cast

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.models import Quote
from alpaca.data.requests import StockLatestQuoteRequest
from alpaca.trading.models import Order

if TYPE_CHECKING:
    from .conftest import Body, Server, Start, Trader

Wait: TypeAlias = Callable[[Callable[[], object]], None]
SYMBOL = {"account": "", "symbol": "FLAT"}  # what befalls a symbol befalls every account


@pytest.fixture
def quote(server: Server, trader: Trader) -> Iterator[Callable[[], Quote]]:
    """Ask for the latest quote of FLAT."""
    client = StockHistoricalDataClient(trader.name, trader.name, url_override=server.url)
    asked = StockLatestQuoteRequest(symbol_or_symbols="FLAT")
    yield lambda: cast("dict[str, Quote]", client.get_stock_latest_quote(asked))["FLAT"]
    client._session.close()


def status(trader: Trader, order: dict[str, str]) -> str:
    return cast("Order", trader.client.get_order_by_id(order["id"])).status.value


def position(trader: Trader) -> str:
    listed = cast("list[dict[str, str]]", trader.client.get("/positions"))
    return "".join(one["qty"] for one in listed)


def test_an_order_is_accepted_and_then_rejected(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("reject_after_accept")
        asked = trader.order()
        wait(lambda: trader.events() == ["pending_new", "rejected"])
    assert (asked["status"], status(trader, asked), trader.met()) == (
        "pending_new",
        "rejected",
        ["reject_after_accept"],
    )
    assert cast("dict[str, str]", trader.heard[1]["order"])["failed_at"]


def test_an_order_that_is_refused_leaves_the_fault_for_the_next(trader: Trader):
    trader.will_meet("reject_after_accept")
    with pytest.raises(APIError):
        trader.order(qty=-1)
    assert trader.met() == []
    assert status(trader, trader.order()) == "rejected"


def test_a_cancel_is_stuck_until_it_is_healed(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("stuck_cancel", "1000000")
        asked = trader.rest()
        trader.client.cancel_order_by_id(asked["id"])
        assert status(trader, asked) == "pending_cancel"
        with pytest.raises(APIError, match="order pending cancel"):
            trader.client.cancel_order_by_id(asked["id"])
        trader.by_hand("DELETE", "/faults/stuck_cancel")
        wait(lambda: trader.events() == ["pending_new", "new", "pending_cancel", "canceled"])
    assert status(trader, asked) == "canceled"


def test_a_stuck_cancel_ends_when_its_time_is_up(trader: Trader, wait: Wait):
    trader.will_meet("stuck_cancel", "15")
    asked = trader.rest()
    trader.client.cancel_order_by_id(asked["id"])
    wait(lambda: status(trader, asked) == "canceled")
    assert trader.met() == ["stuck_cancel"]


def test_a_cancel_is_taken_in_and_then_refused(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("cancel_rejected")
        asked = trader.rest()
        trader.client.cancel_order_by_id(asked["id"])
        wait(lambda: trader.events() == ["pending_new", "new", "pending_cancel", "order_cancel_rejected"])
    assert status(trader, asked) == "new"


def test_a_canceled_order_fills_after_all(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("late_fill")
        asked = trader.rest()
        trader.client.cancel_order_by_id(asked["id"])
        assert status(trader, asked) == "canceled"
        wait(lambda: trader.events() == ["pending_new", "new", "canceled", "fill"])
    assert (status(trader, asked), position(trader)) == ("filled", "1")


def test_both_exits_of_a_bracket_fill_where_the_cancel_of_one_came_too_late(trader: Trader, wait: Wait):
    def enters() -> bool:
        with suppress(APIError):  # as long as the market is below the stop
            exits: Body = {"take_profit": {"limit_price": 200}, "stop_loss": {"stop_price": 104}}
            return bool(trader.order(symbol="WAVE", order_class="bracket", **exits))
        return False

    trader.order(symbol="WAVE", qty=5)
    trader.will_meet("late_fill")
    wait(enters)
    wait(lambda: position(trader) == "4")
    assert (trader.met(), sorted(trader.orders().values())) == (["late_fill"], ["filled"] * 4)


def test_a_halted_symbol_takes_orders_and_does_not_trade_until_it_is_healed(trader: Trader, wait: Wait):
    trader.will_meet("halt", "1000000", **SYMBOL)
    wait(lambda: ("halt", "FLAT") in struck(trader))
    asked = trader.order()
    rests = trader.rest()
    trader.client.cancel_order_by_id(rests["id"])
    assert (status(trader, asked), status(trader, rests)) == ("new", "canceled")
    trader.by_hand("DELETE", "/faults/halt")
    wait(lambda: status(trader, asked) == "filled")


def test_a_halt_ends_when_its_time_is_up(start: Start, wait: Wait):
    server = start(exchange_faults="halt=1@60")
    with server.client("demo")._session as session:
        headers = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}

        def halts() -> int:
            return session.get(f"{server.url}/exchange/faults", headers=headers).json()["struck"].get("halt", 0)

        wait(lambda: halts() > 4)  # two symbols, which can be halted again only after they have traded


def struck(trader: Trader) -> list[tuple[str, str]]:
    strikes = cast("list[dict[str, object]]", trader.by_hand("GET", "/strikes").json())
    return [(str(one["fault"]), cast("dict[str, str]", one["on"]).get("symbol", "")) for one in strikes]


@pytest.mark.parametrize(("fault", "bid", "ask"), [("zero_ask", 49.99, 0), ("crossed_quote", 50, 49.99)])
def test_market_data_is_wrong_and_the_market_is_not(
    trader: Trader, quote: Callable[[], Quote], wait: Wait, fault: str, bid: float, ask: float
):
    trader.will_meet(fault, times=100, **SYMBOL)
    wait(lambda: (quote().bid_price, quote().ask_price) == (bid, ask))
    asked = trader.order()
    assert cast("Order", trader.client.get_order_by_id(asked["id"])).filled_avg_price == "50"
    trader.by_hand("DELETE", f"/faults/{fault}")
    wait(lambda: (quote().bid_price, quote().ask_price) == (49.99, 50))


@pytest.mark.parametrize("fault", ["data_gap", "stale_quote"])
def test_market_data_stands_still(trader: Trader, quote: Callable[[], Quote], wait: Wait, fault: str):
    trader.will_meet(fault, times=100, **SYMBOL)
    wait(lambda: (fault, "FLAT") in struck(trader))
    seen = quote()
    wait(lambda: struck(trader).count((fault, "FLAT")) > 3)
    assert quote() == seen
    trader.by_hand("DELETE", f"/faults/{fault}")
    wait(lambda: quote().timestamp > seen.timestamp)


def test_a_person_trades_and_cancels_beside_the_program(trader: Trader, wait: Wait):
    trader.rest(client_order_id="own")
    for deed in ("buy", "cancel"):
        trader.will_meet("external_order", deed, symbol="FLAT")
    wait(lambda: len(trader.met()) == 2)
    trader.will_meet("external_order", "sell", symbol="FLAT")
    wait(lambda: len(trader.met()) == 3)
    orders = trader.orders()
    assert (orders.pop("own"), sorted(orders.values()), position(trader)) == ("canceled", ["filled", "filled"], "")


def test_a_person_can_be_played_directly(trader: Trader):
    trader.will_meet("reject_after_accept")
    body: Body = {"symbol": "FLAT", "side": "buy", "type": "limit", "time_in_force": "gtc", "qty": 1, "limit_price": 1}
    asked = cast("dict[str, str]", trader.by_hand("POST", "/person/orders", body).json())
    assert status(trader, asked) == "new"
    assert trader.by_hand("DELETE", f"/person/orders/{asked['id']}").status_code == 204
    assert (status(trader, asked), trader.met()) == ("canceled", [])
    assert trader.by_hand("POST", "/person/orders", {"symbol": "NOPE"}).status_code == 422
    assert trader.by_hand("DELETE", "/person/orders/unknown").status_code == 404
