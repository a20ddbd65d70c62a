"""The gate's numbers: what may be entered, how much, when, and what stops it."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from contracts.signals import Confidence, Source
from contracts.values import MOST_DECIMALS, Symbol, decimals

Positive: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e9)]
Minutes: TypeAlias = Annotated[int, Meta(ge=0, le=525_600)]
TimeOfDay: TypeAlias = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""New York, hours and minutes."""


class Sizing(StrEnum):
    """What an entry's size is made of, where its signal names no quantity."""

    QUANTITY = "quantity"
    PERCENT_OF_EQUITY = "percent_of_equity"
    DOLLARS = "dollars"
    EQUAL_ALLOCATION = "equal_allocation"
    RISK_PER_TRADE = "risk_per_trade"


class Limits(Struct, frozen=True, kw_only=True):
    """Fractions are of equity unless they say otherwise; seconds and minutes are market time; notionals are dollars.

    0, or an empty list, turns a limit off where being at it would leave nothing to trade.

    Sizing: `entry_dollars` is what `Sizing.DOLLARS` spends on an entry; `risk_per_trade` the fraction that is lost when
    the stop is hit; `signals_per_day` how many share the buying power when a signal does not say how many came with
    it; `multiplier` scales every size but one that the signal names.
    Prices: `price_collar` and `max_spread` are fractions of the price.
    Margin: below `min_margin_equity` nothing is borrowed; below `day_trade_equity` at most `max_day_trades` in five
    trading days.
    Locks: `max_daily_loss`, `max_drawdown` (from the high-water mark of equity), `max_consecutive_losses`,
    `max_stop_losses` within `stop_loss_minutes`; they last `lock_minutes`, or longer where the lock says so;
    `cool_down_minutes` after leaving a symbol.
    """

    min_confidence: Confidence = 0.7
    sources: tuple[Source, ...] = ()
    whitelist: tuple[Symbol, ...] = ()
    blacklist: tuple[Symbol, ...] = ()

    sizing: Sizing = Sizing.QUANTITY
    default_quantity: Decimal = Decimal(1)
    percent_of_equity: Decimal = Decimal(0)
    entry_dollars: Decimal = Decimal(0)
    risk_per_trade: Decimal = Decimal(0)
    signals_per_day: Positive = 3
    multiplier: Decimal = Decimal(1)
    fractional: bool = False

    window_start: TimeOfDay = "09:31"
    window_end: TimeOfDay = "15:55"
    duplicate_seconds: Seconds = 60
    signal_max_age_seconds: Seconds = 60
    approval_ttl_seconds: Seconds = 60
    earnings_days_before: Count = 1
    earnings_days_after: Count = 1

    quote_max_age_seconds: Seconds = 120
    price_collar: Decimal = Decimal("0.05")
    max_spread: Decimal = Decimal("0.05")

    max_position_fraction: Decimal = Decimal("0.05")
    max_order_notional: Decimal = Decimal(0)
    max_symbol_notional: Decimal = Decimal(0)
    max_gross_notional: Decimal = Decimal(0)
    max_gross_fraction: Decimal = Decimal(1)
    max_sector_fraction: Decimal = Decimal(0)
    max_entries_per_symbol: Positive = 2
    max_concurrent: Positive = 3
    max_open_orders: Positive = 5
    max_orders_per_second: Count = 10
    max_orders_per_day: Count = 200
    min_cash: Decimal = Decimal(0)
    min_margin_equity: Decimal = Decimal(2_000)
    max_day_trades: Count = 0
    day_trade_equity: Decimal = Decimal(25_000)

    max_daily_loss: Decimal = Decimal("0.03")
    max_drawdown: Decimal = Decimal("0.10")
    max_consecutive_losses: Count = 0
    max_stop_losses: Count = 0
    stop_loss_minutes: Minutes = 60
    lock_minutes: Minutes = 60
    cool_down_minutes: Minutes = 0

    def __post_init__(self) -> None:
        """Hold the amounts within their bounds, which the types cannot: raise `ValueError`."""
        for name, highest in HIGHEST.items():
            value: Decimal = getattr(self, name)
            if decimals(value) > MOST_DECIMALS:
                raise ValueError(f"{name} was {value}, expected at most {MOST_DECIMALS} decimals")
            # A NaN fails every comparison, so it must be named first.
            if not value.is_finite() or not 0 <= value <= highest:
                raise ValueError(f"{name} was {value}, expected a number from 0 to {highest}")


_SHARES, _DOLLARS = 1_000_000, 1_000_000_000
HIGHEST = {
    "default_quantity": _SHARES,
    "percent_of_equity": 1,
    "entry_dollars": _DOLLARS,
    "risk_per_trade": 1,
    "multiplier": 1_000,
    "price_collar": 1,
    "max_spread": 1,
    "max_position_fraction": 10,
    "max_order_notional": _DOLLARS,
    "max_symbol_notional": _DOLLARS,
    "max_gross_notional": _DOLLARS,
    "max_gross_fraction": 10,
    "max_sector_fraction": 10,
    "min_cash": _DOLLARS,
    "min_margin_equity": _DOLLARS,
    "day_trade_equity": _DOLLARS,
    "max_daily_loss": 1,
    "max_drawdown": 1,
}
