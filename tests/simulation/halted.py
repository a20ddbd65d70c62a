"""Stopped entries after a storm: what was taken back, rightly and always, and when each symbol was frozen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from contracts.accounts import DriftFound, DriftResolved
from contracts.control import Resumed
from contracts.exits import CancelProtection
from contracts.halts import thaws
from contracts.lifecycle import WORKING
from contracts.log import decode
from contracts.orders import OrderChanged
from contracts.verdicts import OrderApproved
from tests.simulation.stops import FOREVER
from tests.simulation.storm import Storm

LATENESS = timedelta(minutes=2)
"""Where nobody answers, market time stands still for a while, and a call has to wait for its turn."""


def every_request_to_cancel(storm: Storm) -> None:
    """None is made but of what was taken back, and of entries while trading was halted for them."""
    orders, approvals = storm.world.broker.orders, {m.approval_id: m for m in storm.world.told(OrderApproved)}
    back = {body.client_order_id for body in storm.world.told(CancelProtection)}
    back |= {m.client_order_id for m in storm.world.told(OrderChanged) if m.parent in back}
    for at, broker_order_id in storm.world.broker.cancels:
        name = broker_order_id.removeprefix("b-")
        if name in back or (name in orders and orders[name].group in back):
            continue
        hard = [stop for stop in storm.stops if stop.is_hard and name in approvals]
        halted = (s for s in hard if s.is_about(approvals[name]) and s.begun <= at < s.ended + LATENESS)
        assert any(halted), f"a cancel of {name} was asked for at {at:%T}, and nobody wanted it"


def every_stop(storm: Storm, last: dict[str, OrderChanged]) -> None:
    """Where trading is still halted at the end no entry works, unless the broker denies it."""
    halted = [stop for stop in storm.stops if stop.is_hard and stop.ended == FOREVER]
    for approval in storm.world.told(OrderApproved):
        name, told = approval.approval_id, last.get(approval.approval_id)
        works = told is not None and told.status in WORKING and name in storm.world.broker.orders
        assert not (works and any(stop.is_about(approval) for stop in halted)), f"{name} works, and is halted"


def freezes(storm: Storm, drifted: list[DriftFound]) -> Iterator[tuple[datetime, datetime, str]]:
    """Give from when to when each symbol was frozen."""
    resumed = resumes(storm)
    ends = {(d.difference, d.symbol, d.client_order_id, d.at) for d in storm.world.told(DriftFound, DriftResolved)
            if isinstance(d, DriftResolved) or not d.freezes}  # fmt: skip
    for drift in drifted:
        if drift.freezes:
            key = drift.difference, drift.symbol, drift.client_order_id
            over = [at for *other, at in ends if (*other,) == key and at > drift.at]
            yield drift.at, min([storm.ended, *over, *_thawed(drift, resumed)]), drift.symbol


def resumes(storm: Storm) -> list[tuple[datetime, Resumed]]:
    bodies = ((record.time, decode(record.data)) for record in storm.world.log.records)
    return [(at, body) for at, body in bodies if isinstance(body, Resumed)]


def _thawed(drift: DriftFound, resumed: list[tuple[datetime, Resumed]]) -> list[datetime]:
    return [at for at, body in resumed if at > drift.at and thaws(body, drift)]
