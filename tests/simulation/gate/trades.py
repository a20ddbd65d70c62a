"""What the gate hears of trades, from the approval of an entry to the fill that ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from contracts.control import Resumed
from contracts.locks import Locked
from contracts.orders import OrderFilled, Purpose, execution_id
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from risk.core import evolve
from risk.example import NOON
from risk.state import State
from tests.simulation.gate.locks import locks_of


def fill(
    name: str, side: Side, qty: int, *, price: float = 100, symbol: str = "AAPL", purpose: Purpose | None = None,
    at: datetime = NOON, cum: int | None = None,
) -> OrderFilled:  # fmt: skip
    purpose = purpose or (Purpose.ENTRY if side is Side.BUY else Purpose.PROTECT)
    return OrderFilled(
        account="paper", execution_id=execution_id(name, Decimal(cum or qty)), client_order_id=name, purpose=purpose,
        symbol=symbol, side=side, qty=Decimal(qty), price=Decimal(str(price)), cum_qty=Decimal(cum or qty), at=at,
    )  # fmt: skip


class Trades:
    """Trades of ten shares at 100 dollars, one minute apart."""

    def __init__(self, state: State) -> None:
        self.state, self.count = state, 0

    def enter(self, symbol: str = "AAPL", strategy: str = "") -> None:
        self.count += 1
        name, at = f"e{self.count}", NOON + timedelta(minutes=self.count)
        approval = OrderApproved(
            approval_id=name, signal_id=f"s{name}", account="paper", source=Source.WS, symbol=symbol, side=Side.BUY,
            qty=Decimal(10), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal(100), at=at,
            expires_at=at, checks=(), strategy=strategy,
        )  # fmt: skip
        evolve(self.state, approval)
        assert locks_of(self.state, fill(name, Side.BUY, 10, symbol=symbol, at=at)) == []

    def leave(self, price: float, symbol: str = "AAPL", purpose: Purpose = Purpose.PROTECT) -> list[Locked]:
        at = NOON + timedelta(minutes=self.count)
        sale = fill(f"x{self.count}", Side.SELL, 10, price=price, symbol=symbol, purpose=purpose, at=at)
        return locks_of(self.state, sale)

    def trade(self, price: float, symbol: str = "AAPL", strategy: str = "") -> list[Locked]:
        self.enter(symbol, strategy)
        return self.leave(price, symbol)

    def resume(self, *locks: Locked) -> None:
        lifts = tuple(lock.lock_id for lock in locks)
        locks_of(self.state, Resumed(control_id="r", scope="paper", by="ann", why="", lifts=lifts))
