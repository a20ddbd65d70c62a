"""An exchange with one account and a market that trades at the price a test names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange import core
from exchange.accounts import Account
from exchange.assets import Asset
from exchange.book import Amendment, Exit, Moment, Order, Session, Ticket
from exchange.fills import Print
from exchange.refusals import Refusal
from exchange.state import Change, State
from exchange.turn import Event, Outcome
from exchange.venue import Venue

D = Decimal
SEED = "6c1d4f2e-0b3a-4f5c-8d7e-9a0b1c2d3e4f"
SECOND = 10**9
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
PRE, OPEN, CLOSE, END = 4 * 60, 9 * 60 + 30, 16 * 60, 20 * 60  # minutes after midnight


class World:
    """Prices run from 1 to 1,000 within one bar; the quote is one cent wide on each side; a step takes a second.

    It begins at ten in the morning; every day is a trading day.
    """

    def __init__(
        self, partial_fill_every: int = 0, *, partial_fills: str = "0", slippage: str = "0", latency: int = 0
    ) -> None:
        self.state = State(SEED)
        assets = {"SPY": Asset("SPY"), "IBM": Asset("IBM")}
        self.venue = Venue(assets, partial_fill_every, D(partial_fills), D(slippage), latency * SECOND)
        self.now = 10 * 60 * MINUTE
        self.changes: list[Change] = []
        self.told: list[str] = []
        self._keep(core.open_account(self.state, "demo", D(100_000), self.at()))
        self.trade("100")

    def at(self) -> Moment:
        self.now += SECOND
        day, minute = divmod(self.now // MINUTE, 24 * 60)
        coming, ending = day + (minute >= CLOSE), day + (minute >= END)
        closes, ends = coming * DAY + CLOSE * MINUTE, ending * DAY + END * MINUTE
        return Moment(self.now, _session(minute), closes, ends, "2013-10-08", minute)

    def go(self, minute: int) -> None:
        """Let the time pass until that minute of the day comes."""
        self.now += (minute * MINUTE - self.now) % DAY

    @property
    def account(self) -> Account:
        return self.state.accounts["demo"]

    def ask(self, ticket: Ticket, *, doomed: bool = False) -> Outcome | Refusal:
        return self._answer(core.submit(self.state, self.venue, "demo", ticket, self.at(), doomed=doomed))

    def send(
        self,
        side: str,
        qty: str,
        limit: str = "",
        stop: str = "",
        tif: str = "day",
        *,
        trail: str = "",
        percent: str = "",
        symbol: str = "SPY",
        extended: bool = False,
        doomed: bool = False,
    ) -> Order:
        kind = {(False, False): "market", (True, False): "limit", (False, True): "stop"}
        ticket = Ticket(
            symbol=symbol,
            side=side,
            type="trailing_stop" if trail or percent else kind.get((bool(limit), bool(stop)), "stop_limit"),
            time_in_force=tif,
            qty=D(qty),
            limit_price=_price(limit),
            stop_price=_price(stop),
            trail_price=_price(trail),
            trail_percent=_price(percent),
            extended_hours=extended,
        )
        return self.accepted(ticket, doomed=doomed)[0]

    def group(
        self,
        order_class: str,
        qty: str,
        *,
        limit: str = "",
        profit: str = "",
        loss: str = "",
        tif: str = "gtc",
        short: bool = False,
    ) -> list[Order]:
        """Send a bracket or OTO to buy, or an OCO to sell; the other way round for a short position."""
        oco = order_class == "oco"
        ticket = Ticket(
            symbol="SPY",
            side="sell" if oco is not short else "buy",
            type="limit" if limit or oco else "market",
            time_in_force=tif,
            order_class=order_class,
            qty=D(qty),
            limit_price=_price(limit),
            take_profit=Exit(limit_price=D(profit)) if profit else None,
            stop_loss=Exit(stop_price=D(loss)) if loss else None,
        )
        return self.accepted(ticket)

    def accepted(self, ticket: Ticket, *, doomed: bool = False) -> list[Order]:
        answer = self.ask(ticket, doomed=doomed)
        assert isinstance(answer, Outcome), answer
        return list(answer.orders)

    def trade(self, price: str, symbol: str = "SPY") -> None:
        cent, at = D("0.01"), self.at()
        shown = Print(symbol, at.now, D(price), D(price) - cent, D(price) + cent, D(1), D(1000))
        self._keep(core.tick(self.state, self.venue, (shown,), at))

    def cancel(self, order: Order, *, stuck: bool = False) -> Outcome | Refusal:
        return self._answer(core.cancel(self.state, self.venue, "demo", order.id, self.at(), stuck=stuck))

    def replace(self, order: Order, amendment: Amendment) -> Outcome | Refusal:
        return self._answer(core.replace(self.state, self.venue, "demo", order.id, amendment, self.at()))

    def replaced(self, order: Order, amendment: Amendment) -> Order:
        answer = self.replace(order, amendment)
        assert isinstance(answer, Outcome), answer
        return answer.orders[0]

    def release(self, order: Order, *, refused: bool = False) -> Outcome | Refusal:
        return self._answer(core.release(self.state, "demo", order.id, self.at(), refused=refused))

    def fill_late(self, order: Order) -> Outcome | Refusal:
        return self._answer(core.fill_late(self.state, self.venue, "demo", order.id, self.at()))

    def halt(self) -> None:
        self._keep(core.halt(self.state, "SPY", self.at()))

    def resume(self) -> None:
        self._keep(core.resume(self.state, "SPY", self.at()))

    def wait(self, seconds: int) -> None:
        """Let time pass until what was on its way for so long has arrived."""
        self.now += (seconds - 1) * SECOND
        self.advance()

    def advance(self) -> None:
        self._keep(core.advance(self.state, self.venue, self.at()))

    def close(self) -> None:
        self.go(CLOSE)
        self._keep(core.close_session(self.state, self.at()))

    def now_is(self, order: Order) -> Order:
        return self.account.orders[order.id]

    def statuses(self, orders: list[Order]) -> list[str]:
        return [str(self.now_is(order).status) for order in orders]

    def heard(self) -> list[str]:
        """What the stream has told since the last time."""
        told, self.told = self.told, []
        return told

    def _answer(self, answer: Outcome | Refusal) -> Outcome | Refusal:
        return answer if isinstance(answer, Refusal) else self._keep(answer)

    def _keep(self, outcome: Outcome) -> Outcome:
        self.changes.extend(outcome.changes)
        self.told.extend(_line(event) for event in outcome.events)
        return outcome


def _price(text: str) -> Decimal | None:
    return D(text) if text else None


def _session(minute: int) -> Session:
    if not PRE <= minute < END:
        return Session.CLOSED
    if minute < OPEN:
        return Session.PRE
    return Session.REGULAR if minute < CLOSE else Session.AFTER


def _line(event: Event) -> str:
    fill = event.fill
    return f"{event.event} {event.order.type}" + ("" if fill is None else f" {fill.qty}@{fill.price}")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def splitting_world() -> World:
    """Every order of more than one share is filled in two executions."""
    return World(partial_fill_every=1)


@pytest.fixture
def slow_world() -> World:
    """An order, a cancel, a replacement takes two seconds to take effect."""
    return World(latency=2)


@pytest.fixture(scope="session")
def make_world() -> type[World]:
    return World
