"""How an order works its way to an end: routed, triggered, filled, ended; its group follows each move."""

from decimal import Decimal

from msgspec.structs import replace

from exchange import groups
from exchange.accounts import Fill, dormant, owned, promised, replaced, signed
from exchange.book import AT_ONCE, PENDING, SET_OFF, Order, OrderClass, OrderType, Status, TimeInForce, ended, identity
from exchange.fills import Print, average, fill_price, limit_of, shares, triggers, within
from exchange.hours import admits, fresh
from exchange.portions import portion
from exchange.state import Filled
from exchange.trailing import trailed
from exchange.turn import Turn

STAMPS = {Status.CANCELED: "canceled_at", Status.EXPIRED: "expired_at", Status.REJECTED: "failed_at"}


def route(turn: Turn, order: Order) -> None:
    """Bring a waiting order to the market."""
    if order.doomed:
        end(turn, order, Status.REJECTED)
        return
    now = turn.at.now
    order = turn.put(replace(order, status=Status.NEW, submitted_at=now, updated_at=now, due=None))
    turn.say("new", order)
    guards = order.legs if order.order_class is OrderClass.OCO and order.replaces is None else ()
    for leg in guards:
        turn.say("held", turn.account.orders[leg])
    for order_id in (order.id, *guards):
        work(turn, turn.account.orders[order_id], resting=False)


def work(turn: Turn, order: Order, *, resting: bool) -> None:
    """Let an order meet the market as it is now."""
    if ended(order) or dormant(turn.account, order) or replaced(turn.account, order) is not None:
        return
    shown = turn.state.prints.get(order.symbol)
    if shown is not None and _tradable(turn, order, shown):
        _meet(turn, order, shown, resting=resting)
    if order.time_in_force in AT_ONCE and not ended(turn.account.orders[order.id]):
        end(turn, turn.account.orders[order.id], Status.CANCELED)


def cross(turn: Turn, order: Order, shown: Print | None) -> None:
    """Let an order for an auction trade at its price, all of it or not at all."""
    if shown is not None and within(order.side, shown.price, limit_of(order)):
        _execute(turn, order, shown.price)
    else:
        end(turn, order, Status.CANCELED)


def end(turn: Turn, order: Order, status: Status) -> None:
    """Cancel or reject an order, and with it what its group no longer needs."""
    _follow(turn, mark(turn, order, status))


def expire(turn: Turn, order: Order) -> None:
    # The members of a group share their time in force: each of them expires, none is canceled by another.
    _recall_replacement(turn, mark(turn, order, Status.EXPIRED))


def mark(turn: Turn, order: Order, status: Status) -> Order:
    now = turn.at.now
    order = turn.put(replace(order, status=status, updated_at=now, due=None, **{STAMPS[status]: now}))
    turn.say(status.value, order)
    return order


def keep(turn: Turn, order: Order) -> None:
    """Let an order work on whose replacement has come to nothing."""
    order = replace(order, status=groups.standing(turn.account, order), replaced_by=None, due=None)
    turn.say("order_replace_rejected", turn.put(order))


def fits(order: Order, held: Decimal, qty: Decimal) -> bool:
    """Whether the shares are there; no order takes a position through zero, or opens one that it was to close."""
    change = signed(order.side, qty)
    reduces = held * change < 0
    return qty > 0 and (qty <= abs(held) if reduces else not order.closes)


def execute(turn: Turn, order: Order, price: Decimal, qty: Decimal, rest: Decimal) -> None:
    """Trade `qty` of the `rest` of an order."""
    now = turn.at.now
    done = qty == rest
    fill = Fill(
        id=identity(turn.state.seed, "execution", order.id, order.filled_qty + qty),
        order_id=order.id,
        symbol=order.symbol,
        side=order.side,
        price=price,
        qty=qty,
        cum_qty=order.filled_qty + qty,
        leaves_qty=rest - qty,
        position_qty=owned(turn.account, order.symbol) + signed(order.side, qty),
        at=now,
        settles=turn.at.settles,
    )
    # What is about to be canceled or replaced stays so after an execution in part: the pending change is still to come.
    partly = order.status if order.status in PENDING else Status.PARTIALLY_FILLED
    order = replace(
        order,
        status=Status.FILLED if done else partly,
        filled_qty=fill.cum_qty,
        filled_avg_price=average(order, qty, price),
        filled_at=now if done else None,
        updated_at=now,
    )
    turn.record(Filled(turn.account.name, fill))
    turn.put(order)
    turn.say("fill" if done else "partial_fill", order, fill)
    _shrink_replacement(turn, order, qty)
    _follow(turn, order)


def _tradable(turn: Turn, order: Order, shown: Print) -> bool:
    halted = order.symbol in turn.state.halted
    return not halted and admits(turn.at, extended_hours=order.extended_hours) and fresh(shown, turn.at)


def _meet(turn: Turn, order: Order, shown: Print, *, resting: bool) -> None:
    if order.time_in_force is TimeInForce.CLS:
        return
    if order.time_in_force is TimeInForce.OPG:
        cross(turn, order, shown)
        return
    if order.type in SET_OFF and not order.triggered:
        order = _watch(turn, order, shown.price)
        if not order.triggered:
            return
        resting = False
    price = fill_price(order, shown, resting=resting, slippage=turn.venue.slippage)
    if price is not None:
        _execute(turn, order, price)


def _watch(turn: Turn, order: Order, price: Decimal) -> Order:
    """Let a stop see a trade: it is set off, or it trails."""
    if triggers(order, price):
        status = Status.NEW if order.status is Status.HELD else order.status
        order = turn.put(replace(order, triggered=True, status=status, updated_at=turn.at.now))
        _follow(turn, order)
        return order
    moved = trailed(order, price) if order.type is OrderType.TRAILING_STOP else order
    return order if moved is order else turn.put(moved)


def _execute(turn: Turn, order: Order, price: Decimal) -> None:
    rest = shares(order, price)
    held = owned(turn.account, order.symbol)
    if order.notional is not None and order.closes:
        # Once the price has fallen, the money would take more than there is, or than is left by other orders.
        rest = min(rest, abs(held) - promised(turn.account, order.symbol))
    if not fits(order, held, rest):
        # The shares went another way while the order slept.
        end(turn, order, Status.REJECTED)
        return
    execute(turn, order, price, portion(turn.state, turn.venue, order, rest), rest)


def _follow(turn: Turn, order: Order) -> None:
    effects = groups.effects(turn.account, order, turn.at.now)
    for effect in effects:
        turn.put(effect.order)
        if effect.event is not None:
            turn.say(effect.event, effect.order)
    for changed in (order, *(effect.order for effect in effects)):
        _recall_replacement(turn, changed)
    for effect in effects:
        if effect.wakes:
            work(turn, turn.account.orders[effect.order.id], resting=False)


def _shrink_replacement(turn: Turn, order: Order, qty: Decimal) -> None:
    """Take an execution off the replacement that is on its way; one with nothing left has come too late."""
    if order.replaced_by is None or ended(order):
        return
    replacement = turn.account.orders[order.replaced_by]
    left = (replacement.qty or qty) - qty
    if left > 0:
        turn.put(replace(replacement, qty=left))
        return
    mark(turn, replacement, Status.REJECTED)
    keep(turn, order)


def _recall_replacement(turn: Turn, order: Order) -> None:
    """Reject the replacement of an order that has ended before it."""
    if order.replaced_by is not None and ended(order):
        mark(turn, turn.account.orders[order.replaced_by], Status.REJECTED)
        turn.put(replace(order, replaced_by=None))
