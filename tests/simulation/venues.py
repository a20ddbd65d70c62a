"""Three brokers held to one protocol: each with a market that takes orders and a line that can be struck."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import requests

from contracts.market import Quote, SplitAnnounced
from exchange.journal import Journal
from executor.brokers.alpaca.access import Access as AlpacaAccess
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.broker import Broker
from executor.brokers.dry.broker import DryRun
from executor.brokers.dry.play import Play
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

    def announce(self, split: SplitAnnounced) -> None:
        """Let the broker announce a split, if it announces any."""
        ...

    def submits(self) -> int:
        """Count the orders that were sent, whether or not they came to anything."""
        ...


class Wired:
    """A real adapter, a line, and a server."""

    def __init__(
        self, broker: Broker, line: Between, market: Callable[[str, int], None],
        announce: Callable[[SplitAnnounced], None],
    ) -> None:  # fmt: skip
        self.broker = broker
        self._line, self._market, self._announce = line, market, announce

    def fill(self, client_order_id: str, qty: int) -> None:
        self._market(client_order_id, qty)

    def announce(self, split: SplitAnnounced) -> None:
        self._announce(split)

    def strike(self, call: str, fault: Fault) -> None:
        del call
        self._line.strike = fault

    def submits(self) -> int:
        return sum(heard.startswith("POST ") for heard in self._line.heard)


class Remembered:
    """The broker in memory, whose fates are the faults by other names."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        # The clock of a real loop counts from the start of the machine, and the session there lasts twelve hours.
        self.broker.begun = time.monotonic()

    def fill(self, client_order_id: str, qty: int) -> None:
        self.broker.fill(client_order_id, Decimal(qty))

    def announce(self, split: SplitAnnounced) -> None:
        self.broker.announced.append(split)

    def strike(self, call: str, fault: Fault) -> None:
        fate = {Fault.TOO_MANY: "busy", Fault.UNAUTHORISED: "refused", Fault.ERROR_BEFORE: "lost"}.get(fault)
        self.broker.fates.script[call] = [fate or ("unheard" if call in {"submit", "cancel", "replace"} else "lost")]

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

        def announce(split: SplitAnnounced) -> None:
            rates = {"old_rate": str(split.old_rate), "new_rate": str(split.new_rate)}
            wish = {"symbol": split.symbol, "ex_date": split.ex_date.isoformat(), **rates}
            keys = {"APCA-API-KEY-ID": account, "APCA-API-SECRET-KEY": account}
            requests.post(f"{exchange}/exchange/splits", json=wish, headers=keys, timeout=10)

        yield Wired(broker, line, wait, announce)


@contextmanager
def tradier() -> Generator[Venue]:
    server = SmallTradier()
    with serving(server) as behind:
        line = Between(behind)
        with serving(line) as url:
            broker = Tradier(TradierAccess(f"{url}/v1", ACCOUNT, TOKEN), CONNECT_SECONDS, READ_SECONDS)
            yield Wired(broker, line, server.fill, lambda _: None)


class Dry:
    """A dry run beside the broker in memory; a market that shows a price takes every order."""

    def __init__(self, folder: Path) -> None:
        self.play = Play(Journal(folder))
        self.real = MemoryBroker()
        self.real.begun = time.monotonic()

    @property
    def broker(self) -> DryRun:
        """Open the account when the test's loop is there, whose time is the real broker's."""
        made = DryRun(self.real, self.play)
        if not self.play.is_open:
            made.account()
            self.fill("", 0)
        return made

    def fill(self, client_order_id: str, qty: int) -> None:
        del client_order_id, qty
        self.play.hear(Quote(symbol="SPY", bid=168.49, ask=168.51, at=self.real.now()))

    def announce(self, split: SplitAnnounced) -> None:
        self.real.announced.append(split)

    def strike(self, call: str, fault: Fault) -> None:
        raise AssertionError(f"{call} of a dry run cannot meet {fault}: nothing is sent")

    def submits(self) -> int:
        return len(self.play.look().orders)


@contextmanager
def dry(folder: Path) -> Generator[Venue]:
    venue = Dry(folder)
    yield venue
    venue.play.stop()
    assert not venue.real.sent


@contextmanager
def memory() -> Generator[Venue]:
    yield Remembered()
