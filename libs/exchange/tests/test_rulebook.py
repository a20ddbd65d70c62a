"""What the exchange accepts, and with which words it refuses."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from exchange.accounts import Account, Position
from exchange.assets import Asset
from exchange.book import Exit, Ticket
from exchange.fills import Print
from exchange.refusals import Refusal, forbidden, malformed, unacceptable
from exchange.rulebook import refuse

D = Decimal
BUY = Ticket(symbol="SPY", side="buy", type="market", time_in_force="day", qty=D(10))
LIMIT = replace(BUY, type="limit", limit_price=D(100))
SELL = replace(BUY, side="sell")
PROFIT, LOSS = Exit(limit_price=D(110)), Exit(stop_price=D(90))
BRACKET = replace(BUY, order_class="bracket", take_profit=PROFIT, stop_loss=LOSS)
OCO = replace(SELL, type="limit", order_class="oco", take_profit=PROFIT, stop_loss=LOSS)
SUB_PENNY = "sub-penny increment does not fulfill minimum pricing criteria"


def refusal(ticket: Ticket) -> Refusal | None:
    """The answer of an account with 1,000 dollars, 20 SPY and one old order named `old`."""
    account = Account("demo", "id", 0, cash=D(1000), last_equity=D(1000))
    account.positions["SPY"] = Position("SPY", D(20), D(100), D(2000))
    account.client_order_ids["old"] = "an order"
    prints = {"SPY": Print("SPY", 0, D(100), D("99.99"), D("100.01"), D(99), D(101))}
    return refuse(ticket, account, prints, {name: Asset(name) for name in ("SPY", "IBM")})


@pytest.mark.parametrize(
    "ticket",
    [
        BUY,
        SELL,
        LIMIT,
        BRACKET,
        OCO,
        replace(LIMIT, time_in_force="gtc"),
        replace(LIMIT, time_in_force="ioc"),
        replace(BUY, time_in_force="fok"),
        replace(LIMIT, extended_hours=True),
        replace(SELL, type="stop", stop_price=D(95)),
        replace(SELL, type="stop_limit", stop_price=D(95), limit_price=D(94)),
        replace(BUY, qty=D("0.000000001")),
        replace(SELL, qty=D("1.5"), type="stop", stop_price=D(95)),
        replace(BUY, qty=None, notional=D("12.34")),
        replace(BUY, symbol="IBM", type="limit", limit_price=D("0.9999")),
        replace(BRACKET, type="limit", limit_price=D(100)),
        replace(BRACKET, stop_loss=Exit(stop_price=D(90), limit_price=D(89))),
        replace(BRACKET, order_class="oto", take_profit=None),
        replace(OCO, take_profit=None, limit_price=D(110)),
        replace(BUY, client_order_id="n" * 128),
    ],
)
def test_what_alpaca_takes_is_accepted(ticket: Ticket):
    assert refusal(ticket) is None


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        (replace(BUY, side="hold"), malformed("invalid side")),
        (replace(BUY, type="iceberg"), malformed("invalid order type")),
        (replace(BUY, time_in_force="forever"), malformed("invalid time_in_force")),
        (replace(BUY, order_class="pair"), malformed("invalid order_class")),
        (replace(BUY, symbol="NOPE"), unacceptable('asset "NOPE" not found')),
        (replace(BUY, qty=None), malformed("qty or notional is required")),
        (replace(BUY, notional=D(5)), unacceptable("only one of qty or notional is accepted")),
        (replace(BUY, qty=D(0)), malformed("qty must be > 0")),
        (replace(BUY, qty=D(-1)), malformed("qty must be > 0")),
        (replace(BUY, qty=D("NaN")), malformed("qty must be > 0")),
        (replace(BUY, qty=D("Infinity")), malformed("qty must be > 0")),
        (replace(BUY, qty=D("1e999999")), malformed("qty must be > 0")),
        (replace(BUY, qty=D("1e-10")), malformed("qty must have at most 9 decimal places")),
        (replace(BUY, qty=None, notional=D("NaN")), malformed("notional must be > 0")),
        (replace(BUY, limit_price=D(1)), malformed("market orders require no stop or limit price")),
        (replace(BUY, type="limit"), malformed("limit orders require a limit price and no stop price")),
        (replace(BUY, type="stop"), malformed("stop orders require a stop price and no limit price")),
        (
            replace(LIMIT, type="stop_limit"),
            malformed("stop limit orders require both stop and limit price"),
        ),
        (replace(LIMIT, limit_price=D("-1")), malformed("limit price must be > 0")),
        (replace(LIMIT, limit_price=D("NaN")), malformed("limit price must be > 0")),
        (
            replace(LIMIT, limit_price=D("290.123")),
            unacceptable(f"invalid limit_price 290.123. {SUB_PENNY}"),
        ),
        (
            replace(LIMIT, limit_price=D("0.12345")),
            unacceptable(f"invalid limit_price 0.12345. {SUB_PENNY}"),
        ),
        (
            replace(BRACKET, stop_loss=Exit(stop_price=D("90.001"))),
            unacceptable(f"invalid stop_price 90.001. {SUB_PENNY}"),
        ),
        (
            replace(SELL, type="stop", stop_price=D(95), time_in_force="ioc"),
            unacceptable("stop orders must be DAY or GTC orders"),
        ),
        (
            replace(BUY, extended_hours=True),
            unacceptable("extended hours order must be DAY or GTC limit orders"),
        ),
        (
            replace(BUY, qty=D("0.5"), time_in_force="gtc"),
            unacceptable("fractional orders must be DAY orders"),
        ),
        (replace(BRACKET, qty=D("0.5")), unacceptable("fractional orders must be simple orders")),
        (
            replace(SELL, qty=None, notional=D(5)),
            unacceptable("notional orders must be market buy orders"),
        ),
        (
            replace(BUY, qty=None, notional=D("0.99")),
            forbidden("cost basis must be >= minimal amount of order 1"),
        ),
        (replace(BUY, take_profit=PROFIT), malformed("simple orders take no take_profit or stop_loss")),
        (replace(BRACKET, time_in_force="ioc"), unacceptable("bracket orders must be DAY or GTC orders")),
        (replace(BRACKET, side="sell"), unacceptable("bracket orders must be entry orders")),
        (
            replace(BRACKET, take_profit=None),
            malformed("bracket orders require take_profit.limit_price"),
        ),
        (replace(BRACKET, stop_loss=None), malformed("bracket orders require stop_loss.stop_price")),
        (
            replace(BRACKET, order_class="oto"),
            malformed("oto orders require either take_profit or stop_loss"),
        ),
        (replace(OCO, side="buy"), unacceptable("oco orders must be exit orders of type limit")),
        (
            replace(BRACKET, take_profit=Exit(limit_price=D(100))),
            unacceptable("take_profit.limit_price must be >= base_price + 0.01", base_price="100"),
        ),
        (
            replace(BRACKET, stop_loss=Exit(stop_price=D(100))),
            unacceptable("stop_loss.stop_price must be <= base_price - 0.01", base_price="100"),
        ),
        (
            replace(OCO, stop_loss=Exit(stop_price=D(110))),
            unacceptable("take_profit.limit_price must be > stop_loss.stop_price"),
        ),
        (replace(BUY, client_order_id="old"), malformed("client_order_id must be unique")),
        (
            replace(BUY, client_order_id="n" * 129),
            malformed("client_order_id must be no more than 128 characters"),
        ),
        (
            replace(SELL, qty=D(21)),
            forbidden(
                "insufficient qty available for order (requested: 21, available: 20)",
                available="20",
                existing_qty="20",
                held_for_orders="0",
                symbol="SPY",
            ),
        ),
        (
            replace(LIMIT, qty=D(101)),
            forbidden("insufficient buying power", buying_power="10000", cost_basis="10100"),
        ),
        (replace(BUY, symbol="IBM"), unacceptable('asset "IBM" has no price yet')),
    ],
)
def test_what_alpaca_refuses_is_refused_with_its_code_and_words(ticket: Ticket, expected: Refusal):
    assert refusal(ticket) == expected
