"""How an order works its way to an end: routed, triggered, filled, ended; its group follows each move."""

from decimal import ROUND_DOWN, Decimal

from msgspec.structs import replace

from exchange import groups
from exchange.accounts import Fill, dormant, owned, signed
from exchange.book import AT_ONCE, STOPS, Order, OrderClass, Status, ended, identity
from exchange.fills import average, fill_price, shares, triggers
from exchange.state import Filled
from exchange.turn import Turn

WAITING = frozenset({Status.PENDING_NEW, Status.ACCEPTED})
STAMPS = {Status.CANCELED: "canceled_at", Status.EXPIRED: "expired_at", Status.REJECTED: "failed_at"}


def route(turn: Turn, order: Order, partial_fill_every: int) -> None:
    """Bring a waiting order to the market."""
    now = turn.at.now
    order = turn.put(replace(order, status=Status.NEW, submitted_at=now, updated_at=now))
    turn.say("new", order)
    guards = order.legs if order.order_class is OrderClass.OCO else ()
    for leg in guards:
        turn.say("held", turn.account.orders[leg])
    for order_id in (order.id, *guards):
        work(turn, turn.account.orders[order_id], partial_fill_every, resting=False)


def work(turn: Turn, order: Order, partial_fill_every: int, *, resting: bool) -> None:
    """Let an order meet the market as it is now."""
    shown = turn.state.prints.get(order.symbol)
    if shown is None or ended(order) or dormant(turn.account, order):
        return
    if order.type in STOPS and not order.triggered:
        if not triggers(order, shown.price):
            return
        status = Status.NEW if order.status is Status.HELD else order.status
        order = turn.put(replace(order, triggered=True, status=status, updated_at=turn.at.now))
        _follow(turn, order, partial_fill_every)
        resting = False
    price = fill_price(order, shown, resting=resting)
    if price is not None:
        _execute(turn, order, price, partial_fill_every)
    elif order.time_in_force in AT_ONCE:
        end(turn, order, Status.CANCELED)


def end(turn: Turn, order: Order, status: Status) -> None:
    """Cancel, expire or reject an order, and with it what its group no longer needs."""
    now = turn.at.now
    order = turn.put(replace(order, status=status, updated_at=now, **{STAMPS[status]: now}))
    turn.say(status.value, order)
    _follow(turn, order, 0)


def _execute(turn: Turn, order: Order, price: Decimal, partial_fill_every: int) -> None:
    whole = shares(order, price)
    held = owned(turn.account, order.symbol)
    if order.notional is not None and order.closes:
        whole = min(whole, abs(held))  # what the money would buy can be more than there is once the price has fallen
    if whole <= 0 or not _fits(order, held, whole):
        end(turn, order, Status.REJECTED)
        return
    qty = _portion(turn, order, whole, partial_fill_every)
    now = turn.at.now
    filled = order.filled_qty + qty
    done = qty == whole
    fill = Fill(
        id=identity(turn.state.seed, "execution", order.id, filled),
        order_id=order.id,
        symbol=order.symbol,
        side=order.side,
        price=price,
        qty=qty,
        cum_qty=filled,
        leaves_qty=whole - qty,
        position_qty=held + signed(order.side, qty),
        at=now,
        settles=turn.at.settles,
    )
    order = replace(
        order,
        status=Status.FILLED if done else Status.PARTIALLY_FILLED,
        filled_qty=filled,
        filled_avg_price=average(order, qty, price),
        filled_at=now if done else None,
        updated_at=now,
    )
    turn.record(Filled(turn.account.name, fill))
    turn.put(order)
    turn.say("fill" if done else "partial_fill", order, fill)
    _follow(turn, order, partial_fill_every)


def _fits(order: Order, held: Decimal, qty: Decimal) -> bool:
    """Whether the shares are still there; no order takes a position through zero, or opens one that it was to close."""
    change = signed(order.side, qty)
    reduces = held * change < 0
    return abs(change) <= abs(held) if reduces else not order.closes


def _portion(turn: Turn, order: Order, whole: Decimal, partial_fill_every: int) -> Decimal:
    eligible = order.qty is not None and whole > 1 and order.filled_qty == 0 and order.time_in_force not in AT_ONCE
    if not eligible or partial_fill_every == 0 or (turn.state.divisible + 1) % partial_fill_every:
        return whole
    return (whole / 2).to_integral_value(ROUND_DOWN)


def _follow(turn: Turn, order: Order, partial_fill_every: int) -> None:
    effects = groups.effects(turn.account, order, turn.at.now)
    for effect in effects:
        turn.put(effect.order)
        if effect.event is not None:
            turn.say(effect.event, effect.order)
    for effect in effects:
        if effect.wakes:
            work(turn, turn.account.orders[effect.order.id], partial_fill_every, resting=False)
