"""The book and its way into the log: what is told is taken in and queued at once, in one order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from chassis.log import Fate, Outcome
from chassis.publish import DivergedError
from chassis.telemetry import span
from contracts.lifecycle import OrderStatus
from contracts.log import Fact
from contracts.orders import OrderChanged, OrderFilled, Purpose
from executor.book import Book, fold
from executor.brokers.broker import BrokerOrder, Execution
from executor.observe import adopt, name, observe, taken_over


class Ledger:
    """`put` takes facts, in their order, on their way to the log, and so does `offer`, which says what came of one.

    `told` counts them; `moved`: the account is not what was told of it last.
    """

    def __init__(self, book: Book, put: Callable[[Fact], None], offer: Callable[[Fact], Awaitable[Outcome]]) -> None:
        self.book = book
        self.moved = asyncio.Event()
        self.told = 0
        self._put, self._offer = put, offer

    def put(self, fact: Fact) -> None:
        self.told += 1
        fold(self.book, fact)
        self._put(fact)

    def tell(self, news: Iterable[OrderChanged | OrderFilled]) -> None:
        """Put facts about orders; they carry on the cause and the trace of the order's intent."""
        for body in news:
            self.put(self._fact(body))
            if isinstance(body, OrderFilled) or _is_refused_exit(body):
                self.moved.set()

    async def stand(self, news: OrderChanged) -> None:
        """Put a fact about an order and return once it stands in the log."""
        fact = self._fact(news)
        self.told += 1
        fold(self.book, fact)
        outcome = await self._offer(fact)
        if outcome.fate is Fate.CONFLICT:
            raise DivergedError(f"sequence {outcome.sequence} holds something else than our {news.status}")

    async def announce(self, fact: Fact) -> Outcome:
        """Put a fact that another process may have told already, and say whether it has."""
        self.told += 1
        fold(self.book, fact)
        return await self._offer(fact)

    def hear(self, seen: BrokerOrder, execution: Execution | None = None) -> bool:
        """Take in the broker's word about an order; say whether the book knows it, or the one it replaces."""
        if name(seen) in self.book.orders:
            self.tell(observe(self.book, seen, execution))
        elif taken_over(self.book, seen) is not None:
            self.tell(adopt(self.book, seen))
        else:
            return False
        return True

    def _fact(self, body: OrderChanged | OrderFilled) -> Fact:
        order = self.book.orders.get(body.client_order_id) or self.book.orders.get(body.parent)
        cause, trace = (order.cause, order.trace) if order else (0, "")
        what = "OrderFilled" if isinstance(body, OrderFilled) else f"OrderChanged {body.status}"
        return Fact(body, cause, span(f"executor {what}", trace))


def _is_refused_exit(body: OrderChanged) -> bool:
    # Mostly for want of shares: a person has sold them, and whoever goes on asking for so many gets none sold.
    return body.status is OrderStatus.REJECTED and body.purpose in {Purpose.PROTECT, Purpose.CLOSE}
