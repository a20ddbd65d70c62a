"""When a position follows a split: on its eve, when the session opens, when the broker counts anew."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from contracts.accounts import HoldingSplit
from contracts.exits import MarkRaised, MoveProtection, PlaceProtection
from contracts.log import Message
from contracts.market import SplitAnnounced
from contracts.orders import OrderFilled
from position_manager.book import ledger
from position_manager.book.position import Position
from position_manager.market import Market
from position_manager.splits import announced as splits
from position_manager.splits import restating
from position_manager.splits.announced import Split


def held_back(market: Market, symbol: str, at: datetime) -> Split | None:
    """Give the split for which no protection rests: a stop from before it would sell everything when it opens."""
    today = splits.day(at)
    if not market.is_open and market.next_open is not None:
        today = max(today, splits.day(market.next_open))
    return next(iter(splits.due(market.splits, symbol, today)), None)


def ticked(position: Position, before: Market, market: Market) -> Position:
    """See time pass: what rests is taken back on the eve, and prices follow when the session opens."""
    if market.now is None or position.symbol not in before.splits:
        return position
    position = _priced_by(position, before, market)
    is_eve = held_back(market, position.symbol, market.now) is not None
    return restating.outdated(position, position.parts, market) if is_eve else position


def implied(market: Market, position: Position | None, fact: Message) -> tuple[Market, Position | None]:
    """Take in what a fact of ours gives away: on the day of a split, only the new prices let it be.

    The tick that brought them ages out of the log.
    """
    if not isinstance(fact, PlaceProtection | MoveProtection | MarkRaised) or fact.symbol not in market.splits:
        return market, position
    after, today = market, splits.day(fact.at)
    for split in splits.due(market.splits, fact.symbol, today):
        after = _with(after, fact.symbol, replace(split, priced=today))
    return after, None if position is None else _priced_by(position, market, after)


def _priced_by(position: Position, before: Market, after: Market) -> Position:
    """Let prices follow the splits that hold in `after` and did not in `before`."""
    for split in before.splits[position.symbol]:
        now = splits.known_as(after.splits, position.symbol, split.action_id)
        if split.priced is None and now is not None and now.priced is not None:
            position = restating.priced(position, split, after)
    return position


def entered(position: Position, fill: OrderFilled, market: Market) -> Position:
    """Give shares that were bought before a split, and are told of after it, the prices that hold now.

    Exits that came with them rest at those of before.
    """
    held = [split for split in market.splits.get(position.symbol, ()) if split.priced]
    if not held:
        return position
    late = tuple(part for part in position.parts if part.execution_id == fill.execution_id)
    divided = replace(position, parts=late)
    for split in held:
        divided = restating.priced(divided, split, market)
    now = {part.part_id: part for part in divided.parts}
    parts = tuple(now.get(part.part_id, part) for part in position.parts)
    return replace(position, parts=parts, orders=divided.orders)


def told(
    market: Market, positions: dict[str, Position], fact: SplitAnnounced | HoldingSplit
) -> tuple[Market, dict[str, Position]]:
    """Give the market and the positions after what was told of a split."""
    if isinstance(fact, SplitAnnounced):
        return replace(market, splits=splits.announced(market.splits, fact)), {}
    market, position = _carried_out(positions.get(fact.symbol), market, fact)
    return market, {} if position is None else {fact.symbol: position}


def _carried_out(position: Position | None, market: Market, fact: HoldingSplit) -> tuple[Market, Position | None]:
    """Take in that the broker's count has followed a split, and the prices with it, unless a session comes before.

    That is told by the fact's own time: what is known of sessions ages out of the log.
    """
    split = splits.known_as(market.splits, fact.symbol, fact.action_id) or _untold(fact)
    if split.counted:
        return market, position
    now = split.priced is None and splits.next_session(fact.at) >= split.ex_date
    done = replace(split, priced=splits.day(fact.at) if now else split.priced, counted=True)
    if position is not None:
        position = restating.priced(position, split, market) if now else position
        position = restating.counted(position, split, fact)
    return _with(market, fact.symbol, done), position


def _untold(fact: HoldingSplit) -> Split:
    ex_date = splits.next_session(fact.at)
    return Split(action_id=fact.action_id, old_rate=fact.old_rate, new_rate=fact.new_rate, ex_date=ex_date)


def _with(market: Market, symbol: str, split: Split) -> Market:
    return replace(market, splits=splits.taken(market.splits, symbol, split))


def counted(position: Position, theirs: Decimal, market: Market) -> Position:
    """Hold the broker's count against ours, but for what a split explains that the broker carries out."""
    if any(_explains(one, position.held, theirs) for one in _unsettled(market, position)):
        return replace(position, missing=None)
    return ledger.counted(position, theirs)


def certain(adopted: dict[str, Position], market: Market) -> dict[str, Position]:
    """Give the positions with strangers' shares, but for those that may be what a split made of our own."""
    return {symbol: position for symbol, position in adopted.items() if not _unsettled(market, position)}


def _unsettled(market: Market, position: Position) -> tuple[Split, ...]:
    """Give the splits of shares of ours that the broker's count may or may not have followed."""
    known = market.splits.get(position.symbol, ())
    waits = held_back(market, position.symbol, market.now) if known and market.now else None
    return tuple(
        one
        for one in known
        if not one.counted and (one.priced or one is waits) and restating.older(position, one.ex_date)
    )


def _explains(split: Split, held: Decimal, theirs: Decimal) -> bool:
    # Below one share the broker pays in cash.
    fewer = split.shares(held)
    return theirs >= held or (fewer < held and theirs > fewer - restating.SHARE)
