"""Whatever happens in whatever order: one verdict per signal, and the worst case stays within every limit."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar, cast

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec import Struct, structs

from contracts.accounts import AccountSnapshot, Holding
from contracts.control import LimitsSet, ModeSet, SectorsSet
from contracts.days import new_york
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.limits import Limits, Sizing
from contracts.log import Message
from contracts.market import AssetReported, Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Action, Signal, Source
from contracts.values import Mode, OrderType, Side, TimeInForce
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk.candidate import Answer, Candidate
from risk.core import decide, evolve
from risk.rules import ENTRY_RULES, EXIT_RULES
from risk.state import State, Waiting
from risk.verdict import judge

D = Decimal
ZERO = D(0)
NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
EQUITY, CASH = D(10_000), D(2_000)
SECTORS = {"A": "technology", "B": "technology", "C": "energy"}
# What is first asked for, and what else a share may come to cost. C is bought for dollars.
PRICES = {"A": (D(100), D(90), D(125)), "B": (D(250), D(150)), "C": (D("33.33"), D("28.57"), D("47.1"))}
FOR_DOLLARS = Limits(sizing=Sizing.DOLLARS, entry_dollars=D("170.55"), fractional=True)
ROOMY = Limits(
    default_quantity=D(2), duplicate_seconds=0, quote_max_age_seconds=0, max_position_fraction=D("0.1"),
    max_gross_fraction=D(0), max_concurrent=3, max_open_orders=9, max_orders_per_second=0, max_orders_per_day=0,
    max_entries_per_symbol=4,
)  # fmt: skip
# So that each limit is at times the tightest.
TIGHT: dict[str, st.SearchStrategy[object]] = {
    "max_position_fraction": st.just(D("0.05")),
    "max_order_notional": st.just(D(300)),
    "max_symbol_notional": st.just(D(500)),
    "max_gross_notional": st.just(D(700)),
    "max_gross_fraction": st.just(D("0.08")),
    "max_sector_fraction": st.just(D("0.06")),
    "max_concurrent": st.integers(1, 2),
    "max_open_orders": st.integers(1, 4),
    "max_orders_per_second": st.integers(1, 2),
    "max_orders_per_day": st.integers(1, 5),
    "max_entries_per_symbol": st.integers(1, 3),
    "min_cash": st.just(D(1_500)),
}
LIMITS = st.lists(st.one_of([st.tuples(st.just(name), values) for name, values in TIGHT.items()]), max_size=3).map(
    lambda tight: structs.replace(ROOMY, **dict(tight))
)
SYMBOLS = st.sampled_from(sorted(PRICES))
SHARES = st.sampled_from([None, D("0.9"), D("1.1")])
ORDERS = st.integers(0, 5)
ENDINGS = st.sampled_from([OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED])
# How often something happens, and to what.
EVENTS: dict[str, tuple[int, dict[str, st.SearchStrategy[object]]]] = {
    "buy": (6, {"symbol": SYMBOLS, "qty": st.sampled_from([None, None, None, D(1), D(2), D(5)])}),
    "buy_all_at_once": (3, {"symbols": st.permutations(sorted(PRICES))}),
    "sell": (1, {"symbol": SYMBOLS, "action": st.sampled_from([Action.SELL, Action.SELL, Action.HOLD])}),
    "quote": (3, {"symbol": SYMBOLS, "which": st.integers(0, 2)}),
    "tick": (4, {"seconds": st.sampled_from([0.3, 1, 1, 40, 86_400])}),
    "limit": (2, {"limits": LIMITS}),
    "take_snapshot": (2, {}),
    "tell_snapshot": (2, {}),
    "external": (2, {"symbol": SYMBOLS, "qty": st.integers(1, 4), "share": SHARES}),
    "replace": (1, {"order": ORDERS, "qty": st.integers(1, 4)}),
    "trade": (5, {"order": ORDERS, "part": st.sampled_from([D(1), D(2), D("0.7")])}),
    "tell_fill": (5, {"order": ORDERS}),
    "end": (3, {"order": ORDERS, "ending": ENDINGS}),
    "tell_status": (5, {"order": ORDERS, "unknown": st.sampled_from([False, False, False, True])}),
    "close": (3, {"symbol": SYMBOLS}),
    "restart": (1, {}),
}
WITH = {name: st.tuples(st.just(name), st.fixed_dictionaries(what)) for name, (_, what) in EVENTS.items()}
HAPPENING = st.sampled_from([name for name, (often, _) in EVENTS.items() for _ in range(often)]).flatmap(
    WITH.__getitem__
)


class Order(Struct):
    """An order at the model broker: what the broker did and what it has told of it.

    `price` is what a share was reserved at. One for dollars has a `notional`, and its `qty` means nothing.
    """

    client_order_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal
    purpose: Purpose = Purpose.ENTRY
    notional: Decimal | None = None
    status: OrderStatus = OrderStatus.NEW
    n: int = 0
    filled: Decimal = ZERO
    spent: Decimal = ZERO
    told: Decimal = ZERO
    told_spent: Decimal = ZERO
    told_end: bool = False

    @property
    def working(self) -> bool:
        return self.status not in TERMINAL

    @property
    def shares(self) -> Decimal:
        """Count what it has bought and may yet buy; of an order for dollars, what has been told of."""
        if self.notional is None or self.told_end:
            return self.qty if self.working else self.filled
        return self.told

    @property
    def dollars(self) -> Decimal:
        """Count the dollars that it may have spent without our hearing of it, and may yet spend."""
        if self.notional is None or self.told_end:
            return ZERO
        return (self.notional if self.working else self.spent) - self.told_spent

    @property
    def promised(self) -> Decimal:
        """Count the money that it may still take."""
        if not self.working:
            return ZERO
        return (self.qty - self.filled) * self.price if self.notional is None else self.notional - self.spent


def always(_: State, __: Candidate) -> Answer:
    return Answer(passed=True, value="", limit="", reason="")


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
        self.broker: list[Order] = []
        self.prices = {symbol: prices[0] for symbol, prices in PRICES.items()}
        self.quoted: set[str] = set()
        self.cash = CASH
        self.n = 0
        self.taken: AccountSnapshot | None = None
        # Shares that moved after the account was looked at: the look that was told of last, and the newest.
        self.since, self.newest = dict.fromkeys(PRICES, ZERO), dict.fromkeys(PRICES, ZERO)
        self.at = NOON

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
            if not self.broker:
                return
            what = {**what, "order": self.broker[-1 - cast("int", what["order"]) % len(self.broker)]}
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
        self.broker.extend(placed)
        self.approvals += [self.at] * len(placed)
        for order in placed:
            self.the_worst_case_is_within_every_limit(order)

    def tick(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        close = self.at.replace(hour=20)
        self.tell(Tick(at=self.at, is_open=True, next_open=close, next_close=close))
        if seconds >= timedelta(days=1).total_seconds():
            self.tell_assets()
            for symbol in sorted(self.quoted):
                self.tell_quote(symbol)

    def tell_assets(self) -> None:
        """Tell what the broker says of symbols, as each day."""
        for symbol in PRICES:
            self.tell(AssetReported(
                symbol=symbol, known=True, tradable=True, fractionable=True, shortable=False, at=self.at,
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
            at=self.at, qty=qty,
        )  # fmt: skip
        self.signals.append(signal)
        rules = EXIT_RULES if action is Action.SELL else ENTRY_RULES
        place = len(self.signals) % (len(rules) + 1)
        more = judge(self.state, Waiting(signal=signal, came=self.at), (*rules[:place], always, *rules[place:]))
        count = len(self.verdicts)
        self.tell(signal)
        assert self.verdicts[count:] == ([] if more is None else [without(more, place)])

    def quote(self, symbol: str, which: int) -> None:
        self.prices[symbol] = PRICES[symbol][which % len(PRICES[symbol])]
        self.quoted.add(symbol)
        self.tell_quote(symbol)

    def tell_quote(self, symbol: str) -> None:
        price = self.prices[symbol]
        self.tell(Quote(symbol=symbol, bid=float(price), ask=float(price), at=self.at))

    def take_snapshot(self) -> None:
        """Look at the account, unless what was seen last has not been told yet."""
        if self.taken is not None:
            return
        self.newest = dict.fromkeys(PRICES, ZERO)
        self.n += 1
        held = {symbol: self.held(symbol) for symbol in PRICES}
        positions = tuple(
            Holding(symbol=s, qty=q, avg_entry_price=self.prices[s], market_value=q * self.prices[s],
                    unrealized_pl=ZERO, current_price=self.prices[s])
            for s, q in held.items() if q
        )  # fmt: skip
        self.taken = AccountSnapshot(
            account="paper", n=self.n, status="ACTIVE", equity=EQUITY, cash=self.cash, buying_power=self.cash,
            positions=positions, at=self.time(),
        )  # fmt: skip

    def tell_snapshot(self) -> None:
        """Tell what may be older than the fills told meanwhile."""
        snapshot, self.taken = self.taken, None
        if snapshot is not None:
            self.since = dict(self.newest)
            self.tell(snapshot)

    def external(self, symbol: str, qty: int, share: Decimal | None) -> None:
        """Let a person buy at the broker, at the market or with a limit."""
        price = self.prices[symbol] * (share or 1)
        limit = None if share is None or symbol not in self.quoted else price.quantize(D("0.01"))
        order = Order(f"e{len(self.broker)}", symbol, Side.BUY, D(qty), limit or self.prices[symbol], Purpose.EXTERNAL)
        self.broker.append(order)
        self.tell(self.change(order, limit=limit))

    def replace(self, order: Order, qty: int) -> None:
        """Let a person change the size of an order to buy: a new one takes its place, and is told of first."""
        if order.side is Side.SELL or not order.working or order.notional is not None:
            return
        order.status = OrderStatus.REPLACED
        successor = Order(
            f"e{len(self.broker)}", order.symbol, Side.BUY, D(qty), self.prices[order.symbol], Purpose.EXTERNAL
        )
        self.broker.append(successor)
        self.tell(self.change(successor))

    def trade(self, order: Order, part: Decimal) -> None:
        """Fill some at the broker, which tells of it later."""
        if not order.working:
            return
        price = self.prices[order.symbol]
        if order.notional is None:
            done = min(part, order.qty - order.filled)
        else:
            done = min(part, ((order.notional - order.spent) / price).quantize(D("1e-9"), rounding="ROUND_DOWN"))
        order.filled += done
        order.spent += done * price
        self.since[order.symbol] += done
        self.newest[order.symbol] += done
        self.cash -= done * price * (1 if order.side is Side.BUY else -1)
        is_full = order.filled == order.qty if order.notional is None else order.notional - order.spent < D("0.01")
        if is_full:
            order.status = OrderStatus.FILLED

    def tell_fill(self, order: Order) -> None:
        qty, spent = order.filled - order.told, order.spent - order.told_spent
        order.told, order.told_spent = order.filled, order.spent
        if qty:
            self.tell(OrderFilled(
                account="paper", execution_id=execution_id(order.client_order_id, order.told),
                client_order_id=order.client_order_id, symbol=order.symbol, side=order.side, qty=qty,
                purpose=order.purpose, price=(spent / qty).quantize(D("1e-6")), cum_qty=order.told, at=self.time(),
            ))  # fmt: skip

    def end(self, order: Order, ending: OrderStatus) -> None:
        if order.working and not (order.filled and ending is OrderStatus.REJECTED):
            order.status = ending

    def tell_status(self, order: Order, *, unknown: bool) -> None:
        self.tell(self.change(order, OrderStatus.UNKNOWN if unknown and order.working else order.status))

    def close(self, symbol: str) -> None:
        """Sell a position, as the position manager would."""
        if self.held(symbol) > 0 and not self.selling(symbol):
            self.broker.append(Order(f"x{len(self.broker)}", symbol, Side.SELL, self.held(symbol), ZERO, Purpose.CLOSE))

    def restart(self) -> None:
        self.state = restarted(self.state)

    def change(self, order: Order, status: OrderStatus | None = None, limit: Decimal | None = None) -> OrderChanged:
        order.n += 1
        order.told_end = not order.working
        return OrderChanged(
            account="paper", client_order_id=order.client_order_id, n=order.n, status=status or order.status,
            symbol=order.symbol, purpose=order.purpose, side=order.side, qty=order.qty, type=OrderType.MARKET,
            time_in_force=TimeInForce.DAY, filled_qty=order.filled, at=self.time(), notional=order.notional,
            limit_price=limit, filled_avg_price=(order.spent / order.filled) if order.filled else None,
        )  # fmt: skip

    def time(self) -> datetime:
        """Give the broker's time: each thing that it does has its own."""
        self.n += 1
        return self.at + timedelta(microseconds=self.n)

    def held(self, symbol: str) -> Decimal:
        sides = {Side.BUY: 1, Side.SELL: -1}
        return sum((o.filled * sides[o.side] for o in self.broker if o.symbol == symbol), ZERO)

    def selling(self, symbol: str) -> bool:
        return any(o.side is Side.SELL and o.symbol == symbol and o.working for o in self.broker)

    def buys(self, symbol: str) -> list[Order]:
        return [o for o in self.broker if o.symbol == symbol and o.side is Side.BUY]

    def worth(self, symbol: str) -> Decimal:
        """Say what the symbol would be worth, at the newest price that was told, if every order to buy it filled."""
        sold = sum((o.filled for o in self.broker if o.symbol == symbol and o.side is Side.SELL), ZERO)
        buys = self.buys(symbol)
        shares = sum((o.shares for o in buys), ZERO) - sold
        return shares * self.prices[symbol] + sum((o.dollars for o in buys), ZERO)

    def the_worst_case_is_within_every_limit(self, order: Order) -> None:
        """Hold the truth against the limits at the moment of an approval; later prices may move past them."""
        limits, worth = self.limits, {symbol: self.worth(symbol) for symbol in PRICES}
        mine, gross = worth[order.symbol], sum(worth.values(), ZERO)
        sector = sum((worth[s] for s in PRICES if SECTORS[s] == SECTORS[order.symbol]), ZERO)
        cost = order.qty * order.price if order.notional is None else order.notional
        assert mine <= limits.max_position_fraction * EQUITY
        assert cost <= (limits.max_order_notional or cost)
        assert mine <= (limits.max_symbol_notional or mine)
        assert gross <= (limits.max_gross_notional or gross)
        assert gross <= (limits.max_gross_fraction * EQUITY or gross)
        assert sector <= (limits.max_sector_fraction * EQUITY or sector)
        working = {s: [o for o in self.buys(s) if o.working] for s in PRICES}
        assert len([s for s in PRICES if self.held(s) or working[s]]) <= limits.max_concurrent
        assert sum(map(len, working.values())) <= limits.max_open_orders
        others = [o for o in working[order.symbol] if o.purpose is Purpose.EXTERNAL]
        assert len(working[order.symbol]) - len(others) + bool(others) <= limits.max_entries_per_symbol
        second = [at for at in self.approvals if self.at - at < timedelta(seconds=1)]
        assert len(second) <= (limits.max_orders_per_second or len(second))
        today = [at for at in self.approvals if new_york(at).date() == new_york(self.at).date()]
        assert len(today) <= (limits.max_orders_per_day or len(today))
        promised = sum((o.promised for s in PRICES for o in working[s]), ZERO)
        assert promised + limits.min_cash <= self.cash + self.may_have_slipped()

    def may_have_slipped(self) -> Decimal:
        """Say how many dollars the account shown last may be off by, because prices moved while shares did."""
        return sum((qty * (max(PRICES[s]) - min(PRICES[s])) for s, qty in self.since.items()), ZERO)

    @invariant()
    def exactly_one_verdict_or_waiting(self) -> None:
        judged = [v.signal_id for v in self.verdicts if isinstance(v, OrderApproved | ExitApproved | OrderDenied)]
        assert len(judged) == len(set(judged))
        assert sorted([*judged, *self.state.waiting]) == sorted(s.signal_id for s in self.signals)

    @invariant()
    def the_kept_sums_are_the_sums(self) -> None:
        state = self.state
        entries, positions = state.entries.values(), state.positions
        spent = sum((p.spent for p in positions.values()), ZERO)
        assert state.reserved == spent + sum((e.cost for e in entries), ZERO)
        is_open = [symbol for symbol, position in positions.items() if position.is_open]
        assert state.slots == len(is_open)
        assert state.gross == sum((positions[s].worth(positions[s].mark) for s in is_open), ZERO)
        for sector in {*SECTORS.values()}:
            members = [positions[s] for s in is_open if SECTORS[s] == sector]
            assert state.by_sector.get(sector, ZERO) == sum((p.worth(p.mark) for p in members), ZERO)
        assert state.pace.count == sum(count for _, count in state.pace.newest)
        assert sorted(state.unpriced) == sorted(s for s in is_open if not positions[s].mark)
        for symbol, position in positions.items():
            mine = [e for e in entries if e.symbol == symbol]
            assert position.pending == sum((e.remaining for e in mine), ZERO)
            assert position.amount == sum((e.amount for e in mine), ZERO)
            assert position.orders == len([e for e in mine if e.external])
            assert position.lots_qty == sum(position.lots.values(), ZERO)
            assert position.lots_qty <= max(position.qty, ZERO)
            assert position.mark == (self.prices[symbol] if symbol in self.quoted else position.mark)

    def teardown(self) -> None:
        """When all has been told nothing is reserved any more, and the log read again says the same."""
        self.tell(ModeSet(control_id="e", scope="all", mode=Mode.MANUAL, by="ann"))
        for order in self.broker:
            if order.working:
                order.status = OrderStatus.CANCELED
            self.tell_fill(order)
            self.tell(self.change(order))
        for _ in range(3):
            self.take_snapshot()
            self.tell_snapshot()
        held = {symbol: self.held(symbol) for symbol in PRICES}
        assert self.state.entries == {}
        assert {s: p.qty for s, p in self.state.positions.items()} == {s: qty for s, qty in held.items() if qty}
        assert (self.state.reserved, self.state.gross) == (0, sum((held[s] * self.prices[s] for s in held), ZERO))
        again, verdicts = State(account="paper"), list[Message]()
        for event in self.log:
            outputs = decide(again, event)
            verdicts.extend(outputs)
            for fact in (event, *outputs):
                again = restarted(evolve(again, fact))
        assert verdicts == self.verdicts
        assert again == self.state


def restarted(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)


def without(verdict: OrderApproved | ExitApproved | OrderDenied, place: int) -> Message:
    assert verdict.checks[place].rule == "always"
    return structs.replace(verdict, checks=(*verdict.checks[:place], *verdict.checks[place + 1 :]))


def test_whatever_happens_no_limit_is_passed():
    run_state_machine_as_test(Gate, settings=settings(max_examples=170, stateful_step_count=60, deadline=None))
    assert (Gate.seen["steps"] >= 10_000, Gate.seen["OrderApproved"] >= 300) == (True, True)
