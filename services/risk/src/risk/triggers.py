"""What locks entries by itself: losses of the day, from the highest, in a row, at the stop; and a rest after a trip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from contracts import layers
from contracts.accounts import AccountSnapshot, DriftFound
from contracts.days import new_york
from contracts.limits import Limits
from contracts.locks import Locked, LockKind
from contracts.log import Message
from contracts.orders import OrderFilled
from contracts.values import TradingState, derived_id, plain
from risk import equity, results
from risk.results import RoundTrip, StopLoss
from risk.state import State


def locks(state: State, event: Message) -> tuple[Locked, ...]:
    """Say what an event, which the state has not taken in, locks; nothing whose time is over already."""
    match event:
        case AccountSnapshot():
            found = _of_equity(state, event)
        case OrderFilled():
            trip = results.ended_by(state.results, event, state.position(event.symbol).qty)
            found = iter(()) if trip is None else _of_trip(state, trip)
        case _:
            return ()
    return tuple(lock for lock in found if lock.until is None or state.now is None or lock.until > state.now)


def heard(state: State, fact: Message) -> None:
    """Take in what leads to locks, before the ledger does: it forgets entries that are complete."""
    match fact:
        case OrderFilled():
            entry = state.entries.get(fact.client_order_id)
            strategy = entry.strategy if entry else ""
            results.filled(state.results, fact, state.position(fact.symbol).qty, strategy)
            state.equity = equity.filled(state.equity, fact)
        case AccountSnapshot():
            state.equity = equity.shown(state.equity, fact, anew=_is_drawn_down(state))
            results.settled(state.results, state.positions.keys())
        case DriftFound():
            state.equity = equity.drifted(state.equity, fact)
        case Locked():
            results.locked(state.results, fact)
            state.equity = equity.locked(state.equity, fact)
        case _:
            return


def _of_equity(state: State, snapshot: AccountSnapshot) -> Iterator[Locked]:
    now = equity.shown(state.equity, snapshot, anew=False)
    worth = equity.kept(state.equity, snapshot)
    if now.locked != now.day and _is_reached(now.begun, worth, state.limits.max_daily_loss):
        yield _loss_of_the_day(state, snapshot, now.begun, worth)
    if not _is_drawn_down(state) and _is_reached(now.highest, worth, state.limits.max_drawdown):
        yield _drawdown(state, snapshot, now.highest, worth)


def _is_drawn_down(state: State) -> bool:
    """Say whether a drawdown has locked the account and nobody has answered for it yet."""
    return any(lock.lock is LockKind.DRAWDOWN for lock in state.locks.values())


def _is_reached(before: Decimal, worth: Decimal, limit: Decimal) -> bool:
    return limit > 0 and before > 0 and before - worth >= limit * before


def _loss_of_the_day(state: State, snapshot: AccountSnapshot, begun: Decimal, worth: Decimal) -> Locked:
    limit, share = state.limits.max_daily_loss, (begun - worth) / begun
    until = _next_day(snapshot.at)
    return Locked(
        lock_id=_id(state, LockKind.DAILY_LOSS, f"{new_york(snapshot.at):%F}"), account=state.account,
        lock=LockKind.DAILY_LOSS, level=TradingState.HALTED, at=snapshot.at, until=until,
        value=_number(share), limit=plain(limit),
        reason=f"the day has lost {_dollars(begun - worth)} dollars, {share:.2%} of {_dollars(begun)}, the limit is "
        f"{limit:.2%}: {_end(until)}",
    )  # fmt: skip


def _drawdown(state: State, snapshot: AccountSnapshot, highest: Decimal, worth: Decimal) -> Locked:
    limit, share = state.limits.max_drawdown, (highest - worth) / highest
    return Locked(
        lock_id=_id(state, LockKind.DRAWDOWN, str(snapshot.n)), account=state.account, lock=LockKind.DRAWDOWN,
        level=TradingState.HALTED, at=snapshot.at, value=_number(share), limit=plain(limit),
        reason=f"the account is worth {_dollars(worth)} dollars, {share:.2%} below its highest {_dollars(highest)}, "
        f"the limit is {limit:.2%}: {_end(None)}",
    )  # fmt: skip


def _of_trip(state: State, trip: RoundTrip) -> Iterator[Locked]:
    if trip.gain < 0:
        yield from _losses_in_a_row(state, trip)
    if trip.stopped:
        yield from _stop_losses(state, trip)
    limits = layers.narrowed(state.layers, state.limits, state.account, trip.strategy, trip.symbol)
    if minutes := limits.cool_down_minutes:
        until = trip.at + timedelta(minutes=minutes)
        yield Locked(
            lock_id=_id(state, LockKind.COOL_DOWN, trip.cause), account=state.account, lock=LockKind.COOL_DOWN,
            level=TradingState.REDUCING, at=trip.at, until=until, symbol=trip.symbol, value="0", limit=str(minutes),
            reason=f"{trip.symbol} was left {_at(trip.at)}, and rests for {minutes} minutes: {_end(until)}",
        )  # fmt: skip


def _losses_in_a_row(state: State, trip: RoundTrip) -> Iterator[Locked]:
    limit, count = state.limits.max_consecutive_losses, state.results.losses + 1
    if limit and count >= limit:
        until = _until(state.limits, trip)
        yield Locked(
            lock_id=_id(state, LockKind.CONSECUTIVE_LOSSES, trip.cause), account=state.account,
            lock=LockKind.CONSECUTIVE_LOSSES, level=TradingState.REDUCING, at=trip.at, until=until, value=str(count),
            limit=str(limit), reason=f"{_trades(count)} in a row lost, the limit is {limit}: {_end(until)}",
        )  # fmt: skip


def _stop_losses(state: State, trip: RoundTrip) -> Iterator[Locked]:
    """Lock the strategy that hit all of the stops; the account, where they were hit by several or by nobody in name."""
    stops = [*state.results.stops, StopLoss(trip.at, trip.strategy)]
    of_strategy = layers.narrowed(state.layers, state.limits, state.account, trip.strategy, "")
    own = _lately([stop for stop in stops if stop.strategy == trip.strategy], of_strategy, trip.at)
    every = _lately(stops, state.limits, trip.at)
    if trip.strategy and 0 < of_strategy.max_stop_losses <= len(own):
        yield _stopped_out(state, trip, of_strategy, len(own), trip.strategy)
    elif 0 < state.limits.max_stop_losses <= len(every) and (not trip.strategy or len({s.strategy for s in every}) > 1):
        yield _stopped_out(state, trip, state.limits, len(every), "")


def _lately(stops: list[StopLoss], limits: Limits, at: datetime) -> list[StopLoss]:
    since = at - timedelta(minutes=limits.stop_loss_minutes)
    return [stop for stop in stops if stop.at > since]


def _stopped_out(state: State, trip: RoundTrip, limits: Limits, count: int, strategy: str) -> Locked:
    until, whose = _until(limits, trip), f" of {strategy}" if strategy else ""
    return Locked(
        lock_id=_id(state, LockKind.STOP_LOSSES, trip.cause), account=state.account, lock=LockKind.STOP_LOSSES,
        level=TradingState.REDUCING, at=trip.at, until=until, strategy=strategy, value=str(count),
        limit=str(limits.max_stop_losses),
        reason=f"{_trades(count)}{whose} hit a stop within {limits.stop_loss_minutes} minutes, the limit is "
        f"{limits.max_stop_losses}: {_end(until)}",
    )  # fmt: skip


def _id(state: State, kind: LockKind, cause: str) -> str:
    return derived_id(state.account, "lock", kind, cause)


def _until(limits: Limits, trip: RoundTrip) -> datetime | None:
    return trip.at + timedelta(minutes=limits.lock_minutes) if limits.lock_minutes else None


def _next_day(at: datetime) -> datetime:
    local = new_york(at)
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo).astimezone(UTC)


def _end(until: datetime | None) -> str:
    by_hand = "`interlock resume` or POST /resume"
    return f"no entries until {by_hand}" if until is None else f"no entries until {_at(until)}, or {by_hand}"


def _at(moment: datetime) -> str:
    return f"{new_york(moment):%F %R} New York"


def _trades(count: int) -> str:
    return "1 trade" if count == 1 else f"{count} trades"


def _number(share: Decimal) -> str:
    return plain(share.quantize(Decimal("0.0001")))


def _dollars(amount: Decimal) -> str:
    return plain(amount.quantize(Decimal("0.01")))
