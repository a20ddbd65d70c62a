"""The numbers that people set: what may be entered, how much and when, what stops it, and when it is left."""

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
PORTION_PATTERN = r"^[0-9]{1,2}(\.[0-9]{1,6})?:[01](\.[0-9]{1,6})?$"
Portion: TypeAlias = Annotated[str, Meta(pattern=PORTION_PATTERN)]
"""A gain, and the share of what was bought that is sold there, both as fractions: 0.05:0.5."""


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
    Exits: fractions are of the entry price. `scale_out` are targets of parts of a position, the rest has
    `target_fraction`. `break_even`, `give_back_activation` and `trail_activation` are gains that must once have been
    reached; `give_back` is a fraction of the best gain, `trail_fraction` of the highest price. `exit_collar` is how far
    from the last trade a quote may lie that one alone makes us sell. `native_bracket`: an entry brings its exits along
    where that is possible. `ratchet` is how far below a watched level the stop at the broker is kept, as a fraction of
    the price. `extended_exit_discount` is how far below the bid a sale before and after the hours may go.
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

    stop_fraction: Decimal = Decimal("0.05")
    stop_dollars: Decimal = Decimal(0)
    stop_atr: Decimal = Decimal(0)
    stop_daily_atr: Decimal = Decimal(0)
    native_bracket: bool = True
    target_fraction: Decimal = Decimal("0.20")
    scale_out: tuple[Portion, ...] = ()
    break_even: Decimal = Decimal("0.015")
    give_back_activation: Decimal = Decimal("0.02")
    give_back: Decimal = Decimal("0.5")
    trail_fraction: Decimal = Decimal(0)
    trail_activation: Decimal = Decimal(0)
    max_days: Positive = 7
    flat_minutes_before_close: Minutes = 0
    earnings_exit_days: Count = 0
    exit_collar: Decimal = Decimal("0.02")
    ratchet: Decimal = Decimal(0)
    extended_exit_discount: Decimal = Decimal("0.01")

    def __post_init__(self) -> None:
        """Hold the amounts within their bounds, which the types cannot: raise `ValueError`."""
        for name, highest in HIGHEST.items():
            value: Decimal = getattr(self, name)
            if decimals(value) > MOST_DECIMALS:
                raise ValueError(f"{name} was {value}, expected at most {MOST_DECIMALS} decimals")
            # A NaN fails every comparison, so it must be named first.
            lowest = LOWEST.get(name, 0)
            if not value.is_finite() or not lowest <= value <= highest:
                raise ValueError(f"{name} was {value}, expected a number from {lowest} to {highest}")
        if self.scale_out and not _can_be(self.portions):
            raise ValueError(f"scale_out was {self.scale_out}, expected gains up to 10 and shares that are 1 at most")

    @property
    def portions(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """Give `scale_out` as numbers: gains and shares."""
        pairs = (portion.split(":") for portion in self.scale_out)
        return tuple((Decimal(gain), Decimal(share)) for gain, share in pairs)


def _can_be(portions: tuple[tuple[Decimal, Decimal], ...]) -> bool:
    whole = sum(share for _, share in portions) <= 1
    return whole and all(0 < gain <= HIGHEST["target_fraction"] and share for gain, share in portions)


_SHARES, _DOLLARS = 1_000_000, 1_000_000_000
HIGHEST: dict[str, int | Decimal] = {
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
    "stop_fraction": Decimal("0.99"),
    "stop_dollars": _DOLLARS,
    "stop_atr": 1_000,
    "stop_daily_atr": 1_000,
    "target_fraction": 10,
    "break_even": 10,
    "give_back_activation": 10,
    "give_back": 1,
    "trail_fraction": Decimal("0.99"),
    "trail_activation": 10,
    "exit_collar": 1,
    "ratchet": Decimal("0.5"),
    "extended_exit_discount": Decimal("0.5"),
}
LOWEST = {"stop_fraction": Decimal("0.0001"), "target_fraction": Decimal("0.0001")}
"""Every position is protected, so these cannot be turned off; what is not named here begins at 0."""
