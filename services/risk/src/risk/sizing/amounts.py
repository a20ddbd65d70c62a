"""What a method of sizing is asked, and what it answers: a number of shares, or of dollars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal
from typing import TypeAlias

from msgspec import Struct

from contracts.accounts import AccountSnapshot
from contracts.signals import Signal
from risk.state import ZERO, State

MOST = Decimal(10**9)
"""Nobody means more shares or dollars than this; it keeps absurd numbers within the range of exact arithmetic."""

DOWN = Context(prec=50, rounding=ROUND_DOWN)
"""Division with it never gives more than there is."""


class Wish(Struct, frozen=True, kw_only=True):
    """An entry that names no quantity, at a price. `now` is market time."""

    state: State
    signal: Signal
    price: Decimal
    account: AccountSnapshot
    now: datetime


class Shares(Struct, frozen=True):
    number: Decimal


class Dollars(Struct, frozen=True):
    number: Decimal


Amount: TypeAlias = Shares | Dollars
Method: TypeAlias = Callable[[Wish], Amount]


def sane(number: Decimal) -> Decimal:
    return min(max(number, ZERO), MOST) if number.is_finite() else ZERO
