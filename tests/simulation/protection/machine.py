"""What may happen to a position: prices, fills, signals, people, a broker that fails, processes that end."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Coroutine
from decimal import Decimal
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from contracts.control import LimitsSet, Resumed
from contracts.exits import MoveProtection, PlaceProtection
from contracts.lifecycle import WORKING, OrderStatus
from contracts.limits import Limits
from contracts.orders import OrderChanged, Purpose
from tests.simulation.protection.acts import ACTS, Act, is_trading
from tests.simulation.protection.house import House

D = Decimal
QTY = st.sampled_from([D(1), D(2), D(5), D(10), D("0.5"), D("2.5"), D("7.25")])
MOVES = st.sampled_from([D("-0.09"), D("-0.03"), D("-0.01"), D("0.002"), D("0.01"), D("0.03"), D("0.25")])
SECONDS = st.sampled_from([0.01, 0.06, 0.06, 0.3, 1.0, 1.0, 4.0])
FATES = (
    ("submit", "down"), ("submit", "busy"), ("submit", "lost"), ("submit", "late"), ("submit", "unheard"),
    ("submit", "refused"), ("submit", "doomed"), ("cancel", "down"), ("cancel", "lost"), ("cancel", "unheard"),
    ("cancel", "stuck"), ("cancel", "declined"), ("read", "down"), ("read", "lost"), ("stream", "dropped"),
    ("stream", "doubled"), ("stream", "late"), ("replace", "down"), ("replace", "lost"), ("replace", "unheard"),
    ("replace", "refused"),
)  # fmt: skip
FATEFUL, MOST_FATES = 0.2, 6
"""How often fates are cast, and how many may wait for a call to befall."""

LIMITS = (
    Limits(),
    Limits(ratchet=D("0.01")),
    Limits(ratchet=D("0.002"), trail_fraction=D("0.02"), stop_fraction=D("0.1")),
    Limits(ratchet=D("0.01"), scale_out=("0.01:0.5", "0.1:0.25")),
)
"""Where stops stay, where they follow what is watched, and where some shares have a nearer target."""

LOWEST, HIGHEST = D(20), D(2000)

SOMETIMES = (
    "broker down", "halted", "resumed", "closed", "opened", "night", "morning", "sold late",
    "canceled by hand", "sold by hand",
    "filled after its cancel", "executor killed", "executor stopped", "position-manager killed",
    "position-manager stopped", "submit down", "submit busy", "submit lost", "submit late", "submit unheard",
    "submit refused", "submit doomed", "cancel down", "cancel lost", "cancel unheard", "cancel stuck",
    "cancel declined", "read down", "read lost", "stream dropped", "stream doubled", "stream late",
    "told protect filled", "told protect partially_filled", "told protect canceled", "told protect expired",
    "told protect rejected", "told protect unknown", "told protect pending_cancel", "told close filled",
    "told close partially_filled", "told close canceled", "told close rejected", "told close unknown",
    "told entry canceled", "told entry rejected",
    "stop wanted higher", "told protect replaced", "told protect no", "moved by hand", "replace down", "replace lost",
    "replace unheard", "replace refused", "bracket complete", "bracket cut short", "bracket taken back", "bracket sold",
    "killed", "kill switch ended", "nearer target",
)  # fmt: skip
"""Each must have happened in some thousand steps, or they prove nothing about it."""


class Protection(RuleBasedStateMachine):
    """`happened` is counted over all runs."""

    happened: ClassVar[Tally[str]]

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.house.open()
        self.street, self.counter, self.judge = self.house.street, self.house.counter, self.house.judge
        self.is_calm = True

    @initialize(
        calm=st.sampled_from([True, False, False, False]), number=st.integers(0, 2**64), limits=st.sampled_from(LIMITS)
    )
    def begin(self, number: int, limits: Limits, *, calm: bool) -> None:
        self.is_calm = calm
        self.house.do(self.house.add(LimitsSet(control_id="l", scope="all", limits=limits, by="ann")))
        # What is drawn by rules comes in clusters, and faults ought to be met by as many stories as there are.
        self.dice = random.Random(number)

    def step(self, what: str, seconds: float, act: Coroutine[None, None, None] | None = None) -> None:
        self.happened[what] += 1
        self.happened["steps"] += 1
        self.cast()
        if act is not None:
            self.house.do(act)
        before = self.counter.fates.struck.total()
        self.house.pass_time(seconds)
        if self.counter.fates.struck.total() > before:
            self.troubled()

    def cast(self) -> None:
        """Decide now and then what will befall calls to the broker, and what it tells."""
        script = self.counter.fates.script
        if self.is_calm or self.dice.random() > FATEFUL or sum(map(len, script.values())) >= MOST_FATES:
            return
        self.troubled()
        for call, fate in self.dice.sample(FATES, self.dice.randint(1, 3)):
            script.setdefault(call, []).append(fate)

    def troubled(self) -> None:
        self.judge.trouble = self.house.loop.time()

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.step("time passed", seconds)

    @precondition(lambda self: is_trading(self.house))
    @rule(qty=QTY, named=st.booleans(), bracket=st.booleans(), seconds=SECONDS)
    def an_entry_is_approved(self, qty: Decimal, seconds: float, *, named: bool, bracket: bool) -> None:
        price = self.house.price
        levels = (price * D("0.98"), price * D("1.02")) if named else (None, None)
        self.step("entry approved", seconds, self.house.buy(qty, *levels, bracket=bracket))

    @rule(move=MOVES, seconds=SECONDS)
    def the_price_moves(self, move: Decimal, seconds: float) -> None:
        price = min(max((self.house.price * (1 + move)).quantize(D("0.01")), LOWEST), HIGHEST)
        self.step("price moved", seconds, self.house.quote(price))

    @precondition(lambda self: self.house.truth.held > 0)
    @rule(qty=st.sampled_from([None, D(1), D("0.5"), D(3)]), seconds=SECONDS)
    def a_signal_to_leave(self, qty: Decimal | None, seconds: float) -> None:
        self.step("signal to leave", seconds, self.house.leave(qty))

    @precondition(lambda self: self.house.believed.commands.kills)
    @rule(seconds=SECONDS)
    def the_kill_switch_is_ended(self, seconds: float) -> None:
        resumed = Resumed(control_id=self.house.name("resumed"), scope="all", by="ann", why="")
        self.step("kill switch ended", seconds, self.house.add(resumed))

    @property
    def acts(self) -> tuple[Act, ...]:
        return ACTS

    @precondition(lambda self: not self.is_calm)
    @rule(seconds=SECONDS)
    def mischief(self, seconds: float) -> None:
        self.judge.surprise, before = self.house.loop.time(), self.judge.surprise
        if what := self.dice.choice(self.acts)(self.house, self.dice):
            self.troubled()
            self.step(what, seconds)
        else:
            self.judge.surprise = before

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.house.close()

    def settle(self) -> None:
        """All that is held is protected once the broker does not fail any more."""
        self.house.come_to_rest()
        self.happened.update(self.counter.fates.struck)
        for told in self.house.told():
            if isinstance(told, OrderChanged):
                self.happened[f"told {told.purpose} {told.status}"] += 1
                self.happened[of_bracket(told)] += 1
                self.happened[f"told {told.purpose} no"] += bool(told.code) and told.status in WORKING
            self.happened["stop wanted higher"] += isinstance(told, MoveProtection)
        placed = [told for told in self.house.told() if isinstance(told, PlaceProtection) and told.target_price]
        targets = {(one.execution_id, one.target_price) for one in placed}
        self.happened["nearer target"] += len(targets) > len({one.execution_id for one in placed})
        self.happened["sold late"] += any(
            one.extended_hours and one.filled_qty for one in self.street.books.orders.values()
        )


def of_bracket(told: OrderChanged) -> str:
    """Name what an order that is told of means to an entry with its exits."""
    is_entry, some = told.purpose is Purpose.ENTRY and told.grouped, told.filled_qty > 0
    if is_entry and told.status is OrderStatus.FILLED:
        return "bracket complete"
    if is_entry and told.status is OrderStatus.CANCELED:
        return "bracket cut short" if some else "bracket taken back"
    return "bracket sold" if told.parent.startswith("entry") and some else "no bracket"
