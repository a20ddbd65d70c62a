"""What must be true after a storm: the log held against the broker's own memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct

from contracts.accounts import DriftFound, DriftKind, DriftResolved
from contracts.exits import CancelProtection, ClosePosition, PlaceProtection
from contracts.lifecycle import TERMINAL, WORKING, OrderStatus, may_become
from contracts.log import decode
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.verdicts import OrderApproved
from executor.brokers.broker import Ticket
from executor.order import Order, intent
from tests.simulation.halted import every_request_to_cancel, every_stop, freezes, resumes
from tests.simulation.storm import WHOLE_ONLY, Kind, Storm
from tests.simulation.world import World

OURS_ALONE = frozenset({OrderStatus.WITHHELD, OrderStatus.REJECTED})
"""Ends that an order may have of which the broker knows nothing."""

DOUBTFUL = frozenset({OrderStatus.SUBMITTING, OrderStatus.UNKNOWN})


class Evidence(Struct, frozen=True):
    """What the log says at the end: each order's last state, every drift ever told, and those that stand.

    `hidden` are strangers' orders that nobody can find: they ended unseen, and a fill reached them afterwards.
    """

    storm: Storm
    last: dict[str, OrderChanged]
    drifted: list[DriftFound]
    standing: list[DriftFound]
    hidden: set[str]

    @property
    def world(self) -> World:
        return self.storm.world

    def waiting(self) -> set[str]:
        """Name the entries that have time to wait for what is not known about their symbol."""
        frozen = {drift.symbol for drift in self.standing if drift.freezes}
        frozen |= {told.symbol for told in self.last.values() if told.status is OrderStatus.UNKNOWN}
        approvals = (a for a in self.world.told(OrderApproved) if a.expires_at > self.storm.ended)
        return {a.approval_id for a in approvals if a.symbol in frozen}


def judge(storm: Storm) -> None:
    """Raise on the first promise that was not kept."""
    last = {m.client_order_id: m for m in storm.world.told(OrderChanged)}
    orders = storm.world.broker.orders
    untold = {name: orders[name] for name in orders.keys() - last.keys() - set(storm.asked)}
    ended = {name for name, order in untold.items() if order.status in TERMINAL and not order.filled}
    hidden = ended | (untold.keys() & storm.world.broker.late)
    evidence = Evidence(storm, last, storm.world.told(DriftFound), _standing(storm), hidden)
    assert storm.world.broker.doubled == []
    every_request_to_cancel(storm)
    every_stop(storm, last)
    for promise in (
        _every_intent,
        _every_order,
        _every_cancel,
        _every_step,
        _every_fill,
        _every_ticket,
        _every_send,
        _every_difference,
        _every_book,
    ):
        promise(evidence)


def _standing(storm: Storm) -> list[DriftFound]:
    standing: dict[tuple[DriftKind, str, str], DriftFound] = {}
    for body in storm.world.told(DriftFound, DriftResolved):
        key = body.difference, body.symbol, body.client_order_id
        if isinstance(body, DriftFound):
            standing[key] = body
        else:
            del standing[key]
    return list(standing.values())


def _every_intent(seen: Evidence) -> None:
    """Each is answered, but for entries that wait."""
    frozen = {drift.symbol for drift in seen.standing if drift.freezes}
    frozen |= {told.symbol for told in seen.last.values() if told.status is OrderStatus.UNKNOWN}
    waiting = {
        a.approval_id for a in seen.world.told(OrderApproved) if a.expires_at > seen.storm.ended and a.symbol in frozen
    }
    untold = set(seen.storm.asked) - seen.last.keys() - waiting
    assert not untold, f"{untold}: nothing was ever told of them"
    withheld = {told.purpose for told in seen.last.values() if told.status is OrderStatus.WITHHELD}
    assert withheld <= {Purpose.ENTRY}, "an exit was withheld"


def _every_order(seen: Evidence) -> None:
    """Each ends as the broker has it. One that it denies is shown, one that may not be sent again stays in doubt."""
    orders, denied = seen.world.broker.orders, {drift.client_order_id for drift in seen.drifted}
    stays = DOUBTFUL if seen.storm.kind is Kind.TAKES_DOUBLES else frozenset[OrderStatus]()
    for name, told in seen.last.items():
        if (theirs := orders.get(name)) is not None:
            legs = Purpose.PROTECT if theirs.parent else told.purpose
            assert (told.purpose, told.parent or theirs.parent) == (legs, theirs.parent or told.parent), (
                f"{name}: a leg"
            )
            ours, its = (told.status, told.filled_qty), (theirs.status, theirs.filled)
            assert ours == its, f"{name}: {ours} is {its} at the broker"
        else:
            waits = told.status in DOUBTFUL and name in seen.waiting()
            explained = waits or told.status in OURS_ALONE | stays or denied & {name, told.parent}
            assert explained, f"{name}: {told.status}, and nowhere"
    untold = orders.keys() - seen.last.keys() - seen.hidden
    assert not untold, f"{untold}: never told"


def _every_cancel(seen: Evidence) -> None:
    """Each protection that was taken back is gone, with what was known to hang on it.

    A stop that a person moves in that very moment is told of later, and taken back when it is asked for again.
    """
    group, back = defaultdict[str, set[str]](set), set[str]()
    for body in seen.world.told(OrderChanged, CancelProtection):
        if isinstance(body, OrderChanged):
            group[body.parent or body.client_order_id].add(body.client_order_id)
        else:
            back |= {body.client_order_id} | group[body.client_order_id]
    for drift in seen.drifted:
        back -= group[drift.client_order_id]
    # An entry that fills before it can be taken back keeps the exits that it brought.
    whole = {name for name in seen.last if _is_complete_entry(seen.last[name])}
    alive = {name for name in back & seen.last.keys() if seen.last[name].status in WORKING}
    alive -= {name for name in alive if seen.last[name].parent in whole}
    assert not alive, f"{alive}: taken back, and at work"


def _is_complete_entry(told: OrderChanged) -> bool:
    return told.purpose is Purpose.ENTRY and told.status is OrderStatus.FILLED


def _every_step(seen: Evidence) -> None:
    """No order's life has a hole or a step that the lifecycle does not know."""
    before: dict[str, OrderChanged] = {}
    for change in seen.world.told(OrderChanged):
        name, last = change.client_order_id, before.get(change.client_order_id)
        assert change.n == (last.n if last else 0) + 1, f"{name}: a hole among its facts"
        if last is not None and last.status is not change.status:
            assert may_become(last.status, change.status), f"{name}: {last.status} became {change.status}"
        before[name] = change


def _every_fill(seen: Evidence) -> None:
    """Each share is told once."""
    sums: dict[str, Decimal] = {}
    for fill in seen.world.told(OrderFilled):
        sums[fill.client_order_id] = sums.get(fill.client_order_id, Decimal(0)) + fill.qty
        assert fill.cum_qty == sums[fill.client_order_id], f"{fill.client_order_id}: a fill lost or told twice"
    orders = seen.world.broker.orders.items()
    assert sums == {name: order.filled for name, order in orders if order.filled and name not in seen.hidden}


def _every_ticket(seen: Evidence) -> None:
    """Each order that is sent stood in the log before, as it was sent."""
    intents: dict[str, tuple[datetime, Order]] = {}
    for record in seen.world.log.records:
        body = decode(record.data)
        if isinstance(body, OrderApproved | PlaceProtection | ClosePosition):
            order = intent(body, record.sequence, record.trace)
            intents[order.client_order_id] = record.time, order
    for at, ticket in seen.world.broker.sent:
        since, order = intents[ticket.client_order_id]
        is_whole = order.notional is not None and ticket.notional is None
        qty = order.qty.to_integral_value(ROUND_DOWN) if is_whole else order.qty
        wanted = order.symbol, order.side, qty, None if is_whole else order.notional, order.type
        sent = ticket.symbol, ticket.side, ticket.qty, ticket.notional, ticket.type
        assert sent == wanted, f"{ticket}: not what was asked for"
        assert not is_whole or ticket.symbol == WHOLE_ONLY, f"{ticket}: dollars were taken"
        assert since <= at, f"{ticket.client_order_id} was sent before it was asked for"


def _every_send(seen: Evidence) -> None:
    """No entry is sent after its time, while entries or its symbol are stopped, or beside one in doubt."""
    approvals = {m.approval_id: m for m in seen.world.told(OrderApproved)}
    # An order is as long on its way, and market time is wrong by as much where its answer was.
    grace = timedelta(seconds=2 * seen.storm.stormy)
    frozen = list(freezes(seen.storm, seen.drifted))
    doubts = list(_doubts(seen))
    for at, ticket in seen.world.broker.sent:
        name = ticket.client_order_id
        if (approval := approvals.get(name)) is not None:
            assert at <= approval.expires_at + grace, f"{name} was sent after its time"
            for begun, ended, symbol in frozen:
                stopped = symbol == ticket.symbol and begun + grace < at < ended - grace
                assert not stopped, f"{name} was sent at {at:%T}, frozen since {begun:%T}"
            for stop in (stop for stop in seen.storm.stops if stop.is_about(approval)):
                ended = stop.ended if stop.until is None else stop.ended - grace
                assert not stop.begun + grace < at < ended, f"{name} was sent at {at:%T}, stopped since {stop.begun:%T}"
            for doubt, ended in doubts:
                held = _is_before(seen, doubt, ticket) and doubt.at + grace < at < ended - grace
                assert not held, f"{name} was sent at {at:%T}, {doubt.client_order_id} in doubt since {doubt.at:%T}"


def _is_before(seen: Evidence, doubt: OrderChanged, ticket: Ticket) -> bool:
    asked = seen.storm.asked.index
    return doubt.symbol == ticket.symbol and asked(doubt.client_order_id) < asked(ticket.client_order_id)


def _doubts(seen: Evidence) -> Iterator[tuple[OrderChanged, datetime]]:
    """Give each order whose fate was not known, and when it was.

    What a process came to know just before it was killed can be missing from the log: then nobody can say when it was.
    """
    killed = [at for at, what in seen.storm.notes if what == "killed"]
    begun: dict[str, OrderChanged] = {}
    for record in seen.world.log.records:
        change = decode(record.data)
        if not isinstance(change, OrderChanged):
            continue
        doubt = begun.pop(change.client_order_id, None)
        if change.status is OrderStatus.UNKNOWN:
            begun[change.client_order_id] = change
        elif doubt is not None and not any(doubt.at < at < record.time for at in killed):
            yield doubt, change.at
    yield from ((doubt, seen.storm.ended) for doubt in begun.values())


def _every_difference(seen: Evidence) -> None:
    """What fills do not explain stands in the log, unless a person took the broker's word, and nothing else does."""
    broker = seen.world.broker
    moved = {symbol for symbol, qty in broker.moved.items() if qty}
    late = {broker.orders[name].ticket.symbol for name in seen.hidden if broker.orders[name].filled}
    unexplained = {drift.symbol for drift in seen.standing if drift.difference is DriftKind.QUANTITY_DRIFT}
    if (split := seen.storm.split) is not None:
        # A fill between the split and the next look at what is held hides it: then nobody can explain the count.
        moved, late, unexplained = (symbols - {split.symbol} for symbols in (moved, late, unexplained))
    if any(not body.lifts for _, body in resumes(seen.storm)):
        assert unexplained <= broker.moved.keys() | late, "a difference that is none"
    else:
        assert unexplained == moved | late, "a difference that nobody was told of, or that is none"
    denied = {d.client_order_id for d in seen.standing if d.difference is DriftKind.ORDER_DENIED}
    assert all(seen.last[name].status in WORKING for name in denied)


def _every_book(seen: Evidence) -> None:
    """A book read from the log alone is the one that a snapshot and the log after it give, and it is the broker's."""
    whole, resumed = seen.storm.books
    assert whole == resumed, "a snapshot holds something else than the log"
    differs = {drift.symbol for drift in seen.standing if drift.difference is DriftKind.QUANTITY_DRIFT}
    ours, theirs = whole.positions, seen.world.broker.held()
    wrong = {symbol for symbol in ours.keys() | theirs.keys() if ours.get(symbol, 0) != theirs.get(symbol, 0)}
    assert wrong == differs, f"{wrong}: not what the broker holds"
