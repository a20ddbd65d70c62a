"""How long shares stand without protection: told whenever the uncovered part of an entry fill changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from contracts.exits import CoverageChanged
from contracts.log import Message
from contracts.orders import OrderFilled
from position_manager.book.order import ZERO
from position_manager.book.position import Part, Position
from position_manager.state import Gap, State


def told(
    state: State, positions: Iterable[Position], at: datetime, event: Message | None = None
) -> tuple[CoverageChanged, ...]:
    """Compare positions, as they are at `at`, with what was told of their fills. A fill is told of in any case."""
    found = (one for position in positions for one in _changes(state, position, at, event))
    return tuple(replace(one, n=number) for number, one in enumerate(found, state.coverage_n + 1))


def taken(state: State, fact: CoverageChanged) -> None:
    """Take in what was told, in place: what is covered again needs no memory."""
    state.coverage_n = fact.n
    gaps = state.gaps.setdefault(fact.symbol, {})
    if fact.uncovered:
        gaps[fact.execution_id] = Gap(fact.uncovered, fact.most, fact.share_seconds, fact.at)
    else:
        gaps.pop(fact.execution_id, None)
    if not gaps:
        del state.gaps[fact.symbol]


def uncovered(position: Position) -> dict[str, Decimal]:
    """Count, by entry fill, the shares of which no order is known to rest at the broker, nor to sell them.

    Those that a stranger's stop holds are not among them: there is nothing that we could do for these.
    """
    found, guarded = dict[str, Decimal](), position.strangers.guarded
    for part in position.parts:
        if not _is_covered(part, position):
            theirs = ZERO if part.order else min(part.qty, guarded)
            guarded -= theirs
            if bare := part.qty - theirs:
                found[part.execution_id] = found.get(part.execution_id, ZERO) + bare
    return found


def _is_covered(part: Part, position: Position) -> bool:
    order = position.orders.get(part.order)
    return order is not None and order.known


def _is_covered_at_once(fill: OrderFilled, position: Position, bare: dict[str, Decimal]) -> bool:
    is_ours = any(part.execution_id == fill.execution_id for part in position.parts)
    return is_ours and fill.execution_id not in bare


def _changes(state: State, position: Position, at: datetime, event: Message | None) -> Iterator[CoverageChanged]:
    gaps, now = state.gaps.get(position.symbol, {}), uncovered(position)
    if isinstance(event, OrderFilled) and _is_covered_at_once(event, position, now):
        yield CoverageChanged(
            account=state.account, n=0, execution_id=event.execution_id, symbol=position.symbol, uncovered=ZERO,
            most=event.qty, share_seconds=0.0, at=at,
        )  # fmt: skip
    for name in dict.fromkeys((*gaps, *now)):
        gap, qty = gaps.get(name, Gap(ZERO, ZERO, 0.0, at)), now.get(name, ZERO)
        if qty != gap.qty:
            # The broker's clock, which orders are dated by, may be behind that of the fills.
            seconds = max((at - gap.since).total_seconds(), 0.0)
            yield CoverageChanged(
                account=state.account, n=0, execution_id=name, symbol=position.symbol, uncovered=qty,
                most=max(qty, gap.most), share_seconds=round(gap.share_seconds + seconds * float(gap.qty), 6), at=at,
            )  # fmt: skip
