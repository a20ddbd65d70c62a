"""Whatever happens in whatever order: one verdict per signal, and the worst case stays within every limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, precondition, rule
from msgspec import Struct

from contracts.accounts import AccountSnapshot, Holding
from contracts.control import LimitsSet, ModeSet
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.limits import Limits
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Action, Signal, Source
from contracts.values import Mode, OrderType, Side, TimeInForce
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.state import State

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
EQUITY = Decimal(10_000)
CASH = Decimal(800)
# Five percent are 500 dollars: the symbols meet that limit after 5 and 2 shares, the cash ends after 8 and 3.
PRICES = {"A": Decimal(100), "B": Decimal(250)}
LIMITS = Limits(default_quantity=Decimal(2), duplicate_seconds=0, max_concurrent=1)
# Mostly purchases, or little would ever happen.
ACTIONS = st.sampled_from([Action.BUY, Action.BUY, Action.BUY, Action.BUY, Action.SELL, Action.HOLD])
SYMBOLS = st.sampled_from(sorted(PRICES))
QUANTITIES = st.sampled_from([None, Decimal(1), Decimal(2), Decimal(5)])


class Order(Struct):
    """An order at the model broker: what the broker did and what it has told of it."""

    client_order_id: str
    symbol: str
    side: Side
    qty: Decimal
    status: OrderStatus = OrderStatus.NEW
    filled: Decimal = Decimal(0)
    told: Decimal = Decimal(0)


class Gate(RuleBasedStateMachine):
    """The gate beside a broker that knows the truth; facts about fills and ends may come in either order."""

    orders: Bundle[Order] = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.state = State(account="paper")
        self.signals: list[Signal] = []
        self.verdicts: list[OrderApproved | ExitApproved | OrderDenied] = []
        self.broker: list[Order] = []
        self.cash = CASH
        self.n = 0
        self.taken: AccountSnapshot | None = None
        self.at = NOON
        self.tell(ModeSet(control_id="m", scope="all", mode=Mode.AUTO, by="ann"))
        self.tell(LimitsSet(control_id="l", scope="all", limits=LIMITS, by="ann"))
        self.tick(seconds=0)

    def tell(self, event: Message) -> list[Order]:
        before = msgspec.json.encode(self.state)
        outputs = decide(self.state, event)
        assert msgspec.json.encode(self.state) == before, "deciding changes nothing"
        evolve(self.state, event)
        placed: list[Order] = []
        for verdict in outputs:
            assert isinstance(verdict, OrderApproved | ExitApproved | OrderDenied)
            self.verdicts.append(verdict)
            evolve(self.state, verdict)
            if isinstance(verdict, OrderApproved):
                placed.append(Order(verdict.approval_id, verdict.symbol, Side.BUY, verdict.qty))
        self.broker.extend(placed)
        return placed

    @rule(seconds=st.integers(0, 40))
    def tick(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        placed = self.tell(Tick(at=self.at, is_open=True, next_open=self.at, next_close=self.at + timedelta(hours=2)))
        assert not placed, "a tick brings no price"

    @rule(target=orders, symbol=SYMBOLS, action=ACTIONS, qty=QUANTITIES)
    def signal(self, symbol: str, action: Action, qty: Decimal | None) -> MultipleResults[Order]:
        signal = Signal(
            signal_id=f"s{len(self.signals)}", source=Source.WS, symbol=symbol, action=action, confidence=0.9,
            at=self.at, qty=qty,
        )  # fmt: skip
        self.signals.append(signal)
        return multiple(*self.tell(signal))

    @rule(target=orders, symbol=SYMBOLS)
    def quote(self, symbol: str) -> MultipleResults[Order]:
        price = float(PRICES[symbol])
        return multiple(*self.tell(Quote(symbol=symbol, bid=price, ask=price, at=self.at)))

    @precondition(lambda self: self.taken is None)
    @rule()
    def take_snapshot(self) -> None:
        self.n += 1
        held = {symbol: self.truth(symbol) for symbol in PRICES}
        positions = tuple(
            Holding(symbol=s, qty=q, avg_entry_price=PRICES[s], market_value=q * PRICES[s],
                    unrealized_pl=Decimal(0), current_price=PRICES[s])
            for s, q in held.items() if q
        )  # fmt: skip
        self.taken = AccountSnapshot(
            account="paper", n=self.n, status="ACTIVE", equity=EQUITY, cash=self.cash, buying_power=self.cash,
            positions=positions, at=self.at,
        )  # fmt: skip

    @precondition(lambda self: self.taken is not None)
    @rule(target=orders)
    def tell_snapshot(self) -> MultipleResults[Order]:
        """Tell what may be older than the fills told meanwhile."""
        snapshot, self.taken = self.taken, None
        assert snapshot is not None
        return multiple(*self.tell(snapshot))

    @rule(order=orders, qty=st.integers(1, 3))
    def trade(self, order: Order, qty: int) -> None:
        """Fill some at the broker, which tells of it later."""
        if order.status in TERMINAL:
            return
        done = min(Decimal(qty), order.qty - order.filled)
        order.filled += done
        self.cash -= done * PRICES[order.symbol] * (1 if order.side is Side.BUY else -1)
        if order.filled == order.qty:
            order.status = OrderStatus.FILLED

    @rule(order=orders)
    def tell_fill(self, order: Order) -> None:
        qty, order.told = order.filled - order.told, order.filled
        if qty:
            self.tell(OrderFilled(
                account="paper", execution_id=execution_id(order.client_order_id, order.told),
                client_order_id=order.client_order_id, symbol=order.symbol, side=order.side, qty=qty,
                purpose=Purpose.ENTRY if order.side is Side.BUY else Purpose.CLOSE,
                price=PRICES[order.symbol], cum_qty=order.told, at=self.at,
            ))  # fmt: skip

    @rule(order=orders, ending=st.sampled_from([OrderStatus.CANCELED, OrderStatus.EXPIRED]))
    def end(self, order: Order, ending: OrderStatus) -> None:
        if order.status not in TERMINAL:
            order.status = ending

    @rule(order=orders, unknown=st.booleans())
    def tell_status(self, order: Order, *, unknown: bool) -> None:
        status = OrderStatus.UNKNOWN if unknown and order.status not in TERMINAL else order.status
        self.tell(OrderChanged(
            account="paper", client_order_id=order.client_order_id, n=1, status=status, symbol=order.symbol,
            purpose=Purpose.ENTRY if order.side is Side.BUY else Purpose.CLOSE, side=order.side, qty=order.qty,
            type=OrderType.MARKET, time_in_force=TimeInForce.DAY, filled_qty=order.filled, at=self.at,
        ))  # fmt: skip

    @precondition(lambda self: any(self.truth(s) > 0 and not self.selling(s) for s in PRICES))
    @rule(target=orders, data=st.data())
    def close(self, data: st.DataObject) -> Order:
        """Sell a position, as the position manager would."""
        symbol = data.draw(st.sampled_from([s for s in PRICES if self.truth(s) > 0 and not self.selling(s)]))
        order = Order(f"x{len(self.broker)}", symbol, Side.SELL, self.truth(symbol))
        self.broker.append(order)
        return order

    @rule()
    def restart(self) -> None:
        self.state = msgspec.json.decode(msgspec.json.encode(self.state), type=State)

    def truth(self, symbol: str) -> Decimal:
        sides = {Side.BUY: 1, Side.SELL: -1}
        return sum((o.filled * sides[o.side] for o in self.broker if o.symbol == symbol), Decimal(0))

    def selling(self, symbol: str) -> bool:
        return any(o.side is Side.SELL and o.symbol == symbol and o.status not in TERMINAL for o in self.broker)

    def may_buy(self, symbol: str) -> Decimal:
        return sum((o.qty - o.filled for o in self.buying(symbol)), Decimal(0))

    def buying(self, symbol: str) -> list[Order]:
        return [o for o in self.broker if o.symbol == symbol and o.side is Side.BUY and o.status not in TERMINAL]

    @invariant()
    def exactly_one_verdict_or_waiting(self) -> None:
        judged = [v.signal_id for v in self.verdicts]
        assert len(judged) == len(set(judged))
        assert sorted([*judged, *self.state.waiting]) == sorted(s.signal_id for s in self.signals)

    @invariant()
    def the_worst_case_stays_within_every_limit(self) -> None:
        open_symbols = [s for s in PRICES if self.truth(s) or self.may_buy(s)]
        assert len(open_symbols) <= LIMITS.max_concurrent
        for symbol in open_symbols:
            worst = (self.truth(symbol) + self.may_buy(symbol)) * PRICES[symbol]
            assert worst <= LIMITS.max_position_fraction * EQUITY
            assert len(self.buying(symbol)) <= LIMITS.max_entries_per_symbol
        assert sum((self.may_buy(s) * PRICES[s] for s in open_symbols), Decimal(0)) <= self.cash

    @invariant()
    def the_kept_sums_are_the_sums(self) -> None:
        entries, positions = self.state.entries.values(), self.state.positions.values()
        spent = sum((p.spent for p in positions), Decimal(0))
        assert self.state.reserved == spent + sum((e.remaining * e.price for e in entries), Decimal(0))
        assert self.state.slots == len([p for p in positions if p.is_open])
        for symbol, position in self.state.positions.items():
            assert position.pending == sum((e.remaining for e in entries if e.symbol == symbol), Decimal(0))
            assert position.lots_qty == sum(position.lots.values(), Decimal(0))
            assert position.lots_qty <= max(position.qty, Decimal(0))


TestGate = Gate.TestCase
TestGate.settings = settings(max_examples=200, stateful_step_count=80, deadline=None)
