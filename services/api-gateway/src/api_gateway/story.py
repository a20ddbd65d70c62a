"""Why an order is, or is not: the records of one story as a chain from cause to effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from contracts.accounts import HoldingSplit
from contracts.commands import FlattenAsked, FlattenChecked
from contracts.exits import (
    CancelProtection,
    ClosePosition,
    CoverageChanged,
    MarkRaised,
    MoveProtection,
    PlaceProtection,
)
from contracts.log import Message, Record
from contracts.market import AssetReported, Quote, SplitAnnounced, Tick
from contracts.orders import OrderChanged, OrderFilled
from contracts.signals import Signal, SignalRefused
from contracts.values import plain
from contracts.verdicts import Check, ExitApproved, OrderApproved, OrderDenied


class Step(Struct, frozen=True):
    """One fact. `cause` is the sequence of the record that led to it, `depth` how many steps of the story do.

    `time` is when the log stored it, by the wall; `text` says it in a sentence; `checks` are a verdict's rules.
    """

    sequence: int
    cause: int
    depth: int
    time: datetime
    kind: str
    text: str
    fact: Message
    checks: tuple[Check, ...] = ()


class Story(Struct, frozen=True):
    """`through` is the last sequence that the audit had stored when it was asked.

    `cut`: it is longer than what the audit gives of a story, and this is its beginning.
    """

    id: str
    trace_id: str
    through: int
    steps: tuple[Step, ...]
    cut: bool = False


def story(name: str, records: Sequence[Record], through: int, *, cut: bool = False) -> Story:
    """Arrange records, given in the order of the log. Where they are of several accounts, each says of which."""
    several = len({account for record in records if (account := _whose(record))}) > 1
    depths: dict[int, int] = {}
    steps: list[Step] = []
    for record in records:
        depths[record.sequence] = depths.get(record.cause, -1) + 1
        whose = f"{account}: " if several and (account := _whose(record)) else ""
        steps.append(_step(record, depths[record.sequence], whose))
    traces = (record.trace.split("-") for record in records if record.trace)
    trace_id = next((parts[1] for parts in traces if len(parts) > 1), "")
    return Story(name, trace_id, through, tuple(steps), cut)


def _whose(record: Record) -> str:
    return getattr(record.body, "account", "")


def _step(record: Record, depth: int, whose: str) -> Step:
    body = record.body
    checks = body.checks if isinstance(body, OrderApproved | ExitApproved | OrderDenied) else ()
    kind = type(body).__name__
    return Step(record.sequence, record.cause, depth, record.time, kind, whose + sentence(body), body, checks)


def sentence(fact: Message) -> str:
    """Say a fact in words; what is no part of an order's story is named by its kind."""
    match fact:
        case Signal(source=source, action=action, symbol=symbol, confidence=confidence):
            return f"{source} signal: {action} {symbol}, confidence {confidence:g}"
        case SignalRefused(code=code, reason=reason):
            return f"refused at the door: {code}: {reason}"
        case OrderDenied(code=code, value=value, limit=limit):
            return f"denied by {code}: {value} against {limit}"
        case OrderApproved(side=side, reference_price=price, protection=rests):
            protected = f"; protection: {rests}" if rests else ""
            return f"approved: {side} {_size(fact)} at about {price:f}{protected}"
        case ExitApproved(symbol=symbol, qty=qty):
            return f"exit approved: sell {'all' if qty is None else f'{qty:f}'} {symbol}"
        case _:
            return _of_orders(fact)


def _of_orders(fact: Message) -> str:
    match fact:
        case OrderChanged():
            return _order(fact)
        case OrderFilled(purpose=purpose, side=side, qty=qty, symbol=symbol, price=price):
            return f"{purpose} filled: {side} {qty:f} {symbol} at {price:f}"
        case PlaceProtection(qty=qty, symbol=symbol, stop_price=stop, target_price=target, reason=reason, why=why):
            above = "" if target is None else f", target {target:f}"
            return f"protect {qty:f} {symbol}: stop {stop:f}{above} ({reason}){f': {why}' if why else ''}"
        case CancelProtection() | MoveProtection():
            return _of_protection(fact)
        case ClosePosition(qty=qty, symbol=symbol, reason=reason):
            return f"close {qty:f} {symbol} ({reason})"
        case _:
            return _of_commands(fact)


def _of_protection(fact: CancelProtection | MoveProtection) -> str:
    if isinstance(fact, CancelProtection):
        return f"take order {fact.client_order_id} of {fact.symbol} back ({fact.reason})"
    return (
        f"raise the stop of {fact.symbol}, order {fact.client_order_id}, to {fact.stop_price:f} (behind {fact.reason})"
    )


def _of_commands(fact: Message) -> str:
    if isinstance(fact, FlattenAsked):
        what = "the kill switch" if fact.halt else f"leave {fact.symbol or 'everything'}"
        return f"ordered by {fact.by}: {what}{f': {fact.why}' if fact.why else ''}"
    if not isinstance(fact, FlattenChecked):
        return _of_splits(fact)
    if fact.problem or fact.flat:
        return fact.problem or "flat, verified at the broker"
    left = [f"{plain(one.qty)} {one.symbol} ({one.why})" for one in fact.remaining]
    orders = f"{len(fact.orders)} open order{'s' * (len(fact.orders) != 1)}"
    return "the broker still has " + ", ".join([*left, *([orders] if fact.orders else [])])


def _of_splits(fact: Message) -> str:
    match fact:
        case SplitAnnounced(symbol=symbol, old_rate=old, new_rate=new, ex_date=day):
            return f"{symbol} is split {plain(new)} for {plain(old)} on {day}"
        case HoldingSplit(symbol=symbol, old_rate=old, new_rate=new, qty_before=before, qty_after=after):
            counts = f"the broker counts {plain(after)} shares now, after {plain(before)}"
            return f"{symbol} was split {plain(new)} for {plain(old)}: {counts}"
        case _:
            return _of_causes(fact)


def _of_causes(fact: Message) -> str:
    match fact:
        case CoverageChanged(symbol=symbol, uncovered=uncovered, share_seconds=seconds):
            bare = f"{plain(uncovered)} {symbol} without protection" if uncovered else f"{symbol} is covered or gone"
            return f"{bare}; {seconds:.2f} share-seconds without so far"
        case Quote(symbol=symbol, bid=bid, ask=ask, last=last):
            return f"quote of {symbol}: bid {bid:g}, ask {ask:g}{f', last trade {last:g}' if last else ''}"
        case MarkRaised(symbol=symbol, price=price):
            return f"{symbol} was as high as {price:g}"
        case Tick(at=at, is_open=is_open):
            return f"market time {at:%Y-%m-%d %H:%M:%S} UTC, {'open' if is_open else 'closed'}"
        case AssetReported(symbol=symbol, tradable=tradable):
            return f"the broker says that {symbol} may {'' if tradable else 'not '}be traded"
        case _:
            return type(fact).__name__


def _order(order: OrderChanged) -> str:
    terms = "".join(f" {price:f}" for price in (order.stop_price, order.limit_price) if price is not None)
    why = f": {order.code} {order.reason}".rstrip() if order.code or order.reason else ""
    return f"{order.purpose} order {order.status}: {order.side} {_size(order)} {order.type}{terms}{why}"


def _size(fact: OrderApproved | OrderChanged) -> str:
    return f"{fact.qty:f} {fact.symbol}" if fact.notional is None else f"{fact.notional:f} dollars of {fact.symbol}"
