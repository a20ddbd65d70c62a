"""The facts of a session at SPY's price, and a position manager that remembers what it wants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

import pytest
from msgspec.structs import replace

from contracts.accounts import AccountSnapshot, Holding
from contracts.commands import FlattenAsked
from contracts.exits import CancelProtection, CoverageChanged, MarkRaised, MoveProtection, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import ExitApproved, OrderApproved
from position_manager.core import decide, evolve
from position_manager.plan import Intent
from position_manager.state import State

OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
SYMBOL = "SPY"

Moved: TypeAlias = tuple[str, Decimal]
"""The name and the price of what took a stop's place."""


class Manager:
    """Decides and evolves as the chassis does. `wanted` is all that it asked for, `told` what it heard, `log` both.

    `marks` are the high-water marks that it put down beside them, `coverage` what it told of shares without protection,
    `moves` where it wanted stops raised to.
    """

    def __init__(self) -> None:
        self.state = State(account="paper")
        self.wanted: list[Intent] = []
        self.marks: list[MarkRaised] = []
        self.coverage: list[CoverageChanged] = []
        self.moves: list[MoveProtection] = []
        self.told: list[Message] = []
        self.log: list[Message] = []
        self.at = OPEN

    def take(self, event: Message) -> tuple[Intent, ...]:
        outputs = decide(self.state, event)
        self.state = evolve(self.state, event)
        for output in outputs:
            self.state = evolve(self.state, output)
        intents = tuple(
            output for output in outputs if not isinstance(output, MarkRaised | CoverageChanged | MoveProtection)
        )
        self.wanted += intents
        self.marks += (output for output in outputs if isinstance(output, MarkRaised))
        self.coverage += (output for output in outputs if isinstance(output, CoverageChanged))
        self.moves += (output for output in outputs if isinstance(output, MoveProtection))
        self.told.append(event)
        self.log += (event, *outputs)
        return intents

    def tick(self, *, is_open: bool = True, seconds: float = 1) -> tuple[Intent, ...]:
        self.at += timedelta(seconds=seconds)
        close = OPEN + timedelta(hours=6.5)
        return self.take(Tick(at=self.at, is_open=is_open, next_open=OPEN + timedelta(days=1), next_close=close))

    def approved(
        self, order: str, stop: str | None, target: str | None, strategy: str = "", exits: tuple[str, str] | None = None
    ) -> None:
        """Approve an entry; `exits` are the stop and the target that it brings along."""
        loss, profit = exits or (None, None)
        self.take(
            OrderApproved(
                approval_id=order, signal_id=f"s-{order}", account="paper", source=Source.WS, symbol=SYMBOL,
                side=Side.BUY, qty=Decimal(10), type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
                reference_price=Decimal("168.50"), at=self.at, expires_at=self.at, checks=(),
                stop_price=None if stop is None else Decimal(stop),
                target_price=None if target is None else Decimal(target), strategy=strategy,
                stop_loss=None if loss is None else Decimal(loss),
                take_profit=None if profit is None else Decimal(profit),
            )
        )  # fmt: skip

    def bought(self, qty: str = "10", price: str = "168.50", *, order: str = "e1", cum: str = "") -> tuple[Intent, ...]:
        return self.take(filled(order, qty, cum or qty, Purpose.ENTRY, side=Side.BUY, price=price, at=self.at))

    def entry(self, status: OrderStatus, filled: str = "0", *, order: str = "e1") -> tuple[Intent, ...]:
        """Let the broker tell of an entry for ten shares."""
        return self.take(
            OrderChanged(
                account="paper", client_order_id=order, n=len(self.told), purpose=Purpose.ENTRY, status=status,
                symbol=SYMBOL, side=Side.BUY, qty=Decimal(10), type=OrderType.MARKET,
                time_in_force=TimeInForce.DAY, at=self.at, filled_qty=Decimal(filled),
            )
        )  # fmt: skip

    def order(
        self, intent: Intent, status: OrderStatus, filled: str = "0", *, leg: bool = False, moved: Moved | None = None
    ) -> tuple[Intent, ...]:
        fact = changed(intent, status, filled, leg=leg, at=self.at, n=len(self.told))
        if moved is not None:
            fact = replace(fact, client_order_id=moved[0], stop_price=moved[1], parent=intent.exit_id)
        return self.take(fact)

    def stop(
        self, placed: PlaceProtection, status: OrderStatus, price: str, name: str = "", code: str = ""
    ) -> tuple[Intent, ...]:
        """Let the broker tell of a stop: of the one that was placed, or by its name of one that takes its place."""
        first = changed(placed, status, leg=placed.target_price is not None, at=self.at, n=len(self.told))
        parent = placed.exit_id if name else first.parent
        name = name or first.client_order_id
        return self.take(replace(first, client_order_id=name, parent=parent, stop_price=Decimal(price), code=code))

    def rest(self, intent: Intent) -> None:
        """Let the broker take a protection: the target works, the stop beside it is held."""
        assert isinstance(intent, PlaceProtection)
        self.order(intent, OrderStatus.NEW)
        if intent.target_price is not None:
            self.order(intent, OrderStatus.HELD, leg=True)

    def end(self, intent: Intent, status: OrderStatus = OrderStatus.CANCELED, filled: str = "0") -> tuple[Intent, ...]:
        """Let an order end, its leg first."""
        if isinstance(intent, PlaceProtection) and intent.target_price is not None:
            self.order(intent, OrderStatus.CANCELED, leg=True)
        return self.order(intent, status, filled)

    def protected(self, qty: str = "10", order: str = "e1") -> PlaceProtection:
        """Buy, and let the protection rest for a tick."""
        (placed,) = self.bought(qty, order=order)
        assert isinstance(placed, PlaceProtection)
        self.rest(placed)
        self.tick()
        return placed

    def sell_signal(self, qty: str | None = None, approval: str = "x1") -> tuple[Intent, ...]:
        return self.take(
            ExitApproved(
                approval_id=approval, signal_id="s9", account="paper", source=Source.WS, symbol=SYMBOL, at=self.at,
                checks=(), qty=None if qty is None else Decimal(qty),
            )
        )  # fmt: skip

    def flatten(self, command: str, *, halt: str = "") -> tuple[Intent, ...]:
        """Let a person order to leave everything; with a halt, by the kill switch."""
        return self.take(FlattenAsked(command_id=command, account="paper", by="ann", halt=halt, at=self.at))

    def quote(self, bid: float, last: float = 0) -> tuple[Intent, ...]:
        return self.take(Quote(symbol=SYMBOL, bid=bid, ask=bid + 0.01, last=last, at=self.at))

    def sold(
        self, intent: Intent, qty: str, cum: str, *, leg: bool = False, moved: Moved | None = None
    ) -> tuple[Intent, ...]:
        """Let an order of ours sell, as the fill tells it."""
        purpose = Purpose.PROTECT if isinstance(intent, PlaceProtection) else Purpose.CLOSE
        order = moved[0] if moved else f"{intent.exit_id}-leg" if leg else intent.exit_id
        parent = intent.exit_id if leg or moved else ""
        return self.take(filled(order, qty, cum, purpose, at=self.at, parent=parent))

    def sold_elsewhere(self, qty: str, purpose: Purpose) -> tuple[Intent, ...]:
        return self.take(filled("other", qty, qty, purpose, at=self.at))

    def snapshot(self, held: str, price: str = "168.50") -> tuple[Intent, ...]:
        """Let the broker count our shares; they cost 168.50 and now have this price."""
        cost, now = Decimal("168.50"), Decimal(price)
        holding = Holding(
            symbol=SYMBOL, qty=Decimal(held), avg_entry_price=cost, market_value=now * Decimal(held),
            unrealized_pl=Decimal(0), current_price=now,
        )  # fmt: skip
        cash = Decimal(100_000)
        return self.take(
            AccountSnapshot(
                account="paper", n=len(self.told), status="ACTIVE", equity=cash, cash=cash, buying_power=cash,
                positions=(holding,) if holding.qty else (), at=self.at,
            )
        )  # fmt: skip

    @property
    def overdue(self) -> bool:
        return self.at - OPEN > timedelta(days=7)

    def quantities(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Say for each symbol how much is held and how much our orders may still sell."""
        return {symbol: (p.held, p.open_qty) for symbol, p in self.state.positions.items()}


def filled(
    order: str, qty: str, cum: str, purpose: Purpose, *,
    side: Side = Side.SELL, price: str = "168.50", at: datetime = OPEN, parent: str = "",
) -> OrderFilled:  # fmt: skip
    return OrderFilled(
        account="paper", execution_id=execution_id(order, Decimal(cum)), client_order_id=order, purpose=purpose,
        symbol=SYMBOL, side=side, qty=Decimal(qty), price=Decimal(price), cum_qty=Decimal(cum), at=at, parent=parent,
    )  # fmt: skip


def changed(
    intent: Intent, status: OrderStatus, filled_qty: str = "0", *, leg: bool = False, at: datetime = OPEN, n: int = 1
) -> OrderChanged:
    assert not isinstance(intent, CancelProtection)
    protects = isinstance(intent, PlaceProtection)
    stop = intent.stop_price if protects and (leg or intent.target_price is None) else None
    return OrderChanged(
        account="paper", client_order_id=f"{intent.exit_id}-leg" if leg else intent.exit_id, n=n,
        purpose=Purpose.PROTECT if protects else Purpose.CLOSE, status=status, symbol=intent.symbol, side=Side.SELL,
        qty=intent.qty, type=OrderType.LIMIT if protects else OrderType.MARKET, time_in_force=TimeInForce.DAY, at=at,
        filled_qty=Decimal(filled_qty), stop_price=stop, parent=intent.exit_id if leg else "",
    )  # fmt: skip


def new_manager() -> Manager:
    manager = Manager()
    manager.tick()
    return manager


@pytest.fixture
def manager() -> Manager:
    """Give one that knows that the market is open."""
    return new_manager()


@pytest.fixture
def make_manager() -> Callable[[], Manager]:
    return new_manager
