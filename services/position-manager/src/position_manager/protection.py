"""Where protection rests: the levels, and what is asked of the broker for whole shares and for fractions."""

from __future__ import annotations

from decimal import Decimal

from contracts.control import ExitPolicy
from contracts.exits import ExitReason
from contracts.orders import OrderFilled
from contracts.values import TimeInForce, derived_id, round_to_tick
from position_manager.state import Levels, Part

LONGEST_WAIT, LONGEST_WAIT_TO_CLOSE = 60, 8
_PROMPT_FAILURES = 3


def new_part(fill: OrderFilled, policy: ExitPolicy, named: Levels) -> Part:
    """Plan the exit of an entry fill. Its levels stand from here on, whatever the policy becomes."""
    stop, target = levels(fill.price, policy)
    stop = stop if named.stop is None else round_to_tick(named.stop)
    target = target if named.target is None else round_to_tick(named.target)
    return Part(
        part_id=derived_id(fill.execution_id, "protect"),
        execution_id=fill.execution_id,
        qty=fill.qty,
        stop_price=stop,
        target_price=target,
    )


def levels(entry_price: Decimal, policy: ExitPolicy) -> tuple[Decimal, Decimal]:
    """Give stop and target, on the price grid."""
    stop = round_to_tick(entry_price * (1 - policy.stop_fraction))
    target = round_to_tick(entry_price * (1 + policy.target_fraction))
    return stop, target


def resting_form(part: Part) -> tuple[Decimal | None, TimeInForce]:
    """Say which target rests beside the stop and how long.

    Alpaca takes fractions in plain DAY orders only, so the target of a fraction is watched instead.
    """
    return (part.target_price, TimeInForce.GTC) if part.whole else (None, TimeInForce.DAY)


def wait_after(failures: int, longest: int = LONGEST_WAIT) -> int:
    """Say how many ticks to wait before asking again.

    A broker that goes on refusing would otherwise use up the request budget that exits need.
    """
    return min(2 ** max(failures - _PROMPT_FAILURES, 0), longest)


POLICY_REASONS = frozenset({ExitReason.PROTECTION_REJECTED, ExitReason.TARGET, ExitReason.TIME_STOP})
"""Reasons of ours to leave, as against those that a signal gives."""
