"""The demo's signals: a price that crosses its short moving average. Pure."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

WINDOW = 4
MINUTE = timedelta(minutes=1)
HOLD_BELOW = 0.25
"""A crossing by less than this part of a usual minute's move is said, but nothing to act on."""

NOISE = 0.3
"""The part of a usual minute's move at which a crossing is as likely as not to be noise."""


class MinuteBar(Struct, frozen=True):
    """A bar as the market's stream says it; `t` is its start."""

    S: str
    c: float
    t: datetime


class Signal(Struct, frozen=True, kw_only=True):
    """A signal as a signal server says it."""

    type: str = "signal"
    symbol: str
    action: str
    confidence: float
    timestamp: datetime
    strategy: str = "demo-momentum"


class Momentum:
    """Remembers the last closes of each symbol and on which side of their mean the price was."""

    def __init__(self) -> None:
        self._closes: dict[str, deque[float]] = {}
        self._above: dict[str, bool] = {}

    def hear(self, bar: MinuteBar) -> Signal | None:
        """Take a bar in; give a signal, dated with the bar's end, when the price has changed sides."""
        closes = self._closes.setdefault(bar.S, deque(maxlen=WINDOW))
        before = tuple(closes)
        closes.append(bar.c)
        if len(before) < WINDOW or bar.c == (mean := sum(before) / WINDOW):
            return None
        was_above = self._above.get(bar.S)
        self._above[bar.S] = above = bar.c > mean
        if was_above is above:
            return None
        strength = abs(bar.c - mean) / (_usual_move(before) or mean)
        action = "HOLD" if strength < HOLD_BELOW else "BUY" if above else "SELL"
        confidence = round(strength / (strength + NOISE), 3)
        return Signal(symbol=bar.S, action=action, confidence=confidence, timestamp=bar.t + MINUTE)


def _usual_move(closes: tuple[float, ...]) -> float:
    moves = [abs(after - before) for before, after in pairwise(closes)]
    return sum(moves) / len(moves)
