"""One order of ours that protects shares or sells them, and entries that work."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

from contracts.lifecycle import TERMINAL, WORKING, OrderStatus
from contracts.orders import Purpose

ZERO = Decimal(0)


LEG_TICKS = 90
"""A group whose stop leg was never told of may yet be selling. The executor looks at every order once a minute."""


KEEP_TICKS = 180
"""A fill may cross the end of its order on the wire, so an ended order is remembered this long."""


_REFUSED = frozenset({OrderStatus.REJECTED, OrderStatus.WITHHELD})


class Member(Struct, frozen=True, kw_only=True):
    """One order of a group as the broker last told of it. Silence means: it may be working."""

    status: OrderStatus = OrderStatus.SUBMITTING
    filled: Decimal = ZERO
    stop_price: Decimal | None = None


class Moving(Struct, frozen=True, kw_only=True):
    """The wishes to raise a stop: how many there were, how often the answer was no, the next in `wait` ticks."""

    count: int = 0
    refusals: int = 0
    wait: int = 0
    is_impossible: bool = False


class Order(Struct, frozen=True, kw_only=True):
    """One order of ours, or a group of two (`oco`), which counts once.

    `members` are by client_order_id, the parent's is the exit_id. `cancels` counts how often it was taken back, the
    next time in `cancel_wait` ticks at the earliest; `quiet` counts the ticks since the broker last told of an end.
    `limit_price` is that of a sale outside the hours, `missed` the ticks since it is no longer how to sell. One that is
    `outdated` has the prices of shares from before a split.
    The exits that an entry brought are a `bracket` under the entry's id: `asleep` until the entry is complete, and for
    as many shares as it has bought. `stop_price` is where the stop rests by the broker's word, `moving` what came of
    wishes to raise it.
    """

    purpose: Purpose
    qty: Decimal
    oco: bool = False
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    cancels: int = 0
    cancel_wait: int = 0
    quiet: int = 0
    outdated: bool = False
    limit_price: Decimal | None = None
    missed: int = 0
    bracket: bool = False
    asleep: bool = False
    stop_price: Decimal | None = None
    moving: Moving = Moving()

    @property
    def sold(self) -> Decimal:
        return sum((member.filled for member in self.members.values()), ZERO)

    @property
    def booked(self) -> Decimal:
        """Say how many sold shares count: exits at work prove that shares came which were not told of yet."""
        return min(self.sold, self.qty) if self.asleep else self.sold

    @property
    def open_qty(self) -> Decimal:
        """Say how many shares it may still sell."""
        return ZERO if self.ended else max(self.qty - self.sold, ZERO)

    @property
    def over(self) -> bool:
        """Say whether nothing more is expected of the members that the broker has told of."""
        told = bool(self.members) or self.bracket
        return not self.asleep and (
            self.sold >= self.qty or (told and all(member.status in TERMINAL for member in self.members.values()))
        )

    @property
    def ended(self) -> bool:
        whole = self.is_whole or self.refused or self.sold >= self.qty
        return self.over and (whole or self.quiet >= LEG_TICKS)

    @property
    def is_whole(self) -> bool:
        """Say whether all of its members were told of. Protection that was replaced has a successor."""
        replaced = [one for one in self.members.values() if one.status is OrderStatus.REPLACED]
        successors = len(replaced) if self.purpose is Purpose.PROTECT else 0
        return len(self.members) >= (2 if self.oco else 1) + successors

    @property
    def refused(self) -> bool:
        return any(member.status in _REFUSED for member in self.members.values())

    @property
    def expired(self) -> bool:
        return any(member.status is OrderStatus.EXPIRED for member in self.members.values())

    @property
    def known(self) -> bool:
        """Say whether it works at the broker for certain, so that it can be taken back."""
        return not self.asleep and any(member.status in WORKING for member in self.members.values())


class Entry(Struct, frozen=True, kw_only=True):
    """An entry that works at the broker: how often it was taken back, the next time in `wait` ticks at the earliest.

    One that is `grouped` brings its exits along; `partial` counts the ticks since it has bought some of its shares.
    """

    cancels: int = 0
    wait: int = 0
    grouped: bool = False
    partial: int = 0
