"""The book and its way into the log: what is told is taken in and queued at once, in one order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from chassis.telemetry import span
from contracts.log import Fact
from contracts.orders import OrderChanged, OrderFilled
from executor.book import Book, fold
from executor.brokers.broker import BrokerOrder, Execution
from executor.observe import name, observe


class Ledger:
    """`put` takes facts, in their order, on their way to the log; `told` counts them."""

    def __init__(self, book: Book, put: Callable[[Fact], None]) -> None:
        self.book = book
        self.filled = asyncio.Event()
        self.told = 0
        self._put = put

    def put(self, fact: Fact) -> None:
        self.told += 1
        fold(self.book, fact)
        self._put(fact)

    def tell(self, news: Iterable[OrderChanged | OrderFilled]) -> None:
        """Put facts about orders; they carry on the cause and the trace of the order's intent."""
        for body in news:
            order = self.book.orders.get(body.client_order_id) or self.book.orders.get(body.parent)
            cause, trace = (order.cause, order.trace) if order else (0, "")
            what = "OrderFilled" if isinstance(body, OrderFilled) else f"OrderChanged {body.status}"
            self.put(Fact(body, cause, span(f"executor {what}", trace)))
            if isinstance(body, OrderFilled):
                self.filled.set()

    def hear(self, seen: BrokerOrder, execution: Execution | None = None) -> bool:
        """Take in the broker's word about an order; say whether the book knows the order."""
        if name(seen) not in self.book.orders:
            return False
        self.tell(observe(self.book, seen, execution))
        return True
