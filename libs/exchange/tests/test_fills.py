"""At which price an order trades."""

from decimal import Decimal

import pytest

from exchange.book import Order, OrderClass, OrderType, Side, Status, TimeInForce
from exchange.fills import Print, average, fill_price, shares, triggers

D = Decimal


def shown(price: str = "100", bid: str = "99.99", ask: str = "100.01") -> Print:
    """A print of a bar from 99 to 101."""
    return Print("SPY", 0, D(price), D(bid), D(ask), low=D(99), high=D(101))


def order(
    side: str = "buy",
    kind: str = "market",
    *,
    limit: str | None = None,
    stop: str | None = None,
    qty: str | None = "10",
    notional: str | None = None,
    filled: tuple[str, str] | None = None,
) -> Order:
    return Order(
        id="id",
        client_order_id="name",
        symbol="SPY",
        side=Side(side),
        type=OrderType(kind),
        time_in_force=TimeInForce.DAY,
        order_class=OrderClass.SIMPLE,
        status=Status.NEW,
        created_at=0,
        updated_at=0,
        submitted_at=0,
        expires_at=1,
        qty=None if qty is None else D(qty),
        notional=None if notional is None else D(notional),
        limit_price=None if limit is None else D(limit),
        stop_price=None if stop is None else D(stop),
        filled_qty=D(filled[0]) if filled else D(0),
        filled_avg_price=D(filled[1]) if filled else None,
    )


@pytest.mark.parametrize(
    ("side", "kind", "limit", "resting", "expected"),
    [
        ("buy", "market", None, False, "100.01"),
        ("sell", "market", None, False, "99.99"),
        ("buy", "limit", "100.01", False, "100.01"),
        ("buy", "limit", "100.50", False, "100.01"),
        ("buy", "limit", "100", False, None),
        ("sell", "limit", "99.99", False, "99.99"),
        ("sell", "limit", "99.50", False, "99.99"),
        ("sell", "limit", "100", False, None),
        ("buy", "limit", "100.50", True, "100.50"),
        ("sell", "limit", "99.50", True, "99.50"),
        ("buy", "limit", "105", True, "100.01"),
        ("sell", "limit", "95", True, "99.99"),
        ("buy", "stop_limit", "100", False, None),
    ],
)
def test_a_newcomer_takes_the_quote_and_a_waiting_limit_trades_at_its_own_price(
    side: str, kind: str, limit: str | None, *, resting: bool, expected: str | None
):
    price = fill_price(order(side, kind, limit=limit), shown(), resting=resting)
    assert price == (None if expected is None else D(expected))


@pytest.mark.parametrize(("side", "expected"), [("buy", "101"), ("sell", "99")])
def test_no_order_trades_outside_the_range_of_the_bar(side: str, expected: str):
    wide = shown(bid="98.50", ask="101.50")
    assert fill_price(order(side), wide, resting=False) == D(expected)


@pytest.mark.parametrize(
    ("side", "limit", "slippage", "expected"),
    [
        ("buy", None, "50", "100.5101"),
        ("sell", None, "50", "99.4900"),
        ("buy", None, "500", "101"),
        ("sell", None, "500", "99"),
        ("buy", "100.20", "50", "100.20"),
        ("sell", "99.80", "50", "99.80"),
    ],
)
def test_who_takes_the_quote_loses_within_the_bar_and_within_the_limit(
    side: str, limit: str | None, slippage: str, expected: str
):
    one = order(side, "market" if limit is None else "limit", limit=limit)
    assert fill_price(one, shown(), resting=False, slippage=D(slippage)) == D(expected)


@pytest.mark.parametrize(
    ("side", "limit", "bid", "ask"), [("buy", "98.70", "98.4", "98.5"), ("sell", "101.40", "101.5", "101.6")]
)
def test_a_limit_beyond_the_bar_does_not_trade(side: str, limit: str, bid: str, ask: str):
    assert fill_price(order(side, "limit", limit=limit), shown(bid=bid, ask=ask), resting=False) is None


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [
        ("sell", "100.01", False),
        ("sell", "100", True),
        ("sell", "99", True),
        ("buy", "99.99", False),
        ("buy", "100", True),
        ("buy", "101", True),
    ],
)
def test_a_stop_is_set_off_by_a_trade_at_its_price_or_beyond(side: str, price: str, *, expected: bool):
    assert triggers(order(side, "stop", stop="100"), D(price)) is expected


@pytest.mark.parametrize(
    ("qty", "notional", "filled", "expected"),
    [
        ("10", None, None, "10"),
        ("10", None, ("4", "1"), "6"),
        (None, "100", None, "14.285714285"),
    ],
)
def test_what_is_left_to_trade_is_a_quantity_or_what_the_money_buys(
    qty: str | None, notional: str | None, filled: tuple[str, str] | None, expected: str
):
    assert shares(order(qty=qty, notional=notional, filled=filled), D(7)) == D(expected)


def test_the_average_price_weighs_every_execution():
    assert average(order(filled=("1", "10")), D(3), D(20)) == D("17.5")
