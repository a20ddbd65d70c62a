"""What stops entries is one truth: gate, executor and doors fold the same facts to the same answer, always."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import event, given, settings
from hypothesis import strategies as st

from api_gateway.standing import Standing, standing
from api_gateway.view import View
from api_gateway.view import fold as show
from contracts.accounts import DriftFound, DriftKind, DriftResolved
from contracts.control import EVERYONE, GateSwitched, Halted, Resumed
from contracts.halts import drift_id
from contracts.locks import Locked, LockKind
from contracts.log import Fact, Message, Record, subject
from contracts.market import Tick
from contracts.orders import Purpose
from contracts.signals import Action, Signal, Source
from contracts.values import OrderType, Side, TimeInForce, TradingState
from executor.book import Book, fold, freezing
from executor.order import Order
from executor.stops import stopped
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.frozen import frozen
from risk.rules.gate import gate
from risk.rules.halt import halt
from risk.rules.locked import locked
from risk.state import State

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ZERO = Decimal(0)
SYMBOLS, STRATEGIES = ("SPY", "IBM"), ("ema", "")

scopes = st.sampled_from([EVERYONE, "paper", "growth"])
names = st.sampled_from([f"id{number}" for number in range(6)])
drift_names = st.integers(1, 12).map(lambda n: drift_id(drift(n, "SPY")))
symbols, strategies = st.sampled_from(["", *SYMBOLS]), st.sampled_from(["", "ema", "vwap"])
levels = st.sampled_from([TradingState.REDUCING, TradingState.HALTED])
ends = st.one_of(st.none(), st.integers(0, 20).map(lambda minutes: NOON + timedelta(minutes=minutes)))


def drift(n: int, symbol: str) -> DriftFound:
    return DriftFound(
        account="paper", n=n, difference=DriftKind.QUANTITY_DRIFT, symbol=symbol, ours="1", theirs="2", at=NOON,
        freezes=True,
    )  # fmt: skip


halts = st.builds(
    Halted, control_id=names, scope=scopes, by=st.just("ann"), why=st.just("x"), level=levels, strategy=strategies,
    symbol=symbols, until=ends,
)  # fmt: skip
resumes = st.builds(
    Resumed, control_id=names, scope=scopes, by=st.just("ann"), why=st.just("x"), strategy=strategies, symbol=symbols,
    lifts=st.lists(st.one_of(names, drift_names), max_size=4).map(tuple),
)  # fmt: skip
switches = st.builds(
    GateSwitched, control_id=names, scope=scopes, active=st.booleans(), by=st.just("ann"), why=st.just("x"),
    ends=st.one_of(st.just(""), names),
)  # fmt: skip
locks = st.builds(
    Locked, lock_id=names, account=st.just("paper"), lock=st.just(LockKind.DAILY_LOSS), level=levels,
    reason=st.just("x"), value=st.just(""), limit=st.just(""), at=st.just(NOON), until=ends, strategy=strategies,
    symbol=symbols,
)  # fmt: skip
drifts = st.builds(drift, st.just(0), st.sampled_from(SYMBOLS))
agreements = st.builds(
    DriftResolved, account=st.just("paper"), n=st.just(0), difference=st.just(DriftKind.QUANTITY_DRIFT),
    symbol=st.sampled_from(SYMBOLS), at=st.just(NOON),
)  # fmt: skip
minutes = st.integers(0, 3)
steps = st.lists(st.one_of(halts, resumes, switches, locks, drifts, agreements, minutes), max_size=25)


def facts(found: list[Message | int]) -> list[Message]:
    """Let market time go on by the minutes among the steps, and number what the executor tells.

    What has ended before it began is left out: the doors refuse it, and the gate would hold it until the next tick.
    """
    numbers, now, made = count(1), NOON, list[Message]()
    for step in found:
        match step:
            case int():
                now += timedelta(minutes=step)
                made.append(Tick(at=now, is_open=True, next_open=now, next_close=now))
            case DriftFound(symbol=symbol):
                made.append(drift(next(numbers), symbol))
            case DriftResolved(symbol=symbol):
                made.append(
                    DriftResolved(
                        account="paper", n=next(numbers), difference=DriftKind.QUANTITY_DRIFT, symbol=symbol, at=now
                    )
                )
            case Halted(until=until) | Locked(until=until) if until is not None and until <= now:
                continue
            case _:
                made.append(step)
    return made


def gate_stops(state: State, strategy: str, symbol: str) -> bool:
    signal = Signal(
        signal_id="s", source=Source.WS, symbol=symbol, action=Action.BUY, confidence=1, at=NOON, strategy=strategy
    )
    candidate = Candidate(signal=signal, came=NOON, now=NOON, price=None, wanted=None, qty=ZERO)
    return not all(rule(state, candidate).passed for rule in (gate, halt, locked, frozen))


def executor_stops(book: Book, now: datetime, strategy: str, symbol: str) -> bool:
    order = Order(
        client_order_id="o", purpose=Purpose.ENTRY, symbol=symbol, side=Side.BUY, qty=ZERO, type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY, at=NOON, strategy=strategy,
    )  # fmt: skip
    return stopped(book, order, now) is not None or freezing(book, order) != ""


def doors_show(found: tuple[Standing, ...], strategy: str, symbol: str) -> bool:
    return any(one.strategy in ("", strategy) and one.symbol in ("", symbol) for one in found)


@given(steps)
@settings(max_examples=300, deadline=None)
def test_gate_executor_and_doors_agree_after_every_fact(found: list[Message | int]):
    state, book, view, now = State(account="paper"), Book(account="paper"), View("paper"), NOON
    for sequence, fact in enumerate(facts(found), 1):
        now = fact.at if isinstance(fact, Tick) else now
        evolve(state, fact)
        fold(book, Fact(fact))
        show(view, Record(sequence, NOON, subject(fact), fact))
        for strategy, symbol in ((strategy, symbol) for strategy in STRATEGIES for symbol in SYMBOLS):
            stops = gate_stops(state, strategy, symbol)
            event(f"stops: {stops}")
            assert (
                stops
                == executor_stops(book, now, strategy, symbol)
                == doors_show(standing(view.stops), strategy, symbol)
            )
