"""Random commands and markets against the exchange, and beside it a clerk who only believes what was told.

The clerk keeps its own books from the stream's events, knows which step each status may take, and says of every
order whether the market that it met must have filled it. It shares no reckoning with the exchange.
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import Struct, field

from exchange import core, splitting
from exchange.accounts import Configuration, equity
from exchange.assets import Asset
from exchange.book import Amendment, Exit, Moment, Order, Session, Ticket
from exchange.fills import Print
from exchange.refusals import Refusal
from exchange.split import Split
from exchange.state import Change, Configured, Ordered, State, evolve, fold
from exchange.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.turn import Answer, Event, Outcome

D = Decimal
CASH, CENT, NOTHING = D(100_000), D("0.01"), D(0)
SYMBOLS = ("SPY", "IBM")
DAY = 1_000_000
EXAMPLES, STEPS, LEAST_STEPS = 300, 50, 10_000
MUST_HAPPEN = {
    "accepted", "pending_new", "new", "held", "partial_fill", "fill", "canceled", "expired", "rejected",
    "pending_cancel", "pending_replace", "replaced", "refused", "short", "late fill", "split", "split cancels",
}  # fmt: skip

OPEN = {"accepted", "pending_new", "new", "partially_filled", "pending_cancel", "pending_replace", "held"}
FILLS = {"partially_filled", "filled"}
ENDS = {"filled", "canceled", "expired", "rejected", "replaced"}
LIFE: dict[str, set[str]] = {
    "": {"accepted", "pending_new", "held"},
    "accepted": {"pending_new", "new", "pending_cancel"} | FILLS | ENDS,
    "pending_new": {"new", "pending_cancel", "held"} | FILLS | ENDS,  # held: it takes a guard's place
    "held": {"new", "pending_cancel", "pending_replace"} | FILLS | ENDS,
    "new": {"pending_cancel", "pending_replace"} | FILLS | ENDS,
    "partially_filled": {"pending_cancel", "pending_replace"} | FILLS | ENDS,
    "pending_cancel": {"new"} | FILLS | ENDS,
    "pending_replace": {"new"} | FILLS | ENDS,
    "canceled": FILLS,  # an execution that crossed the cancel
    **{end: set[str]() for end in ENDS - {"canceled"}},
}

prices = st.integers(9_000, 11_000).map(lambda cents: D(cents) / 100)
quantities = st.one_of(st.integers(1, 30).map(D), st.sampled_from([D("0.5"), D("2.25")]))
sides = st.sampled_from(["buy", "sell"])
symbols = st.sampled_from(SYMBOLS)
numbers = st.integers(0, 10_000)


class Clerk(Struct):
    """Books kept from what was told."""

    cash: Decimal = CASH
    shares: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(SYMBOLS, NOTHING))
    filled: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    statuses: dict[str, str] = field(default_factory=dict[str, str])

    def stood(self, order: Order) -> None:
        """Take in how an order stands after a step of its life."""
        before = self.statuses.get(order.id, "")
        assert order.status == before or order.status in LIFE[before], f"{order.type}: {before} to {order.status}"
        self.statuses[order.id] = order.status

    def heard(self, event: Event, bars: Sequence[Print]) -> None:
        """Take in an event of the stream."""
        fill, order = event.fill, event.order
        if fill is None:
            assert event.event not in {"fill", "partial_fill"}
            return
        assert fill.qty > 0
        inside = any(bar.low <= fill.price <= bar.high for bar in bars)
        assert inside or not bars, "an execution outside the bar"
        if order.type in {"limit", "stop_limit"} and order.limit_price is not None:
            better = fill.price <= order.limit_price if order.side == "buy" else fill.price >= order.limit_price
            assert better, "an execution beyond its limit"
        sign = 1 if fill.side == "buy" else -1
        before, after = self.shares[fill.symbol], self.shares[fill.symbol] + sign * fill.qty
        assert before * after >= 0, "one execution turned a position around"
        self.shares[fill.symbol] = after
        self.cash -= sign * (fill.qty * fill.price).quantize(CENT, ROUND_HALF_UP)
        self.filled[order.id] = self.filled.get(order.id, NOTHING) + fill.qty
        assert fill.position_qty == after
        assert fill.cum_qty == order.filled_qty == self.filled[order.id]
        assert event.event == ("fill" if order.status == "filled" else "partial_fill")


class Exchange(RuleBasedStateMachine):
    """One account in front of two symbols, through days and nights."""

    steps = 0
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.state = State("6c1d4f2e-0b3a-4f5c-8d7e-9a0b1c2d3e4f")
        self.venue = Venue({})
        self.now, self.day, self.session = 0, 1, Session.REGULAR
        self.clerk = Clerk()
        self.changes: list[Change] = []
        self.crossed: set[str] = set()  # groups, symbols in which an execution crossed a cancel and took them twice
        self.take(core.open_account(self.state, "demo", CASH, self.at()))
        self.account = self.state.accounts["demo"]

    @initialize(
        latency=st.sampled_from([0, 0, 3]), slippage=st.sampled_from([0, 20]), share=st.sampled_from(["0", "0.5"]),
        shorting=st.booleans(),
    )  # fmt: skip
    def found(self, latency: int, slippage: int, share: str, *, shorting: bool) -> None:
        listed = {symbol: Asset(symbol) for symbol in SYMBOLS}
        self.venue = Venue(listed, partial_fills=D(share), slippage=D(slippage), latency=latency)
        configured = Configured("demo", Configuration(no_shorting=not shorting))
        evolve(self.state, configured)
        self.changes.append(configured)
        for symbol in SYMBOLS:
            self.print(symbol, D(100))

    def at(self) -> Moment:
        self.now += 1
        ends = self.day * DAY
        return Moment(self.now, self.session, ends - 1_000, ends, f"day {self.day + 1}", 600)

    def take(self, answer: Answer, before: Print | None = None, *, late: bool = False) -> Outcome | None:
        """Let the clerk hear of an answer.

        What was due met the print `before` the new one. A late execution was at the price of a time long gone.
        """
        Exchange.steps += 1
        if isinstance(answer, Refusal):
            assert answer.status in {403, 404, 422}
            assert answer.message
            Exchange.happened["refused"] += 1
            return None
        self.changes.extend(answer.changes)
        for change in answer.changes:
            if isinstance(change, Ordered):
                self.clerk.stood(change.order)
        for event in answer.events:
            Exchange.happened[event.event] += 1
            bars = (self.state.prints[event.order.symbol], before)
            self.clerk.heard(event, () if late else [bar for bar in bars if bar is not None])
        return answer

    def submit(self, ticket: Ticket, *, doomed: bool = False) -> Outcome | None:
        return self.take(core.submit(self.state, self.venue, "demo", ticket, self.at(), doomed=doomed))

    def print(self, symbol: str, price: Decimal) -> None:
        shown = Print(symbol, self.now, price, price - CENT, price + CENT, price - 1, price + 1)
        waiting = [order for order in self.working() if order.symbol == symbol]
        bar = self.state.prints.get(symbol)
        self.take(core.tick(self.state, self.venue, (shown,), self.at()), bar)
        for order in waiting:
            self.met(order, shown)

    def met(self, before: Order, shown: Print) -> None:
        """Hold an order that was working against the print it met: what could trade must have traded."""
        after = self.account.orders[before.id]
        traded = after.status not in OPEN or after.filled_qty > before.filled_qty
        if traded or before.status not in {"new", "partially_filled"} or not self.trades(before):
            return
        limit = before.limit_price
        reached = limit is None or (shown.ask <= limit if before.side == "buy" else shown.bid >= limit)
        match before.type:
            case "market" | "limit":
                assert not reached, f"a {before.type} order was passed over"
            case "stop" | "stop_limit":
                stop = before.stop_price or NOTHING
                if before.side == "buy" and limit is None:
                    reached = shown.ask <= (stop * (D("1.04") if stop < 50 else D("1.025"))).quantize(CENT, ROUND_DOWN)
                hit = shown.price >= stop if before.side == "buy" else shown.price <= stop
                assert not (hit and reached), "a stop was passed over"
            case _:
                pass

    def trades(self, order: Order) -> bool:
        """Say whether the order may trade now, by the rules of its group and of the session."""
        asleep = order.parent_id is not None and order.order_class != "oco" and self.entry(order).status != "filled"
        lively = self.session is Session.REGULAR or (order.extended_hours and self.session is not Session.CLOSED)
        waits = order.symbol in self.state.halted or order.time_in_force in {"opg", "cls"}
        return lively and not asleep and not waits

    def working(self) -> list[Order]:
        return [order for order in self.account.orders.values() if order.status in OPEN]

    def entry(self, order: Order) -> Order:
        return order if order.parent_id is None else self.account.orders[order.parent_id]

    @rule(symbol=symbols, side=sides, qty=quantities, kind=st.sampled_from(["market", "limit", "stop", "stop_limit"]),
          tif=st.sampled_from(["day", "gtc", "ioc", "fok"]), price=prices, late=st.booleans(),
          fate=st.integers(0, 9))  # fmt: skip
    def order(
        self, symbol: str, side: str, qty: Decimal, kind: str, tif: str, price: Decimal, *, fate: int, late: bool
    ) -> None:
        ticket = Ticket(
            symbol=symbol, side=side, type=kind, time_in_force=tif, qty=qty,
            limit_price=price if "limit" in kind else None, stop_price=price if "stop" in kind else None,
            extended_hours=late,
        )  # fmt: skip
        told = self.submit(ticket, doomed=fate == 0)
        at_once = tif in {"ioc", "fok"} and not self.venue.latency and symbol not in self.state.halted
        if told is not None and at_once and self.session is Session.REGULAR:
            after = self.account.orders[told.orders[0].id]
            assert after.status in ENDS, "an order for at once was left working"
            assert tif == "ioc" or after.filled_qty in {NOTHING, qty}, "all or nothing came in part"

    @rule(symbol=symbols, dollars=st.integers(1, 3_000).map(D), side=sides)
    def dollars(self, symbol: str, dollars: Decimal, side: str) -> None:
        ticket = Ticket(symbol=symbol, side=side, type="market", time_in_force="day", notional=dollars)
        before = self.clerk.cash
        if self.submit(ticket) is not None:
            assert abs(self.clerk.cash - before) <= dollars

    @rule(symbol=symbols, side=sides, qty=st.integers(1, 20).map(D), width=st.integers(1, 8), entry=prices,
          order_class=st.sampled_from(["bracket", "oto", "oco"]), at_market=st.booleans())  # fmt: skip
    def group(
        self, symbol: str, side: str, qty: Decimal, width: int, entry: Decimal, order_class: str, *, at_market: bool
    ) -> None:
        away = width if (side == "buy") is (order_class != "oco") else -width
        base = self.state.prints[symbol].price if at_market or order_class == "oco" else entry
        oco = order_class == "oco"
        ticket = Ticket(
            symbol=symbol, side=side, type="limit" if oco or not at_market else "market", time_in_force="gtc",
            order_class=order_class, qty=qty, limit_price=None if oco or at_market else entry,
            take_profit=None if order_class == "oto" else Exit(limit_price=base + away),
            stop_loss=Exit(stop_price=base - away),
        )  # fmt: skip
        self.submit(ticket)

    @rule(symbol=symbols, price=prices)
    def trade(self, symbol: str, price: Decimal) -> None:
        self.print(symbol, price)

    @rule(symbol=symbols, side=sides, qty=st.integers(1, 20).map(D), percent=st.sampled_from(["0.5", "2"]))
    def trail(self, symbol: str, side: str, qty: Decimal, percent: str) -> None:
        ticket = Ticket(
            symbol=symbol, side=side, type="trailing_stop", time_in_force="gtc", qty=qty, trail_percent=D(percent)
        )
        self.submit(ticket)

    @precondition(lambda self: self.account.orders)
    @rule(number=numbers, stuck=st.booleans())
    def cancel(self, number: int, *, stuck: bool) -> None:
        order = self.picked(number)
        told = self.take(core.cancel(self.state, self.venue, "demo", order.id, self.at(), stuck=stuck))
        if order.status in ENDS - {"canceled"}:
            assert told is None

    @precondition(lambda self: self.account.orders)
    @rule(number=numbers)
    def release(self, number: int) -> None:
        self.take(core.release(self.state, "demo", self.picked(number).id, self.at()))

    @precondition(lambda self: self.account.orders)
    @rule(number=numbers, price=prices, qty=st.one_of(st.none(), st.integers(1, 30).map(D)))
    def replace(self, number: int, price: Decimal, qty: Decimal | None) -> None:
        order = self.picked(number)
        amendment = Amendment(
            qty=qty,
            limit_price=price if order.limit_price is not None else None,
            stop_price=price if order.stop_price is not None and order.type != "trailing_stop" else None,
            trail=D(1) if order.type == "trailing_stop" else None,
        )
        self.take(core.replace(self.state, self.venue, "demo", order.id, amendment, self.at()))

    @precondition(lambda self: self.account.orders)
    @rule(number=numbers)
    def fill_late(self, number: int) -> None:
        order = self.picked(number)
        if self.take(core.fill_late(self.state, self.venue, "demo", order.id, self.at()), late=True) is not None:
            Exchange.happened["late fill"] += 1
            self.crossed |= {self.entry(order).id, order.symbol}

    @rule(symbol=symbols)
    def halt_or_resume(self, symbol: str) -> None:
        step = core.resume if symbol in self.state.halted else core.halt
        self.take(step(self.state, symbol, self.at()))

    @rule(symbol=symbols, rates=st.sampled_from([(2, 1), (1, 2), (3, 1), (1, 3), (1, 10)]))
    def split(self, symbol: str, rates: tuple[int, int]) -> None:
        new, old = map(D, rates)
        at = self.at()
        one = Split(f"{self.now}", symbol, old, new, "2013-10-08", "2013-10-07", at.now)
        self.take(splitting.announce(self.state, one, at))
        # What an order has traded and what is held then are not in the same shares any more.
        self.crossed |= {self.entry(order).id for order in self.account.orders.values() if order.symbol == symbol}
        worth = equity(self.account, self.state.prints)
        bought = self.clerk.shares[symbol] * new / old
        self.clerk.shares[symbol] = bought.quantize(D("0.000000001"), ROUND_DOWN)
        dealt = len(self.account.dealt)
        told = self.take(splitting.carry_out(self.state, self.venue, at))
        # Of a share worth millions the part that cannot be held is a cent.
        self.clerk.cash += sum((one.paid for one in self.account.dealt[dealt:]), NOTHING)
        assert abs(equity(self.account, self.state.prints) - worth) <= CENT
        Exchange.happened["split"] += 1
        Exchange.happened["split cancels"] += told is not None and len(told.events) > 0

    @rule(wait=st.integers(0, 10))
    def wait(self, wait: int) -> None:
        self.now += wait
        self.take(core.advance(self.state, self.venue, self.at()))

    def picked(self, number: int) -> Order:
        orders = list(self.account.orders.values())
        return orders[number % len(orders)]

    @precondition(lambda self: self.account.orders)
    @rule(number=numbers)
    def repeat_a_name(self, number: int) -> None:
        names = list(self.account.client_order_ids)
        ticket = Ticket(
            symbol="SPY", side="buy", type="market", time_in_force="day", qty=D(1),
            client_order_id=names[number % len(names)],
        )  # fmt: skip
        answer = core.submit(self.state, self.venue, "demo", ticket, self.at())
        assert isinstance(answer, Refusal)
        assert answer.code == 40010001

    @precondition(lambda self: self.session is Session.REGULAR)
    @rule()
    def ring_the_bell(self) -> None:
        self.session, self.now = Session.AFTER, self.day * DAY - 1_001
        self.take(core.close_session(self.state, self.at()))
        left = [order for order in self.working() if order.time_in_force == "day" and not order.extended_hours]
        assert left == [], "an order for the day outlived it"

    @precondition(lambda self: self.session is not Session.REGULAR)
    @rule()
    def open_again(self) -> None:
        self.now, self.day, self.session = self.day * DAY, self.day + 1, Session.REGULAR
        for symbol in SYMBOLS:
            self.print(symbol, self.state.prints[symbol].price)

    @invariant()
    def cash_and_shares_are_what_was_told(self) -> None:
        assert self.account.cash == self.clerk.cash
        held = {symbol: position.qty for symbol, position in self.account.positions.items()}
        Exchange.happened["short"] += any(qty < 0 for qty in held.values())
        assert held == {symbol: qty for symbol, qty in self.clerk.shares.items() if qty}

    @invariant()
    def orders_are_what_was_told(self) -> None:
        assert set(self.account.working) == {order.id for order in self.working()}
        for order in self.account.orders.values():
            assert order.status == self.clerk.statuses[order.id]
            assert order.filled_qty == self.clerk.filled.get(order.id, NOTHING)
            assert order.qty is None or order.filled_qty <= order.qty
            assert order.qty is None or (order.status == "filled") is (order.filled_qty == order.qty)

    @invariant()
    def groups_keep_their_rules(self) -> None:
        heads = [order for order in self.account.orders.values() if order.legs and order.status != "replaced"]
        for head in [head for head in heads if head.id not in self.crossed]:
            legs = [self.account.orders[leg] for leg in head.legs]
            exits = [head, *legs] if head.order_class == "oco" else legs
            entered = self.asked(head) if head.order_class == "oco" else self.came(head)
            assert sum(map(self.came, exits)) <= entered, "a group left more than it entered"
            if head.order_class != "oco" and head.status != "filled":
                assert all(leg.filled_qty == 0 for leg in legs), "a leg traded before its entry was complete"
            if head.order_class != "oco" and head.status in ENDS - {"filled", "replaced"}:
                assert all(leg.status in ENDS for leg in legs), "a leg outlived an entry that failed"
            left = [one for one in exits if one.status in OPEN]
            # A stop that has met its price ends the profit-taker and may itself come in parts.
            assert len(left) in {0, len(exits)} or all(one.triggered for one in left), "one exit outlived the other"
            open_qty = {(one.qty or NOTHING) - one.filled_qty for one in left}
            assert len(open_qty) <= 1, "the exits of a group are for different quantities"

    def came(self, order: Order) -> Decimal:
        """Count what an order and those that it has replaced have traded."""
        earlier = NOTHING if order.replaces is None else self.came(self.account.orders[order.replaces])
        return order.filled_qty + earlier

    def asked(self, order: Order) -> Decimal:
        """Give the quantity that an order, or the first of those that it has replaced, was for."""
        return (order.qty or NOTHING) if order.replaces is None else self.asked(self.account.orders[order.replaces])

    @invariant()
    def no_more_is_on_sale_than_is_held(self) -> None:
        for symbol, held in self.clerk.shares.items():
            if held > 0 and self.account.configuration.no_shorting and symbol not in self.crossed:
                assert self.on_sale(symbol) <= held

    def on_sale(self, symbol: str) -> Decimal:
        claims: dict[str, Decimal] = {}
        for order in self.working():
            awake = order.parent_id is None or order.order_class == "oco" or self.entry(order).status == "filled"
            replacement = order.replaces is not None and self.account.orders[order.replaces].status in OPEN
            if order.symbol == symbol and order.side == "sell" and order.qty and awake and not replacement:
                group = self.entry(order).id
                claims[group] = max(claims.get(group, NOTHING), order.qty - order.filled_qty)
        return sum(claims.values(), NOTHING)

    def teardown(self) -> None:
        again = fold(State(self.state.seed), self.changes)
        assert again.accounts == self.state.accounts
        assert (again.closes, again.halted, again.divisible) == (
            self.state.closes, self.state.halted, self.state.divisible,
        )  # fmt: skip


def test_random_commands_never_break_the_books_the_groups_or_the_life_of_an_order():
    Exchange.steps, Exchange.happened = 0, Counter()
    run_state_machine_as_test(
        Exchange,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
    assert Exchange.steps >= LEAST_STEPS
    assert set(Exchange.happened) >= MUST_HAPPEN, "something that ought to happen now and then never did"
