"""200 signals while every process in turn is killed: nothing is double, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

import httpx
import psutil
import psycopg
import pytest
from msgspec import Struct
from websockets.asyncio.server import ServerConnection, serve
from websockets.protocol import State

from chassis.jetstream import JetStreamLog, connect
from chassis.permissions import PROVISIONER
from contracts.exits import CoverageChanged, ExitReason, PlaceProtection
from contracts.lifecycle import OPEN, OrderStatus
from contracts.log import Record
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.signals import Signal
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from tests.integration.conftest import Stack, free_ports, until

pytestmark = pytest.mark.timeout(400)

SIGNALS = 200
PER_SECOND = 6
VICTIMS = (
    "signal-gateway",
    "risk",
    "executor",
    "position-manager",
    "audit",
    "api-gateway",
    "nats-server",
    "postgres",
    "paper-exchange",
)
SYMBOLS = ("SPY", "IBM", "BAC")
KEYS = {"APCA-API-KEY-ID": "paper", "APCA-API-SECRET-KEY": "paper"}


class SignalServer:
    """Sends its signals at a steady rate, and to whoever connects anew all of them again from the first."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._begun = 0.0
        self._loop = asyncio.new_event_loop()

    def begin(self) -> None:
        self._begun = time.monotonic()

    def _released(self) -> int:
        return min(SIGNALS, int((time.monotonic() - self._begun) * PER_SECOND)) if self._begun else 0

    async def _answer(self, connection: ServerConnection) -> None:
        sent = 0
        while connection.state is State.OPEN:
            for number in range(sent, self._released()):
                await connection.send(message(number))
                sent = number + 1
            await asyncio.sleep(0.05)

    async def _serve(self) -> None:
        async with serve(self._answer, "127.0.0.1", self.port):
            await asyncio.get_running_loop().create_future()

    @contextmanager
    def running(self) -> Generator[None]:
        serving = self._loop.create_task(self._serve())
        thread = threading.Thread(target=lambda: self._loop.run_until_complete(asyncio.wait((serving,))))
        thread.start()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(serving.cancel)
            thread.join()
            self._loop.close()


def message(number: int) -> str:
    return json.dumps(
        {
            "type": "signal",
            "id": f"chaos-{number}",
            "symbol": SYMBOLS[number % len(SYMBOLS)],
            "action": "BUY",
            "confidence": 0.5 if number % 10 == 9 else 0.9,
        }
    )


def environment(signal_port: int) -> str:
    settings = {
        "WEBSOCKET_URL": f"ws://127.0.0.1:{signal_port}",
        "TRADE_MODE": "auto",
        "SYMBOLS": ",".join(SYMBOLS),
        "DEFAULT_QUANTITY": 2,
        "EXCHANGE_SPEED": 10,
        "EXCHANGE_PARTIAL_FILLS": 3,
        "REQUESTS_PER_MINUTE": 0,
        "EXCHANGE_REQUESTS_PER_MINUTE": 0,
        "RECONCILE_SECONDS": 5,
        # The broker is killed too, and an entry is given up after so many tries.
        "MAX_RETRIES": 100,
        "DUPLICATE_SECONDS": 0,
        # Signals come from the first minute to the last one.
        "TRADING_WINDOW_START": "00:00",
        "TRADING_WINDOW_END": "23:59",
        "MAX_POSITION_PCT": 1,
        "MAX_ENTRIES_PER_SYMBOL": 1000,
        # Where the broker is away, approved entries add up, and come all at once afterwards.
        "RISK_MAX_OPEN_ORDERS": 1000,
        "MAX_ORDERS_PER_SECOND": 0,
        "SIGNAL_MAX_AGE_SECONDS": 3600,
        "APPROVAL_TTL_SECONDS": 3600,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def told(stack: Stack, program: str, name: str) -> str:
    """Read what a program was told through its environment."""
    return psutil.Process(stack.pids()[program]).environ()[name]


async def read_log(stack: Stack) -> list[Record]:
    password = (stack.home / "secrets" / f"nats-{PROVISIONER}").read_text().strip()
    place = told(stack, "risk", "NATS_URL").rpartition("@")[2]
    connection = await connect(f"nats://{PROVISIONER}:{password}@{place}", PROVISIONER)
    try:
        log = JetStreamLog(connection)
        return [r async for chunk in log.read((">",), 0, await log.head()) for r in chunk]
    finally:
        await connection.close()


M = TypeVar("M", bound=Struct)


class Facts:
    """The log, by kind."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self._by_kind: defaultdict[type[Struct], list[Struct]] = defaultdict(list)
        for record in records:
            self._by_kind[type(record.body)].append(record.body)

    def of(self, kind: type[M]) -> list[M]:
        return [body for body in self._by_kind[kind] if isinstance(body, kind)]


def is_settled(facts: Facts) -> bool:
    """Say whether everything that must follow from the signals has followed."""
    verdicts = len(facts.of(OrderApproved)) + len(facts.of(OrderDenied)) + len(facts.of(ExitApproved))
    entries = latest(facts, Purpose.ENTRY)
    protections = latest(facts, Purpose.PROTECT)
    return (
        len(facts.of(Signal)) == verdicts == SIGNALS
        and len(entries) == len(facts.of(OrderApproved))
        and not any(order.status in OPEN for order in entries.values())
        and {p.exit_id for p in facts.of(PlaceProtection)} <= protections.keys()
        and not any(o.status in (OrderStatus.SUBMITTING, OrderStatus.UNKNOWN) for o in protections.values())
    )


def latest(facts: Facts, purpose: Purpose) -> dict[str, OrderChanged]:
    return {o.client_order_id: o for o in facts.of(OrderChanged) if o.purpose is purpose}


def broker_orders(stack: Stack) -> list[dict[str, str]]:
    """Ask the broker itself for every order that it ever had, groups by their first."""
    found: list[dict[str, str]] = []
    for symbol in SYMBOLS:
        query = {"status": "all", "limit": "500", "nested": "true", "symbols": symbol}
        page = httpx.get(f"{stack.exchange_url}/v2/orders", params=query, headers=KEYS, trust_env=False).json()
        assert len(page) < 500, "a full page may not be all"
        found += page
    return found


def bare(stack: Stack) -> dict[str, Decimal]:
    """Ask the exchange what it holds less what orders protect or sell, where these differ; a group counts once."""
    found = dict[str, Decimal]()
    for held in httpx.get(f"{stack.exchange_url}/v2/positions", headers=KEYS, trust_env=False).json():
        found[held["symbol"]] = Decimal(held["qty"])
    query = {"status": "open", "limit": "500", "side": "sell"}
    orders = httpx.get(f"{stack.exchange_url}/v2/orders", params=query, headers=KEYS, trust_env=False).json()
    assert len(orders) < 500, "a full page may not be all"
    for order in orders:
        symbol, left = order["symbol"], Decimal(order["qty"]) - Decimal(order["filled_qty"])
        found[symbol] = found.get(symbol, Decimal(0)) - left
    return {symbol: qty for symbol, qty in found.items() if qty}


def uncovered(facts: Facts) -> dict[str, Decimal]:
    """Give what the position manager said last of each entry fill, where shares of it stand without protection."""
    last = {told.execution_id: told.uncovered for told in facts.of(CoverageChanged)}
    return {name: qty for name, qty in last.items() if qty}


def audited(stack: Stack) -> list[int]:
    with psycopg.connect(told(stack, "audit", "DATABASE_URL")) as database:
        return [row[0] for row in database.execute("SELECT sequence FROM audit.records ORDER BY sequence")]


def kill(stack: Stack, program: str) -> None:
    before = stack.pids()[program]
    psutil.Process(before).kill()
    until(f"{program} runs again", lambda: stack.pids().get(program, before) != before)


def test_whatever_is_killed_every_signal_ends_in_one_verdict_one_order_one_protection(stack: Stack):
    server = SignalServer(free_ports(1)[0])
    (stack.folder / ".env").write_text(environment(server.port))
    with server.running():
        stack.start()
        stack.wait_ready()
        server.begin()
        for victim in VICTIMS:
            time.sleep(2.5)
            kill(stack, victim)
        until("everything is settled", lambda: is_settled(Facts(asyncio.run(read_log(stack)))), 120)
        until("the exchange covers every held share", lambda: bare(stack) == {})
        until("no share is told of as uncovered", lambda: uncovered(Facts(asyncio.run(read_log(stack)))) == {})
        head = asyncio.run(read_log(stack))[-1].sequence
        until("the audit has it all", lambda: audited(stack)[-1] >= head)
        facts = Facts(asyncio.run(read_log(stack)))

    assert_each_signal_has_one_verdict(facts)
    assert_each_approval_is_one_order_at_the_broker(facts, broker_orders(stack))
    assert_each_entry_fill_has_one_protection(facts, broker_orders(stack))
    assert_the_broker_holds_what_was_filled(facts, stack)
    sequences = audited(stack)
    assert Counter(sequences).most_common(1)[0][1] == 1
    assert {r.sequence for r in facts.records if r.sequence <= sequences[-1]} <= set(sequences)


def assert_each_signal_has_one_verdict(facts: Facts) -> None:
    signals = [s.signal_id for s in facts.of(Signal)]
    verdicts = [v.signal_id for kind in (OrderApproved, ExitApproved, OrderDenied) for v in facts.of(kind)]
    assert len(set(signals)) == SIGNALS
    assert sorted(verdicts) == sorted(signals)
    assert {d.code for d in facts.of(OrderDenied)} >= {"confidence"}


def assert_each_approval_is_one_order_at_the_broker(facts: Facts, orders: list[dict[str, str]]) -> None:
    approvals = Counter(a.approval_id for a in facts.of(OrderApproved))
    buys = Counter(order["client_order_id"] for order in orders if order["side"] == "buy")
    withheld = {i for i, o in latest(facts, Purpose.ENTRY).items() if o.status is OrderStatus.WITHHELD}
    assert withheld == set(), "nothing was old enough to be withheld"
    assert buys == approvals
    assert set(approvals.values()) == {1}
    assert len(approvals) > SIGNALS / 2


def assert_each_entry_fill_has_one_protection(facts: Facts, orders: list[dict[str, str]]) -> None:
    """Look for the exits that a complete entry has brought, or for the group that was placed after the fill."""
    fills = Counter(f.execution_id for f in facts.of(OrderFilled) if f.purpose is Purpose.ENTRY)
    placed = [p for p in facts.of(PlaceProtection) if p.reason is ExitReason.ENTRY_FILLED]
    entries = {o["client_order_id"]: o for o in orders if o["order_class"] == "bracket" and o["side"] == "buy"}
    complete = {name for name, entry in entries.items() if entry["status"] == "filled"}
    brought = {f.execution_id for f in facts.of(OrderFilled) if f.client_order_id in complete}
    assert len(complete) > SIGNALS / 4, "most entries bring their exits, where they are whole in time"
    assert Counter({p.execution_id: 1 for p in placed}) == fills - Counter(brought)
    assert len(placed) == len({p.execution_id for p in placed}), "no fill is protected twice"
    assert all(len(entries[name]["legs"]) == 2 for name in complete)
    assert set(fills.values()) == {1}
    resting = Counter(order["client_order_id"] for order in orders if order["order_class"] == "oco")
    told = {i: (o.status, o.code, o.reason) for i, o in latest(facts, Purpose.PROTECT).items()}
    assert [(p, resting[p.exit_id], told[p.exit_id]) for p in placed if resting[p.exit_id] != 1] == []


def assert_the_broker_holds_what_was_filled(facts: Facts, stack: Stack) -> None:
    held: Counter[str] = Counter()
    for fill in facts.of(OrderFilled):
        held[fill.symbol] += int(fill.qty) if fill.side == "buy" else -int(fill.qty)
    positions = httpx.get(f"{stack.exchange_url}/v2/positions", headers=KEYS, trust_env=False).json()
    assert {p["symbol"]: int(p["qty"]) for p in positions} == {s: q for s, q in held.items() if q}
