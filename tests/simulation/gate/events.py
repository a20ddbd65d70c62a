"""What may happen to the gate, how often, and under which limits."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from msgspec import structs

from contracts.lifecycle import OrderStatus
from contracts.limits import Limits, Sizing
from contracts.signals import Action
from tests.simulation.gate.broker import PRICES

D = Decimal
FOR_DOLLARS = Limits(sizing=Sizing.DOLLARS, entry_dollars=D("170.55"), fractional=True)
ROOMY = Limits(
    default_quantity=D(2), duplicate_seconds=0, quote_max_age_seconds=0, max_position_fraction=D("0.1"),
    max_gross_fraction=D(0), max_concurrent=3, max_open_orders=9, max_orders_per_second=0, max_orders_per_day=0,
    max_entries_per_symbol=4,
)  # fmt: skip
# So that each limit is at times the tightest.
TIGHT: dict[str, st.SearchStrategy[object]] = {
    "max_position_fraction": st.just(D("0.05")),
    "max_order_notional": st.just(D(300)),
    "max_symbol_notional": st.just(D(500)),
    "max_gross_notional": st.just(D(700)),
    "max_gross_fraction": st.just(D("0.08")),
    "max_sector_fraction": st.just(D("0.06")),
    "max_concurrent": st.integers(1, 2),
    "max_open_orders": st.integers(1, 4),
    "max_orders_per_second": st.integers(1, 2),
    "max_orders_per_day": st.integers(1, 5),
    "max_entries_per_symbol": st.integers(1, 3),
    "min_cash": st.just(D(1_500)),
}
LIMITS = st.lists(st.one_of([st.tuples(st.just(name), values) for name, values in TIGHT.items()]), max_size=3).map(
    lambda tight: structs.replace(ROOMY, **dict(tight))
)
SYMBOLS = st.sampled_from(sorted(PRICES))
SHARES = st.sampled_from([None, D("0.9"), D("1.1")])
ORDERS = st.integers(0, 5)
ENDINGS = st.sampled_from([OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED])
# How often something happens, and to what.
EVENTS: dict[str, tuple[int, dict[str, st.SearchStrategy[object]]]] = {
    "buy": (6, {"symbol": SYMBOLS, "qty": st.sampled_from([None, None, None, D(1), D(2), D(5)])}),
    "buy_all_at_once": (3, {"symbols": st.permutations(sorted(PRICES))}),
    "sell": (1, {"symbol": SYMBOLS, "action": st.sampled_from([Action.SELL, Action.SELL, Action.HOLD])}),
    "quote": (3, {"symbol": SYMBOLS, "which": st.integers(0, 2)}),
    "tick": (4, {"seconds": st.sampled_from([0.3, 1, 1, 40, 86_400])}),
    "limit": (2, {"limits": LIMITS}),
    "take_snapshot": (2, {}),
    "tell_snapshot": (2, {}),
    "external": (2, {"symbol": SYMBOLS, "qty": st.integers(1, 4), "share": SHARES}),
    "replace": (1, {"order": ORDERS, "qty": st.integers(1, 4)}),
    "trade": (5, {"order": ORDERS, "part": st.sampled_from([D(1), D(2), D("0.7")])}),
    "tell_fill": (5, {"order": ORDERS}),
    "end": (3, {"order": ORDERS, "ending": ENDINGS}),
    "tell_status": (5, {"order": ORDERS, "unknown": st.sampled_from([False, False, False, True])}),
    "close": (3, {"symbol": SYMBOLS}),
    "restart": (1, {}),
}
WITH = {name: st.tuples(st.just(name), st.fixed_dictionaries(what)) for name, (_, what) in EVENTS.items()}
HAPPENING = st.sampled_from([name for name, (often, _) in EVENTS.items() for _ in range(often)]).flatmap(
    WITH.__getitem__
)
