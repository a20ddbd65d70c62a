"""What people, the exchange and the machine do meanwhile: each acts once, and says what it did, if anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from contracts.commands import FlattenAsked
from exchange.book import STOPS, Order, Session, Side, Status, ended
from exchange.hours import EXTENDED
from tests.simulation.protection.house import House
from tests.simulation.protection.street import NAME
from tests.simulation.protection.truth import HAND

Act: TypeAlias = Callable[[House, random.Random], str]

DOWN_SECONDS = (0.06, 1.0, 6.0)
HAND_MOVES = (Decimal("0.97"), Decimal("0.995"), Decimal("1.005"), Decimal("1.03"))
HALF, EXTERNAL = 0.5, 0.3
CLOCK_SECONDS = (0.0, 16.0)
"""Before and after the broker was asked what time it is."""


def ours(house: House, *, alive: bool) -> list[Order]:
    """List sales of ours that work, or those that were taken back before they were complete."""
    sales = (order for order in house.street.books.orders.values() if order.side is Side.SELL)
    mine = [order for order in sales if not order.client_order_id.startswith(HAND)]
    if alive:
        return [order for order in mine if not ended(order)]
    return [order for order in mine if order.status is Status.CANCELED and order.filled_qty < (order.qty or 0)]


def is_trading(house: House) -> bool:
    return house.street.is_open and not house.street.state.halted


def broker_down(house: House, dice: random.Random) -> str:
    async def back() -> None:
        house.counter.come_back()

    house.counter.go_down()
    house.pass_time(dice.choice(DOWN_SECONDS))
    house.do(back())
    return "broker down"


def halt(house: House, dice: random.Random) -> str:
    del dice
    is_halted = bool(house.street.state.halted)

    async def act() -> None:
        house.street.resume() if is_halted else house.street.halt()

    house.do(act())
    return "resumed" if is_halted else "halted"


def bell(house: House, dice: random.Random) -> str:
    was_open = house.street.is_open

    async def act() -> None:
        house.street.ring(days=dice.choice((1, 1, 1, 8)))

    house.do(act())
    house.pass_time(dice.choice(CLOCK_SECONDS))
    house.do(house.quote(house.price))
    return "closed" if was_open else "opened"


def hands_of_the_clock(house: House, dice: random.Random) -> str:
    """Let the trading after the hours end, or that before them begin."""
    street = house.street
    is_evening = street.state.session is Session.AFTER

    async def act() -> None:
        street.night() if is_evening else street.morning()

    if street.is_open:
        return ""
    house.do(act())
    house.pass_time(dice.choice(CLOCK_SECONDS))
    house.do(house.quote(house.price))
    return "night" if is_evening else "morning"


def leave_late(house: House, dice: random.Random) -> str:
    """Let a signal to leave come before or after the hours."""
    if house.street.state.session not in EXTENDED or not house.truth.held:
        return ""
    house.do(house.leave(dice.choice((None, None, Decimal(1)))))
    return "left late"


def kill(house: House, dice: random.Random) -> str:
    """Let a person order to leave everything, now and then also what no entry of ours bought."""
    name = house.name("kill")
    asked = FlattenAsked(command_id=name, account=NAME, by="ann", halt=f"h-{name}", external=dice.random() < EXTERNAL)
    house.do(house.add(asked))
    return "killed"


def cancel_by_hand(house: House, dice: random.Random) -> str:
    mine = ours(house, alive=True)

    async def act() -> None:
        house.street.cancel_by_hand(dice.choice(mine).id)

    if not mine:
        return ""
    house.do(act())
    return "canceled by hand"


def move_by_hand(house: House, dice: random.Random) -> str:
    """Let a person put one of our stops elsewhere."""
    stops = [order for order in ours(house, alive=True) if order.type in STOPS and order.stop_price]

    async def act() -> None:
        stop = dice.choice(stops)
        price = ((stop.stop_price or Decimal(1)) * dice.choice(HAND_MOVES)).quantize(Decimal("0.01"))
        house.street.move_by_hand(stop.id, price, at_once=dice.random() < HALF)

    if not stops:
        return ""
    house.do(act())
    return "moved by hand"


def sell_by_hand(house: House, dice: random.Random) -> str:
    """Let a person take our orders back and sell before anybody has heard of it."""
    held = house.truth.held

    async def act() -> None:
        for order in ours(house, alive=True):
            house.street.cancel_by_hand(order.id)
        house.street.sell_by_hand(house.name(HAND), dice.choice((held, min(Decimal(1), held))))

    if not held or not is_trading(house):
        return ""
    house.do(act())
    return "sold by hand"


def fill_late(house: House, dice: random.Random) -> str:
    gone, done = ours(house, alive=False), list[bool]()

    async def act() -> None:
        done.append(house.street.fill_late(dice.choice(gone[-3:]).id))

    if not gone or not is_trading(house):
        return ""
    house.do(act())
    return "filled after its cancel" if done[0] else ""


def restart_executor(house: House, dice: random.Random) -> str:
    return _restart(house, "executor", dice)


def restart_position_manager(house: House, dice: random.Random) -> str:
    return _restart(house, "position-manager", dice)


def _restart(house: House, name: str, dice: random.Random) -> str:
    killed = dice.random() < 0.5
    house.restart(name, killed=killed, forgetful=dice.random() < 0.3)
    return f"{name} {'killed' if killed else 'stopped'}"


ACTS: tuple[Act, ...] = (
    *(bell, sell_by_hand, fill_late, cancel_by_hand, move_by_hand, leave_late) * 2, hands_of_the_clock, broker_down,
    halt, kill, restart_executor, restart_position_manager,
)  # fmt: skip
