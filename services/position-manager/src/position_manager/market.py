"""What is the same for all positions."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct, field

from contracts.layers import LimitLayers, narrowed
from contracts.limits import Limits
from position_manager.splits.announced import Split, Splits


class Market(Struct, frozen=True, kw_only=True):
    """What is the same for all positions. Market time, the next open and the next close are None until the first tick.

    `last_close` is the end of the session before, as far as one was seen to end.

    `limits` are the account's; what was set for single strategies and symbols stands in `layers`. `earnings` are the
    days on which companies report, by symbol, and `splits` what was announced of these.
    """

    limits: Limits = Limits()
    layers: LimitLayers = field(default_factory=LimitLayers)
    earnings: dict[str, tuple[date, ...]] = field(default_factory=dict[str, tuple[date, ...]])
    splits: Splits = field(default_factory=dict[str, tuple[Split, ...]])
    now: datetime | None = None
    is_open: bool = False
    next_open: datetime | None = None
    next_close: datetime | None = None
    last_close: datetime | None = None

    def limits_of(self, account: str, symbol: str, strategy: str = "") -> Limits:
        return narrowed(self.layers, self.limits, account, strategy, symbol)
