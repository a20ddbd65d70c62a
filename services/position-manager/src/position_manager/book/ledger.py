"""What one position is after a fact of the broker or of ours; positions are values, a change makes a new one."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from msgspec.structs import replace

from contracts.exits import CancelProtection, ClosePosition, ExitReason, MoveProtection, PlaceProtection
from contracts.levels import UNKNOWN, AverageRanges
from contracts.lifecycle import TERMINAL
from contracts.limits import Limits
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side
from position_manager import sales
from position_manager.book import entries, strangers
from position_manager.book import parts as of
from position_manager.book.order import KEEP_TICKS, ZERO, Member, Order
from position_manager.book.position import Levels, Part, Position
from position_manager.market import Market
from position_manager.protecting import following, portions
from position_manager.protecting.protection import LONGEST_WAIT_TO_CLOSE, POLICY_REASONS, new_part, wait_after

CANCEL_AGAIN_TICKS = 15
"""A cancel that came too early for the broker is refused; by then it is either done or must be asked for again."""


def entered(
    position: Position | None, fill: OrderFilled, limits: Limits, named: Levels, ranges: AverageRanges = UNKNOWN
) -> Position:
    """Take shares in. What was quoted before is older than they are, and nothing to sell them by."""
    if position is None or not position.parts:
        position = replace(position or Position(symbol=fill.symbol, opened=fill.at), opened=fill.at)
        position = replace(position, strangers=strangers.met(position.strangers))
    # A target that the signal named is for all shares, and so is one that came with the entry.
    portioned = limits.portions if named.target is None and not named.bracket else ()
    parts = portions.cut((*position.parts, new_part(fill, limits, named, ranges)), fill, portioned)
    return replace(position, parts=of.tidy(parts), price=0.0, doubted=0.0, missing=None)


def told(position: Position, fact: OrderChanged | OrderFilled, market: Market) -> Position:
    """Take what the broker says of an order of ours. Both kinds of fact tell of shares sold; the higher count is it.

    Sales by orders that we do not remember are left to the account snapshots: booking a sale twice would leave held
    shares unprotected for good, booking it late does not.
    """
    order_id = fact.parent or fact.client_order_id
    if (order := position.orders.get(order_id)) is None:
        return position
    before = order.members.get(fact.client_order_id, Member())
    after = _member(before, fact)
    changed = following.heard(replace(order, members={**order.members, fact.client_order_id: after}, quiet=0), fact)
    booked, refusals = changed.booked - order.booked, sales.late_refusals(position, order, changed)
    position = replace(position, orders={**position.orders, order_id: changed}, late_refusals=refusals)
    position = following.followed(position, order, order_id)
    return _released(sold(position, booked, order_id), market)


def told_of_others(position: Position | None, fact: OrderChanged | OrderFilled) -> Position | None:
    """Take what the broker says of a stranger's order. Whatever it sells of ours, the snapshots count."""
    position = position or Position(symbol=fact.symbol, opened=fact.at)
    after = strangers.told(position.strangers, fact)
    if isinstance(fact, OrderFilled) and fact.side is Side.SELL:
        late = min(fact.qty, position.given_up)
        position = replace(position, given_up=position.given_up - late)
        after = replace(after, beyond=after.beyond + late)
    if after.held != position.strangers.held:
        # Why shares were refused is known now, or over.
        told_why = (part if part.order else replace(part, wait=0, refusals=0) for part in position.parts)
        position = replace(position, parts=tuple(told_why))
    return position if after == position.strangers else replace(position, strangers=after)


def sold(position: Position, qty: Decimal, order_id: str) -> Position:
    """Take away what an order has sold: from the shares that it covers first."""
    if not qty:
        return position
    # To think too much held is put right by the next snapshots; to think too little leaves shares without protection.
    explained = min(qty, position.given_up)
    left = of.sell(position.parts, qty - explained, order_id)
    return replace(position, parts=left, missing=None, given_up=position.given_up - explained)


def _member(member: Member, fact: OrderChanged | OrderFilled) -> Member:
    if isinstance(fact, OrderFilled):
        return replace(member, filled=max(member.filled, fact.cum_qty))
    # What has ended stays so: a fill that crossed the end is told of as partially filled and changes no more than that.
    status = member.status if member.status in TERMINAL else fact.status
    stop_price = fact.stop_price or member.stop_price
    return Member(status=status, filled=max(member.filled, fact.filled_qty), stop_price=stop_price)


def _released(position: Position, market: Market) -> Position:
    """Let go of the shares whose order has ended or covers fewer of them, and tidy up."""
    parts = position.parts
    for exit_id in dict.fromkeys(part.order for part in parts if part.order):
        order = position.orders[exit_id]
        parts = of.uncover(parts, exit_id, order.open_qty, partial(_freed, order=order, market=market))
    return replace(position, parts=of.tidy(parts))


def _freed(part: Part, order: Order, market: Market) -> Part:
    part = replace(part, order="")
    if order.purpose is Purpose.CLOSE:
        wait = wait_after(part.closes, LONGEST_WAIT_TO_CLOSE)
        return replace(part, deferred=sales.is_deferred(order, market), because=ExitReason.PROTECTION_LOST, wait=wait)
    if order.refused:
        refusals = part.refusals + 1
        rejected = ExitReason.PROTECTION_REJECTED
        return replace(part, because=rejected, refusals=refusals, wait=wait_after(refusals))
    if order.expired:
        # A DAY order that is renewed at the bell might still meet the session that it expired in.
        return replace(part, because=ExitReason.PROTECTION_LOST, wait=max(part.wait, 1))
    if order.outdated:
        return replace(part, because=ExitReason.SPLIT)
    return replace(part, because=ExitReason.REMAINDER if order.cancels else ExitReason.PROTECTION_LOST)


def asked(position: Position, intent: PlaceProtection | CancelProtection | MoveProtection | ClosePosition) -> Position:
    """Take what we ask for. The intent itself tells all: the quotes and ticks that led to it age out of the log."""
    match intent:
        case PlaceProtection(exit_id=exit_id):
            order = Order(purpose=Purpose.PROTECT, qty=intent.qty, oco=intent.target_price is not None)
            covered = tuple(piece for part in position.parts for piece in _placed(part, intent))
        case ClosePosition(exit_id=exit_id):
            order = Order(purpose=Purpose.CLOSE, qty=intent.qty, limit_price=intent.limit_price)
            late = intent.extended_hours
            covered = of.close(position.parts, exit_id, intent.qty, intent.reason, late=late)
        case MoveProtection():
            return following.asked(position, intent)
        case CancelProtection(client_order_id=name) if name in position.entries:
            return entries.asked(position, name)
        case CancelProtection(client_order_id=exit_id):
            order = position.orders.get(exit_id)
            if order is None:
                return position
            outdated = order.outdated or intent.reason is ExitReason.SPLIT
            order = replace(order, cancels=order.cancels + 1, cancel_wait=CANCEL_AGAIN_TICKS, outdated=outdated)
            covered = tuple(_marked(part, intent) if part.order == exit_id else part for part in position.parts)
    return replace(position, parts=covered, orders={**position.orders, exit_id: order})


def _placed(part: Part, intent: PlaceProtection) -> of.Parts:
    """Let the order cover the part that it is named after, or as much of it as nobody else's order holds."""
    if part.order or part.next_id != intent.exit_id:
        return (part,)
    front, *rest = of.split(part, intent.qty)
    # The bars that a stop was made of age out of the log, and what was asked for stands.
    placed = replace(front, order=front.next_id, attempts=front.attempts + 1, wait=1, stop_price=intent.stop_price)
    return (placed, *(replace(piece, refusals=0) for piece in rest))


def _marked(part: Part, intent: CancelProtection) -> Part:
    # For a signal the shares were marked when it came: it may want fewer than this order covers.
    marks = intent.reason in POLICY_REASONS and part.leaving is None
    return replace(part, leaving=intent.reason) if marks else part


def counted(position: Position, theirs: Decimal) -> Position:
    """Hold the broker's count against ours. What two snapshots lack was sold by somebody else and is gone."""
    if any(order.open_qty and _moving(order) for order in position.orders.values()):
        return position
    short = position.held - max(theirs, ZERO)
    theirs_now = position.strangers
    if short <= 0:
        return replace(position, missing=None, strangers=strangers.counted(theirs_now, -short))
    if position.missing != short:
        return replace(position, missing=short, strangers=strangers.lacking(theirs_now))
    left = of.tidy(of.sell(position.parts, short))
    given_up = position.given_up + short - strangers.explained(theirs_now, short)
    theirs_now = strangers.lacking(theirs_now, short)
    return replace(position, parts=left, missing=None, given_up=given_up, strangers=theirs_now)


def _moving(order: Order) -> bool:
    # Shares may just now be leaving through it, so a snapshot proves nothing.
    return order.purpose is Purpose.CLOSE or not order.known


def ticked(position: Position, market: Market) -> Position:
    orders = {exit_id: _older(order, position, market) for exit_id, order in position.orders.items()}
    kept = {exit_id: order for exit_id, order in orders.items() if order.quiet < KEEP_TICKS}
    waited = tuple(_waited(part, orders.get(part.order), market) for part in position.parts)
    refusals = 0 if market.is_open else position.late_refusals
    position = replace(
        position, parts=waited, orders=kept, entries=entries.ticked(position.entries), late_refusals=refusals
    )
    return _released(position, market)


def _older(order: Order, position: Position, market: Market) -> Order:
    return replace(
        order, cancel_wait=max(order.cancel_wait - 1, 0), quiet=order.quiet + 1 if order.over else 0,
        missed=sales.missed(order, position, market), moving=following.ticked(order.moving),
    )  # fmt: skip


def _waited(part: Part, order: Order | None, market: Market) -> Part:
    works = order is not None and order.known
    return replace(
        part,
        wait=max(part.wait - 1, 0),
        deferred=part.deferred and not market.is_open,
        refusals=0 if works else part.refusals,
    )
