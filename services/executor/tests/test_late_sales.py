"""Sales before and after the hours, and a broker that has no such trading."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from contracts.exits import ClosePosition, ExitReason
from contracts.orders import OrderChanged
from contracts.values import OrderType, TimeInForce
from executor.brokers.broker import Capabilities
from executor.brokers.memory import MemoryBroker
from tests.simulation.intents import AT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.world import World

D = Decimal
LATE = ClosePosition(
    exit_id="x1", account="paper", symbol="SPY", qty=D(3), reason=ExitReason.SIGNAL, cause_id="s1", at=AT,
    limit_price=D("165.33"), extended_hours=True,
)  # fmt: skip


class InHours(MemoryBroker):
    """Trades while the market is open, and never else."""

    @property
    def capabilities(self) -> Capabilities:
        return structs.replace(super().capabilities, extended_hours=False)


@pytest.mark.parametrize(("in_hours", "sent"), [(False, ["a1", "x1"]), (True, ["a1"])])
def test_a_sale_outside_the_hours_goes_out_as_a_limit_or_is_withheld_with_a_reason(
    make_world: Callable[[MemoryBroker], World], sent: list[str], *, in_hours: bool
):
    world = make_world(InHours() if in_hours else MemoryBroker())

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.add(LATE)
            await asyncio.sleep(5)

    world.play(scenario)
    assert world.broker.posts == sent
    last = [one for one in world.told(OrderChanged) if one.client_order_id == "x1"][-1]
    if in_hours:
        assert (last.status, last.code) == ("withheld", "extended_hours")
        assert last.reason == "the broker trades neither before nor after the hours"
    else:
        assert (last.status, last.limit_price) == ("new", D("165.33"))
        _, ticket = world.broker.sent[-1]
        assert (ticket.type, ticket.limit_price, ticket.time_in_force, ticket.extended_hours, ticket.closes) == (
            OrderType.LIMIT, D("165.33"), TimeInForce.DAY, True, True,
        )  # fmt: skip


def test_what_is_for_the_open_market_is_sent_wherever_it_is(make_world: Callable[[MemoryBroker], World]):
    world = make_world(InHours())

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.add(structs.replace(LATE, limit_price=None, extended_hours=False))
            await asyncio.sleep(5)

    world.play(scenario)
    assert world.broker.posts == ["a1", "x1"]
