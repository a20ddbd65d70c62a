"""What must be true after a storm: the log held against the broker's own memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from contracts.accounts import DriftFound, DriftKind, DriftResolved
from contracts.lifecycle import TERMINAL, WORKING, OrderStatus, may_become
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.verdicts import OrderApproved
from tests.simulation.storm import Kind, Storm
from tests.simulation.world import World

OURS_ALONE = {OrderStatus.WITHHELD, OrderStatus.REJECTED}
"""Ends that an order may have of which the broker knows nothing."""


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


def judge(storm: Storm) -> None:
    """Raise on the first promise that was not kept."""
    last = {m.client_order_id: m for m in storm.world.told(OrderChanged)}
    orders = storm.world.broker.orders
    hidden = {name for name in orders.keys() - last.keys() if orders[name].status in TERMINAL - {OrderStatus.FILLED}}
    evidence = Evidence(storm, last, storm.world.told(DriftFound), _standing(storm), hidden)
    assert storm.world.broker.doubled == []
    for promise in (_every_intent, _every_order, _every_step, _every_fill, _every_send, _every_difference):
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
    """Each is answered, but for entries that have time and wait for what is not known about their symbol."""
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
    doubtful = {OrderStatus.UNKNOWN} if seen.storm.kind is Kind.TAKES_DOUBLES else set[OrderStatus]()
    for name, told in seen.last.items():
        if (theirs := orders.get(name)) is not None:
            ours, its = (told.status, told.filled_qty), (theirs.status, theirs.filled)
            assert ours == its, f"{name}: {ours} is {its} at the broker"
        else:
            assert told.status in OURS_ALONE | doubtful or name in denied, f"{name}: {told.status}, and nowhere"
    untold = orders.keys() - seen.last.keys() - seen.hidden
    assert not untold, f"{untold}: never told"


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


def _every_send(seen: Evidence) -> None:
    """No entry is sent after its approval has expired, or while entries or its symbol are stopped."""
    approvals = {m.approval_id: m for m in seen.world.told(OrderApproved)}
    grace = timedelta(seconds=seen.storm.grace)
    stops = [*((begun, ended, "") for begun, ended in seen.storm.halts), *_freezes(seen)]
    for at, ticket in seen.world.broker.sent:
        name = ticket.client_order_id
        if (approval := approvals.get(name)) is not None:
            assert at <= approval.expires_at + grace, f"{name} was sent after its time"
            for begun, ended, symbol in stops:
                stopped = symbol in ("", ticket.symbol) and begun + grace < at < ended
                assert not stopped, f"{name} was sent at {at:%T}, stopped since {begun:%T}"


def _freezes(seen: Evidence) -> Iterator[tuple[datetime, datetime, str]]:
    """Give from when to when each symbol was frozen."""
    resumed = [ended for _, ended in seen.storm.halts]
    ends = {(d.difference, d.symbol, d.client_order_id, d.at) for d in seen.world.told(DriftResolved)}
    for drift in seen.drifted:
        if drift.freezes:
            key = drift.difference, drift.symbol, drift.client_order_id
            over = [at for *other, at in ends if (*other,) == key and at > drift.at]
            yield drift.at, min([seen.storm.ended, *over, *(at for at in resumed if at > drift.at)]), drift.symbol


def _every_difference(seen: Evidence) -> None:
    """What fills do not explain stands in the log, unless a person took the broker's word, and nothing else does."""
    broker = seen.world.broker
    moved = {symbol for symbol, qty in broker.moved.items() if qty}
    late = {broker.orders[name].ticket.symbol for name in seen.hidden if broker.orders[name].filled}
    unexplained = {drift.symbol for drift in seen.standing if drift.difference is DriftKind.QUANTITY_DRIFT}
    assert unexplained <= moved | late, "a difference that is none"
    assert seen.storm.halts or moved | late <= unexplained, "a difference that nobody was told of"
    denied = {d.client_order_id for d in seen.standing if d.difference is DriftKind.ORDER_DENIED}
    assert all(seen.last[name].status in WORKING for name in denied)
