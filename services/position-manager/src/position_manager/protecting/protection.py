"""Where protection rests: the levels, and what is asked of the broker for whole shares and for fractions."""

from __future__ import annotations

from decimal import Decimal

from contracts.exits import ExitReason
from contracts.levels import UNKNOWN, AverageRanges, stop_price, target_price
from contracts.limits import Limits
from contracts.orders import OrderFilled
from contracts.values import TimeInForce, derived_id, round_to_tick
from position_manager.book.position import Levels, Part

LONGEST_WAIT, LONGEST_WAIT_TO_CLOSE = 60, 8
_PROMPT_FAILURES = 3


def new_part(fill: OrderFilled, limits: Limits, named: Levels, ranges: AverageRanges = UNKNOWN) -> Part:
    """Plan the exit of an entry fill. Its levels stand from here on, whatever the limits become."""
    stop, target = levels(fill.price, limits, ranges)
    return Part(
        part_id=derived_id(fill.execution_id, "protect"),
        execution_id=fill.execution_id,
        qty=fill.qty,
        entry_price=fill.price,
        stop_price=stop if named.stop is None else round_to_tick(named.stop),
        target_price=target if named.target is None else round_to_tick(named.target),
        best=float(fill.price),
        bought=fill.at,
        strategy=named.strategy,
    )


def levels(entry_price: Decimal, limits: Limits, ranges: AverageRanges = UNKNOWN) -> tuple[Decimal, Decimal]:
    """Give stop and target, on the price grid."""
    stop, target = stop_price(entry_price, limits, ranges), target_price(entry_price, limits)
    return round_to_tick(stop), round_to_tick(target)


def resting_form(part: Part) -> tuple[Decimal | None, TimeInForce]:
    """Say which target rests beside the stop and how long.

    Alpaca takes fractions in plain DAY orders only, so the target of a fraction is watched instead.
    """
    return (part.target_price, TimeInForce.GTC) if part.whole else (None, TimeInForce.DAY)


def why_so(part: Part) -> str:
    """Say in words why protection after the fill rests as it does."""
    if not part.whole:
        return "a plain day order: the broker takes fractions in no other"
    group = "one group of stop and target, good till canceled: whole shares"
    return f"{group}; {part.alone}" if part.alone else group


def wait_after(failures: int, longest: int = LONGEST_WAIT) -> int:
    """Say how many ticks to wait before asking again.

    A broker that goes on refusing would otherwise use up the request budget that exits need.
    """
    return min(2 ** max(failures - _PROMPT_FAILURES, 0), longest)


POLICY_REASONS = frozenset(
    {
        ExitReason.PROTECTION_REJECTED,
        ExitReason.TARGET,
        ExitReason.GAVE_BACK,
        ExitReason.TRAILED,
        ExitReason.BREAK_EVEN,
        ExitReason.END_OF_DAY,
        ExitReason.EARNINGS,
        ExitReason.TIME_STOP,
    }
)
"""Reasons of ours to leave, as against those that a signal gives."""
