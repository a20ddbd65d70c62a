"""What a rule is asked about, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from contracts.signals import Signal
from risk.state import ZERO, State


class Candidate(Struct, frozen=True, kw_only=True):
    """A signal with what it would mean: `qty` shares at `price`.

    `came` and `now` are market time, when the signal came and when it is judged. `price` is None while no quote is
    known. `wanted` is the size before rounding, None while it cannot be told. With `notional` the order is for so many
    dollars.
    """

    signal: Signal
    came: datetime
    now: datetime
    price: Decimal | None
    wanted: Decimal | None
    qty: Decimal
    notional: Decimal | None = None

    @property
    def cost(self) -> Decimal:
        """Say what it spends at this price, which is what every limit counts."""
        return (self.price or ZERO) * self.qty if self.notional is None else self.notional


class Answer(Struct, frozen=True):
    """What a rule looked at, what it holds it against, and the sentence for a denial.

    `pending`: what is missing is on its way; the signal waits for it a while before it is denied.
    """

    passed: bool
    value: str
    limit: str
    reason: str
    pending: bool = False


UNKNOWN = Answer(passed=False, value="unknown", limit="", reason="the price or the account is not known")

Rule: TypeAlias = Callable[[State, Candidate], Answer]
