"""What the real broker's client costs by itself: alpaca-py against the paper exchange, one order after the other."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from decimal import Decimal

import psutil
from msgspec import Struct

from benchmarks.processes import Processes, free_port
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.broker import Ticket

ORDERS = 200


class ClientCost(Struct, frozen=True):
    """Milliseconds of an order: this process' own computing, and from the call to the answer."""

    cpu: float
    answer_p50: float


async def client_cost(processes: Processes) -> ClientCost:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "EXCHANGE_PORT": str(port),
        "EXCHANGE_STATE": str(processes.folder / "exchange"),
        "EXCHANGE_CASH": "1000000000",
        "EXCHANGE_REQUESTS_PER_MINUTE": "0",
    }
    pid = await processes.until_ready("paper-exchange", "paper_exchange", f"{url}/readyz", **settings)
    try:
        return await asyncio.to_thread(_measured, Alpaca(Access(url, "paper", "paper")))
    finally:
        psutil.Process(pid).terminate()


def _measured(broker: Alpaca) -> ClientCost:
    broker.submit(_ticket())  # the first one opens the connection
    began, answers = time.thread_time(), list[float]()
    for _ in range(ORDERS):
        asked = time.perf_counter()
        broker.submit(_ticket())
        answers.append(time.perf_counter() - asked)
    cpu = (time.thread_time() - began) / ORDERS
    return ClientCost(round(cpu * 1e3, 3), round(statistics.median(answers) * 1e3, 3))


def _ticket() -> Ticket:
    return Ticket(
        client_order_id=str(uuid.uuid4()), symbol="SPY", side=Side.BUY, qty=Decimal(1), type=OrderType.LIMIT,
        time_in_force=TimeInForce.DAY, limit_price=Decimal(1),
    )  # fmt: skip
