"""The night before a split, and what the exchange makes of shares in it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from exchange import splitting
from exchange.split import Split
from executor.brokers.dry.shapes import nanoseconds
from tests.simulation.protection.house import House
from tests.simulation.protection.street import NEW_YORK, SYMBOL

CLOCK_SECONDS = 20.0
"""By then the broker was asked what time it is, and what it announces."""
COUNT_SECONDS = 70.0
"""By then the executor has looked at what is held."""
HOURS_TO_MIDNIGHT = timedelta(hours=14, minutes=30)


def announce(house: House, new: str = "2", old: str = "1") -> None:
    """Let the exchange announce a split for the next day, and all hear of it a while later."""

    async def act() -> None:
        street = house.street
        day = (street.opened + timedelta(days=1) + NEW_YORK).date()
        due = nanoseconds(street.opened + HOURS_TO_MIDNIGHT)
        split = Split(f"split-{day}", SYMBOL, Decimal(old), Decimal(new), f"{day}", "", due)
        street.take(splitting.announce(street.state, split, street.moment()))

    house.do(act())


def close(house: House) -> None:
    """End the session; what nothing protects now must not be."""

    async def act() -> None:
        house.street.ring()

    house.judge.trouble = float("inf")
    house.do(act())
    house.pass_time(CLOCK_SECONDS)


def midnight(house: House) -> None:
    """Let the day of the split begin."""

    async def act() -> None:
        street = house.street
        street.night()
        street.leap_to(street.opened + HOURS_TO_MIDNIGHT)
        street.take(splitting.carry_out(street.state, street.venue, street.moment()))

    house.do(act())
    split = next(reversed(house.street.state.splits.values()))
    house.price = (house.price * split.old_rate / split.new_rate).quantize(Decimal("0.01"))


def open_anew(house: House) -> None:
    async def act() -> None:
        house.street.ring()

    house.do(act())
    house.judge.trouble = house.loop.time()
    house.do(house.quote(house.price))
    house.pass_time(CLOCK_SECONDS)
