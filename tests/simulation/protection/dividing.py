"""What may happen to a position on some days of which it is split."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.accounts import HoldingSplit
from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from tests.simulation.protection.acts import ACTS, Act, bell, hands_of_the_clock, is_trading
from tests.simulation.protection.machine import QTY, Protection
from tests.simulation.protection.nights import CLOCK_SECONDS, COUNT_SECONDS, midnight

D = Decimal
RATES = st.sampled_from([(D(2), D(1)), (D(3), D(2)), (D(1), D(2)), (D(1), D(10)), (D("1.05"), D(1))])
SPLIT_SOMETIMES = ("announced", "midnight", "counted", "taken back", "placed anew")


class Dividing(Protection):
    """The story of a position, on some days of which it is split."""

    @precondition(lambda self: is_trading(self.house) and not self.street.state.splits)
    @rule(rates=RATES, qty=QTY)
    def a_split_of_what_is_held_is_announced(self, rates: tuple[Decimal, Decimal], qty: Decimal) -> None:
        async def act() -> None:
            self.street.announce(rates[1], rates[0])

        self.step("entry approved", 1.0, self.house.buy(qty))
        self.step("announced", 1.0, act())

    @property
    def is_waiting(self) -> bool:
        return any(not one.done for one in self.street.state.splits.values())

    @rule()
    def the_bell_rings(self) -> None:
        """The night of a split has its hours, as it has outside of tests: what nobody can see in time is no matter."""
        if self.street.is_eve and self.is_waiting:
            midnight(self.house)
            self.step("midnight", COUNT_SECONDS)
        what = bell(self.house, self.dice)
        self.step(what, CLOCK_SECONDS if self.street.is_eve else 1.0)

    @property
    def acts(self) -> tuple[Act, ...]:
        return tuple(act for act in ACTS if act not in {bell, hands_of_the_clock}) if self.is_waiting else ACTS

    def settle(self) -> None:
        super().settle()
        for told in self.house.told():
            self.happened["counted"] += isinstance(told, HoldingSplit)
            self.happened["taken back"] += isinstance(told, CancelProtection) and told.reason is ExitReason.SPLIT
            self.happened["placed anew"] += isinstance(told, PlaceProtection) and told.reason is ExitReason.SPLIT
