"""The environment of the door, and what of it decides about trading."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from chassis.settings import SettingsError
from contracts.control import ExitPolicy
from contracts.limits import Limits
from contracts.values import SYMBOL_PATTERN, Mode

Port = Annotated[int, Meta(ge=0, le=65_535)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class DoorSettings(Struct, frozen=True, kw_only=True):
    api_host: str = "127.0.0.1"
    api_port: Port = 8000


class TradingSettings(Struct, frozen=True, kw_only=True):
    """What becomes facts of the log. `_PCT` are fractions: 0.05 is 5 %. Seconds are market time."""

    trade_mode: Mode = Mode.MANUAL
    confidence_threshold: Fraction = 0.7
    default_quantity: Decimal = Decimal(1)
    percent_of_equity: Decimal = Decimal(0)
    max_position_pct: Decimal = Decimal("0.05")
    max_entries_per_symbol: Count = 2
    risk_max_concurrent: Count = 3
    duplicate_seconds: Seconds = 60
    signal_max_age_seconds: Seconds = 60
    approval_ttl_seconds: Seconds = 60
    fractional: bool = False
    symbol_whitelist: str = ""
    symbol_blacklist: str = ""
    min_cash_usd: Decimal = Decimal(0)
    stop_pct: Decimal = Decimal("0.05")
    tp_pct: Decimal = Decimal("0.20")
    max_days: Count = 7


def limits(settings: TradingSettings) -> Limits:
    """Give the gate's numbers; raise `SettingsError` for one that makes no sense."""
    return Limits(
        min_confidence=settings.confidence_threshold,
        default_quantity=_between("DEFAULT_QUANTITY", settings.default_quantity, 0, 1_000_000),
        percent_of_equity=_between("PERCENT_OF_EQUITY", settings.percent_of_equity, 0, 1),
        max_position_fraction=_between("MAX_POSITION_PCT", settings.max_position_pct, 0, 1),
        max_entries_per_symbol=settings.max_entries_per_symbol,
        max_concurrent=settings.risk_max_concurrent,
        duplicate_seconds=settings.duplicate_seconds,
        signal_max_age_seconds=settings.signal_max_age_seconds,
        approval_ttl_seconds=settings.approval_ttl_seconds,
        fractional=settings.fractional,
        whitelist=_symbols("SYMBOL_WHITELIST", settings.symbol_whitelist),
        blacklist=_symbols("SYMBOL_BLACKLIST", settings.symbol_blacklist),
        min_cash=_between("MIN_CASH_USD", settings.min_cash_usd, 0, 1_000_000_000),
    )


def exit_policy(settings: TradingSettings) -> ExitPolicy:
    """Give the position manager's numbers; raise `SettingsError` for one that makes no sense."""
    stop = _between("STOP_PCT", settings.stop_pct, 0, Decimal("0.99"))
    target = _between("TP_PCT", settings.tp_pct, 0, 10)
    if not stop or not target:
        raise SettingsError("STOP_PCT and TP_PCT were expected above 0: every position is protected")
    return ExitPolicy(stop_fraction=stop, target_fraction=target, max_days=settings.max_days)


def _symbols(name: str, text: str) -> tuple[str, ...]:
    listed = [symbol.strip().upper() for symbol in text.split(",") if symbol.strip()]
    if wrong := [symbol for symbol in listed if re.fullmatch(SYMBOL_PATTERN, symbol) is None]:
        raise SettingsError(f"{name} holds {wrong[0]!r}, expected symbols like SPY, parted by commas")
    return tuple(dict.fromkeys(listed))


def _between(name: str, value: Decimal, low: int, high: int | Decimal) -> Decimal:
    # A NaN fails every comparison, so it must be named first.
    if not value.is_finite() or not low <= value <= high:
        raise SettingsError(f"{name} was {value}, expected a number from {low} to {high}")
    return value
