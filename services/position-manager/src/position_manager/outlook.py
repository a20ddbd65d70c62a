"""What would happen next to a position, at which price or time, and why: for people, decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from math import isfinite

from msgspec.structs import replace

from contracts.exits import ExitReason
from contracts.limits import Limits
from contracts.orders import Purpose
from contracts.plans import NextStep, Plans, What, When
from position_manager import sales
from position_manager.book.order import Order
from position_manager.book.position import Part, Position
from position_manager.marks import armed_by, reached
from position_manager.plan import why_leave
from position_manager.policies import POLICIES
from position_manager.policies.case import Case, Policy, Watch, case_of
from position_manager.policies.earnings import leaves_before
from position_manager.policies.end_of_day import leaves_at
from position_manager.policies.time_stop import held_until
from position_manager.protecting.protection import resting_form
from position_manager.splits.announced import Split
from position_manager.splits.rescaling import held_back
from position_manager.state import State

STOP = "stop"
_OCO = "good till canceled, stop and target in one group: whichever fills ends the other"
_BRACKET = "came with the entry, good till canceled, stop and target in one group: whichever fills ends the other"
_ASLEEP = "comes with the entry and works once all of it is bought"
_DAY = "a plain day order, renewed day by day: the broker takes fractions in no other"
_ORDER = tuple(When)


def plans(state: State) -> Plans:
    return Plans(state.account, {symbol: outlook(p, state) for symbol, p in state.positions.items() if p.parts})


def outlook(position: Position, state: State) -> tuple[NextStep, ...]:
    """List the steps of all parts; what is the same for several is told once."""
    found = dict[NextStep, Decimal]()
    for part in position.parts:
        case = case_of(part, position, state.market, state.account)
        for step in _steps(case):
            same = replace(step, qty=Decimal(0))
            found[same] = found.get(same, Decimal(0)) + step.qty
    return tuple(sorted((replace(step, qty=qty) for step, qty in found.items()), key=_nearest))


def _nearest(step: NextStep) -> tuple[int, Decimal, float]:
    price = step.price or Decimal(0)
    nearness = -price if step.when is When.BELOW else price
    return _ORDER.index(step.when), nearness, step.at.timestamp() if step.at else 0.0


def _steps(case: Case) -> Iterator[NextStep]:
    part = case.part
    if reason := why_leave(case):
        yield _step(part, What.LEAVING, When.NOW, reason, sales.how(case))
        return
    if split := _split(case):
        yield _step(part, What.STOP_PENDING, When.NOW, ExitReason.SPLIT, _taken_back(split))
        yield from _timed(case)
        return
    yield from _protection(case)
    if part.leaving:
        yield _step(part, What.LEAVING, When.NOW, part.leaving, f"its sale failed; again {sales.when(case)}")
        return
    # Policies sell only while the market is open: these are the prices of its next hours.
    opened = replace(case, market=replace(case.market, is_open=True))
    for policy in POLICIES:
        yield from _watched(opened, policy)
    yield from _arming(case)
    yield from _timed(case)
    yield from _divided(case)


def _split(case: Case) -> Split | None:
    market = case.market
    return held_back(market, case.position.symbol, market.now) if market.now else None


def _taken_back(split: Split) -> str:
    return f"taken back for the split on {split.ex_date}: rests anew, at its prices, once the broker has followed it"


def _protection(case: Case) -> Iterator[NextStep]:
    part = case.part
    order = case.position.orders.get(part.order)
    rests = order is not None and _rests(order)
    target, _ = resting_form(part)
    why = _form(part, order) if rests or (order and order.asleep) else _pending(case)
    stop = What.STOP_RESTS if rests else What.STOP_PENDING
    yield _step(part, stop, When.BELOW, STOP, why + _follows(case), part.stop_price)
    if target is not None:
        what = What.TARGET_RESTS if rests else What.TARGET_PENDING
        yield _step(part, what, When.ABOVE, ExitReason.TARGET, why, target)


def _follows(case: Case) -> str:
    ratchet = case.limits.ratchet
    return f"; it follows, ratchet ({ratchet}) below the highest price that is watched" if ratchet else ""


def _pending(case: Case) -> str:
    if not case.part.order and case.position.strangers.held:
        return "an order that is not ours holds shares: rests once that ends"
    return "not known to rest at the broker yet"


def _form(part: Part, order: Order | None) -> str:
    if order and order.bracket:
        return _ASLEEP if order.asleep else _BRACKET
    return _OCO if part.whole else _DAY


def _rests(order: Order) -> bool:
    return order.purpose is Purpose.PROTECT and order.known


def _watched(case: Case, policy: Policy) -> Iterator[NextStep]:
    answer, part, why = policy(case), case.part, _explained(policy, case.limits)
    match answer:
        case Watch(reason=reason, low=low, high=high):
            if isfinite(low):
                yield _step(part, What.WATCHED, When.BELOW, reason, why, _price(low))
            if isfinite(high):
                yield _step(part, What.WATCHED, When.ABOVE, reason, why, _price(high))
        case ExitReason():
            # While the market is open this would be leaving already.
            yield _step(part, What.WATCHED, When.NOW, answer, f"once the market is open: {why}")
        case None:
            return


def _arming(case: Case) -> Iterator[NextStep]:
    for reason, gain in armed_by(case.limits):
        if not reached(case.part, gain):
            price = _price(float(case.part.entry_price * (1 + gain)))
            yield _step(case.part, What.ARMS, When.ABOVE, reason, "is watched once the price was here", price)


def _timed(case: Case) -> Iterator[NextStep]:
    ends = ((ExitReason.TIME_STOP, held_until(case)), (ExitReason.END_OF_DAY, leaves_at(case)))
    now = case.market.now
    for reason, at in ends:
        if at is not None and now is not None and at >= now:
            yield _step(case.part, What.WATCHED, When.AT, reason, "leaves then, or when the market is open next", at)
    if found := leaves_before(case):
        at, day = found
        why = f"the company reports on {day}; where a holiday lies between, it leaves in the last session before"
        yield _step(case.part, What.WATCHED, When.AT, ExitReason.EARNINGS, why, at)


def _divided(case: Case) -> Iterator[NextStep]:
    closes = case.market.next_close
    at_close = replace(case, market=replace(case.market, is_open=False))
    if closes is not None and case.market.is_open and (split := _split(at_close)):
        yield _step(case.part, What.STOP_PENDING, When.AT, ExitReason.SPLIT, _taken_back(split), closes)


def _step(
    part: Part, what: What, when: When, policy: str, why: str, place: Decimal | datetime | None = None
) -> NextStep:
    price, at = (None, place) if isinstance(place, datetime) else (place, None)
    return NextStep(what=what, when=when, policy=policy, why=why, qty=part.qty, price=price, at=at)


def _price(level: float) -> Decimal:
    return round(Decimal(level), 4).normalize()


def _explained(policy: Policy, limits: Limits) -> str:
    """Say what a policy says of itself, its limits with what they are."""
    said = (policy.__doc__ or "").partition("\n")[0]
    return re.sub(r"`(\w+)`", lambda name: f"{name[1]} ({getattr(limits, name[1])})", said)
