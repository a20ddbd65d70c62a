"""What would be: questions to a gate, and its answers in words and dollars; nothing follows from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from msgspec import structs

from api_gateway.previewing import DryRun, Outcome, dry_run, levels, preview_of, price_now
from chassis.jetstream import Connection, JetStreamLog
from contracts.limits import Limits
from contracts.log import Fact
from contracts.market import Quote, Tick
from contracts.previews import PreviewAsked, Previewed
from contracts.signals import Action, Signal, Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import Check, ExitApproved, OrderApproved, OrderDenied

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
QUOTE = Quote(symbol="SPY", bid=169.9, ask=170.1, last=170.0, at=NOON)
PASSED = Check(rule="mode", passed=True, value="auto", limit="auto")
BROKEN = (
    Check(rule="halt", passed=False, value="HALTED", limit="ACTIVE"),
    Check(rule="min_cash", passed=False, value="10", limit="500"),
)

Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]
Verdict = OrderApproved | ExitApproved | OrderDenied


def tick() -> Tick:
    return Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON)


def signal(action: Action = Action.BUY, qty: str | None = "3") -> Signal:
    return Signal(
        signal_id="s1", source=Source.MANUAL, symbol="SPY", action=action, confidence=1, at=NOON,
        qty=Decimal(qty) if qty else None,
    )  # fmt: skip


def approved(of: Signal, price: str = "170.1") -> OrderApproved | ExitApproved:
    if of.action is Action.SELL:
        return ExitApproved(
            approval_id="a1", signal_id=of.signal_id, account="paper", source=of.source, symbol=of.symbol, at=NOON,
            checks=(PASSED,), qty=of.qty,
        )  # fmt: skip
    return OrderApproved(
        approval_id="a1", signal_id=of.signal_id, account="paper", source=of.source, symbol=of.symbol, side=Side.BUY,
        qty=of.qty or Decimal(5), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal(price),
        at=NOON, expires_at=NOON, checks=(PASSED,),
    )  # fmt: skip


def denied(of: Signal) -> OrderDenied:
    """Deny; what is called GONE the broker does not know."""
    gone = Check(rule="tradable", passed=False, value="not known", limit="tradable")
    checks = (PASSED, *BROKEN, gone) if of.symbol == "GONE" else (PASSED, *BROKEN)
    return OrderDenied(
        denial_id="d1", signal_id=of.signal_id, account="paper", source=of.source, symbol=of.symbol, code="halt",
        reason="trading was halted by ann: smoke", value="HALTED", limit="ACTIVE", at=NOON, checks=checks,
    )  # fmt: skip


@pytest.fixture
async def gate(bus: Connect) -> AsyncIterator[list[PreviewAsked]]:
    """A gate with a memory: it approves what is asked of SPY and denies the rest."""
    log, asked = JetStreamLog(await bus("risk")), list[PreviewAsked]()

    async def answer() -> None:
        async for chunk in log.read(("previews.>",)):
            for record in chunk:
                question = record.body
                assert isinstance(question, PreviewAsked)
                asked.append(question)
                price = str(question.price or "170.1")
                verdict = (
                    approved(question.signal, price) if question.signal.symbol == "SPY" else denied(question.signal)
                )
                told = Previewed(preview_id=question.preview_id, account=question.account, verdict=verdict)
                await log.append([Fact(told, record.sequence)])

    answering = asyncio.create_task(answer())
    yield asked
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)


async def test_what_a_trade_would_come_to_is_said_with_every_check(
    client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]
):
    await write("executor", tick(), QUOTE, tick())
    answer = await client.get("/risk/preview?symbol=spy&qty=3")
    told = answer.json()
    assert (answer.status_code, told["would"], told["notional"]) == (200, "buy 3 SPY at about 170.1", "510.3")
    assert (told["verdict"]["kind"], told["verdict"]["checks"][0]["rule"], told["blocked_by"]) == (
        "OrderApproved", "mode", [],
    )  # fmt: skip
    told = (await client.get("/api/v1/risk/preview?symbol=IBM&side=SELL")).json()
    assert (told["would"], told["notional"]) == ("nothing: trading was halted by ann: smoke", None)
    assert [check["rule"] for check in told["blocked_by"]] == ["halt", "min_cash"]
    assert [(one.signal.action, one.signal.at, one.signal.source) for one in gate] == [
        ("BUY", NOON, "manual"), ("SELL", NOON, "manual"),
    ]  # fmt: skip
    assert (await client.get("/signals")).json()["signals"] == []
    assert (await client.get("/risk/status")).json()["rules"] == ["mode"]


async def test_each_account_has_a_gate_of_its_own_to_ask(
    client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]
):
    await write("executor", tick())
    for account in ("growth", "paper"):
        assert (await client.get(f"/risk/preview?symbol=SPY&account={account}")).status_code == 200
    assert [question.account for question in gate] == ["growth", "paper"]


async def test_a_question_is_one_accounts(client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]):
    await write("executor", tick())
    sent = {"symbol": "SPY", "action": "BUY", "confidence": 0.9}
    answer = await client.post("/signals/preview?account=all", json=sent)
    assert (answer.status_code, answer.json()["code"], gate) == (422, "one_account", [])


async def test_a_bracket_that_is_none_is_refused(client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]):
    await write("executor", tick())
    answer = await client.get("/bracket/preview?symbol=SPY&qty=1&price=0.0001")
    assert (answer.status_code, answer.json()["code"], gate) == (422, "no_bracket", [])
    assert answer.json()["detail"].startswith("a stop at 0.0001 and a target at 0.0001 do not lie around the entry at")


async def test_signals_are_previewed_alone_or_as_a_list_and_as_if_from_their_source(
    client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]
):
    await write("executor", tick())
    sent = {"symbol": "SPY", "action": "BUY", "confidence": 0.9, "source": "ws"}
    alone = (await client.post("/signals/preview", json=sent)).json()["previews"]
    both = (await client.post("/signals/preview", json=[sent | {"symbol": "IBM"}, sent])).json()["previews"]
    assert [one["signal"]["symbol"] for one in (*alone, *both)] == ["SPY", "IBM", "SPY"]
    assert [bool(one["blocked_by"]) for one in (*alone, *both)] == [False, True, False]
    assert {one.signal.source for one in gate} == {"ws"}
    wrong = (await client.post("/signals/preview", json=[sent, sent | {"confidence": 2}])).json()
    assert wrong["mistakes"][0]["where"] == "body.1.confidence"
    assert (await client.post("/signals/preview", json=[sent] * 21)).status_code == 422
    assert (await client.post("/signals/preview", json=[])).status_code == 422


async def test_a_bracket_is_shown_in_dollars_on_the_price_grid(
    client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]
):
    await write("executor", tick())
    # Nothing is quoted yet, so that the gate's own price counts.
    told = (await client.get("/bracket/preview?symbol=SPY&qty=10")).json()
    prices = told["entry_price"], told["stop_price"], told["target_price"]
    assert prices == ("170.1", "161.60", "204.12")
    assert [Decimal(told[name]) for name in ("at_risk", "reward", "notional")] == [
        Decimal("85.0"), Decimal("340.2"), Decimal(1701),
    ]  # fmt: skip
    told = (await client.get("/bracket/preview?symbol=SPY&qty=10&price=100&stop_pct=0.01&tp_pct=0.02")).json()
    assert (told["entry_price"], told["stop_price"], told["target_price"]) == ("100", "99.00", "102.00")
    asked = gate[-1]
    assert (asked.price, asked.signal.stop_loss, asked.signal.take_profit) == (Decimal(100), Decimal(99), Decimal(102))
    refused = await client.get("/bracket/preview?symbol=IBM&qty=10")
    assert (refused.status_code, refused.json()["code"]) == (503, "no_quote")
    gone = await client.get("/bracket/preview?symbol=GONE&qty=10")
    assert (gone.status_code, gone.json()["code"]) == (422, "not_tradable")
    assert gone.json()["detail"] == "no price of GONE is known: the broker says it is not known"
    for wrong in ("qty=10&stop_pct=1", "qty=10&price=NaN", "qty=0", ""):
        assert (await client.get(f"/bracket/preview?symbol=SPY&{wrong}")).status_code == 422


async def test_a_dry_run_says_what_the_order_would_have_done_and_sends_none(
    client: httpx.AsyncClient, write: Write, gate: list[PreviewAsked]
):
    await write("executor", tick(), QUOTE, tick())
    order = {"symbol": "SPY", "side": "BUY", "qty": "3"}
    told = (await client.post("/trade/dryrun", json=order)).json()
    assert (told["simulated"], told["outcome"], told["price"], told["qty"]) == (True, "filled", "170.10", "3")
    rests = (await client.post("/trade/dryrun", json=order | {"type": "limit", "limit_price": "165"})).json()
    assert (rests["outcome"], rests["price"]) == ("resting", "165")
    refused = (await client.post("/trade/dryrun", json=order | {"symbol": "IBM"})).json()
    assert (refused["outcome"], refused["price"]) == ("not_sent", None)
    assert (await client.post("/trade/dryrun", json=order | {"type": "limit"})).status_code == 422
    assert (await client.get("/orders")).json()["orders"] == []
    assert len(gate) == 3


async def test_where_the_gate_is_silent_the_answer_says_so(client: httpx.AsyncClient, write: Write):
    assert (await client.get("/risk/preview?symbol=SPY")).json()["code"] == "no_market_time_yet"
    await write("executor", tick())
    answer = await client.get("/risk/preview?symbol=SPY&qty=1")
    assert (answer.status_code, answer.json()["verdict"]) == (202, None)
    assert answer.json()["would"].startswith("not known: the gate has not answered in time")


@pytest.mark.parametrize(
    ("action", "limit", "is_open", "quote", "found"),
    [
        (Action.BUY, None, True, QUOTE, (Outcome.FILLED, "170.1")),
        (Action.SELL, None, True, QUOTE, (Outcome.FILLED, "169.9")),
        (Action.BUY, "170.09", True, QUOTE, (Outcome.RESTING, "170.09")),
        (Action.BUY, "170.1", True, QUOTE, (Outcome.FILLED, "170.1")),
        (Action.SELL, "169.91", True, QUOTE, (Outcome.RESTING, "169.91")),
        (Action.SELL, "169.9", True, QUOTE, (Outcome.FILLED, "169.9")),
        (Action.BUY, None, False, QUOTE, (Outcome.WAITING_FOR_THE_OPEN, None)),
        (Action.BUY, None, True, None, (Outcome.UNKNOWN, None)),
    ],
)
def test_a_dry_run_at_the_quote_now(
    action: Action, limit: str | None, *, is_open: bool, quote: Quote | None, found: tuple[Outcome, str | None]
):
    wish = signal(action)
    run = dry_run(
        preview_of(wish, approved(wish), quote), Decimal(limit) if limit else None, quote, is_open=is_open
    )  # fmt: skip
    price = Decimal(found[1]) if found[1] else None
    assert (run.outcome, run.price) == (found[0], price)


def test_what_is_denied_or_not_answered_is_not_sent():
    wish = signal()
    no, silent = (preview_of(wish, verdict, QUOTE) for verdict in (denied(wish), None))
    runs = [dry_run(preview, None, QUOTE, is_open=True) for preview in (no, silent)]
    assert runs == [
        DryRun(outcome=Outcome.NOT_SENT, price=None, qty=None, preview=no),
        DryRun(outcome=Outcome.UNKNOWN, price=None, qty=None, preview=silent),
    ]


def test_the_price_now_is_the_asks_for_a_buy_and_the_bids_for_a_sale_or_what_is_left():
    only_last = Quote(symbol="SPY", bid=0, ask=0, last=12.345, at=NOON)
    found = [price_now(action, quote) for quote in (QUOTE, only_last, None) for action in (Action.BUY, Action.SELL)]
    assert [str(price) for price in found] == ["170.10", "169.90", "12.35", "12.35", "None", "None"]


def test_a_leave_of_everything_has_no_size_of_its_own():
    wish = signal(Action.SELL, None)
    told = preview_of(wish, approved(wish), QUOTE)
    assert (told.would, told.qty, told.notional) == ("sell all SPY at about 169.9", None, None)


def test_an_entry_for_dollars_is_said_in_dollars():
    wish = signal(qty=None)
    told = preview_of(wish, structs.replace(approved(wish), notional=Decimal("850.55")), QUOTE)
    said = "buy 850.55 dollars of SPY at about 170.1", 5, Decimal("850.55")
    assert (told.would, told.qty, told.notional) == said


def test_levels_lie_on_the_price_grid():
    assert levels(Decimal("0.8765"), Limits()) == (Decimal("0.8327"), Decimal("1.05"))
