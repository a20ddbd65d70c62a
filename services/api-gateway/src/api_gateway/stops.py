"""What stops entries of one account, folded from the log: halts, locks, the gate, differences to the broker."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, field, structs

from contracts import halts
from contracts.accounts import DriftFound, DriftKind, DriftResolved
from contracts.control import GateSwitched, Halted, Resumed
from contracts.locks import Locked
from contracts.values import TradingState

Stop: TypeAlias = Halted | Resumed | GateSwitched | Locked | DriftFound | DriftResolved


class Stops(Struct, kw_only=True):
    """Halts and locks are by id; of the drifts those that freeze stop entries. All ids are in the order they came."""

    halts: dict[str, Halted] = field(default_factory=dict[str, Halted])
    locks: dict[str, Locked] = field(default_factory=dict[str, Locked])
    gate: GateSwitched | None = None
    drifts: dict[tuple[DriftKind, str, str], DriftFound] = field(
        default_factory=dict[tuple[DriftKind, str, str], DriftFound]
    )

    @property
    def is_off(self) -> bool:
        return self.gate is not None and not self.gate.active


def take(stops: Stops, fact: Stop) -> None:
    """Take in a fact of this account, in place."""
    match fact:
        case Halted():
            stops.halts[fact.control_id] = fact
        case Locked():
            stops.locks[fact.lock_id] = fact
        case GateSwitched():
            stops.gate = halts.switched(stops.gate, fact)
        case Resumed():
            _resumed(stops, fact)
        case DriftFound():
            stops.drifts[fact.difference, fact.symbol, fact.client_order_id] = fact
        case DriftResolved():
            stops.drifts.pop((fact.difference, fact.symbol, fact.client_order_id), None)


def _resumed(stops: Stops, fact: Resumed) -> None:
    stops.halts = halts.remaining(stops.halts, fact)
    stops.locks = halts.remaining(stops.locks, fact)
    stops.drifts = {
        key: structs.replace(drift, freezes=False) if halts.thaws(fact, drift) else drift
        for key, drift in stops.drifts.items()
    }


def lapse(stops: Stops, now: datetime) -> None:
    """Let end what market time ends."""
    stops.halts = halts.standing(stops.halts, now)
    stops.locks = halts.standing(stops.locks, now)


def state_of(stops: Stops) -> TradingState:
    """Say how the whole account stands; what is halted or locked of it in part changes nothing here."""
    found = (*stops.halts.values(), *stops.locks.values())
    levels = [halt.level for halt in found if not halt.strategy and not halt.symbol]
    return halts.worst([*levels, TradingState.HALTED] if stops.is_off else levels)
