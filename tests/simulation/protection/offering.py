"""What may happen to a position whose shares people offer by hand, too."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.orders import OrderChanged, OrderFilled, Purpose
from exchange.book import Order, Side, ended
from tests.simulation.protection.acts import bell, is_trading, ours
from tests.simulation.protection.house import House
from tests.simulation.protection.machine import Protection
from tests.simulation.protection.truth import HAND

D = Decimal
CENT = D("0.01")
OFFERED_SOMETIMES = (
    "offered",
    "withdrawn",
    "left beside an offer",
    "told external filled",
    "told external expired",
    "sold",
)


def offers(house: House) -> list[Order]:
    """List the sales of people that work."""
    sales = (order for order in house.street.books.orders.values() if order.side is Side.SELL and not ended(order))
    return [order for order in sales if order.client_order_id.startswith(HAND)]


class Offering(Protection):
    """The story of a position whose shares people offer, too."""

    def surprised(self) -> None:
        self.judge.surprise = self.house.loop.time()
        self.troubled()

    @precondition(lambda self: is_trading(self.house))
    @rule(qty=st.sampled_from([D(1), D(2), D(4)]), gain=st.sampled_from([D("1.004"), D("1.05"), D("1.6"), D("1.6")]))
    def a_person_offers_some(self, qty: Decimal, gain: Decimal) -> None:
        async def act() -> None:
            for order in ours(self.house, alive=True):
                self.street.cancel_by_hand(order.id)
            limit = (self.house.price * gain).quantize(CENT)
            self.street.sell_by_hand(self.house.name(HAND), qty, limit=limit)

        if self.house.truth.held < qty:
            self.step("bought to be offered", 2.0, self.house.buy(D(7)))
        if self.house.truth.held < qty:
            return  # the broker took no entry beside what is offered already
        self.surprised()
        self.step("tried to offer", 0.3, act())
        self.happened["offered"] += bool(offers(self.house))

    @precondition(lambda self: bool(offers(self.house)) and self.street.is_open)
    @rule()
    def the_session_ends(self) -> None:
        self.step(bell(self.house, self.dice), 1.0)

    @precondition(lambda self: bool(offers(self.house)) and is_trading(self.house))
    @rule()
    def the_price_reaches_an_offer(self) -> None:
        limit = offers(self.house)[0].limit_price or self.house.price
        self.surprised()
        self.step("reached", 1.0, self.house.quote(limit + CENT))

    @precondition(lambda self: bool(offers(self.house)))
    @rule()
    def an_offer_is_left_alone(self) -> None:
        self.step("left alone", 6.0)
        self.look()

    def look(self) -> None:
        truth = self.house.truth
        self.happened["left beside an offer"] += truth.offered > 0 and truth.covered > 0

    @precondition(lambda self: bool(offers(self.house)))
    @rule(seconds=st.sampled_from([0.06, 1.0]))
    def a_person_withdraws_an_offer(self, seconds: float) -> None:
        async def act() -> None:
            self.street.cancel_by_hand(offers(self.house)[0].id)

        self.surprised()
        self.step("withdrawn", seconds, act())

    def settle(self) -> None:
        """What an offer leaves free is protected beside it, and the rest once there is none."""
        self.house.come_to_rest()
        self.look()
        if found := offers(self.house):
            self.surprised()
            self.house.do(self._withdraw(found))
        super().settle()
        for told in self.house.told():
            self.happened["sold"] += isinstance(told, OrderFilled) and told.purpose is Purpose.EXTERNAL
            if isinstance(told, OrderChanged):
                self.happened[f"told {told.purpose} {told.status}"] += 1

    async def _withdraw(self, found: list[Order]) -> None:
        for order in found:
            self.street.cancel_by_hand(order.id)
