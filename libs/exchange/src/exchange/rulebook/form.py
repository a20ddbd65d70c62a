"""Chapters on the ticket itself: its words, its symbol, its amount and its prices."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec.structs import replace

from exchange.book import OrderClass, OrderType, Side, Ticket, TimeInForce
from exchange.numbers import LARGEST, bounded, finer, positive
from exchange.refusals import malformed, unacceptable
from exchange.rulebook.examples import BRACKET, BUY, LIMIT, MONEY, SELL, STOP, STOP_LIMIT, TRAILING, D, asked
from exchange.rulebook.rule import Chapter, Desk, Rule, Source
from exchange.rulebook.subjects import INTENTS, prices, symbol

PLACES = 9
LEAST_TRAIL = Decimal("0.1")  # per cent
WHOLE_TRAIL = Decimal(100)  # per cent


def _unknown(member: str, known: type[StrEnum]) -> Callable[[Ticket, Desk], bool]:
    words = frozenset(known)
    return lambda ticket, _: getattr(ticket, member) not in words


WORDS = Chapter(
    "Words",
    (
        Rule(
            "the side is buy or sell", _unknown("side", Side), malformed("invalid side"),
            (Source.REPORTED,), asked(replace(BUY, side="hold")), asked(BUY),
        ),
        Rule(
            "the type is one of the five", _unknown("type", OrderType), malformed("invalid order type"),
            (Source.REPORTED,), asked(replace(BUY, type="iceberg")), asked(BUY),
        ),
        Rule(
            "the time in force is one of the six", _unknown("time_in_force", TimeInForce),
            malformed("invalid time_in_force"),
            (Source.REPORTED,), asked(replace(BUY, time_in_force="gtd")), asked(replace(BUY, time_in_force="gtc")),
        ),
        Rule(
            "the class is simple, bracket, oco or oto", _unknown("order_class", OrderClass),
            malformed("invalid order_class"),
            (Source.OURS,), asked(replace(BUY, order_class="mleg")), asked(BUY),
            note="orders in several legs are for options, which this exchange does not list",
        ),
        Rule(
            "the intent, where there is one, is a known one",
            lambda ticket, _: ticket.position_intent not in (None, *INTENTS), malformed("invalid position_intent"),
            (Source.OURS,), asked(replace(BUY, position_intent="open")),
            asked(replace(BUY, position_intent="buy_to_open")),
        ),
    ),
)  # fmt: skip

ASSET = Chapter(
    "The asset",
    (
        Rule(
            "the symbol is listed", lambda ticket, desk: ticket.symbol not in desk.assets,
            unacceptable('asset "{symbol}" not found'),
            (Source.REPORTED,), asked(replace(BUY, symbol="AAPL240119C00100000")), asked(BUY), words=symbol,
            note="so are options and crypto pairs: this exchange lists equities alone",
        ),
        Rule(
            "the asset is tradable", lambda ticket, desk: not desk.assets[ticket.symbol].is_tradable,
            unacceptable('asset "{symbol}" is not tradable'),
            (Source.REPORTED,), asked(replace(BUY, symbol="GONE")), asked(BUY), words=symbol,
        ),
    ),
)  # fmt: skip


def _amount(ticket: Ticket) -> tuple[str, Decimal]:
    name, value = ("qty", ticket.qty) if ticket.notional is None else ("notional", ticket.notional)
    return name, value or Decimal(0)


AMOUNT = Chapter(
    "The amount",
    (
        Rule(
            "it is told in shares or in money, not in both",
            lambda ticket, _: ticket.qty is not None and ticket.notional is not None,
            unacceptable("only one of qty or notional is accepted"),
            (Source.REPORTED,), asked(replace(BUY, notional=D(50))), asked(BUY),
        ),
        Rule(
            "it is told", lambda ticket, _: ticket.qty is None and ticket.notional is None,
            malformed("qty or notional is required"),
            (Source.REPORTED,), asked(replace(BUY, qty=None)), asked(MONEY),
        ),
        Rule(
            "it is above zero", lambda ticket, _: not positive(_amount(ticket)[1]), malformed("{name} must be > 0"),
            (Source.REPORTED,), asked(replace(BUY, qty=D(0))), asked(replace(BUY, qty=D(1))),
            words=lambda ticket, _: {"name": _amount(ticket)[0]},
        ),
        Rule(
            "it has 9 decimal places at most", lambda ticket, _: finer(_amount(ticket)[1], PLACES),
            malformed(f"{{name}} must have at most {PLACES} decimal places"),
            (Source.SPEC, Source.OURS), asked(replace(BUY, qty=D("1.0000000001"))),
            asked(replace(BUY, qty=D("1.000000001"))), words=lambda ticket, _: {"name": _amount(ticket)[0]},
        ),
        Rule(
            f"it is less than 10^{LARGEST + 1}", lambda ticket, _: not bounded(_amount(ticket)[1]),
            malformed("{name} is too large"),
            (Source.OURS,), asked(replace(BUY, qty=D("1e999999"))), asked(replace(BUY, qty=D(100))),
            words=lambda ticket, _: {"name": _amount(ticket)[0]},
        ),
    ),
)  # fmt: skip

_AWAY = {  # members that a type has no use for
    OrderType.MARKET: ("limit_price", "stop_price"),
    OrderType.LIMIT: ("stop_price",),
    OrderType.STOP: ("limit_price",),
    OrderType.TRAILING_STOP: ("limit_price", "stop_price"),
}


def _has_no(ticket: Ticket, order_type: OrderType) -> bool:
    return ticket.type == order_type and any(getattr(ticket, name) is not None for name in _AWAY[order_type])


def _lacks_limit(ticket: Ticket, _: Desk) -> bool:
    elsewhere = ticket.order_class == OrderClass.OCO and ticket.take_profit is not None
    return ticket.type == OrderType.LIMIT and ticket.limit_price is None and not elsewhere


def _has_trail(ticket: Ticket) -> bool:
    return ticket.trail_price is not None or ticket.trail_percent is not None


def _off_grid(ticket: Ticket) -> tuple[str, Decimal] | None:
    return next((price for price in prices(ticket) if finer(price[1], 2 if price[1] >= 1 else 4)), None)


def _odd(ticket: Ticket, fits: Callable[[Decimal], bool]) -> str | None:
    return next((name.replace("_", " ") for name, price in prices(ticket) if not fits(price)), None)


def _sub_penny(ticket: Ticket, _: Desk) -> Mapping[str, str]:
    name, price = _off_grid(ticket) or ("", Decimal(0))
    return {"name": name, "price": str(price)}


PRICES = Chapter(
    "Prices",
    (
        Rule(
            "a market order has none", lambda ticket, _: _has_no(ticket, OrderType.MARKET),
            malformed("market orders require no stop or limit price"),
            (Source.REPORTED,), asked(replace(BUY, limit_price=D(100))), asked(BUY),
        ),
        Rule(
            "a limit order has a limit", _lacks_limit, malformed("limit orders require a limit price"),
            (Source.REPORTED,), asked(replace(LIMIT, limit_price=None)), asked(LIMIT),
            note="an OCO may state it in take_profit alone",
        ),
        Rule(
            "a limit order has no stop", lambda ticket, _: _has_no(ticket, OrderType.LIMIT),
            malformed("limit orders require no stop price"),
            (Source.OURS,), asked(replace(LIMIT, stop_price=D(90))), asked(LIMIT),
        ),
        Rule(
            "a stop order has a stop",
            lambda ticket, _: ticket.type == OrderType.STOP and ticket.stop_price is None,
            malformed("stop orders require a stop price"),
            (Source.REPORTED,), asked(replace(STOP, stop_price=None)), asked(STOP),
        ),
        Rule(
            "a stop order has no limit", lambda ticket, _: _has_no(ticket, OrderType.STOP),
            malformed("stop orders require no limit price"),
            (Source.OURS,), asked(replace(STOP, limit_price=D(106))), asked(STOP),
        ),
        Rule(
            "a stop limit order has both",
            lambda ticket, _: ticket.type == OrderType.STOP_LIMIT and None in (ticket.limit_price, ticket.stop_price),
            malformed("stop limit orders require both stop and limit price"),
            (Source.REPORTED,), asked(replace(STOP_LIMIT, limit_price=None)), asked(STOP_LIMIT),
        ),
        Rule(
            "a trailing stop has one trail",
            lambda ticket, _: ticket.type == OrderType.TRAILING_STOP
            and (ticket.trail_price is None) == (ticket.trail_percent is None),
            unacceptable("trailing stop orders must specify one of trail_price or trail_percent"),
            (Source.REPORTED,), asked(replace(TRAILING, trail_price=D(1))), asked(TRAILING),
        ),
        Rule(
            "a trailing stop has no other price", lambda ticket, _: _has_no(ticket, OrderType.TRAILING_STOP),
            malformed("trailing stop orders require no stop or limit price"),
            (Source.OURS,), asked(replace(TRAILING, stop_price=D(105))), asked(TRAILING),
        ),
        Rule(
            "only a trailing stop has a trail",
            lambda ticket, _: ticket.type != OrderType.TRAILING_STOP and _has_trail(ticket),
            malformed("only trailing stop orders take trail_price or trail_percent"),
            (Source.OURS,), asked(replace(STOP, trail_percent=D(1))), asked(STOP),
        ),
        Rule(
            "each is above zero", lambda ticket, _: _odd(ticket, positive) is not None,
            malformed("{name} must be > 0"),
            (Source.REPORTED,), asked(replace(LIMIT, limit_price=D(0))), asked(LIMIT),
            words=lambda ticket, _: {"name": _odd(ticket, positive) or ""},
        ),
        Rule(
            f"each is less than 10^{LARGEST + 1}",
            lambda ticket, _: _odd(ticket, bounded) is not None, malformed("{name} is too large"),
            (Source.OURS,), asked(replace(SELL, type="limit", limit_price=D("1e999999"))),
            asked(replace(SELL, type="limit", limit_price=D(10) ** LARGEST)),
            words=lambda ticket, _: {"name": _odd(ticket, bounded) or ""},
        ),
        Rule(
            "each lies on the grid: cents from one dollar on, hundredths of a cent below",
            lambda ticket, _: _off_grid(ticket) is not None,
            unacceptable("invalid {name} {price}. sub-penny increment does not fulfill minimum pricing criteria"),
            (Source.OLDER, Source.PAGE), asked(replace(BRACKET, type="limit", limit_price=D("100.001"))),
            asked(replace(BRACKET, type="limit", limit_price=D("100.01"))), words=_sub_penny,
            note="exits too, and trail_price; executions may be finer",
        ),
        Rule(
            "a trail is a tenth of a percent or more",
            lambda ticket, _: ticket.trail_percent is not None
            and not (ticket.trail_percent.is_finite() and ticket.trail_percent >= LEAST_TRAIL),
            unacceptable(f"trail_percent must be greater than or equal to {LEAST_TRAIL}"),
            (Source.REPORTED,), asked(replace(TRAILING, trail_percent=D("0.09"))),
            asked(replace(TRAILING, trail_percent=D("0.1"))),
        ),
        Rule(
            "a trail is less than the whole price",
            lambda ticket, _: ticket.trail_percent is not None and ticket.trail_percent >= WHOLE_TRAIL,
            unacceptable("trail_percent must be less than 100"),
            (Source.OURS,), asked(replace(TRAILING, trail_percent=D(100))),
            asked(replace(TRAILING, trail_percent=D(99))),
        ),
        Rule(
            "a trail in percent has 9 decimal places at most",
            lambda ticket, _: ticket.trail_percent is not None and finer(ticket.trail_percent, PLACES),
            malformed(f"trail_percent must have at most {PLACES} decimal places"),
            (Source.OURS,), asked(replace(TRAILING, trail_percent=D("1.0000000001"))),
            asked(replace(TRAILING, trail_percent=D("1.000000001"))),
        ),
    ),
)  # fmt: skip
