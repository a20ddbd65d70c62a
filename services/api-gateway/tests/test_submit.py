"""Trades and signals of people: dated with market time, judged by the gate, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

import httpx
import pytest

from chassis.jetstream import Connection, JetStreamLog
from contracts.log import Fact
from contracts.market import Tick
from contracts.signals import Signal, Source
from contracts.verdicts import OrderDenied

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
BUY = {"symbol": "spy", "side": "buy", "qty": "3", "why": "a hunch"}


Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]


class NatsServer(Protocol):
    def kill(self) -> None: ...

    def start(self) -> None: ...


def tick(minute: int = 0) -> Tick:
    at = NOON.replace(minute=minute)
    return Tick(at=at, is_open=True, next_open=NOON, next_close=NOON)


def verdict(signal: Signal, account: str) -> OrderDenied:
    return OrderDenied(
        denial_id=f"d-{account}-{signal.signal_id}", signal_id=signal.signal_id, account=account, source=signal.source,
        symbol=signal.symbol, code="market_hours", reason="closed", value="closed", limit="open", at=NOON, checks=(),
    )  # fmt: skip


@pytest.fixture
async def gate(bus: Connect) -> AsyncIterator[list[Signal]]:
    """The gates of both accounts, with a memory: they deny whatever is for them, and keep it."""
    log, seen = JetStreamLog(await bus("risk")), list[Signal]()

    async def judge() -> None:
        async for chunk in log.read(("signals.>",)):
            for record in chunk:
                assert isinstance(record.body, Signal)
                seen.append(record.body)
                accounts = (record.body.account,) if record.body.account else ("paper", "growth")
                await log.append([Fact(verdict(record.body, account), record.sequence) for account in accounts])

    judging = asyncio.create_task(judge())
    yield seen
    judging.cancel()
    await asyncio.gather(judging, return_exceptions=True)


async def test_a_persons_trade_is_a_signal_of_full_confidence_at_market_time_and_its_verdict_is_the_answer(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    answer = await client.post("/manual-trade", json=BUY)
    (signal,) = gate
    told = answer.json()
    assert (answer.status_code, told["verdict"]["code"], told["repeated"]) == (200, "market_hours", False)
    assert (signal.source, signal.symbol, signal.action, signal.confidence) == (Source.MANUAL, "SPY", "BUY", 1.0)
    assert (signal.at, signal.qty, signal.by, signal.why) == (NOON, Decimal(3), "api", "a hunch")
    (shown,) = (await client.get("/signals")).json()["signals"]
    assert (shown["signal"], shown["verdict"]) == (told["signal"], told["verdict"])


async def test_a_trade_is_the_first_accounts_unless_another_is_named_or_all_are(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    sent = {"symbol": "SPY", "action": "BUY", "confidence": 0.9}
    told = [
        (await client.post(path, json=body)).json()
        for path, body in (
            ("/manual-trade", BUY), ("/manual-trade?account=growth", BUY), ("/manual-trade?account=all", BUY),
            ("/signals", sent), ("/signals?account=growth", sent),
        )
    ]  # fmt: skip
    assert [signal.account for signal in gate] == ["paper", "growth", "", "paper", "growth"]
    assert [one["verdict"]["account"] for one in told] == ["paper", "growth", "paper", "paper", "growth"]
    assert [list(one["others"]) for one in told] == [[], [], ["growth"], [], []]

    async def shown(account: str) -> list[tuple[bool, list[str]]]:
        found = (await client.get(f"/signals?account={account}")).json()["signals"]
        return [(one["verdict"] is not None, list(one["others"])) for one in found]

    nobody = list[str]()
    theirs, both, mine = (False, ["paper"]), (True, ["growth"]), (True, nobody)
    assert await shown("paper") == [(False, ["growth"]), mine, both, (False, ["growth"]), mine]
    assert await shown("growth") == [mine, theirs, (True, ["paper"]), mine, theirs]


async def test_a_trade_for_all_needs_the_mode_of_all_and_the_same_key_is_not_another_accounts(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    assert (await client.post("/set-mode?account=growth", json={"mode": "auto"})).status_code == 200
    modes = [(await client.get(f"/mode?account={account}")).json()["mode"] for account in ("paper", "growth")]
    assert modes == ["manual", "auto"]
    refused = await client.post("/manual-trade?account=all", json=BUY)
    assert (refused.status_code, refused.json()["code"], gate) == (409, "mode", [])
    key = {"Idempotency-Key": "one"}
    assert (await client.post("/manual-trade", json=BUY, headers=key)).status_code == 200
    await client.post("/set-mode?account=growth", json={"mode": "manual"})
    again = await client.post("/manual-trade?account=growth", json=BUY, headers=key)
    assert (again.status_code, again.json()["code"], len(gate)) == (409, "key_reused", 1)


async def test_side_and_action_say_the_same_and_without_a_quantity_the_gate_sizes(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    await client.post("/api/v1/manual-trade", json={"symbol": "BRK.B", "action": "SELL"})
    assert [(s.symbol, s.action, s.qty) for s in gate] == [("BRK.B", "SELL", None)]


async def test_the_same_key_and_wish_is_one_signal_also_when_market_time_has_moved_on(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    key = {"Idempotency-Key": "my key, number 1"}
    first = (await client.post("/manual-trade", json=BUY, headers=key)).json()
    await write("executor", tick(5))
    again = (await client.post("/manual-trade", json=BUY, headers=key)).json()
    assert len(gate) == 1
    assert again == first | {"repeated": True}
    other = await client.post("/manual-trade", json=BUY | {"qty": "4"}, headers=key)
    assert (other.status_code, other.json()["code"], len(gate)) == (409, "key_reused", 1)


async def test_many_at_once_with_one_key_are_one_signal(client: httpx.AsyncClient, write: Write, gate: list[Signal]):
    await write("executor", tick())
    key = {"Idempotency-Key": "storm"}
    answers = await asyncio.gather(*(client.post("/manual-trade", json=BUY, headers=key) for _ in range(10)))
    assert {a.status_code for a in answers} == {200}
    assert sorted(a.json()["repeated"] for a in answers) == [False] + [True] * 9
    assert len(gate) == 1


async def test_in_auto_mode_the_machine_trades_and_not_a_person(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    assert (await client.post("/set-mode", json={"mode": "auto", "why": "go"})).json()["mode"] == "auto"
    refused = await client.post("/manual-trade", json=BUY)
    assert (refused.status_code, refused.json()["code"], gate) == (409, "mode", [])
    sent = {"symbol": "SPY", "action": "BUY", "confidence": 0.9}
    assert (await client.post("/auto-trade", json=sent)).status_code == 200
    assert len(gate) == 1


async def test_a_signal_keeps_its_own_timestamp_and_id_and_one_without_a_zone_is_utc(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    sent = {"symbol": "SPY", "action": "hold", "confidence": 0.4, "id": "mine-1", "strategy": "ema"}
    for timestamp in ("2026-03-02T12:30:00-04:30", "2026-03-02T17:00:00", "2026-03-02T17:00:00Z"):
        answer = await client.post("/signals", json=sent | {"timestamp": timestamp})
        assert answer.status_code == 200
    (signal,) = gate
    assert (signal.at, signal.action, signal.confidence, signal.strategy) == (NOON, "HOLD", 0.4, "ema")


async def test_a_signal_and_a_trade_may_name_their_exits_and_a_signal_its_batch(
    client: httpx.AsyncClient, write: Write, gate: list[Signal]
):
    await write("executor", tick())
    exits = {"stop_loss": "95.5", "take_profit": "120"}
    sent = {"symbol": "SPY", "action": "BUY", "confidence": 0.9, "batch": "open", "batch_size": 8}
    assert (await client.post("/signals", json=sent | exits)).status_code == 200
    assert (await client.post("/manual-trade", json=BUY | exits)).status_code == 200
    assert [(s.stop_loss, s.take_profit, s.batch, s.batch_size) for s in gate] == [
        (Decimal("95.5"), Decimal(120), "open", 8), (Decimal("95.5"), Decimal(120), "", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"stop_loss": 0},
        {"take_profit": "NaN"},
        {"batch": "open"},
        {"batch_size": 8},
        {"batch": "open", "batch_size": 100_001},
    ],
)
async def test_a_price_is_above_zero_and_a_batch_has_a_name_and_a_size(
    wrong: dict[str, object], client: httpx.AsyncClient, gate: list[Signal]
):
    sent = {"symbol": "SPY", "action": "BUY", "confidence": 0.9, "timestamp": "2026-03-02T17:00:00"}
    assert ((await client.post("/signals", json=sent | wrong)).status_code, gate) == (422, [])


async def test_without_a_verdict_the_answer_says_pending(client: httpx.AsyncClient, write: Write):
    await write("executor", tick())
    answer = await client.post("/manual-trade", json=BUY)
    assert (answer.status_code, answer.json()["verdict"]) == (202, None)


async def test_a_log_that_is_away_is_said_in_time_and_nothing_is_written_later(
    client: httpx.AsyncClient, write: Write, nats_server: NatsServer
):
    await write("executor", tick())
    before = (await client.get("/status")).json()["last_sequence"]
    nats_server.kill()
    answer = await client.post("/manual-trade", json=BUY)
    assert (answer.status_code, answer.json()["code"]) == (503, "log_unreachable")
    nats_server.start()
    while (status := await client.get("/status")).status_code != 200:
        await asyncio.sleep(0.1)
    assert status.json()["last_sequence"] == before
