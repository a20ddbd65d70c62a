"""What is true at the exchange of shares that were bought for us, and how long some of them have been bare."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from msgspec import Struct

from exchange.accounts import Account, dormant, owned, replaced, working_in
from exchange.book import STOPS, Order, OrderType, Side, remaining
from tests.simulation.protection.street import SYMBOL

HAND = "hand-"
"""What people order begins with this."""

ZERO, NEVER = Decimal(0), float("-inf")

CALM_SECONDS, TROUBLED_SECONDS, SURPRISED_SECONDS = 2.0, 90.0, 90.0
"""So long shares may be bare, more of them offered than there are."""
COMING_SECONDS = 2.0
"""So much longer may those be bare whose entry is still at work."""


class Truth(Struct, frozen=True):
    """In shares. `claimed` is what exits of ours may still sell, a group counted once; of these, a working stop or a
    sale that is under way has `covered` some. `coming` were bought by entries that are not complete, whose exits sleep
    until then. By splits there came so many more, `divided`. People have `offered` some, which nobody else can sell.
    """

    held: Decimal
    bought: Decimal
    sold: Decimal
    by_hand: Decimal
    claimed: Decimal
    covered: Decimal
    coming: Decimal = ZERO
    divided: Decimal = ZERO
    offered: Decimal = ZERO

    @property
    def bare(self) -> Decimal:
        """Count those that ought to be covered: of what people leave us, no group takes a part of a share."""
        left = self.held - self.offered - self.covered
        return ZERO if self.offered and left < 1 else max(left, ZERO)


def look(books: Account) -> Truth:
    bought = sold = by_hand = ZERO
    for fill in books.fills:
        if fill.side is Side.BUY:
            bought += fill.qty
        elif _is_by_hand(books.orders[fill.order_id]):
            by_hand += fill.qty
        else:
            sold += fill.qty
    groups = defaultdict[str, list[Order]](list)
    for order in working_in(books, SYMBOL):
        if order.side is Side.SELL and not _is_by_hand(order) and not _sleeps(books, order):
            groups[order.parent_id or order.id].append(order)
    claimed = sum((_claim(group) for group in groups.values()), ZERO)
    covered = sum((_claim(group) for group in groups.values() if any(map(_covers, group))), ZERO)
    entries = (order for order in working_in(books, SYMBOL) if order.side is Side.BUY and order.legs)
    coming = sum((order.filled_qty for order in entries), ZERO)
    divided = sum((one.qty_after - one.qty_before for one in books.dealt), ZERO)
    offers = (order for order in working_in(books, SYMBOL) if order.side is Side.SELL and _is_by_hand(order))
    offered = sum((remaining(order) for order in offers), ZERO)
    return Truth(owned(books, SYMBOL), bought, sold, by_hand, claimed, covered, coming, divided, offered)


def _claim(group: list[Order]) -> Decimal:
    return max(remaining(order) for order in group)


def _covers(order: Order) -> bool:
    return order.type in STOPS or order.type is OrderType.MARKET or order.extended_hours


def _sleeps(books: Account, order: Order) -> bool:
    """Say whether it sells nothing yet: its entry is not complete, or the order whose place it is to take works."""
    return dormant(books, order) or replaced(books, order) is not None


def _is_by_hand(order: Order) -> bool:
    return order.client_order_id.startswith(HAND)


class Judge:
    """Looks at every step; `broken` are the promises that it saw broken.

    What nobody could know in time is a `surprise`, and what may make us slower is `trouble`; both are times.
    """

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.trouble = self.surprise = NEVER
        self._bare: float | None = None
        self._coming: float | None = None
        self._over: float | None = None

    def see(self, truth: Truth, now: float) -> None:
        if truth.held != truth.bought - truth.sold - truth.by_hand + truth.divided:
            self.broken.append(f"{truth} does not add up")
        if truth.held < 0:
            self.broken.append(f"short by {-truth.held} shares")
        self._over = _since(self._over, now, is_so=truth.claimed > max(truth.held, ZERO))
        if self._over is not None and now - self.surprise > SURPRISED_SECONDS:
            self.broken.append(f"{truth.claimed} shares may be sold, {truth.held} are held")
        self._bare = _since(self._bare, now, is_so=truth.bare > truth.coming)
        self._coming = _since(self._coming, now, is_so=truth.bare > 0)
        bound = CALM_SECONDS if self.trouble == NEVER else TROUBLED_SECONDS
        for since, longest in ((self._bare, bound), (self._coming, bound + COMING_SECONDS)):
            if since is not None and (bare := now - max(since, self.trouble)) > longest:
                self.broken.append(f"{truth.bare} shares were bare for {bare:.3f} seconds")


def _since(before: float | None, now: float, *, is_so: bool) -> float | None:
    if not is_so:
        return None
    return now if before is None else before
