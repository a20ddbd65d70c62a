"""Whatever happens in whatever order: one verdict per signal, and the worst case stays within every limit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, cast

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from contracts.accounts import AccountSnapshot
from contracts.control import LimitsSet, ModeSet, SectorsSet
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.log import Message
from contracts.market import AssetReported, Quote, Tick
from contracts.signals import Action, Signal, Source
from contracts.values import Mode, Side
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.rules import ENTRY_RULES, EXIT_RULES
from risk.state import State, Waiting
from risk.verdict import judge
from tests.simulation.gate.always import always, without
from tests.simulation.gate.broker import PRICES, ZERO, Broker, Order
from tests.simulation.gate.events import FOR_DOLLARS, HAPPENING, LIMITS
from tests.simulation.gate.truth import SECTORS, read_again, restarted, sums_are_right, worst_case_is_within

D = Decimal


class Gate(RuleBasedStateMachine):
    """The gate beside a broker that knows the truth; facts about fills and ends may come in either order."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.state = State(account="paper")
        self.limits = Limits()
        self.log: list[Message] = []
        self.signals: list[Signal] = []
        self.verdicts: list[Message] = []
        self.approvals: list[datetime] = []
        self.broker = Broker()
        self.quoted: set[str] = set()
        self.taken: AccountSnapshot | None = None

    @initialize(
        limits=LIMITS,
        quoted=st.sampled_from(["ABC", "ABC", "BC", ""]),
        is_known=st.sampled_from([True, True, True, False]),
    )
    def begin(self, limits: Limits, quoted: str, *, is_known: bool) -> None:
        self.tell(ModeSet(control_id="m", scope="all", mode=Mode.AUTO, by="ann"))
        self.tell(SectorsSet(control_id="s", scope="all", sectors=SECTORS, by="ann"))
        fields = ("sizing", "entry_dollars", "fractional")
        self.tell(LimitsSet(control_id="c", scope="all", symbol="C", limits=FOR_DOLLARS, fields=fields, by="ann"))
        self.tell_assets()
        self.limit(limits)
        self.tick(seconds=0)
        for symbol in quoted:
            self.quote(symbol, 0)
        if is_known:
            self.take_snapshot()
            self.tell_snapshot()

    @rule(event=HAPPENING)
    def happens(self, event: tuple[str, dict[str, object]]) -> None:
        """Let it happen, to one of the newest orders where it is about one."""
        name, what = event
        if "order" in what:
            orders = self.broker.orders
            if not orders:
                return
            what = {**what, "order": orders[-1 - cast("int", what["order"]) % len(orders)]}
        getattr(self, name)(**what)

    def tell(self, event: Message) -> None:
        before = msgspec.json.encode(self.state)
        outputs = decide(self.state, event)
        assert msgspec.json.encode(self.state) == before, "deciding changes nothing"
        self.log.append(event)
        evolve(self.state, event)
        placed: list[Order] = []
        for verdict in outputs:
            assert isinstance(verdict, OrderApproved | ExitApproved | OrderDenied)
            self.verdicts.append(verdict)
            self.seen[verdict.code if isinstance(verdict, OrderDenied) else type(verdict).__name__] += 1
            evolve(self.state, verdict)
            if isinstance(verdict, OrderApproved):
                placed.append(Order(
                    verdict.approval_id, verdict.symbol, Side.BUY, verdict.qty, verdict.reference_price,
                    notional=verdict.notional,
                ))  # fmt: skip
        self.seen["steps"] += 1
        self.broker.orders.extend(placed)
        self.approvals += [self.broker.at] * len(placed)
        for order in placed:
            worst_case_is_within(self.limits, self.broker, self.approvals, order)

    def tick(self, seconds: float) -> None:
        self.broker.at += timedelta(seconds=seconds)
        close = self.broker.at.replace(hour=20)
        self.tell(Tick(at=self.broker.at, is_open=True, next_open=close, next_close=close))
        if seconds >= timedelta(days=1).total_seconds():
            self.tell_assets()
            for symbol in sorted(self.quoted):
                self.tell_quote(symbol)

    def tell_assets(self) -> None:
        """Tell what the broker says of symbols, as each day."""
        for symbol in PRICES:
            self.tell(AssetReported(
                symbol=symbol, known=True, tradable=True, fractionable=True, shortable=False, at=self.broker.at,
                status="active",
            ))  # fmt: skip

    def limit(self, limits: Limits) -> None:
        self.limits = limits
        self.tell(LimitsSet(control_id="l", scope="all", limits=limits, by="ann"))

    def buy(self, symbol: str, qty: Decimal | None) -> None:
        self.signal(symbol, Action.BUY, qty)

    def buy_all_at_once(self, symbols: list[str]) -> None:
        for symbol in symbols:
            self.signal(symbol, Action.BUY, None)

    def sell(self, symbol: str, action: Action) -> None:
        self.signal(symbol, action, None)

    def signal(self, symbol: str, action: Action, qty: Decimal | None) -> None:
        signal = Signal(
            signal_id=f"s{len(self.signals)}", source=Source.WS, symbol=symbol, action=action, confidence=0.9,
            at=self.broker.at, qty=qty,
        )  # fmt: skip
        self.signals.append(signal)
        rules = EXIT_RULES if action is Action.SELL else ENTRY_RULES
        place = len(self.signals) % (len(rules) + 1)
        more = judge(self.state, Waiting(signal=signal, came=self.broker.at), (*rules[:place], always, *rules[place:]))
        count = len(self.verdicts)
        self.tell(signal)
        assert self.verdicts[count:] == ([] if more is None else [without(more, place)])

    def quote(self, symbol: str, which: int) -> None:
        self.broker.prices[symbol] = PRICES[symbol][which % len(PRICES[symbol])]
        self.quoted.add(symbol)
        self.tell_quote(symbol)

    def tell_quote(self, symbol: str) -> None:
        price = self.broker.prices[symbol]
        self.tell(Quote(symbol=symbol, bid=float(price), ask=float(price), at=self.broker.at))

    def take_snapshot(self) -> None:
        """Look at the account, unless what was seen last has not been told yet."""
        self.taken = self.taken or self.broker.look()

    def tell_snapshot(self) -> None:
        """Tell what may be older than the fills told meanwhile."""
        snapshot, self.taken = self.taken, None
        if snapshot is not None:
            self.broker.look_is_told()
            self.tell(snapshot)

    def external(self, symbol: str, qty: int, share: Decimal | None) -> None:
        """Let a person buy at the broker, at the market or with a limit."""
        price = self.broker.prices[symbol] * (share or 1)
        limit = None if share is None or symbol not in self.quoted else price.quantize(D("0.01"))
        order = self.broker.buy(symbol, D(qty), limit or self.broker.prices[symbol])
        self.tell(self.broker.change(order, limit=limit))

    def replace(self, order: Order, qty: int) -> None:
        """Let a person change the size of an order to buy: a new one takes its place, and is told of first."""
        if order.side is Side.SELL or not order.working or order.notional is not None:
            return
        order.status = OrderStatus.REPLACED
        successor = self.broker.buy(order.symbol, D(qty), self.broker.prices[order.symbol])
        self.tell(self.broker.change(successor))

    def trade(self, order: Order, part: Decimal) -> None:
        """Fill some at the broker, which tells of it later."""
        self.broker.trade(order, part)

    def tell_fill(self, order: Order) -> None:
        if fill := self.broker.fill(order):
            self.tell(fill)

    def end(self, order: Order, ending: OrderStatus) -> None:
        if order.working and not (order.filled and ending is OrderStatus.REJECTED):
            order.status = ending

    def tell_status(self, order: Order, *, unknown: bool) -> None:
        self.tell(self.broker.change(order, OrderStatus.UNKNOWN if unknown and order.working else order.status))

    def close(self, symbol: str) -> None:
        """Sell a position, as the position manager would."""
        self.broker.sell_all(symbol)

    def restart(self) -> None:
        self.state = restarted(self.state)

    @invariant()
    def exactly_one_verdict_or_waiting(self) -> None:
        judged = [v.signal_id for v in self.verdicts if isinstance(v, OrderApproved | ExitApproved | OrderDenied)]
        assert len(judged) == len(set(judged))
        assert sorted([*judged, *self.state.waiting]) == sorted(s.signal_id for s in self.signals)

    @invariant()
    def the_kept_sums_are_the_sums(self) -> None:
        sums_are_right(self.state)
        for symbol in self.quoted & self.state.positions.keys():
            assert self.state.positions[symbol].mark == self.broker.prices[symbol]

    def teardown(self) -> None:
        """When all has been told nothing is reserved any more, and the log read again says the same."""
        self.tell(ModeSet(control_id="e", scope="all", mode=Mode.MANUAL, by="ann"))
        for order in self.broker.orders:
            if order.working:
                order.status = OrderStatus.CANCELED
            self.tell_fill(order)
            self.tell(self.broker.change(order))
        for _ in range(3):
            self.take_snapshot()
            self.tell_snapshot()
        held = {symbol: self.broker.held(symbol) for symbol in PRICES}
        assert self.state.entries == {}
        assert {s: p.qty for s, p in self.state.positions.items()} == {s: qty for s, qty in held.items() if qty}
        assert (self.state.reserved, self.state.gross) == (
            0,
            sum((held[s] * self.broker.prices[s] for s in held), ZERO),
        )
        again, verdicts = read_again(self.log)
        assert verdicts == self.verdicts
        assert again == self.state


def test_whatever_happens_no_limit_is_passed():
    run_state_machine_as_test(Gate, settings=settings(max_examples=170, stateful_step_count=60, deadline=None))
    assert (Gate.seen["steps"] >= 10_000, Gate.seen["OrderApproved"] >= 300) == (True, True)
