"""What must be true of the gate whatever happens, reckoned anew from all that did."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from contracts.days import new_york
from contracts.limits import Limits
from contracts.log import Message
from contracts.orders import Purpose
from risk.core import decide, evolve
from risk.state import State
from tests.simulation.gate.broker import EQUITY, PRICES, ZERO, Broker, Order

SECTORS = {"A": "technology", "B": "technology", "C": "energy"}


def worst_case_is_within(limits: Limits, broker: Broker, approvals: list[datetime], order: Order) -> None:
    """Hold the truth against the limits at the moment of an approval; later prices may move past them."""
    worth = {symbol: broker.worth(symbol) for symbol in PRICES}
    mine, gross = worth[order.symbol], sum(worth.values(), ZERO)
    sector = sum((worth[s] for s in PRICES if SECTORS[s] == SECTORS[order.symbol]), ZERO)
    cost = order.qty * order.price if order.notional is None else order.notional
    assert mine <= limits.max_position_fraction * EQUITY
    assert cost <= (limits.max_order_notional or cost)
    assert mine <= (limits.max_symbol_notional or mine)
    assert gross <= (limits.max_gross_notional or gross)
    assert gross <= (limits.max_gross_fraction * EQUITY or gross)
    assert sector <= (limits.max_sector_fraction * EQUITY or sector)
    working = {s: broker.working(s) for s in PRICES}
    assert len([s for s in PRICES if broker.held(s) or working[s]]) <= limits.max_concurrent
    assert sum(map(len, working.values())) <= limits.max_open_orders
    others = [o for o in working[order.symbol] if o.purpose is Purpose.EXTERNAL]
    assert len(working[order.symbol]) - len(others) + bool(others) <= limits.max_entries_per_symbol
    second = [at for at in approvals if broker.at - at < timedelta(seconds=1)]
    assert len(second) <= (limits.max_orders_per_second or len(second))
    today = [at for at in approvals if new_york(at).date() == new_york(broker.at).date()]
    assert len(today) <= (limits.max_orders_per_day or len(today))
    # What a person buys at market costs what a share costs now: its price may not have been known when that was placed.
    promised = sum((o.promised * min(o.price, now) / o.price if o.purpose is Purpose.EXTERNAL else o.promised
                    for s, now in broker.prices.items() for o in working[s]), ZERO)  # fmt: skip
    assert promised + limits.min_cash <= broker.cash + broker.may_have_slipped()


def sums_are_right(state: State) -> None:
    """Hold the sums that are kept against the sums of what they are of."""
    entries, positions = state.entries.values(), state.positions
    spent = sum((p.spent for p in positions.values()), ZERO)
    assert state.reserved == spent + sum((e.cost for e in entries), ZERO)
    is_open = [symbol for symbol, position in positions.items() if position.is_open]
    assert state.slots == len(is_open)
    assert state.gross == sum((positions[s].worth(positions[s].mark) for s in is_open), ZERO)
    for sector in {*SECTORS.values()}:
        members = [positions[s] for s in is_open if SECTORS[s] == sector]
        assert state.by_sector.get(sector, ZERO) == sum((p.worth(p.mark) for p in members), ZERO)
    assert state.pace.count == sum(count for _, count in state.pace.newest)
    assert sorted(state.unpriced) == sorted(s for s in is_open if not positions[s].mark)
    for symbol, position in positions.items():
        mine = [e for e in entries if e.symbol == symbol]
        assert position.pending == sum((e.remaining for e in mine), ZERO)
        assert position.amount == sum((e.amount for e in mine), ZERO)
        assert position.orders == len([e for e in mine if e.external])
        assert position.lots_qty == sum(position.lots.values(), ZERO)
        assert position.lots_qty <= max(position.qty, ZERO)


def read_again(log: list[Message]) -> tuple[State, list[Message]]:
    """Give the state after a log, and what was decided on the way, with a restart after every fact."""
    state, verdicts = State(account="paper"), list[Message]()
    for event in log:
        outputs = decide(state, event)
        verdicts.extend(outputs)
        for fact in (event, *outputs):
            state = restarted(evolve(state, fact))
    return state, verdicts


def restarted(state: State) -> State:
    return msgspec.json.decode(msgspec.json.encode(state), type=State)
