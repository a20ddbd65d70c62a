"""A dry run: real prices, an account of its own, nothing sent."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from contracts.lifecycle import OrderStatus
from contracts.market import Quote, SplitAnnounced
from contracts.values import OrderType, Side, TimeInForce
from exchange.journal import Journal
from executor.brokers.broker import (
    BrokerOrder,
    BrokerUnavailableError,
    ClockReading,
    Execution,
    OrderClass,
    OrderRefusedError,
    Ticket,
)
from executor.brokers.dry.broker import DryRun
from executor.brokers.dry.play import Play
from executor.brokers.dry.stream import Played
from executor.brokers.memory import START, MemoryBroker

ENTRY = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=Decimal(3), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip
EXITS = structs.replace(
    ENTRY, client_order_id="x1", side=Side.SELL, type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
    order_class=OrderClass.OCO, take_profit=Decimal(200), stop_loss=Decimal(160),
)  # fmt: skip


class Real(MemoryBroker):
    """The broker in memory, whose session ends when the test says so."""

    is_open = True

    def now(self) -> datetime:
        return START + timedelta(hours=1 if self.is_open else 13)

    def clock(self) -> ClockReading:
        if self.is_open:
            return super().clock()
        return structs.replace(super().clock(), is_open=False, next_close=START + timedelta(days=1, hours=12))


class Desk:
    def __init__(self, folder: Path) -> None:
        self.real = Real()
        self.play = Play(Journal(folder))
        self.broker = DryRun(self.real, self.play)

    def quote(self, bid: float) -> None:
        self.play.hear(Quote(symbol="SPY", bid=bid, ask=bid + 0.02, at=self.real.now()))


@pytest.fixture
def desk(tmp_path: Path) -> Generator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.play.stop()
    assert made.real.sent == []


DOUBLED = SplitAnnounced(
    action_id="SPY_1", symbol="SPY", old_rate=Decimal(1), new_rate=Decimal(2), ex_date=date(2013, 10, 8)
)


class Tomorrow(Real):
    """The broker on the next day."""

    def now(self) -> datetime:
        return START + timedelta(days=1)


async def test_shares_that_were_bought_before_a_split_are_split_when_its_day_comes(desk: Desk):
    desk.real.announced.append(DOUBLED)
    desk.broker.clock()
    desk.broker.asset("SPY")
    desk.quote(168.49)
    desk.broker.submit(ENTRY)
    desk.broker.submit(EXITS)
    assert list(desk.broker.splits(date(2013, 10, 7), date(2013, 10, 9))) == [DOUBLED]
    desk.real.announced[0] = structs.replace(DOUBLED, action_id="SPY_2")  # the same split, under another name
    desk.broker.splits(date(2013, 10, 7), date(2013, 10, 9))
    assert [held.qty for held in desk.broker.positions()] == [3]
    later = DryRun(Tomorrow(), desk.play)
    later.clock()
    assert [(held.symbol, held.qty) for held in later.positions()] == [("SPY", 6)]
    assert [order.qty for order in later.open_orders()] == [3], "what rests is as it was"


async def test_shares_that_were_bought_after_a_split_are_not_split_again(desk: Desk):
    desk.real.announced.append(structs.replace(DOUBLED, ex_date=date(2013, 10, 7)))
    desk.broker.clock()
    desk.broker.asset("SPY")
    desk.quote(168.49)
    desk.broker.submit(ENTRY)
    desk.broker.splits(date(2013, 10, 7), date(2013, 10, 9))
    desk.broker.clock()
    assert [held.qty for held in desk.broker.positions()] == [3]


def filled(broker: DryRun, name: str) -> tuple[OrderStatus, Decimal, Decimal | None]:
    found = broker.order_by_client_id(name)
    assert found is not None
    return found.status, found.filled_qty, found.filled_avg_price


async def test_it_begins_with_the_equity_of_the_real_account_in_cash(desk: Desk):
    assert desk.broker.account().cash == desk.real.account().equity


async def test_whatever_is_asked_first_opens_the_account(desk: Desk):
    assert (desk.broker.open_orders(), desk.broker.positions()) == ([], [])
    assert desk.broker.order_by_client_id("a1") is None


async def test_an_entry_is_filled_at_the_quote_and_its_stop_when_the_price_falls_to_it(desk: Desk):
    desk.broker.account()
    desk.quote(168.50)
    desk.broker.submit(ENTRY)
    desk.broker.submit(EXITS)
    assert filled(desk.broker, "a1") == (OrderStatus.FILLED, 3, Decimal("168.52"))
    desk.quote(160.01)
    assert [held.qty for held in desk.broker.positions()] == [3]
    desk.quote(159.90)
    assert desk.broker.positions() == []
    assert filled(desk.broker, "x1")[0] is OrderStatus.CANCELED
    assert desk.broker.account().cash == desk.real.account().equity - 3 * (Decimal("168.52") - Decimal("159.90"))


async def test_a_sale_that_closes_is_refused_where_there_is_nothing_to_sell(desk: Desk):
    desk.broker.account()
    desk.quote(168.50)
    with pytest.raises(OrderRefusedError, match="inferred: sell_to_open, specified: sell_to_close"):
        desk.broker.submit(structs.replace(ENTRY, side=Side.SELL, closes=True))
    assert desk.broker.positions() == []


async def test_without_a_price_nothing_is_taken_and_the_order_can_be_sent_again(desk: Desk):
    desk.broker.account()
    with pytest.raises(BrokerUnavailableError, match="no quote of SPY"):
        desk.broker.submit(ENTRY)
    desk.play.hear(Quote(symbol="SPY", bid=0, ask=168.52, at=desk.real.now()))
    with pytest.raises(BrokerUnavailableError, match="no quote of SPY"):
        desk.broker.submit(ENTRY)
    desk.quote(168.50)
    assert desk.broker.submit(ENTRY).client_order_id == "a1"


async def test_the_end_of_the_real_session_ends_what_was_for_the_day(desk: Desk):
    desk.broker.account()
    desk.quote(168.50)
    desk.broker.submit(structs.replace(ENTRY, type=OrderType.LIMIT, limit_price=Decimal(100)))
    desk.real.is_open = False
    desk.broker.clock()
    assert filled(desk.broker, "a1")[0] is OrderStatus.EXPIRED


async def test_a_restart_finds_the_account_as_it_was(tmp_path: Path):
    before = Desk(tmp_path)
    before.broker.account()
    before.quote(168.50)
    before.broker.submit(ENTRY)
    before.broker.submit(EXITS)
    held, cash = before.broker.positions(), before.broker.account().cash
    before.play.stop()

    after = Desk(tmp_path)
    assert after.broker.account().cash == cash
    assert [(one.symbol, one.qty, one.avg_entry_price) for one in after.broker.positions()] == [
        (one.symbol, one.qty, one.avg_entry_price) for one in held
    ]
    after.broker.clock()
    after.quote(159.90)
    assert after.broker.positions() == []
    after.play.stop()


async def test_what_happens_is_told_as_it_happens(desk: Desk):
    told: list[tuple[str, OrderStatus, Decimal | None]] = []

    def hear(seen: BrokerOrder, execution: Execution | None) -> None:
        told.append((seen.client_order_id, seen.status, execution and execution.qty))

    stream = Played(desk.play, hear)
    running = asyncio.create_task(stream.run())
    await stream.listening.wait()
    desk.broker.account()
    desk.quote(168.50)
    await asyncio.to_thread(desk.broker.submit, ENTRY)
    await asyncio.sleep(0)
    assert told[-1] == ("a1", OrderStatus.FILLED, 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
