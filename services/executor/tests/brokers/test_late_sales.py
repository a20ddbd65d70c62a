"""A sale outside the hours, as every broker must take it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.exits import ClosePosition, ExitReason
from contracts.lifecycle import WORKING, OrderStatus
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import Ticket
from executor.order import intent
from executor.tickets import ticket
from tests.simulation.intents import AT
from tests.simulation.venues import Venue

BUY = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=Decimal(3), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip
LATE = ClosePosition(
    exit_id="x1", account="paper", symbol="SPY", qty=Decimal(3), reason=ExitReason.SIGNAL, cause_id="s1", at=AT,
    limit_price=Decimal(300), extended_hours=True,
)  # fmt: skip


async def test_a_sale_outside_the_hours_rests_as_a_limit_of_the_day_and_is_taken_back(venue: Venue):
    venue.broker.submit(BUY)
    venue.fill("a1", 3)
    broker = venue.broker
    placed = broker.submit(ticket(intent(LATE, 1, ""), broker.capabilities, whole=False))
    shown = broker.order_by_client_id("x1")
    assert shown is not None
    assert (shown.side, shown.qty, shown.type, shown.limit_price) == ("sell", 3, OrderType.LIMIT, 300)
    assert (shown.time_in_force, shown.status in WORKING) == (TimeInForce.DAY, True)
    broker.cancel(placed.broker_order_id)
    ended = broker.order_by_client_id("x1")
    assert ended is not None
    assert ended.status is OrderStatus.CANCELED


async def test_each_takes_another_at_a_lower_limit_after_that(venue: Venue):
    broker = venue.broker
    broker.submit(BUY)
    venue.fill("a1", 3)
    first = broker.submit(ticket(intent(LATE, 1, ""), broker.capabilities, whole=False))
    broker.cancel(first.broker_order_id)
    lower = structs.replace(LATE, exit_id="x2", limit_price=Decimal(299))
    assert broker.submit(ticket(intent(lower, 1, ""), broker.capabilities, whole=False)).limit_price == 299
