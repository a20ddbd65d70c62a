"""What a resume ends, what time ends, and what neither does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.accounts import DriftFound, DriftKind
from contracts.control import GateSwitched, Halted, Resumed
from contracts.halts import drift_id, is_within, remaining, standing, switched, thaws, worst
from contracts.locks import Locked, LockKind
from contracts.values import TradingState

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def halted(name: str = "h1", *, strategy: str = "", symbol: str = "", until: datetime | None = None) -> Halted:
    return Halted(
        control_id=name, scope="all", by="ann", why="", strategy=strategy, symbol=symbol, until=until
    )  # fmt: skip


def locked(name: str = "l1") -> Locked:
    return Locked(
        lock_id=name, account="paper", lock=LockKind.DAILY_LOSS, level=TradingState.HALTED, reason="", value="",
        limit="", at=NOON,
    )  # fmt: skip


def resumed(*lifts: str, strategy: str = "", symbol: str = "") -> Resumed:
    return Resumed(control_id="r1", scope="all", by="ann", why="", strategy=strategy, symbol=symbol, lifts=lifts)


def drift(n: int = 3, symbol: str = "SPY") -> DriftFound:
    return DriftFound(
        account="paper", n=n, difference=DriftKind.QUANTITY_DRIFT, symbol=symbol, ours="1", theirs="2", at=NOON,
        freezes=True,
    )  # fmt: skip


def test_a_resume_ends_what_it_names_and_nothing_that_came_after():
    halts = {"h1": halted("h1"), "h2": halted("h2", symbol="SPY")}
    locks = {"l1": locked("l1"), "l2": locked("l2")}
    assert (remaining(halts, resumed("h1", "l1")), remaining(locks, resumed("h1", "l1"))) == (
        {"h2": halts["h2"]}, {"l2": locks["l2"]},
    )  # fmt: skip


def test_a_resume_that_names_nothing_ends_the_halts_within_its_strategy_and_symbol_and_no_lock():
    halts = {"all": halted(), "spy": halted(symbol="SPY"), "ema": halted(strategy="ema"),
             "both": halted(strategy="ema", symbol="SPY")}  # fmt: skip
    assert list(remaining(halts, resumed())) == []
    assert list(remaining(halts, resumed(symbol="SPY"))) == ["all", "ema"]
    assert list(remaining(halts, resumed(strategy="ema"))) == ["all", "spy"]
    assert list(remaining(halts, resumed(strategy="ema", symbol="SPY"))) == ["all", "spy", "ema"]
    assert remaining({"l1": locked()}, resumed()) == {"l1": locked()}
    assert is_within(halted(symbol="SPY"), "", "SPY")


def test_market_time_ends_a_halt_at_its_end_and_not_before():
    halts = {"ends": halted(until=NOON), "stays": halted()}
    assert list(standing(halts, NOON - timedelta(seconds=1))) == ["ends", "stays"]
    assert list(standing(halts, NOON)) == ["stays"]


def test_a_drift_thaws_when_it_is_named_or_when_all_of_its_symbol_resumes():
    assert thaws(resumed(drift_id(drift())), drift())
    assert not thaws(resumed(drift_id(drift(2))), drift(3))
    assert [thaws(resumed(symbol=symbol), drift()) for symbol in ("", "SPY", "IBM")] == [True, True, False]


def test_a_gate_that_was_switched_off_again_meanwhile_stays_off():
    off = GateSwitched(control_id="g1", scope="all", active=False, by="ann", why="")
    again, on = structs.replace(off, control_id="g2"), structs.replace(off, control_id="g3", active=True, ends="g1")
    assert [switched(None, off), switched(off, again), switched(off, on)] == [off, again, on]
    assert switched(again, on) == again
    anyway = structs.replace(on, ends="")
    assert switched(again, anyway) == anyway
    assert switched(on, off) == off


def test_the_worst_level_counts():
    assert worst(()) is TradingState.ACTIVE
    assert worst((TradingState.REDUCING, TradingState.HALTED, TradingState.REDUCING)) is TradingState.HALTED
