"""The environment of the door, and what of it decides about trading."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from chassis.settings import SettingsError
from contracts.control import ExitPolicy
from contracts.limits import Positive
from contracts.values import Mode

Port = Annotated[int, Meta(ge=0, le=65_535)]


class DoorSettings(Struct, frozen=True, kw_only=True):
    api_host: str = "127.0.0.1"
    api_port: Port = 8000


class TradingSettings(Struct, frozen=True, kw_only=True):
    """What becomes facts of the log, but for the limits. `_PCT` are fractions: 0.05 is 5 %."""

    trade_mode: Mode = Mode.MANUAL
    limits_file: str = ""
    stop_pct: Decimal = Decimal("0.05")
    tp_pct: Decimal = Decimal("0.20")
    max_days: Positive = 7


def exit_policy(settings: TradingSettings) -> ExitPolicy:
    """Give the position manager's numbers; raise `SettingsError` for one that makes no sense."""
    stop = _between("STOP_PCT", settings.stop_pct, 0, Decimal("0.99"))
    target = _between("TP_PCT", settings.tp_pct, 0, 10)
    if not stop or not target:
        raise SettingsError("STOP_PCT and TP_PCT were expected above 0: every position is protected")
    return ExitPolicy(stop_fraction=stop, target_fraction=target, max_days=settings.max_days)


def _between(name: str, value: Decimal, low: int, high: int | Decimal) -> Decimal:
    # A NaN fails every comparison, so it must be named first.
    if not value.is_finite() or not low <= value <= high:
        raise SettingsError(f"{name} was {value}, expected a number from {low} to {high}")
    return value
