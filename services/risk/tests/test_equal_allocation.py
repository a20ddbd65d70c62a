"""Buying power in equal parts, of a batch or of a day, from the first signal on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.control import LimitsSet
from contracts.limits import Limits, Sizing
from contracts.log import Message
from contracts.market import Tick
from contracts.signals import Action, Signal, Source
from contracts.verdicts import OrderApproved
from risk.core import decide, evolve
from risk.example import ACCOUNT, NOON, QUOTE, SIGNAL
from risk.sizing import size
from risk.sizing.equal_allocation import MOST_BATCHES
from risk.state import State

D = Decimal
MakeState = Callable[..., State]
PRICE = D("33.34")
SHARED = Limits(
    sizing=Sizing.EQUAL_ALLOCATION, signals_per_day=4, fractional=True, max_position_fraction=D(10),
    max_gross_fraction=D(10), max_concurrent=1000, max_open_orders=1000, max_orders_per_second=0, max_orders_per_day=0,
    max_entries_per_symbol=1000, duplicate_seconds=0,
)  # fmt: skip


def approved(state: State, *facts: Message) -> list[OrderApproved]:
    found: list[OrderApproved] = []
    for fact in facts:
        outputs = decide(state, fact)
        evolve(state, fact)
        for output in outputs:
            evolve(state, output)
            if isinstance(output, OrderApproved):
                found.append(output)
    return found


def worth(orders: list[OrderApproved]) -> list[Decimal | None]:
    return [order.notional for order in orders]


def asked(n: int, batch: str = "", size: int = 0, **more: object) -> Signal:
    return structs.replace(SIGNAL, signal_id=f"s{batch}{n}", batch=batch, batch_size=size, **more)


def test_the_signals_of_a_batch_share_what_was_free_when_the_first_was_judged(state: MakeState):
    now = state(limits=SHARED)
    assert worth(approved(now, *(asked(n, "morning", 3) for n in range(3)))) == [D("33333.33")] * 3
    assert approved(now, asked(0, "evening", 2)) == []
    assert now.allocated == {"ws/morning": 100_000, "ws/evening": D("0.01")}


def test_the_part_of_one_that_is_denied_is_not_handed_on(state: MakeState):
    now = state(limits=SHARED)
    denied = asked(0, "morning", 2, confidence=0.1)
    assert worth(approved(now, denied, asked(1, "morning", 2))) == [D(50_000)]


def test_two_senders_may_give_their_batches_one_name(state: MakeState):
    now = state(limits=SHARED)
    webhook = asked(1, "morning", 2, source=Source.WEBHOOK)
    assert worth(approved(now, asked(0, "morning", 2), webhook)) == [D(50_000), D(25_000)]


def test_without_a_batch_the_signals_of_a_new_york_day_share_it(state: MakeState):
    now = state(limits=SHARED)
    assert worth(approved(now, asked(0), asked(1), asked(2, "", 2))) == [D(25_000)] * 3
    morning = NOON + timedelta(days=1)
    news = (
        Tick(at=morning, is_open=True, next_open=morning, next_close=morning + timedelta(hours=4)),
        structs.replace(QUOTE, at=morning),
        structs.replace(ACCOUNT, n=2, cash=D(115_000), buying_power=D(115_000), at=morning),
    )
    assert worth(approved(now, *news, asked(3, at=morning))) == [D(10_000)]
    assert (now.allocated_on, now.allocated) == (morning.date(), {"": 40_000})


@pytest.mark.parametrize(
    ("action", "qty"), [(Action.SELL, None), (Action.HOLD, None), (Action.BUY, D(1))], ids=["sell", "hold", "quantity"]
)
def test_what_is_not_sized_so_begins_no_share(action: Action, qty: Decimal | None, state: MakeState):
    now = state(limits=SHARED)
    approved(now, asked(0, "morning", 2, action=action, qty=qty))
    assert now.allocated == {}
    free = 100_000 - now.reserved
    assert worth(approved(now, asked(1, "morning", 2))) == [free / 2]


def test_cash_that_stays_is_not_shared_and_none_is_borrowed_then(
    state: MakeState, snapshot: Callable[..., AccountSnapshot]
):
    margin = snapshot(buying_power=D(200_000))
    assert size(state(limits=SHARED, snapshot=margin), SIGNAL, PRICE, NOON).notional == 50_000
    kept = structs.replace(SHARED, min_cash=D(20_000))
    assert size(state(limits=kept, snapshot=margin), SIGNAL, PRICE, NOON).notional == 20_000


def test_the_limits_of_a_strategy_decide_whether_its_signals_share(state: MakeState):
    now = state(limits=structs.replace(SHARED, sizing=Sizing.QUANTITY))
    change = LimitsSet(control_id="c", scope="all", strategy="ema", limits=SHARED, by="ann", fields=("sizing",))
    evolve(now, change)
    approved(now, asked(0))
    assert now.allocated == {}
    approved(now, asked(1, strategy="ema"))
    assert list(now.allocated) == [""]


def test_no_more_batches_are_remembered_than_anybody_sends(state: MakeState):
    now = state(limits=SHARED)
    approved(now, asked(0), *(asked(n, f"b{n}", 1_000) for n in range(MOST_BATCHES + 10)))
    assert len(now.allocated) == MOST_BATCHES
    assert "" in now.allocated
    assert "ws/b0" not in now.allocated


def test_the_same_log_gives_the_same_sizes_also_over_a_restart(state: MakeState):
    log = [asked(n, "morning", 5) for n in range(5)] + [asked(9), asked(10)]
    whole = approved(state(limits=SHARED), *log)
    now, found = state(limits=SHARED), list[OrderApproved]()
    for fact in log:
        found += approved(now, fact)
        now = msgspec.json.decode(msgspec.json.encode(now), type=State)
    assert found == whole
    assert whole
