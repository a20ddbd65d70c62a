"""The stop at the broker follows what is watched: it is raised behind the highest level, and never lowered by us.

The watched sale comes first as long as there is somebody to watch; the stop is the net below it when there is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from math import isfinite

from contracts.exits import ExitReason, MoveProtection
from contracts.orders import Purpose
from contracts.values import derived_id, round_to_tick
from position_manager.book.order import ZERO, Order
from position_manager.book.position import Position
from position_manager.market import Market
from position_manager.plan import why_leave
from position_manager.policies import POLICIES
from position_manager.policies.case import Case, Watch, case_of
from position_manager.splits import rescaling


def moves(position: Position, market: Market, account: str, at: datetime) -> tuple[MoveProtection, ...]:
    """Say which stops are to be raised now. It follows from facts alone: from marks and limits, and no single quote."""
    if not position.price or not market.is_open or rescaling.held_back(market, position.symbol, at):
        return ()
    return tuple(_moves(position, market, account, at))


def _moves(position: Position, market: Market, account: str, at: datetime) -> Iterator[MoveProtection]:
    for exit_id, order in position.orders.items():
        if order.stop_price is None or not _may_move(order):
            continue
        covered = [case_of(part, position, market, account) for part in position.covered_by(exit_id)]
        if not covered or not all(case.limits.ratchet for case in covered):
            continue
        price, step, reason = min(map(_wanted, covered))
        if price - order.stop_price >= step and _stay(covered, order):
            yield MoveProtection(
                exit_id=derived_id(exit_id, "move", order.moving.count),
                account=account,
                symbol=position.symbol,
                client_order_id=exit_id,
                stop_price=price,
                reason=reason,
                at=at,
            )


def _stay(covered: list[Case], order: Order) -> bool:
    """Say whether the order covers these shares exactly, and none of them is to be sold."""
    return sum((case.part.qty for case in covered), ZERO) == order.open_qty and not any(map(why_leave, covered))


def _may_move(order: Order) -> bool:
    moving = order.moving
    idle = not moving.wait and not moving.is_impossible and not order.cancels
    return order.purpose is Purpose.PROTECT and idle and order.known and not order.outdated


def _wanted(case: Case) -> tuple[Decimal, Decimal, ExitReason]:
    """Give where the stop of these shares ought to be, by how much it is worth a request, and for which policy."""
    watched = [answer for answer in (policy(case) for policy in POLICIES) if isinstance(answer, Watch)]
    highest = max(watched, key=lambda one: one.low, default=None)
    if highest is None or not isfinite(highest.low):
        return ZERO, ZERO, ExitReason.REMAINDER
    level, ratchet = Decimal(str(highest.low)), case.limits.ratchet
    return round_to_tick(level * (1 - ratchet)), level * ratchet, highest.reason
