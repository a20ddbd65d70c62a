"""The chain from a signal to what became of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec import structs

from api_gateway.story import sentence, story
from contracts.accounts import HoldingSplit
from contracts.commands import FlattenAsked
from contracts.exits import (
    CancelProtection,
    ClosePosition,
    CoverageChanged,
    ExitReason,
    MarkRaised,
    MoveProtection,
    PlaceProtection,
)
from contracts.lifecycle import OrderStatus
from contracts.log import Message, Record, subject
from contracts.market import AssetReported, Quote, SplitAnnounced, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.signals import Action, Signal, SignalRefused, Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import Check, ExitApproved, OrderApproved, OrderDenied

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
TRACE = f"00-{'a' * 32}-{'b' * 16}-01"
CHECKS = (
    Check(rule="confidence", passed=True, value="0.9", limit="0.7"),
    Check(rule="max_concurrent", passed=False, value="3", limit="3"),
)

SIGNAL = Signal(signal_id="s1", source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)
APPROVED = OrderApproved(
    approval_id="a1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", side=Side.BUY, qty=Decimal(10),
    type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal("167.10"), at=NOON, expires_at=NOON,
    checks=CHECKS,
)  # fmt: skip
DENIED = OrderDenied(
    denial_id="a1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", code="max_concurrent",
    reason="three positions are open", value="3", limit="3", at=NOON, checks=CHECKS,
)  # fmt: skip
ORDER = OrderChanged(
    account="paper", client_order_id="a1", n=1, purpose=Purpose.ENTRY, status=OrderStatus.REJECTED, symbol="SPY",
    side=Side.BUY, qty=Decimal(10), type=OrderType.LIMIT, limit_price=Decimal("167.2"),
    time_in_force=TimeInForce.DAY, at=NOON, code="40310000", reason="insufficient buying power",
)  # fmt: skip
FILLED = OrderFilled(
    account="paper", execution_id="a1-10", client_order_id="a1", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY,
    qty=Decimal(10), price=Decimal("167.12"), cum_qty=Decimal(10), at=NOON,
)  # fmt: skip
PROTECT = PlaceProtection(
    exit_id="e1", account="paper", symbol="SPY", qty=Decimal(10), stop_price=Decimal("158.76"),
    target_price=Decimal("200.54"), time_in_force=TimeInForce.GTC, reason=ExitReason.ENTRY_FILLED,
    execution_id="a1-10", at=NOON,
)  # fmt: skip
BARE = CoverageChanged(
    account="paper", n=1, execution_id="a1-10", symbol="SPY", uncovered=Decimal("10.0"), most=Decimal(10),
    share_seconds=0.0, at=NOON,
)  # fmt: skip
ASSET = AssetReported(symbol="SPY", known=True, tradable=True, fractionable=True, shortable=True, at=NOON)


def record(sequence: int, body: Message, cause: int = 0) -> Record:
    return Record(sequence, NOON, subject(body), body, cause, TRACE)


def test_a_story_runs_from_cause_to_effect_with_every_rule_of_the_verdict():
    told = story("a1", [record(4, SIGNAL), record(6, APPROVED, 4), record(9, FILLED, 6), record(11, PROTECT, 9)], 20)
    assert (told.id, told.trace_id, told.through) == ("a1", "a" * 32, 20)
    assert [(s.sequence, s.cause, s.depth, s.kind) for s in told.steps] == [
        (4, 0, 0, "Signal"),
        (6, 4, 1, "OrderApproved"),
        (9, 6, 2, "OrderFilled"),
        (11, 9, 3, "PlaceProtection"),
    ]
    assert [s.checks for s in told.steps] == [(), CHECKS, (), ()]
    assert told.steps[1].fact == APPROVED


def test_a_step_whose_cause_is_no_part_of_the_story_begins_anew():
    told = story("a1", [record(6, DENIED, 3)], 6)
    assert [s.depth for s in told.steps] == [0]


def test_where_several_accounts_judged_a_signal_each_step_says_whose_it_is():
    theirs = structs.replace(DENIED, account="growth")
    told = story("s1", [record(4, SIGNAL), record(6, APPROVED, 4), record(7, theirs, 4)], 7)
    assert [step.text.partition(" ")[0] for step in told.steps] == ["ws", "paper:", "growth:"]


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (SIGNAL, "ws signal: BUY SPY, confidence 0.9"),
        (APPROVED, "approved: buy 10 SPY at about 167.10"),
        (
            structs.replace(APPROVED, protection="after the fill: native_bracket is off"),
            "approved: buy 10 SPY at about 167.10; protection: after the fill: native_bracket is off",
        ),
        (structs.replace(APPROVED, notional=Decimal("99.05")), "approved: buy 99.05 dollars of SPY at about 167.10"),
        (DENIED, "denied by max_concurrent: 3 against 3"),
        (ORDER, "entry order rejected: buy 10 SPY limit 167.2: 40310000 insufficient buying power"),
        (
            structs.replace(ORDER, notional=Decimal(1671)),
            "entry order rejected: buy 1671 dollars of SPY limit 167.2: 40310000 insufficient buying power",
        ),
        (FILLED, "entry filled: buy 10 SPY at 167.12"),
        (PROTECT, "protect 10 SPY: stop 158.76, target 200.54 (entry_filled)"),
        (
            structs.replace(PROTECT, why="whole shares"),
            "protect 10 SPY: stop 158.76, target 200.54 (entry_filled): whole shares",
        ),
        (
            CancelProtection(
                exit_id="e2", account="paper", symbol="SPY", client_order_id="e1", reason=ExitReason.SIGNAL, at=NOON
            ),
            "take order e1 of SPY back (signal)",
        ),
        (
            MoveProtection(
                exit_id="e4", account="paper", symbol="SPY", client_order_id="e1", stop_price=Decimal("166.80"),
                reason=ExitReason.BREAK_EVEN, at=NOON,
            ),
            "raise the stop of SPY, order e1, to 166.80 (behind break_even)",
        ),
        (
            ClosePosition(
                exit_id="e3", account="paper", symbol="SPY", qty=Decimal(10), reason=ExitReason.TIME_STOP,
                cause_id="a1-10", at=NOON,
            ),
            "close 10 SPY (time_stop)",
        ),
        (
            ExitApproved(
                approval_id="a2", signal_id="s2", account="paper", source=Source.WS, symbol="SPY", at=NOON, checks=()
            ),
            "exit approved: sell all SPY",
        ),
        (FlattenAsked(command_id="c1", account="paper", by="api"), "ordered by api: leave everything"),
        (FlattenAsked(command_id="c1", account="paper", by="api", symbol="SPY"), "ordered by api: leave SPY"),
        (
            FlattenAsked(command_id="c1", account="paper", by="api", halt="h1", why="smoke"),
            "ordered by api: the kill switch: smoke",
        ),
        (
            SignalRefused(refusal_id="r1", source=Source.WS, code="not_json", reason="no JSON", received="{", size=1),
            "refused at the door: not_json: no JSON",
        ),
        (
            SplitAnnounced(
                action_id="c1", symbol="SPY", old_rate=Decimal(1), new_rate=Decimal("1.5"), ex_date=date(2026, 3, 3)
            ),
            "SPY is split 1.5 for 1 on 2026-03-03",
        ),
        (
            HoldingSplit(
                account="paper", n=7, symbol="SPY", action_id="c1", old_rate=Decimal(1), new_rate=Decimal("1.5"),
                qty_before=Decimal(10), qty_after=Decimal("15.0"), at=NOON,
            ),
            "SPY was split 1.5 for 1: the broker counts 15 shares now, after 10",
        ),
        (BARE, "10 SPY without protection; 0.00 share-seconds without so far"),
        (
            structs.replace(BARE, uncovered=Decimal(0), share_seconds=2.5),
            "SPY is covered or gone; 2.50 share-seconds without so far",
        ),
        (Quote(symbol="SPY", bid=101.9, ask=101.92, at=NOON), "quote of SPY: bid 101.9, ask 101.92"),
        (
            Quote(symbol="SPY", bid=101.9, ask=0, last=101.91, at=NOON),
            "quote of SPY: bid 101.9, ask 0, last trade 101.91",
        ),
        (
            MarkRaised(mark_id="m1", account="paper", symbol="SPY", price=104, execution_ids=("a1-10",), at=NOON),
            "SPY was as high as 104",
        ),
        (Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON), "market time 2026-03-02 17:00:00 UTC, open"),
        (ASSET, "the broker says that SPY may be traded"),
        (structs.replace(ASSET, tradable=False), "the broker says that SPY may not be traded"),
    ],
)  # fmt: skip
def test_each_fact_is_said_in_a_sentence(fact: Message, words: str):
    assert sentence(fact) == words
