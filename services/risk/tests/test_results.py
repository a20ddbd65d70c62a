"""Whatever is bought and sold in whatever parts: no dollar is lost between the trades, and losses are counted right."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from contracts.orders import OrderFilled, Purpose
from contracts.values import Side
from risk.results import Results, RoundTrip, ended_by, filled

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)

moves = st.lists(st.tuples(st.sampled_from("AB"), st.booleans(), st.integers(1, 4), st.integers(99, 101)), max_size=40)


def fill(number: int, symbol: str, side: Side, qty: Decimal, price: int) -> OrderFilled:
    return OrderFilled(
        account="paper", execution_id=f"x{number}", client_order_id=f"o{number}", symbol=symbol, side=side, qty=qty,
        purpose=Purpose.ENTRY if side is Side.BUY else Purpose.PROTECT, price=Decimal(price), cum_qty=qty, at=NOON,
    )  # fmt: skip


@given(moves)
def test_what_all_trades_brought_is_what_all_fills_brought(moves: list[tuple[str, bool, int, int]]):
    results, ended = Results(), list[RoundTrip]()
    held, brought = defaultdict[str, Decimal](Decimal), Decimal(0)
    for number, (symbol, buys, qty, price) in enumerate(moves):
        shares = Decimal(qty) if buys else min(Decimal(qty), held[symbol])
        if not shares:
            continue
        one = fill(number, symbol, Side.BUY if buys else Side.SELL, shares, price)
        trip = ended_by(results, one, held[symbol])
        filled(results, one, held[symbol], "ema")
        held[symbol] += shares if buys else -shares
        brought += -shares * price if buys else shares * price
        assert (trip is not None) == (not buys and not held[symbol]), (
            "a trade is over when nothing is left, and then only"
        )
        ended += [trip] if trip else []

    assert {symbol: trip.qty for symbol, trip in results.trips.items()} == {s: qty for s, qty in held.items() if qty}
    assert sum(t.gain for t in ended) + sum(t.balance for t in results.trips.values()) == brought
    assert results.losses == len(list(takewhile(lambda trip: trip.gain < 0, reversed(ended))))
    assert len(results.stops) == sum(trip.gain < 0 for trip in ended)
