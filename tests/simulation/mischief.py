"""What people, the exchange and the stream do meanwhile: each acts once, and says whether there was anything to do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.memory import PRICE, MemoryBroker
from executor.brokers.resting import Resting

SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL")

Act: TypeAlias = Callable[[MemoryBroker, random.Random], bool]


def choose(broker: MemoryBroker, dice: random.Random, fits: Callable[[Resting], bool]) -> str:
    """Choose one of the orders that fit; nothing where none does."""
    found = [name for name, order in broker.orders.items() if fits(order)]
    return dice.choice(found) if found else ""


def is_alive(order: Resting) -> bool:
    return order.status not in TERMINAL


def order_by_hand(broker: MemoryBroker, dice: random.Random) -> bool:
    name = f"hand-{dice.getrandbits(40):x}"
    broker.place_by_hand(name, dice.choice(tuple(Side)), dice.choice(SYMBOLS))
    return True


def trade_by_hand(broker: MemoryBroker, dice: random.Random) -> bool:
    name = f"hand-{dice.getrandbits(40):x}"
    broker.place_by_hand(name, dice.choice(tuple(Side)), dice.choice(SYMBOLS))
    broker.fill(name)
    return True


def moved_stop(broker: MemoryBroker, dice: random.Random) -> bool:
    if name := choose(broker, dice, lambda o: is_alive(o) and o.ticket.type is OrderType.STOP):
        broker.replace_by_hand(name, f"moved-{dice.getrandbits(40):x}", PRICE / 3)
    return bool(name)


def canceled_by_hand(broker: MemoryBroker, dice: random.Random) -> bool:
    if name := choose(broker, dice, is_alive):
        broker.end(name, OrderStatus.CANCELED)
    return bool(name)


def filled_after_its_end(broker: MemoryBroker, dice: random.Random) -> bool:
    ended = {OrderStatus.CANCELED, OrderStatus.EXPIRED}
    if name := choose(broker, dice, lambda o: o.status in ended and o.left(PRICE) > 0):
        broker.fill(name, Decimal(dice.randint(1, 3)))
    return bool(name)


def rejected_after_acceptance(broker: MemoryBroker, dice: random.Random) -> bool:
    if name := choose(broker, dice, lambda o: is_alive(o) and not o.filled):
        broker.end(name, OrderStatus.REJECTED)
    return bool(name)


def session_closed(broker: MemoryBroker, dice: random.Random) -> bool:
    del dice
    over = [n for n, o in broker.orders.items() if is_alive(o) and o.ticket.time_in_force is TimeInForce.DAY]
    for name in over:
        broker.end(name, OrderStatus.EXPIRED)
    return bool(over)


def stream_gap(broker: MemoryBroker, dice: random.Random) -> bool:
    broker.stream.is_mute = True
    asyncio.get_running_loop().call_later(dice.uniform(5, 180), broker.stream.reconnect)
    return True


def dividend(broker: MemoryBroker, dice: random.Random) -> bool:
    broker.paid += Decimal(dice.randint(1, 100))
    return True


def shares_moved(broker: MemoryBroker, dice: random.Random) -> bool:
    symbol = dice.choice(SYMBOLS)
    broker.moved[symbol] = broker.moved.get(symbol, Decimal(0)) + dice.choice((-1, 1, 2))
    return True


def order_forgotten(broker: MemoryBroker, dice: random.Random) -> bool:
    def is_alone(order: Resting) -> bool:
        return is_alive(order) and not order.filled and order.ticket.type is OrderType.MARKET

    if name := choose(broker, dice, is_alone):
        broker.forget(name)
    return bool(name)


ACTS: tuple[tuple[Act, int], ...] = (
    (order_by_hand, 6),
    (trade_by_hand, 4),
    (moved_stop, 6),
    (canceled_by_hand, 3),
    (filled_after_its_end, 6),
    (rejected_after_acceptance, 4),
    (session_closed, 2),
    (stream_gap, 2),
    (dividend, 2),
    (shares_moved, 1),
    (order_forgotten, 4),
)
"""With how often each is tried."""
