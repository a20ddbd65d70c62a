"""Which quotes need not be looked at: where the price must stay for every policy to do nothing.

A replay may skip sound quotes within the band, if it tells the last one skipped before the next fact that it does not
skip. What is decided and known is then the same as if it had looked at each.
"""

from __future__ import annotations

from math import inf

from msgspec import Struct

from contracts.exits import ExitReason
from contracts.market import Quote
from position_manager.book.position import Position
from position_manager.market import Market
from position_manager.marks import next_mark
from position_manager.policies import POLICIES
from position_manager.policies.case import Case, Watch, case_of
from position_manager.prices import is_sound, worth
from position_manager.protecting import ratchet
from position_manager.splits import announced as splits


class Band(Struct, frozen=True):
    """Neither `low` nor `high` is within it; `collar` says which quotes are sound."""

    low: float
    high: float
    collar: float

    def may_skip(self, quote: Quote) -> bool:
        return self.low < worth(quote) < self.high and is_sound(quote, self.collar)


def band(position: Position, market: Market, account: str) -> Band | None:
    """Give the band around a position's price; None while every quote must be looked at."""
    cases = [case_of(part, position, market, account) for part in position.parts]
    ends = [_ends(case) for case in cases if not case.part.leaving]
    low = max((low for low, _ in ends), default=0.0)
    high = min((high for _, high in ends), default=inf)
    leaving = any(case.part.leaving for case in cases) and not market.is_open
    near = market.now is not None and splits.is_near(market.splits, position.symbol, splits.day(market.now))
    unknown = bool(cases) and not low < position.price < high
    if near or position.doubted or leaving or unknown:
        return None
    if market.now is not None and ratchet.moves(position, market, account, market.now):
        return None
    return Band(low, high, float(market.limits_of(account, position.symbol).exit_collar))


def _ends(case: Case) -> tuple[float, float]:
    answers = [policy(case) for policy in POLICIES]
    if any(isinstance(answer, ExitReason) for answer in answers):
        return inf, 0.0
    watched = [answer for answer in answers if isinstance(answer, Watch)]
    rising = next_mark(case.part, case.limits) if case.market.is_open else inf
    return max((0.0, *(w.low for w in watched))), min((rising, *(w.high for w in watched)))
