"""What people, the exchange and the machine do meanwhile: each acts once, and says what it did, if anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from exchange.book import Order, Side, Status, ended
from tests.simulation.protection.house import House
from tests.simulation.protection.truth import HAND

Act: TypeAlias = Callable[[House, random.Random], str]

DOWN_SECONDS = (0.06, 1.0, 6.0)


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
    return "closed" if was_open else "opened"


def cancel_by_hand(house: House, dice: random.Random) -> str:
    mine = ours(house, alive=True)

    async def act() -> None:
        house.street.cancel_by_hand(dice.choice(mine).id)

    if not mine:
        return ""
    house.do(act())
    return "canceled by hand"


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
    *(bell, sell_by_hand, fill_late, cancel_by_hand) * 2, broker_down, halt, restart_executor, restart_position_manager,
)  # fmt: skip
