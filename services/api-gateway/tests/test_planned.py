"""What would happen next to a position, as the position manager told it last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from chassis.jetstream import Connection
from chassis.jetstream.bucket import Bucket
from chassis.permissions import PLANS
from contracts.accounts import AccountSnapshot, Holding
from contracts.plans import NextStep, Plans, What, When, encode

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
CASH = Decimal(100_000)

Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]

STOP = NextStep(
    what=What.STOP_RESTS, when=When.BELOW, policy="stop", why="rests", qty=Decimal(10), price=Decimal("95.00")
)  # fmt: skip
DAYS = NextStep(what=What.WATCHED, when=When.AT, policy="time_stop", why="too long", qty=Decimal(10), at=NOON)


def snapshot() -> AccountSnapshot:
    held = tuple(
        Holding(
            symbol=symbol, qty=Decimal(10), avg_entry_price=Decimal(100), market_value=Decimal(1_000),
            unrealized_pl=Decimal(0), current_price=Decimal(100),
        )
        for symbol in ("SPY", "IBM")
    )  # fmt: skip
    return AccountSnapshot(
        account="paper", n=1, status="ACTIVE", equity=CASH, cash=CASH, buying_power=CASH, positions=held, at=NOON
    )  # fmt: skip


async def planned(client: httpx.AsyncClient) -> dict[str, object]:
    found = (await client.get("/api/v1/positions")).json()["positions"]
    return {position["symbol"]: position["plan"] for position in found}


async def test_a_position_is_shown_with_what_would_happen_next(bus: Connect, client: httpx.AsyncClient, write: Write):
    await write("executor", snapshot())
    teller = Bucket(await bus("position-manager"), PLANS)
    await teller.write("growth", encode(Plans("growth", {"SPY": ()})), ttl=15)
    await teller.write("paper", encode(Plans("paper", {"SPY": (STOP, DAYS)})), ttl=15)

    assert await planned(client) == {
        "SPY": [
            {
                "what": "stop_rests", "when": "below", "policy": "stop", "why": "rests", "qty": "10",
                "price": "95.00", "at": None,
            },
            {
                "what": "watched", "when": "at", "policy": "time_stop", "why": "too long", "qty": "10",
                "price": None, "at": "2026-03-02T17:00:00Z",
            },
        ],
        "IBM": None,
    }  # fmt: skip


async def test_while_the_position_manager_says_nothing_positions_are_shown_all_the_same(
    client: httpx.AsyncClient, write: Write
):
    await write("executor", snapshot())
    assert await planned(client) == {"SPY": None, "IBM": None}
