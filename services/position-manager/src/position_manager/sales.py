"""How shares are sold: at market, or by limit while only the trading before or after the hours is on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from contracts.exits import ClosePosition, ExitReason
from contracts.orders import Purpose
from contracts.values import round_to_tick
from position_manager.book.order import Order
from position_manager.book.position import Part, Position
from position_manager.market import Market
from position_manager.policies.case import Case

BEFORE_OPEN, AFTER_CLOSE = timedelta(hours=5, minutes=30), timedelta(hours=4)
"""It is traded from 04:00 New York on, and until 20:00, after a half-day until 17:00."""
OLD = timedelta(minutes=15)
"""Outside the hours minutes may pass between two quotes. A limit at an older price would be for another market."""
MISSED_TICKS = 5
"""So long a limit may be above the bid; then it is taken back, and tried again at the new one."""
MOST_REFUSALS = 3
"""A broker that refused so many of these sales gets the next one at market, for the opening."""


def is_late(market: Market) -> bool:
    """Say whether the trading before or after the hours is on."""
    if market.is_open or market.now is None:
        return False
    before = market.next_open is not None and market.next_open - BEFORE_OPEN <= market.now
    return before or (market.last_close is not None and market.now < market.last_close + AFTER_CLOSE)


def late_price(case: Case) -> Decimal | None:
    """Give the limit at which these shares are sold outside the hours; None: only the open market sells them.

    Policies sell in the open market only; what has begun goes on. Brokers take fractions of few assets here.
    """
    part, position, discount = case.part, case.position, case.limits.extended_exit_discount
    may_sell = part.leaving is not None and part.whole and position.late_refusals < MOST_REFUSALS
    if not discount or not may_sell or not is_late(case.market) or not _is_priced(position, case.market):
        return None
    return round_to_tick(Decimal(str(position.price)) * (1 - discount), ROUND_DOWN) or None


def late_prices(cases: tuple[Case, ...]) -> dict[str, Decimal]:
    return {case.part.part_id: price for case in cases if (price := late_price(case))}


def how(case: Case) -> str:
    """Say in words how shares that leave are sold."""
    order, market = case.position.orders.get(case.part.order), case.market
    rests = order is not None and order.purpose is Purpose.CLOSE
    limit = order.limit_price if order is not None and rests else late_price(case)
    if limit is not None:
        return f"is being sold at {limit} or better, for the market is closed"
    if market.now is not None and not market.is_open:
        return "is sold at market at the opening"
    return "is being sold, or will be once nothing is in the way"


def when(case: Case) -> str:
    """Say in words when a sale that failed is tried again."""
    late = case.part.whole and case.limits.extended_exit_discount and case.position.late_refusals < MOST_REFUSALS
    return f"when the market is open{', or by limit before and after the hours' if late else ''}"


def closing(
    position: Position, leaving: Mapping[str, ExitReason], limits: Mapping[str, Decimal], account: str, at: datetime
) -> Iterator[ClosePosition]:
    """Sell what leaves, by part_id, and is free: in one order what has the same limit, and what has none."""
    ready = [part for part in position.parts if part.part_id in leaving and not part.order]
    # What failed before waits for its tick, unless something else is sold now: then it goes along.
    if all(part.wait and part.closes for part in ready) or _cancels_under_way(position, leaving):
        return
    for limit in dict.fromkeys(sorted((limits.get(part.part_id) for part in ready), key=lambda price: price is None)):
        together = [part for part in ready if limits.get(part.part_id) == limit]
        first = together[0]
        yield ClosePosition(
            exit_id=first.next_id,
            account=account,
            symbol=position.symbol,
            qty=sum((part.qty for part in together), Decimal(0)),
            reason=ExitReason.REMAINDER if first.closes else leaving[first.part_id],
            cause_id=first.approval_id or first.execution_id,
            at=at,
            limit_price=limit,
            extended_hours=limit is not None,
        )


def missed(order: Order, position: Position, market: Market) -> int:
    """Count the ticks since a limit is above what a share is worth, or stands in the way of a sale at market."""
    if order.limit_price is None or order.over:
        return 0
    below = is_late(market) and _is_priced(position, market) and Decimal(str(position.price)) < order.limit_price
    return order.missed + 1 if below or market.is_open else 0


def why_take_back(order: Order, covered: tuple[Part, ...]) -> ExitReason | None:
    return next((part.leaving for part in covered), None) if order.missed >= MISSED_TICKS else None


def late_refusals(position: Position, before: Order, after: Order) -> int:
    """Count the sales outside the hours that were refused, with what the broker just told of one."""
    return position.late_refusals + (after.limit_price is not None and after.refused and not before.refused)


def is_deferred(order: Order, market: Market) -> bool:
    """Say whether the shares of a sale that ended are protected until they can be sold.

    One that was refused outside the hours is followed by one for the opening.
    """
    return not market.is_open and not (order.limit_price is not None and order.refused)


def _is_priced(position: Position, market: Market) -> bool:
    at, now = position.priced_at, market.now
    return position.price > 0 and at is not None and now is not None and now - at <= OLD


def _cancels_under_way(position: Position, leaving: Mapping[str, ExitReason]) -> bool:
    """Say whether more shares are about to come free for the same sale. An order in doubt is not waited for."""
    orders = {p.order for p in position.parts if p.order and p.part_id in leaving}
    found = (order for exit_id in orders if (order := position.orders.get(exit_id)))
    return any(order.purpose is Purpose.PROTECT and order.known for order in found)
