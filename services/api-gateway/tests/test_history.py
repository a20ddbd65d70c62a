"""What the audit knows: trades by page, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from msgspec import structs

from chassis.jetstream import Connection, JetStreamLog
from chassis.permissions import HISTORY
from contracts.channels import stream_subjects
from contracts.exits import CancelProtection, ExitReason
from contracts.history import HistoryAnswered, HistoryAsked, decode_question, encode
from contracts.log import Fact, Record, references
from contracts.orders import OrderFilled, Purpose
from contracts.signals import Action, Signal, Source
from contracts.values import Side
from contracts.verdicts import Check, OrderDenied

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]


def fill(number: int, account: str = "paper") -> OrderFilled:
    return OrderFilled(
        account=account, execution_id=f"e{number}-{account}", client_order_id=f"o{number}", purpose=Purpose.ENTRY,
        symbol="SPY", side=Side.BUY, qty=Decimal(number), price=Decimal("167.12"), cum_qty=Decimal(number), at=NOON,
    )  # fmt: skip


def _fits(question: HistoryAsked, record: Record) -> bool:
    kind, account = type(record.body).__name__, getattr(record.body, "account", question.account)
    return (
        (not question.kinds or kind in question.kinds)
        and (not question.before or record.sequence < question.before)
        and (not question.id or question.id in references(record.body))
        and question.account in ("", account)
    )


def _story(name: str, records: list[Record]) -> tuple[Record, ...]:
    known, grew = {name}, True
    while grew:
        found = [record for record in records if known & set(references(record.body))]
        grew = not known >= (more := {ref for record in found for ref in references(record.body)})
        known |= more
    return tuple(record for record in records if known & set(references(record.body)))


def _chosen(question: HistoryAsked, records: list[Record]) -> tuple[Record, ...]:
    if question.story:
        return _story(question.id, records)
    return tuple(record for record in reversed(records) if _fits(question, record))[: question.limit]


class Clerk:
    """Stands in for the audit: remembers what it has read, and answers from that. `lag` records are not read yet."""

    def __init__(self, log: JetStreamLog) -> None:
        self.log, self.lag = log, 0

    async def answer(self, data: bytes) -> bytes:
        question, head = decode_question(data), await self.log.head() - self.lag
        self.lag = 0
        records = [r async for chunk in self.log.read(stream_subjects(), 0, head) for r in chunk] if head else []
        return encode(HistoryAnswered(records=_chosen(question, records), through=head))


@pytest.fixture
async def clerk(bus: Connect) -> Clerk:
    connection = await bus("audit")
    clerk = Clerk(JetStreamLog(connection))
    await connection.serve(HISTORY, clerk.answer)
    return clerk


@pytest.mark.usefixtures("clerk")
async def test_trades_come_newest_first_and_page_by_page(client: httpx.AsyncClient, write: Write):
    await write("executor", fill(1), fill(2), fill(9, "other"), fill(3))
    first = (await client.get("/trades?limit=2")).json()
    assert [t["fill"]["qty"] for t in first["trades"]] == ["3", "2"]
    rest = (await client.get(f"/trades?limit=2&before={first['next_before']}")).json()
    assert ([t["fill"]["qty"] for t in rest["trades"]], rest["next_before"]) == (["1"], None)
    assert rest["through"] == (await client.get("/status")).json()["audit_through"]


async def test_why_tells_the_chain_by_a_signals_or_a_denials_id(client: httpx.AsyncClient, bus: Connect, clerk: Clerk):
    trace = f"00-{'c' * 32}-{'d' * 16}-01"
    signal = Signal(signal_id="s1", source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
    check = Check(rule="mode", passed=False, value="ws", limit="manual")
    denied = OrderDenied(
        denial_id="d1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", code="mode", reason="manual",
        value="ws", limit="manual", at=NOON, checks=(check,),
    )  # fmt: skip
    (came,) = await JetStreamLog(await bus("signal-gateway")).append([Fact(signal, trace=trace)])
    (judged,) = await JetStreamLog(await bus("risk")).append([Fact(denied, came.sequence, trace)])
    while (await client.get("/status")).json()["view_sequence"] < judged.sequence:
        await asyncio.sleep(0.02)
    clerk.lag = 2
    told = (await client.get("/orders/s1/why")).json()
    assert [(s["kind"], s["cause"], s["depth"]) for s in told["steps"]] == [
        ("Signal", 0, 0),
        ("OrderDenied", came.sequence, 1),
    ]
    assert told["steps"][1]["checks"] == [{"rule": "mode", "passed": False, "value": "ws", "limit": "manual"}]
    assert (told["trace_id"], told["through"]) == ("c" * 32, judged.sequence)
    assert (await client.get("/orders/d1/why")).json()["steps"] == told["steps"]
    unknown = await client.get("/orders/nobody/why")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("clerk")
async def test_the_signal_that_closed_a_position_is_told_with_the_one_that_opened_it(
    client: httpx.AsyncClient, write: Write, bus: Connect
):
    buy = Signal(signal_id="s1", source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
    await write("signal-gateway", buy, structs.replace(buy, signal_id="s2", action=Action.SELL))
    opened = OrderDenied(
        denial_id="o1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", code="", reason="", value="",
        limit="", at=NOON, checks=(),
    )  # fmt: skip
    left = CancelProtection(
        exit_id="e1", account="paper", symbol="SPY", client_order_id="o1", reason=ExitReason.SIGNAL, at=NOON
    )
    await write("risk", opened)
    second = (await client.get("/signals?limit=1")).json()["signals"][0]["sequence"]
    await JetStreamLog(await bus("position-manager")).append([Fact(left, second)])
    steps = (await client.get("/orders/s1/why")).json()["steps"]
    assert [(s["kind"], s["depth"]) for s in steps] == [
        ("Signal", 0),
        ("Signal", 0),
        ("OrderDenied", 0),
        ("CancelProtection", 1),
    ]
