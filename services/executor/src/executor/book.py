"""The book: every order that we must care for, folded from the log."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field

from contracts.accounts import AccountSnapshot, DriftFound, DriftKind, DriftResolved, HoldingSplit
from contracts.commands import FlattenAsked, FlattenChecked
from contracts.control import EVERYONE, GateSwitched, Halted, LimitsSet, OrderGivenUp, Resumed
from contracts.exits import CancelProtection, ClosePosition, MoveProtection, PlaceProtection
from contracts.halts import remaining, standing, switched
from contracts.layers import LimitLayers, set_limits
from contracts.lifecycle import TERMINAL, WORKING, OrderStatus
from contracts.locks import Locked
from contracts.log import Fact, Message
from contracts.market import SplitAnnounced
from contracts.orders import OrderChanged, OrderFilled
from contracts.previews import PreviewAsked
from contracts.signals import Signal
from contracts.values import Side
from contracts.verdicts import OrderApproved
from executor import drifts, splits
from executor.drifts import Drifts
from executor.flattens import ZERO, Flatten, count_own, owned, taken
from executor.groups import sets_to_work, standing_for
from executor.moves import moved
from executor.order import Order, intent, told
from executor.splits import Splits

KEPT = 2_000
"""Ended orders that stay in the book, because a fill can still reach them; more than a listing of the broker holds."""

SIGNALLED = 100


class Book(Struct, kw_only=True):
    """`positions` is what the fills add up to, `own` how much of it entries of ours bought.

    `signalled` are the symbols of the last signals and previews, newest first.
    `elsewhere` are the symbols that each other account holds: one executor tells the prices for all.
    `began` and `reconciled_at` are the market times of the first and the last account snapshot, `cash` is the first
    one's less what the fills cost.
    Of orders that are `unknown`, a person who looked at the broker has `given_up` some, for the reason that it holds.
    `moves` are the prices to which stops are to be raised, by their protections. `halts`, `locks` and `gate` are what
    stops entries, or has until its time was over.
    `flattens` are commands to leave positions that are not done. `layers` are the limits of all accounts.
    """

    account: str
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    ended: list[str] = field(default_factory=list[str])
    unknown: set[str] = field(default_factory=set[str])
    given_up: dict[str, str] = field(default_factory=dict[str, str])
    cancels: set[str] = field(default_factory=set[str])
    moves: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    positions: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    own: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    splits: Splits = field(default_factory=Splits)
    signalled: list[str] = field(default_factory=list[str])
    elsewhere: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    halts: dict[str, Halted] = field(default_factory=dict[str, Halted])
    locks: dict[str, Locked] = field(default_factory=dict[str, Locked])
    gate: GateSwitched | None = None
    flattens: dict[str, Flatten] = field(default_factory=dict[str, Flatten])
    layers: LimitLayers = field(default_factory=LimitLayers)
    drifts: Drifts = field(default_factory=Drifts)
    cash: Decimal | None = None
    account_n: int = 0
    began: datetime | None = None
    reconciled_at: datetime | None = None


def fold(book: Book, fact: Fact) -> None:
    """Take in one fact, in place; a fact that the book holds already changes nothing."""
    match fact.body:
        case OrderApproved() | PlaceProtection() | ClosePosition():
            _intend(book, intent(fact.body, fact.cause, fact.trace))
        case CancelProtection(client_order_id=target):
            book.cancels |= standing_for(book.orders, target)
            book.moves = moved(book.moves, book.orders, fact.body)
        case OrderChanged():
            _change(book, fact.body, fact)
        case OrderFilled():
            _fill(book, fact.body)
        case Signal(symbol=symbol) | PreviewAsked(signal=Signal(symbol=symbol)):
            book.signalled = [symbol, *(s for s in book.signalled if s != symbol)][:SIGNALLED]
        case AccountSnapshot() | HoldingSplit() | DriftFound() | DriftResolved():
            _account(book, fact.body)
        case SplitAnnounced():
            splits.hear(book.splits, fact.body)
        case _:
            _surroundings(book, fact.body)


def _account(book: Book, told: AccountSnapshot | HoldingSplit | DriftFound | DriftResolved) -> None:
    if told.account != book.account:
        if isinstance(told, AccountSnapshot):
            book.elsewhere[told.account] = tuple(holding.symbol for holding in told.positions)
        return
    if told.n <= book.account_n:
        return
    book.account_n = told.n
    match told:
        case AccountSnapshot(at=at, cash=cash):
            book.reconciled_at = at
            book.cash = cash if book.cash is None else book.cash
            book.began = book.began or at
        case HoldingSplit():
            splits.divide(book.splits, book.positions, book.own, told)
        case DriftFound():
            drifts.found(book.drifts, told)
            _differ(book, told)
        case DriftResolved():
            drifts.resolved(book.drifts, told)


def _surroundings(book: Book, body: Message) -> None:
    match body:
        case MoveProtection():
            book.moves = moved(book.moves, book.orders, body)
        case OrderGivenUp(client_order_id=i) if i in book.unknown:
            book.given_up[i] = f"{body.by}: {body.why}"
        case Halted() | Resumed() | GateSwitched() | Locked():
            _stopped(book, body)
        case LimitsSet():
            set_limits(book.layers, body)
        case FlattenAsked() | FlattenChecked():
            book.flattens = taken(book.flattens, body)
        case _:
            return


def _stopped(book: Book, body: Halted | Resumed | GateSwitched | Locked) -> None:
    """Take in what stops entries or lets them go on, where it is about this account."""
    if not isinstance(body, Locked) and body.scope not in {EVERYONE, book.account}:
        return
    match body:
        case Locked(lock_id=i, at=at):
            book.locks = {**standing(book.locks, at), i: body}
        case Halted(control_id=i, at=at):
            book.halts = {**(standing(book.halts, at) if at else book.halts), i: body}
        case GateSwitched():
            book.gate = switched(book.gate, body)
        case Resumed():
            book.halts = remaining(book.halts, body)
            book.locks = remaining(book.locks, body)
            drifts.resumed(book.drifts, body)


def freezing(book: Book, order: Order) -> str:
    """Say what is not known about the symbol of an order, if anything: an earlier order's fate, or what is held.

    Only of an earlier one: two orders in doubt would wait for each other.
    """
    others = (book.orders[i] for i in book.unknown if i != order.client_order_id)
    if any(other.symbol == order.symbol and other.cause < order.cause for other in others):
        return f"the fate of another {order.symbol} order was not known in time"
    kinds = drifts.freezing(book.drifts, order.symbol)
    return f"the broker and the book differ about {order.symbol}: {', '.join(kinds)}" if kinds else ""


def working(book: Book) -> list[Order]:
    """List the orders that the broker has and that may still trade."""
    return [order for order in book.orders.values() if order.status in WORKING]


def _intend(book: Book, order: Order) -> None:
    book.orders.setdefault(order.client_order_id, order)


def _change(book: Book, change: OrderChanged, fact: Fact) -> None:
    order = book.orders.get(change.client_order_id)
    if order is None:
        order = book.orders[change.client_order_id] = told(change, fact)
    if change.n <= order.n:
        return
    was_ended = order.status in TERMINAL
    order.trace = order.trace or fact.trace
    order.n, order.status, order.at = change.n, change.status, change.at
    order.qty, order.notional = change.qty, change.notional
    order.grouped = change.grouped
    order.stop_price = change.stop_price or order.stop_price
    order.broker_order_id = change.broker_order_id or order.broker_order_id
    order.filled_avg_price = change.filled_avg_price or order.filled_avg_price
    if order.status is OrderStatus.UNKNOWN:
        book.unknown.add(order.client_order_id)
    else:
        book.unknown.discard(order.client_order_id)
        book.given_up.pop(order.client_order_id, None)
    if order.status in TERMINAL and not was_ended:
        _end(book, order)
    book.moves = moved(book.moves, book.orders, change)


def _end(book: Book, order: Order) -> None:
    if order.client_order_id in book.cancels:
        book.cancels.remove(order.client_order_id)
        group = order.parent or order.client_order_id
        book.cancels |= set[str]() if sets_to_work(order) else standing_for(book.orders, group)
    book.ended.append(order.client_order_id)
    if len(book.ended) > KEPT:
        del book.orders[book.ended.pop(0)]


def _fill(book: Book, fill: OrderFilled) -> None:
    order = book.orders.get(fill.client_order_id)
    if order is None or fill.cum_qty <= order.filled_qty:
        return
    came = fill.cum_qty - order.filled_qty
    spent = (order.filled_avg_price or Decimal(0)) * order.filled_qty + fill.price * came
    order.filled_qty = fill.cum_qty
    order.filled_avg_price = spent / fill.cum_qty
    _move(book, fill.symbol, signed(fill.side, came))
    splits.hold(book.splits, book.positions, fill)
    own = owned(book.own.get(fill.symbol, ZERO), fill, came)
    count_own(book.own, fill.symbol, own, book.positions.get(fill.symbol, ZERO))
    if book.cash is not None:
        book.cash -= signed(fill.side, came) * fill.price


def signed(side: Side, qty: Decimal) -> Decimal:
    """Say by how much a trade changes a position."""
    return qty if side is Side.BUY else -qty


def _move(book: Book, symbol: str, by: Decimal) -> None:
    if qty := book.positions.get(symbol, Decimal(0)) + by:
        book.positions[symbol] = qty
    else:
        book.positions.pop(symbol, None)
        book.splits.since.pop(symbol, None)


def _differ(book: Book, drift: DriftFound) -> None:
    """Take the broker's word on a difference, where nothing is held back for it."""
    if drift.freezes:
        return
    if drift.difference is DriftKind.QUANTITY_DRIFT:
        _move(book, drift.symbol, Decimal(drift.theirs) - Decimal(drift.ours))
        count_own(book.own, drift.symbol, book.own.get(drift.symbol, ZERO), book.positions.get(drift.symbol, ZERO))
    elif drift.difference is DriftKind.CASH_DRIFT and book.cash is not None:
        book.cash += Decimal(drift.theirs) - Decimal(drift.ours)
