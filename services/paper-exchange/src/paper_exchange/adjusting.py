"""Bars of the past at the prices that splits since have made: what `adjustment` asks for."""

from collections.abc import Callable

from msgspec.structs import replace

from exchange.split import Split, rated
from paper_exchange.bars import Candle
from paper_exchange.floor import Floor

ASKED_BY = frozenset({"split", "all"})


def by_splits(house: Floor) -> Callable[[Candle], Candle]:
    """Give what makes a bar one of shares as they are now; splits to come change nothing yet."""
    now = house.moment().now
    done = [split for split in house.state.splits.values() if split.due <= now]

    def adjusted(one: Candle) -> Candle:
        for split in done:
            if split.symbol == one.symbol and one.at < split.due:
                one = _after(one, split)
        return one

    return adjusted


def as_traded(one: Candle) -> Candle:
    return one


def _after(one: Candle, split: Split) -> Candle:
    opened, high, low, close = (rated(price, split) for price in (one.open, one.high, one.low, one.close))
    volume = int(one.volume * split.new_rate / split.old_rate)
    return replace(one, open=opened, high=high, low=low, close=close, volume=volume)
