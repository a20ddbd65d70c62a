"""What the position manager knows: the fold of the log for one account."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field

from contracts.commands import FlattenAsked
from position_manager.book.position import Levels, Position
from position_manager.market import Market
from position_manager.ranges.days import Day
from position_manager.ranges.minutes import Ranges

KEEP_LEVELS = 2_000
"""Approvals whose levels are remembered: more than can be on their way to their fills."""


class Gap(Struct, frozen=True):
    """Shares of one entry fill without protection, as was last told: so many, at `most` so many, since then."""

    qty: Decimal
    most: Decimal
    share_seconds: float
    since: datetime


class Commands(Struct, frozen=True, kw_only=True):
    """What people ordered and what holds on.

    `kills` are the kill switches' commands by their halts; `external`, by their ids, the commands that want strangers'
    shares sold too; `strays` is how many of these there were in the last snapshot, by symbol.
    """

    kills: dict[str, str] = field(default_factory=dict[str, str])
    external: dict[str, FlattenAsked] = field(default_factory=dict[str, FlattenAsked])
    strays: dict[str, Decimal] = field(default_factory=dict[str, Decimal])


class State(Struct, kw_only=True):
    """The fold of the log for one account; positions are by symbol, levels by approval, for those that name any.

    `ranges`, of minutes, and `daily_ranges` are by symbol. `gaps` are shares without protection, by symbol and entry
    fill; `coverage_n` counts what was told of them.
    """

    account: str
    market: Market = Market()
    ranges: dict[str, Ranges] = field(default_factory=dict[str, Ranges])
    daily_ranges: dict[str, tuple[Day, ...]] = field(default_factory=dict[str, tuple[Day, ...]])
    levels: dict[str, Levels] = field(default_factory=dict[str, Levels])
    positions: dict[str, Position] = field(default_factory=dict[str, Position])
    commands: Commands = Commands()
    gaps: dict[str, dict[str, Gap]] = field(default_factory=dict[str, dict[str, Gap]])
    coverage_n: int = 0
