"""Chapters on what an account has: shares and money."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec.structs import replace

from exchange import accounts
from exchange.accounts import available, held_for_orders, owned
from exchange.book import LIMITS, Order, OrderClass, OrderType, Side, Ticket
from exchange.numbers import plain
from exchange.refusals import forbidden, unacceptable
from exchange.rulebook.examples import (
    BUY,
    EVENING,
    LIMIT,
    MONEY,
    SELL,
    D,
    asked,
)  # fmt: skip
from exchange.rulebook.matrix import grouped, in_parts
from exchange.rulebook.rule import Chapter, Desk, Rule, Source
from exchange.rulebook.subjects import closes, cost_basis, intent, price_of, shares, symbol

LEAST_COST = Decimal(1)
SOLD = replace(SELL, symbol="SOLD")


def _mixes(ticket: Ticket, desk: Desk) -> bool:
    if desk.at.is_open or not closes(ticket, desk):
        return False
    others = (order for order in accounts.working_in(desk.account, ticket.symbol) if order.closes)
    return any((order.notional is None) is not (ticket.notional is None) for order in others)


def _lacking(ticket: Ticket, desk: Desk) -> bool:
    return closes(ticket, desk) and shares(ticket, desk) > abs(available(desk.account, ticket.symbol))


def of_shares(ticket: Ticket, desk: Desk) -> Mapping[str, str]:
    one, name = desk.account, ticket.symbol
    return {
        "requested": plain(shares(ticket, desk)),
        "available": plain(abs(available(one, name))),
        "existing_qty": plain(owned(one, name)),
        "held_for_orders": plain(held_for_orders(one, name)),
        "symbol": name,
    }


INSUFFICIENT_SHARES = forbidden(
    "insufficient qty available for order (requested: {requested}, available: {available})",
    available="{available}", existing_qty="{existing_qty}", held_for_orders="{held_for_orders}", symbol="{symbol}",
)  # fmt: skip

SHARES = Chapter(
    "The shares that there are",
    (
        Rule(
            "the intent is what the position makes of the order",
            lambda ticket, desk: ticket.position_intent not in (None, intent(ticket, desk)),
            unacceptable("position intent mismatch, inferred: {inferred}, specified: {specified}"),
            (Source.OPTIONS, Source.REPORTED), asked(replace(SELL, position_intent="sell_to_open")),
            asked(replace(SELL, position_intent="sell_to_close")),
            words=lambda ticket, desk: {
                "inferred": intent(ticket, desk), "specified": ticket.position_intent or ""
            },
            note="another report has 403 and 40310000",
        ),
        Rule(
            "an order to close asks for no more shares than no other order has a claim on", _lacking,
            INSUFFICIENT_SHARES,
            (Source.CAPTURED, Source.PAGE), asked(replace(SELL, qty=D(21))), asked(replace(SELL, qty=D(20))),
            words=of_shares,
            note="so no order takes a position through zero; members of a group claim the same shares once",
        ),
        Rule(
            "out of hours, sales of a position are all in shares or all in money", _mixes,
            forbidden("unable to open new notional orders while having open closing position orders"),
            (Source.OLDER, Source.OURS), asked(replace(SOLD, qty=None, notional=D(50)), at=EVENING),
            asked(replace(SOLD, qty=D("0.5")), at=EVENING), note="status and code are ours",
        ),
    ),
)  # fmt: skip


def _washes(ticket: Ticket, order: Order) -> bool:
    exempt = order.order_class is not OrderClass.SIMPLE or order.type is OrderType.TRAILING_STOP
    if exempt or order.side == ticket.side:
        return False
    if ticket.type not in LIMITS or order.type not in LIMITS or ticket.limit_price is None or order.limit_price is None:
        return True
    bid, ask = ticket.limit_price, order.limit_price
    return bid >= ask if ticket.side == Side.BUY else ask >= bid


def _opposite(ticket: Ticket, desk: Desk) -> Iterable[Order]:
    if grouped(ticket) or ticket.type == OrderType.TRAILING_STOP:
        return ()
    return (order for order in accounts.working_in(desk.account, ticket.symbol) if _washes(ticket, order))


def _other_side(ticket: Ticket, desk: Desk) -> Mapping[str, str]:
    order = next(iter(_opposite(ticket, desk)))
    return {"order_id": order.id, "kind": "limit" if order.type in LIMITS else "market/stop"}


def _wash(broken: Ticket, kept: Ticket, name: str, *, limits: bool) -> Rule[Ticket]:
    return Rule(
        name,
        lambda ticket, desk: any((order.type in LIMITS) is limits for order in _opposite(ticket, desk)),
        forbidden(
            "potential wash trade detected. use complex orders",
            existing_order_id="{order_id}", reject_reason="opposite side {kind} order exists",
        ),
        (Source.PROTECTION,), asked(broken), asked(kept), words=_other_side,
        note="members of groups and trailing stops are free of this, on either side",
    )  # fmt: skip


WASH = Chapter(
    "Wash trades",
    (
        _wash(
            replace(LIMIT, symbol="STOP", side="sell", limit_price=D(120)),
            replace(LIMIT, symbol="STOP"),
            "no order meets an open market or stop order of the other side", limits=False,
        ),
        _wash(
            replace(LIMIT, symbol="BID", side="sell", limit_price=D(99)),
            replace(LIMIT, symbol="BID", side="sell", limit_price=D("99.01")),
            "a limit does not cross an open limit of the other side; a market or stop order meets none", limits=True,
        ),
    ),
)  # fmt: skip


def _dust(ticket: Ticket, desk: Desk) -> bool:
    cost = cost_basis(ticket, desk)
    whole = closes(ticket, desk) and ticket.qty == abs(owned(desk.account, ticket.symbol))
    return in_parts(ticket) and 0 < cost < LEAST_COST and not whole


def power(ticket: Ticket, desk: Desk) -> Decimal:
    """Buying power for the asset; one that is no collateral is paid in full."""
    most = accounts.MULTIPLIER if desk.assets[ticket.symbol].is_marginable else Decimal(1)
    return accounts.buying_power(desk.account, desk.prints, most)


def of_money(ticket: Ticket, desk: Desk) -> Mapping[str, str]:
    return {
        "buying_power": plain(accounts.money(power(ticket, desk))),
        "cost_basis": plain(accounts.money(cost_basis(ticket, desk))),
    }


INSUFFICIENT_MONEY = forbidden(
    "insufficient buying power", buying_power="{buying_power}", cost_basis="{cost_basis}"
)  # fmt: skip

MONEY_ENOUGH = Chapter(
    "Buying power",
    (
        Rule(
            "what is bought at the market has a price",
            lambda ticket, desk: price_of(ticket, desk) is None and (ticket.qty is None or not closes(ticket, desk)),
            unacceptable('asset "{symbol}" has no price yet'),
            (Source.OURS,), asked(replace(BUY, symbol="DARK")), asked(replace(LIMIT, symbol="DARK")), words=symbol,
        ),
        Rule(
            "parts of shares, and amounts of money, are for a dollar or more", _dust,
            forbidden(f"cost basis must be >= minimal amount of order {LEAST_COST}"),
            (Source.REPORTED,), asked(replace(MONEY, notional=D("0.99"))), asked(replace(MONEY, notional=D(1))),
            note="a whole position may be sold whatever it is worth",
        ),
        Rule(
            "an order to open costs no more than the buying power",
            lambda ticket, desk: not closes(ticket, desk) and cost_basis(ticket, desk) > power(ticket, desk),
            INSUFFICIENT_MONEY,
            (Source.REPORTED, Source.OLDER), asked(replace(LIMIT, symbol="CASH", qty=D(200))),
            asked(replace(LIMIT, qty=D(200))), words=of_money,
            note="4, 2 or 1 times the equity, less what is held and on order; 1 for less than 2,000 dollars of equity, "
            "and for what is not marginable. A purchase is reckoned at its limit or stop, else at the ask; a short "
            "sale at the higher of its limit and 1.03 times the ask",
        ),
    ),
)  # fmt: skip
