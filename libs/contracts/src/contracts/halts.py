"""How what stops entries comes to its end: one truth for the gate, the executor and the doors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from contracts.accounts import DriftFound
from contracts.control import AnyHalt, GateSwitched, Halted, Resumed
from contracts.values import TradingState, derived_id

H = TypeVar("H", bound=AnyHalt)


def remaining(halts: Mapping[str, H], resumed: Resumed) -> dict[str, H]:
    """Give the halts, or the locks, by id, that a resume of their account leaves; locks end only by name."""
    return {i: halt for i, halt in halts.items() if not _ends(resumed, i, halt)}


def _ends(resumed: Resumed, name: str, halt: AnyHalt) -> bool:
    if resumed.lifts:
        return name in resumed.lifts
    return isinstance(halt, Halted) and is_within(halt, resumed.strategy, resumed.symbol)


def is_within(halt: AnyHalt, strategy: str, symbol: str) -> bool:
    """Say whether it is about nothing but this strategy and symbol; empty ones stand for any."""
    return strategy in ("", halt.strategy) and symbol in ("", halt.symbol)


def standing(halts: Mapping[str, H], now: datetime) -> dict[str, H]:
    """Give those whose time is not over at this market time."""
    return {i: halt for i, halt in halts.items() if halt.until is None or halt.until > now}


def drift_id(drift: DriftFound) -> str:
    """Name a drift as `Resumed.lifts` does."""
    return derived_id("drift", drift.account, drift.n)


def thaws(resumed: Resumed, drift: DriftFound) -> bool:
    """Say whether a resume of its account lets entries of its symbol go on in spite of it."""
    if resumed.lifts:
        return drift_id(drift) in resumed.lifts
    return resumed.symbol in ("", drift.symbol)


def switched(gate: GateSwitched | None, fact: GateSwitched) -> GateSwitched | None:
    """Give how the gate stands after this fact; what switched it off after a person looked is not ended by it."""
    named = gate is None or gate.active or fact.ends in ("", gate.control_id)
    return fact if named or not fact.active else gate


def worst(levels: Iterable[TradingState]) -> TradingState:
    return max(levels, key=list(TradingState).index, default=TradingState.ACTIVE)
