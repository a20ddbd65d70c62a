"""Where the protection of an approved entry will rest: at the broker with the entry, or after its fill, and why."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from contracts.levels import stop_price, target_price
from contracts.limits import Limits
from contracts.values import round_to_tick
from risk.candidate import Candidate
from risk.state import State

CENT = Decimal("0.01")
"""Brokers take exits of a group only so far from the price of its entry."""


class Rests(Struct, frozen=True):
    """The exits that go along with the entry, or none, and in words where its protection rests."""

    why: str
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None


def rests(state: State, candidate: Candidate, price: Decimal) -> Rests:
    """Choose for an entry at `price`. Exits that go along stand where they are approved, whatever the fill costs."""
    if alone := _why_alone(state, candidate):
        return Rests(f"after the fill: {alone}")
    signal, limits = candidate.signal, state.limits
    stop = round_to_tick(stop_price(price, limits) if signal.stop_loss is None else signal.stop_loss)
    target = round_to_tick(target_price(price, limits) if signal.take_profit is None else signal.take_profit)
    if not stop + CENT <= price <= target - CENT:
        return Rests("after the fill: the stop or the target is less than a cent from the price")
    return Rests("bracket with the entry: whole shares at market, in the session", stop, target)


def _why_alone(state: State, candidate: Candidate) -> str:
    limits, signal = state.limits, candidate.signal
    measured_by = "" if signal.stop_loss is not None else _measured_by(limits)
    reasons = {
        "native_bracket is off": not limits.native_bracket,
        "an order for dollars takes no group": candidate.notional is not None,
        "a fraction of a share takes no group": candidate.qty != candidate.qty.to_integral_value(),
        "the market is closed": not state.is_open,
        "scale_out sells it in parts, each with a target of its own": signal.take_profit is None and limits.scale_out,
        f"{measured_by} puts the stop where the bars at the fill say": measured_by,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _measured_by(limits: Limits) -> str:
    names = ("stop_atr", "stop_daily_atr")
    return next((name for name in names if getattr(limits, name)), "")
