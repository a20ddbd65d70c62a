"""What people may see, folded from the log."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from itertools import islice

from msgspec import Struct, field

from api_gateway import coverage, leaving, stops
from api_gateway.holdings import positions
from api_gateway.leaving import Closing, Leaving
from api_gateway.limits import held
from api_gateway.limits.held import Held
from api_gateway.stops import Stops
from api_gateway.today import Today, counted
from contracts import layers, lifecycle
from contracts.accounts import AccountSnapshot, DriftFound, DriftResolved
from contracts.commands import FlattenAsked
from contracts.control import (
    ENVIRONMENT,
    EVERYONE,
    EarningsSet,
    ExitPolicySet,
    GateSwitched,
    Halted,
    LimitsSet,
    ModeSet,
    Resumed,
    SectorsSet,
    SessionsSet,
)
from contracts.exits import CoverageChanged
from contracts.limits import Limits
from contracts.locks import Locked
from contracts.log import Message, Record
from contracts.market import Tick
from contracts.orders import OrderChanged, OrderFilled
from contracts.previews import Previewed
from contracts.signals import Action, Signal, SignalRefused
from contracts.values import Mode
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied

SUBJECTS = (
    "signals.>", "refusals.>", "approved.>", "denied.>", "orders.>", "fills.>", "account.>", "clock.tick", "control.>",
    "locks.>", "previewed.>", "commands.>", "commanded.>", "coverage.>",
)  # fmt: skip

KEPT_ORDERS = 5_000
KEPT_SIGNALS = 5_000
KEPT_REFUSALS = 1_000
KEPT_PREVIEWS = 1_000

Verdict = OrderApproved | ExitApproved | OrderDenied
Configured = ModeSet
Planned = SessionsSet | SectorsSet | EarningsSet


class Judged(Struct):
    """A signal and what became of it; no verdict yet is None. `others` are other accounts' verdicts, by account."""

    sequence: int
    signal: Signal
    verdict: Verdict | None = None
    others: dict[str, Verdict] = field(default_factory=dict[str, Verdict])


class Refused(Struct, frozen=True):
    """A message that never became a signal; `time` is when it came, by the wall."""

    sequence: int
    time: datetime
    refusal: SignalRefused


class View(Struct):
    """One account as it stands after record `sequence`.

    `fills` are those since the snapshot. `snapshot_seen` and `ticked` are the log's wall clock, for ages; everything
    else is market time. `limits` are the account's, `held` is everything that was set. `environment` holds the last
    fact of each other kind that the configuration wrote, with its sequence, `planned` the last of each kind of plan.
    `rules` are those that the last entry was held against, be it in a preview; `previews` are the last answers of the
    gate to what people only wanted to know.
    """

    account: str
    sequence: int = 0
    snapshot: AccountSnapshot | None = None
    snapshot_seen: datetime | None = None
    fills: list[OrderFilled] = field(default_factory=list[OrderFilled])
    stops: Stops = field(default_factory=Stops)
    tick: Tick | None = None
    ticked: datetime | None = None
    mode: Mode = Mode.MANUAL
    limits: Limits = Limits()
    held: Held = field(default_factory=Held)
    environment: dict[str, tuple[int, Configured]] = field(default_factory=dict[str, tuple[int, Configured]])
    planned: dict[str, tuple[int, Planned]] = field(default_factory=dict[str, tuple[int, Planned]])
    orders: dict[str, OrderChanged] = field(default_factory=dict[str, OrderChanged])
    broker_ids: dict[str, str] = field(default_factory=dict[str, str])
    signals: dict[str, Judged] = field(default_factory=dict[str, Judged])
    today: Today = field(default_factory=Today)
    rules: tuple[str, ...] = ()
    coverage: coverage.Told = field(default_factory=coverage.Told)
    leaving: dict[str, Leaving] = field(default_factory=dict[str, Leaving])
    previews: dict[str, Previewed] = field(default_factory=dict[str, Previewed])
    refusals: deque[Refused] = field(default_factory=lambda: deque[Refused](maxlen=KEPT_REFUSALS))

    @property
    def now(self) -> datetime | None:
        """Give market time, where it is known."""
        return self.tick.at if self.tick else None

    def newest_orders(self) -> tuple[OrderChanged, ...]:
        return tuple(reversed(self.orders.values()))

    def order(self, name: str) -> OrderChanged | None:
        """Find an order by our id or the broker's."""
        return self.orders.get(self.broker_ids.get(name, name))

    def newest_signals(self, count: int) -> tuple[Judged, ...]:
        return tuple(islice(reversed(self.signals.values()), count))

    def newest_refusals(self, count: int) -> tuple[Refused, ...]:
        return tuple(islice(reversed(self.refusals), count))


def fold(view: View, record: Record) -> None:
    """Bring the view to this record."""
    match record.body:
        case Signal() as signal:
            _signal(view, record.sequence, signal)
        case SignalRefused() as refusal:
            view.refusals.append(Refused(record.sequence, record.time, refusal))
        case Tick() as tick:
            view.tick, view.ticked = tick, record.time
            stops.lapse(view.stops, tick.at)
        case LimitsSet() | ExitPolicySet() as fact:
            held.take(view.held, record.sequence, fact if isinstance(fact, LimitsSet) else layers.of_policy(fact))
            view.limits = layers.effective(view.held.layers, Limits(), view.account)
        case OrderApproved() | ExitApproved() | OrderDenied() as verdict:
            _verdict(view, verdict)
        case other:
            if getattr(other, "account", None) == view.account:
                _account(view, record.time, other)
                leaving.take(view.leaving, record, _held(view) if isinstance(other, FlattenAsked) else ())
            elif getattr(other, "scope", None) in (EVERYONE, view.account):
                _control(view, record.sequence, other)
    view.sequence = record.sequence


def _held(view: View) -> tuple[Closing, ...]:
    if view.snapshot is None:
        return ()
    return tuple(Closing(one.symbol, one.qty) for one in positions(view.snapshot, view.fills, ()))


def _account(view: View, seen: datetime, fact: Message) -> None:
    match fact:
        case Previewed():
            _previewed(view, fact)
        case OrderChanged():
            _order(view, fact)
        case OrderFilled():
            view.fills.append(fact)
        case AccountSnapshot():
            view.snapshot, view.snapshot_seen = fact, seen
            view.fills.clear()
        case DriftFound() | DriftResolved() | Locked():
            stops.take(view.stops, fact)
        case CoverageChanged():
            coverage.take(view.coverage, fact)
        case _:
            return


def _previewed(view: View, fact: Previewed) -> None:
    view.previews[fact.preview_id] = fact
    if isinstance(fact.verdict, OrderApproved):
        view.rules = _asked(fact.verdict)
    if len(view.previews) > KEPT_PREVIEWS:
        del view.previews[next(iter(view.previews))]


def _signal(view: View, sequence: int, signal: Signal) -> None:
    view.signals[signal.signal_id] = Judged(sequence, signal)
    if len(view.signals) > KEPT_SIGNALS:
        del view.signals[next(iter(view.signals))]


def _verdict(view: View, verdict: Verdict) -> None:
    judged = view.signals.get(verdict.signal_id)
    if verdict.account != view.account:
        if judged is not None:
            judged.others[verdict.account] = verdict
        return
    if judged is not None:
        judged.verdict = verdict
    view.today = counted(view.today, verdict)
    if _is_of_entry(verdict, judged):
        view.rules = _asked(verdict)


def _asked(verdict: Verdict) -> tuple[str, ...]:
    return tuple(check.rule for check in verdict.checks)


def _is_of_entry(verdict: Verdict, judged: Judged | None) -> bool:
    bought = judged is not None and judged.signal.action is Action.BUY
    return isinstance(verdict, OrderApproved) or (isinstance(verdict, OrderDenied) and bought)


def _order(view: View, order: OrderChanged) -> None:
    view.orders[order.client_order_id] = order
    if order.broker_order_id:
        view.broker_ids[order.broker_order_id] = order.client_order_id
    if len(view.orders) > KEPT_ORDERS:
        oldest = next(iter(view.orders.values()))
        _forget(view, next((o for o in view.orders.values() if o.status in lifecycle.TERMINAL), oldest))


def _forget(view: View, order: OrderChanged) -> None:
    del view.orders[order.client_order_id]
    view.broker_ids.pop(order.broker_order_id, None)


def _control(view: View, sequence: int, fact: Message) -> None:
    match fact:
        case ModeSet(mode=mode):
            view.mode = mode
        case Halted() | Resumed() | GateSwitched():
            stops.take(view.stops, fact)
        case SessionsSet() | SectorsSet() | EarningsSet():
            view.planned[type(fact).__name__] = (sequence, fact)
        case _:
            return
    if isinstance(fact, Configured) and fact.by == ENVIRONMENT:
        view.environment[type(fact).__name__] = (sequence, fact)
