from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.control import Halted, LimitsSet, ModeSet, Resumed
from contracts.limits import Limits
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.signals import Action, Signal, Source
from contracts.values import Mode, OrderType, Side, TimeInForce, derived_id
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.rules import ENTRY_RULES, EXIT_RULES
from risk.state import Position, State

MakeSignal = Callable[..., Signal]
MakeState = Callable[..., State]


def step(state: State, *events: Message) -> list[Message]:
    """Let the state see events as the chassis would, and collect what was decided."""
    decided: list[Message] = []
    for event in events:
        outputs = decide(state, event)
        evolve(state, event)
        for output in outputs:
            evolve(state, output)
        decided.extend(outputs)
    return decided


def quote(at: datetime, symbol: str = "AAPL", ask: float = 100.0) -> Quote:
    return Quote(symbol=symbol, bid=ask - 0.1, ask=ask, at=at)


def ticks(first: datetime, count: int, *, every: int) -> list[Message]:
    times = [first + timedelta(seconds=every * i) for i in range(1, count + 1)]
    return [Tick(at=at, is_open=True, next_open=at, next_close=at + timedelta(hours=2)) for at in times]


def codes(decided: list[Message]) -> list[str]:
    return [m.code if isinstance(m, OrderDenied) else type(m).__name__ for m in decided]


def test_an_approval_says_what_every_rule_looked_at(state: MakeState, signal: MakeSignal, noon: datetime):
    values = {
        "hold": ("BUY", "BUY or SELL"),
        "confidence": ("0.9", "0.7"),
        "mode": ("auto", "auto"),
        "halt": ("ACTIVE", "ACTIVE"),
        "stale": ("0", "60"),
        "market_hours": ("open", "open"),
        "duplicate": ("first", "60"),
        "unknown_order": ("0", "0"),
        "known_price": ("100", "a quote"),
        "account_known": ("ACTIVE", "ACTIVE"),
        "size": ("1 share", "1 share"),
        "position_size": ("100", "5000"),
        "entries_per_symbol": ("1", "2"),
        "max_concurrent": ("1", "3"),
        "buying_power": ("100", "100000"),
    }
    (approved,) = decide(state(), signal(strategy="ema"))
    assert isinstance(approved, OrderApproved)
    assert approved == OrderApproved(
        approval_id=derived_id("s1", "paper"), signal_id="s1", account="paper", source=Source.WS, symbol="AAPL",
        side=Side.BUY, qty=Decimal(1), type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
        reference_price=Decimal(100), at=noon, expires_at=noon + timedelta(seconds=60), strategy="ema",
        checks=approved.checks, stop_loss=Decimal("95.00"), take_profit=Decimal("120.00"),
        protection="bracket with the entry: whole shares at market, in the session",
    )  # fmt: skip
    assert [c.rule for c in approved.checks] == [rule.__name__ for rule in ENTRY_RULES]
    assert values.items() <= {c.rule: (c.value, c.limit) for c in approved.checks if c.passed}.items()


def test_an_order_is_denied_by_the_first_rule_it_breaks_and_shows_all(state: MakeState, signal: MakeSignal):
    closed = state(is_open=False, halts={"c": Halted(control_id="c", scope="all", by="ann", why="lunch")})
    (denied,) = decide(closed, signal(qty=Decimal(51)))
    assert isinstance(denied, OrderDenied)
    assert (denied.code, denied.value, denied.limit) == ("halt", "HALTED", "ACTIVE")
    assert [c.rule for c in denied.checks] == [rule.__name__ for rule in ENTRY_RULES]
    assert [c.rule for c in denied.checks if not c.passed] == ["halt", "market_hours", "position_size"]


def test_a_rule_s_name_is_its_file_s_name():
    for rule in (*ENTRY_RULES, *EXIT_RULES):
        assert rule.__module__ == f"risk.rules.{rule.__name__}"


def test_two_signals_together_cannot_both_take_the_last_slot(state: MakeState, signal: MakeSignal):
    held = {symbol: Position(filled=Decimal(1)) for symbol in ("B", "C")}
    full = state(positions=held, prices={"AAPL": Decimal(100), "MSFT": Decimal(30)})
    decided = step(full, signal(), signal(signal_id="s2", symbol="MSFT"))
    assert codes(decided) == ["OrderApproved", "max_concurrent"]


def test_a_denied_signal_makes_the_next_one_no_duplicate(state: MakeState, signal: MakeSignal):
    decided = step(state(), signal(confidence=0.1), signal(signal_id="s2"), signal(signal_id="s3"))
    assert codes(decided) == ["confidence", "OrderApproved", "duplicate"]


def test_signals_wait_for_a_price_and_are_judged_in_the_order_they_came(
    state: MakeState, signal: MakeSignal, noon: datetime
):
    waiting = state(prices={})
    assert step(waiting, signal(), signal(signal_id="s2"), quote(noon, "MSFT"), quote(noon, ask=0)) == []
    assert codes(step(waiting, quote(noon))) == ["OrderApproved", "duplicate"]
    assert waiting.waiting == {}


def test_signals_wait_for_the_account(state: MakeState, signal: MakeSignal, snapshot: Callable[..., AccountSnapshot]):
    waiting = state(snapshot=None)
    sell = signal(signal_id="s2", symbol="MSFT", action=Action.SELL)
    assert step(waiting, signal(), sell) == []
    assert codes(step(waiting, snapshot())) == ["OrderApproved", "nothing_to_sell"]


@pytest.mark.parametrize(
    ("every", "silent"),
    [(1, 60), (12, 5), (60, 4)],
    ids=["more than 60 s after", "more than 60 s after, by few ticks", "at least five ticks after"],
)
def test_a_price_that_does_not_come_is_given_up(
    every: int, silent: int, state: MakeState, signal: MakeSignal, noon: datetime
):
    waiting = state(prices={})
    *before, last = ticks(noon, silent + 1, every=every)
    assert step(waiting, signal(), *before) == []
    assert codes(step(waiting, last)) == ["known_price"]
    assert codes(step(waiting, quote(noon))) == []


def test_waiting_for_a_price_does_not_make_a_signal_stale(state: MakeState, signal: MakeSignal, noon: datetime):
    waiting = state(prices={})
    step(waiting, signal(), *ticks(noon, 4, every=60))
    assert codes(step(waiting, quote(noon + timedelta(minutes=4)))) == ["OrderApproved"]


def test_a_signal_that_is_denied_anyhow_does_not_wait(state: MakeState, signal: MakeSignal):
    assert codes(step(state(prices={}), signal(confidence=0.1))) == ["confidence"]


def test_a_broken_quote_is_no_price(state: MakeState, signal: MakeSignal, noon: datetime):
    waiting = state(prices={})
    assert step(waiting, signal(), quote(noon, ask=1e300), quote(noon, ask=1e-9)) == []
    assert waiting.prices == {}


def test_no_rule_for_entries_stops_an_exit(state: MakeState, signal: MakeSignal, noon: datetime):
    worst = state(
        halts={"c": Halted(control_id="c", scope="all", by="ann", why="lunch")}, is_open=False, prices={},
        snapshot=None, unknown={"o1": "AAPL"}, reserved=Decimal(10**9),
        limits=Limits(default_quantity=Decimal(0), max_entries_per_symbol=1, max_concurrent=1),
        positions={s: Position(filled=Decimal("2.5"), pending=Decimal(1)) for s in ("AAPL", "B", "C")},
    )  # fmt: skip
    (entry,) = decide(worst, signal())
    assert isinstance(entry, OrderDenied)
    assert {c.rule for c in entry.checks if not c.passed} >= {
        "halt", "market_hours", "unknown_order", "known_price", "account_known", "size", "position_size",
        "entries_per_symbol", "max_concurrent", "buying_power",
    }  # fmt: skip

    (leaving,) = decide(worst, signal(action=Action.SELL))
    assert isinstance(leaving, ExitApproved)
    assert leaving == ExitApproved(
        approval_id=derived_id("s1", "paper"), signal_id="s1", account="paper", source=Source.WS, symbol="AAPL",
        at=noon, checks=leaving.checks, qty=None,
    )  # fmt: skip
    assert [c.rule for c in leaving.checks if c.passed] == [rule.__name__ for rule in EXIT_RULES]


def test_an_exit_is_for_no_more_than_is_held(state: MakeState, signal: MakeSignal):
    held = state(positions={"AAPL": Position(filled=Decimal("2.5"))})
    asked = [Decimal("1.5"), Decimal(9)]
    given = [step(held, signal(action=Action.SELL, qty=q), *ticks(signal().at, 1, every=60))[0] for q in asked]
    assert [v.qty for v in given if isinstance(v, ExitApproved)] == [Decimal("1.5"), Decimal("2.5")]


def mode_set(mode: Mode) -> ModeSet:
    return ModeSet(control_id="m", scope="all", by="ann", mode=mode)


def test_controls_take_effect_at_once_and_memory_does_not_grow(state: MakeState, signal: MakeSignal, noon: datetime):
    s = state()
    step(s, Halted(control_id="c1", scope="all", by="ann", why="lunch"))
    assert codes(step(s, signal())) == ["halt"]
    step(s, Resumed(control_id="c2", scope="all", by="ann", why="back"), mode_set(Mode.MANUAL))
    assert codes(step(s, signal())) == ["mode"]
    limits = Limits(default_quantity=Decimal(51))
    step(s, LimitsSet(control_id="c3", scope="all", by="ann", limits=limits), mode_set(Mode.AUTO))
    assert codes(step(s, signal())) == ["position_size"]
    assert codes(step(s, signal(qty=Decimal(1)))) == ["OrderApproved"]
    step(s, *ticks(noon, 1, every=60))
    assert s.recent == {}


def test_a_state_comes_back_from_its_snapshot_as_it_was(state: MakeState, signal: MakeSignal, noon: datetime):
    s = state(halts={"c": Halted(control_id="c", scope="all", by="ann", why="lunch")})
    step(s, signal(action=Action.SELL), *ticks(noon, 1, every=1), signal(signal_id="s2", symbol="MSFT"))
    step(s, Resumed(control_id="c", scope="all", by="ann", why=""), signal(signal_id="s3"))
    step(s, signal(signal_id="s4", symbol="MSFT"))
    assert all((s.entries, s.waiting, s.recent))
    assert msgspec.json.decode(msgspec.json.encode(s), type=State) == s


@pytest.mark.parametrize(
    ("narrowed", "denied"),
    [
        ({}, ["ema AAPL", "ema MSFT", "vwap AAPL"]),
        ({"symbol": "AAPL"}, ["ema AAPL", "vwap AAPL"]),
        ({"strategy": "ema"}, ["ema AAPL", "ema MSFT"]),
        ({"strategy": "ema", "symbol": "AAPL"}, ["ema AAPL"]),
        ({"scope": "growth"}, []),
    ],
    ids=str,
)
def test_a_limit_holds_for_what_it_was_set_for(
    narrowed: dict[str, str], denied: list[str], state: MakeState, signal: MakeSignal
):
    limits = Limits(max_order_notional=Decimal(50))
    told = LimitsSet(control_id="c", scope="paper", limits=limits, fields=("max_order_notional",), by="ann")
    s = state(prices={"AAPL": Decimal(100), "MSFT": Decimal(100)})
    step(s, structs.replace(told, **narrowed))
    asked = [("ema", "AAPL"), ("ema", "MSFT"), ("vwap", "AAPL")]
    found = [codes(list(decide(s, signal(strategy=one, symbol=symbol)))) for one, symbol in asked]
    assert [" ".join(one) for one, (code,) in zip(asked, found, strict=True) if code == "order_notional"] == denied
    assert [code for code in found if code not in (["order_notional"], ["OrderApproved"])] == []
