"""Three brokers held to one protocol: each with a market that takes orders and a line that can be struck."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from executor.brokers.alpaca.access import Access as AlpacaAccess
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.broker import Broker
from executor.brokers.memory import MemoryBroker
from executor.brokers.tradier.access import Access as TradierAccess
from executor.brokers.tradier.client import Tradier
from tests.simulation.between import HANG_SECONDS, Between, Fault
from tests.simulation.serving import serving
from tests.simulation.tradier import ACCOUNT, TOKEN, SmallTradier

CONNECT_SECONDS, READ_SECONDS = 1.0, HANG_SECONDS * 0.75
FILL_SECONDS = 30.0


class Venue(Protocol):
    """`fill` lets the market take so many shares more; `strike` befalls the next call of a kind."""

    @property
    def broker(self) -> Broker: ...

    def fill(self, client_order_id: str, qty: int) -> None: ...
    def strike(self, call: str, fault: Fault) -> None: ...

    def submits(self) -> int:
        """Count the orders that were sent, whether or not they came to anything."""
        ...


class Wired:
    """A real adapter, a line, and a server."""

    def __init__(self, broker: Broker, line: Between, market: Callable[[str, int], None]) -> None:
        self.broker = broker
        self._line, self._market = line, market

    def fill(self, client_order_id: str, qty: int) -> None:
        self._market(client_order_id, qty)

    def strike(self, call: str, fault: Fault) -> None:
        del call
        self._line.strike = fault

    def submits(self) -> int:
        return sum(heard.startswith("POST ") for heard in self._line.heard)


class Remembered:
    """The broker in memory, whose fates are the faults by other names."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()

    def fill(self, client_order_id: str, qty: int) -> None:
        self.broker.fill(client_order_id, Decimal(qty))

    def strike(self, call: str, fault: Fault) -> None:
        fate = {Fault.TOO_MANY: "busy", Fault.UNAUTHORISED: "refused", Fault.ERROR_BEFORE: "lost"}.get(fault)
        self.broker.fates.script[call] = [fate or ("lost" if call == "read" else "unheard")]

    def submits(self) -> int:
        return len(self.broker.sent)


@contextmanager
def alpaca(exchange: str, account: str) -> Generator[Venue]:
    """Go through alpaca-py to a paper exchange, whose own market takes the orders."""
    line = Between(exchange)
    with serving(line) as url:
        broker = Alpaca(AlpacaAccess(url, account, account), CONNECT_SECONDS, READ_SECONDS)
        taken = Counter[str]()

        def wait(client_order_id: str, qty: int) -> None:
            taken[client_order_id] += qty
            until = time.monotonic() + FILL_SECONDS
            while time.monotonic() < until:
                seen = broker.order_by_client_id(client_order_id)
                if seen is not None and seen.filled_qty >= taken[client_order_id]:
                    return
                time.sleep(0.05)
            raise AssertionError(f"the market did not take {client_order_id} within {FILL_SECONDS} s")

        yield Wired(broker, line, wait)


@contextmanager
def tradier() -> Generator[Venue]:
    server = SmallTradier()
    with serving(server) as behind:
        line = Between(behind)
        with serving(line) as url:
            broker = Tradier(TradierAccess(f"{url}/v1", ACCOUNT, TOKEN), CONNECT_SECONDS, READ_SECONDS)
            yield Wired(broker, line, server.fill)


@contextmanager
def memory() -> Generator[Venue]:
    yield Remembered()
