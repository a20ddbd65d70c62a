"""The night before a split, and the morning after it."""

from __future__ import annotations

from decimal import Decimal

from tests.simulation.protection.house import House
from tests.simulation.protection.street import HOURS_TO_MIDNIGHT

CLOCK_SECONDS = 20.0
"""By then the broker was asked what time it is, and what it announces."""
COUNT_SECONDS = 70.0
"""By then the executor has looked at what is held."""


def announce(house: House, new: str = "2", old: str = "1") -> None:
    """Let the exchange announce a split for the next day; all hear of it a while later."""

    async def act() -> None:
        house.street.announce(Decimal(old), Decimal(new))

    house.do(act())


def close(house: House) -> None:
    async def act() -> None:
        house.street.ring()

    house.do(act())
    house.pass_time(CLOCK_SECONDS)


def midnight(house: House) -> None:
    """Let the day of the split begin."""

    async def act() -> None:
        house.street.night()
        house.street.leap_to(house.street.opened + HOURS_TO_MIDNIGHT)
        house.street.night()

    house.do(act())


def open_anew(house: House) -> None:
    async def act() -> None:
        house.street.ring()

    house.do(act())
    house.do(house.quote(house.price))
    house.pass_time(CLOCK_SECONDS)
