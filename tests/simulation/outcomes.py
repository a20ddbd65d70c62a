"""What befell a storm, and what must befall some of them."""

from __future__ import annotations

from collections import Counter

from contracts.accounts import DriftFound, DriftResolved, HoldingSplit
from contracts.exits import CancelProtection
from contracts.lifecycle import WORKING, OrderStatus
from contracts.orders import OrderChanged, OrderFilled
from contracts.verdicts import OrderApproved
from tests.simulation.storm import Storm


def outcomes(storm: Storm) -> Counter[str]:
    """Count what befell a storm and what the executor told, to see that storms reach what they are for."""
    changes = storm.world.told(OrderChanged)
    entries = {approval.approval_id for approval in storm.world.told(OrderApproved)}
    in_dollars = {a.approval_id for a in storm.world.told(OrderApproved) if a.notional is not None}
    found = storm.happened + Counter(f"told {change.status}" for change in changes)
    found.update(f"withheld {change.code}" for change in changes if change.status is OrderStatus.WITHHELD)
    found.update(f"drift {drift.difference}" for drift in storm.world.told(DriftFound))
    found.update(f"resolved {drift.difference}" for drift in storm.world.told(DriftResolved))
    found.update(f"exit of an entry {change.status}" for change in changes if change.parent in entries)
    sent = [ticket for _, ticket in storm.world.broker.sent if ticket.client_order_id in in_dollars]
    found.update("dollars sent" if ticket.notional else "whole shares sent for dollars" for ticket in sent)
    found.update(f"dollars {change.status}" for change in changes if change.notional is not None)
    back = {body.client_order_id for body in storm.world.told(CancelProtection)}
    asked = {i.removeprefix("b-") for _, i in storm.world.broker.cancels} & entries - back
    ended = (m for m in changes if m.client_order_id in asked and m.status is OrderStatus.CANCELED)
    found.update("halted entry canceled" for _ in ended)
    found.update(f"no to raise a stop: {change.code}" for change in changes if change.code and change.status in WORKING)
    found["stop raised"] += sum(change.client_order_id.startswith("raised") for change in changes)
    found.update(f"filled {fill.purpose}" for fill in storm.world.told(OrderFilled))
    found.update("split told" for _ in storm.world.told(HoldingSplit))
    return found


SOMETIMES = (
    "submit down", "submit busy", "submit lost", "submit late", "submit unheard", "submit filled", "submit lagging",
    "replace down", "replace lost", "replace unheard", "replace refused", "stop raised",
    "no to raise a stop: 40310000", "no to raise a stop: 42210000",
    "cancel down", "cancel lost", "cancel unheard", "cancel stuck", "read down", "read lost", "clock down",
    "clock lost", "stream late", "stream dropped", "stream doubled", "stream gap", "killed", "stopped", "halt",
    "halted symbol", "order by hand", "trade by hand", "moved stop", "canceled by hand", "filled after its end",
    "session closed", "filled ten minutes after its end", "rejected after acceptance", "dividend", "shares moved",
    "order forgotten", "filled while new", "filled while partially_filled", "filled while pending_cancel",
    "told submitting", "told unknown", "told withheld", "told new", "told held", "told partially_filled",
    "told pending_cancel", "told filled", "told canceled", "told expired", "told rejected", "told replaced",
    "withheld halted", "withheld locked", "withheld gate_off", "halted entry canceled", "withheld expired",
    "withheld frozen", "drift external_order", "drift quantity_drift", "drift cash_drift", "drift missing_stop",
    "drift order_denied", "resolved external_order", "resolved quantity_drift", "resolved cash_drift",
    "resolved missing_stop", "filled entry", "filled protect",
    "filled close", "filled external", "exit of an entry held", "exit of an entry new",
    "exit of an entry partially_filled", "exit of an entry filled", "exit of an entry canceled",
    "exit of an entry replaced", "dollars sent", "whole shares sent for dollars",
    "withheld fractional", "dollars unknown", "dollars new", "dollars partially_filled", "dollars filled",
    "dollars canceled", "dollars rejected", "split", "split told", "splits down", "splits lost",
)  # fmt: skip
"""Each must have happened in a few hundred storms, or they prove nothing about it."""
