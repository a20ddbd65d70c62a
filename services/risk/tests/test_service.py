"""The gate on its log: in memory with restarts anywhere, and on a real NATS server with its real permissions."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from msgspec import structs

from chassis.jetstream import Connection, JetStreamLog
from chassis.log import Log
from chassis.memory import MemoryLog
from chassis.run import run
from chassis.snapshots import MemoryStore
from contracts.accounts import AccountSnapshot
from contracts.control import LimitsSet, ModeSet, Resumed
from contracts.limits import Limits
from contracts.locks import LockKind
from contracts.log import Fact, Message
from contracts.market import AssetReported, Quote, Tick
from contracts.orders import OrderFilled, Purpose
from contracts.signals import Action, Signal
from contracts.values import Mode, Side, derived_id
from contracts.verdicts import OrderApproved, OrderDenied
from risk.decider import decider

Bus = Callable[[str], Awaitable[Connection]]


class Server(Protocol):
    def url(self, user: str) -> str: ...


def asset(symbol: str, at: datetime) -> AssetReported:
    return AssetReported(symbol=symbol, known=True, tradable=True, fractionable=True, shortable=True, at=at)


def story(signal: Signal, snapshot: AccountSnapshot, noon: datetime) -> list[Message]:
    """Tell a short morning: signals with and without a price, before and after the account is known."""

    def more(i: int, symbol: str, action: Action = Action.BUY, seconds: int = 0) -> Signal:
        at = noon + timedelta(seconds=seconds)
        return Signal(signal_id=f"s{i}", source=signal.source, symbol=symbol, action=action, confidence=0.9, at=at)

    def tick(seconds: int) -> Tick:
        at = noon + timedelta(seconds=seconds)
        return Tick(at=at, is_open=True, next_open=at, next_close=at + timedelta(hours=2))

    def quote(symbol: str, seconds: int = 0) -> Quote:
        return Quote(symbol=symbol, bid=99.9, ask=100.0, at=noon + timedelta(seconds=seconds))

    return [
        ModeSet(control_id="c1", scope="all", mode=Mode.AUTO, by="ann"),
        *(asset(symbol, noon) for symbol in "ABCDEF"),
        more(1, "A"), tick(0), more(2, "A"), more(3, "B"), quote("A"), more(4, "A"), snapshot, more(5, "B"),
        quote("B"), more(6, "C"), more(7, "D", Action.SELL), *(tick(30 * i) for i in range(1, 6)), quote("C", 150),
        quote("A", 150), more(8, "A", seconds=150), more(9, "E", seconds=150), quote("E", 150),
        more(10, "F", seconds=150), quote("F", 150), more(11, "F", Action.HOLD),
    ]  # fmt: skip


async def decided(log: Log, account: str = "paper") -> list[tuple[int, Message]]:
    subjects = decider(account).outputs
    return [(r.cause, r.body) async for chunk in log.read(subjects, 0, await log.head()) for r in chunk]


async def run_until_quiet(log: MemoryLog, store: MemoryStore, account: str = "paper") -> None:
    """Run a process of the gate until it has nothing more to say, and stop it as SIGTERM would."""
    task = asyncio.create_task(run(decider(account), log, store))
    size = -1
    while size != len(log.records):
        size = len(log.records)
        for _ in range(20):
            await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def lives(events: Sequence[Message], *, stop_after: Sequence[int], keep_snapshots: bool) -> list[Message]:
    log, store = MemoryLog(), MemoryStore()
    for i, event in enumerate(events):
        await log.append([Fact(event)])
        if i in stop_after:
            await run_until_quiet(log, store)
            if not keep_snapshots:
                store = MemoryStore()
    await run_until_quiet(log, store)
    return [body for _, body in await decided(log)]


async def test_a_restart_anywhere_gives_the_same_verdicts(
    signal: Callable[..., Signal], snapshot: Callable[..., AccountSnapshot], noon: datetime
):
    events = story(signal(), snapshot(), noon)
    expected = await lives(events, stop_after=(), keep_snapshots=True)
    assert len(expected) == 11
    assert [v.code for v in expected if isinstance(v, OrderDenied)] == [
        "market_hours", "duplicate", "duplicate", "nothing_to_sell", "known_price", "max_concurrent", "hold",
    ]  # fmt: skip
    for keep in (True, False):
        for place in range(len(events)):
            assert await lives(events, stop_after=(place,), keep_snapshots=keep) == expected, (place, keep)
        assert await lives(events, stop_after=range(len(events)), keep_snapshots=keep) == expected


def losses(signal: Signal, snapshot: AccountSnapshot, noon: datetime) -> list[Message]:
    """Tell of a trade that loses, of a day that loses, of a person who resumes, and of the next day."""
    tomorrow = noon + timedelta(days=1)

    def more(i: int, at: datetime) -> Signal:
        return structs.replace(signal, signal_id=f"s{i}", at=at)

    def tick(at: datetime) -> Tick:
        return Tick(at=at, is_open=True, next_open=at, next_close=at + timedelta(hours=2))

    def fill(name: str, side: Side, price: int) -> OrderFilled:
        purpose, one = Purpose.ENTRY if side is Side.BUY else Purpose.PROTECT, Decimal(1)
        return OrderFilled(
            account="paper", execution_id=f"{name}-1", client_order_id=name, purpose=purpose, symbol="AAPL", side=side,
            qty=one, price=Decimal(price), cum_qty=one, at=noon,
        )  # fmt: skip

    limits, first = Limits(max_consecutive_losses=1, duplicate_seconds=0), derived_id("s1", "paper")
    lost = derived_id("paper", "lock", LockKind.CONSECUTIVE_LOSSES, "x1-1")
    return [
        ModeSet(control_id="c1", scope="all", mode=Mode.AUTO, by="ann"),
        LimitsSet(control_id="c2", scope="all", limits=limits, by="ann"),
        asset("AAPL", noon), tick(noon), snapshot, Quote(symbol="AAPL", bid=99.9, ask=100, at=noon), more(1, noon),
        fill(first, Side.BUY, 100), fill("x1", Side.SELL, 99), more(2, noon),
        structs.replace(snapshot, n=2, equity=Decimal(96_000)), more(3, noon),
        Resumed(control_id="c3", scope="paper", by="ann", why="", lifts=(lost,)), more(4, noon), tick(tomorrow),
        structs.replace(snapshot, n=3, equity=Decimal(96_000), at=tomorrow),
        Quote(symbol="AAPL", bid=99.9, ask=100, at=tomorrow), more(5, tomorrow),
    ]  # fmt: skip


async def test_a_restart_anywhere_gives_the_same_locks(
    signal: Callable[..., Signal], snapshot: Callable[..., AccountSnapshot], noon: datetime
):
    events = losses(signal(), snapshot(), noon)
    expected = await lives(events, stop_after=(), keep_snapshots=True)
    what = [(type(one).__name__, getattr(one, "value", "")) for one in expected]
    assert what == [
        ("OrderApproved", ""), ("Locked", "1"), ("OrderDenied", "consecutive_losses"), ("Locked", "0.04"),
        ("OrderDenied", "daily_loss, consecutive_losses"), ("OrderDenied", "daily_loss"), ("OrderApproved", ""),
    ]  # fmt: skip
    for keep in (True, False):
        for place in range(len(events)):
            assert await lives(events, stop_after=(place,), keep_snapshots=keep) == expected, (place, keep)
        assert await lives(events, stop_after=range(len(events)), keep_snapshots=keep) == expected


async def test_each_account_gives_its_own_verdict_of_every_signal_over_restarts(
    signal: Callable[..., Signal], snapshot: Callable[..., AccountSnapshot], noon: datetime
):
    log, store = MemoryLog(), MemoryStore()
    for event in (*story(signal(), snapshot(), noon), structs.replace(snapshot(), account="second")):
        await log.append([Fact(event)])
        for account in ("paper", "second"):
            await run_until_quiet(log, store, account)
    for account in ("paper", "second"):
        verdicts = [body for _, body in await decided(log, account) if isinstance(body, OrderApproved | OrderDenied)]
        assert {verdict.account for verdict in verdicts} == {account}
        assert len({verdict.signal_id for verdict in verdicts}) == len(verdicts) == 11


async def test_on_the_real_log_a_signal_that_waited_for_its_price_is_approved_once(
    bus: Bus, signal: Callable[..., Signal], snapshot: Callable[..., AccountSnapshot], noon: datetime
):
    log = JetStreamLog(await bus("risk"))
    executor, api = JetStreamLog(await bus("executor")), JetStreamLog(await bus("api-gateway"))
    gateway = JetStreamLog(await bus("signal-gateway"))
    await api.append([Fact(ModeSet(control_id="c1", scope="all", mode=Mode.AUTO, by="ann"))])
    tick = Tick(at=noon, is_open=True, next_open=noon, next_close=noon + timedelta(hours=2))
    await executor.append([Fact(tick), Fact(snapshot()), Fact(asset("AAPL", noon))])
    running = [asyncio.create_task(run(decider("paper"), log, MemoryStore())) for _ in range(2)]

    await gateway.append([Fact(signal()), Fact(signal(signal_id="s2", confidence=0.1))])
    [asked] = await executor.append([Fact(Quote(symbol="AAPL", bid=99.9, ask=100.0, at=noon), trace="")])
    found: list[tuple[int, Message]] = []
    while len(found) < 2:
        await asyncio.sleep(0.02)
        found = await decided(log)

    [(_, denied), (cause, approved)] = found
    assert isinstance(denied, OrderDenied)
    assert (denied.signal_id, denied.code) == ("s2", "confidence")
    assert isinstance(approved, OrderApproved)
    assert (approved.signal_id, approved.qty, cause) == ("s1", Decimal(1), asked.sequence)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_the_process_judges_on_its_log_and_leaves_when_told(
    bus: Bus,
    nats_server: Server,
    signal: Callable[..., Signal],
):
    await bus("risk")
    gateway = JetStreamLog(await bus("signal-gateway"))
    environment = {"NATS_URL": nats_server.url("risk"), "ACCOUNT": "second"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "risk", env=environment, stderr=DEVNULL)
    await gateway.append([Fact(signal())])
    while (verdict := await gateway.last("denied.second.>")) is None:
        await asyncio.sleep(0.05)
    assert isinstance(verdict.body, OrderDenied)
    assert (verdict.body.signal_id, verdict.body.code) == ("s1", "mode")
    process.terminate()
    assert await process.wait() == 0


async def test_a_senseless_account_is_refused_with_one_sentence():
    environment = {"NATS_URL": "nats://127.0.0.1:1", "ACCOUNT": "a b"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "risk", env=environment, stderr=PIPE)
    _, said = await process.communicate()
    assert process.returncode == os.EX_CONFIG
    assert said.decode().strip().startswith("risk: ACCOUNT was 'a b': ")
    assert len(said.decode().strip().splitlines()) == 1
