"""What is wanted for one position as it stands: take back, protect, close.

The promise: every held share is covered by an order of ours or about to be, and our orders never sell more than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.orders import Purpose
from contracts.values import derived_id
from position_manager import sales
from position_manager.book import entries, strangers
from position_manager.book.order import ZERO, Order
from position_manager.book.position import Part, Position
from position_manager.market import Market
from position_manager.policies import POLICIES
from position_manager.policies.case import Case, Watch, case_of
from position_manager.protecting.protection import resting_form, why_so
from position_manager.splits import rescaling

Intent = PlaceProtection | CancelProtection | ClosePosition


def why_leave(case: Case) -> ExitReason | None:
    """Say why these shares are to be sold: for a reason that was there before, or the first that a policy gives."""
    if case.part.deferred or case.part.leaving:
        return case.part.leaving if not case.part.deferred or sales.late_price(case) else None
    for policy in POLICIES:
        answer = policy(case)
        reason = answer.says(case.position.price) if isinstance(answer, Watch) else answer
        if reason:
            return reason
    return None


def plan(position: Position, market: Market, account: str, at: datetime) -> tuple[Intent, ...]:
    cases = tuple(case_of(part, position, market, account) for part in position.parts)
    leaving = {case.part.part_id: reason for case in cases if (reason := why_leave(case))}
    split = rescaling.held_back(market, position.symbol, at)
    crossed = ExitReason.SPLIT if split else _crossed(position, leaving)
    given_way = entries.taken_back(position, crossed, market, account, at)
    held_back = leaving and entries.are_waited_for(position)
    closing = () if held_back else sales.closing(position, leaving, sales.late_prices(cases), account, at)
    protections = () if split else _protections(position, leaving, account, at)
    wanted = [*protections, *(sale for sale in closing if not split or sale.extended_hours)]
    # Shares that an order may still sell are out of reach, even one that we believe in no more.
    fitting = strangers.fitting(wanted, position.free_qty, whole=not _is_settled(position))
    # What leaves stays protected until nothing is in the way of its sale.
    cancels = _cancels(position, {} if held_back else leaving, account, at)
    return (*given_way, *cancels, *fitting)


def _is_settled(position: Position) -> bool:
    """Say whether what is free is what we think: all orders of ours are known to rest, and none was just refused."""
    refused = any(part.wait and (part.refusals or part.closes) and not part.order for part in position.parts)
    return not refused and all(one.known or one.asleep or not one.open_qty for one in position.orders.values())


def _crossed(position: Position, leaving: dict[str, ExitReason]) -> ExitReason | None:
    """Say for what open entries have to end: a sale to come, or a stop that the broker refused."""
    refused = any(part.refusals and not part.order for part in position.parts)
    return next(iter(leaving.values()), ExitReason.PROTECTION_REJECTED if refused else None)


def _cancels(
    position: Position, leaving: dict[str, ExitReason], account: str, at: datetime
) -> Iterator[CancelProtection]:
    for exit_id, order in position.orders.items():
        reason = _why_cancel(order, position.covered_by(exit_id), leaving)
        if reason and order.open_qty and order.known and not order.cancel_wait:
            yield CancelProtection(
                exit_id=derived_id(exit_id, "cancel", order.cancels),
                account=account,
                symbol=position.symbol,
                client_order_id=exit_id,
                reason=reason,
                at=at,
            )


def _why_cancel(order: Order, covered: tuple[Part, ...], leaving: dict[str, ExitReason]) -> ExitReason | None:
    if order.open_qty > sum((part.qty for part in covered), ZERO):
        return ExitReason.REMAINDER
    if order.outdated:
        return ExitReason.SPLIT
    if order.purpose is Purpose.CLOSE:
        return sales.why_take_back(order, covered)
    return next((leaving[part.part_id] for part in covered if part.part_id in leaving), None)


def _protections(
    position: Position, leaving: dict[str, ExitReason], account: str, at: datetime
) -> Iterator[PlaceProtection]:
    for part in position.parts:
        if part.order or part.wait or part.part_id in leaving:
            continue
        target, time_in_force = resting_form(part)
        yield PlaceProtection(
            exit_id=part.next_id,
            account=account,
            symbol=position.symbol,
            qty=part.qty,
            stop_price=part.stop_price,
            target_price=target,
            time_in_force=time_in_force,
            reason=part.because,
            execution_id=part.execution_id,
            at=at,
            why=why_so(part),
        )
