"""How long shares stood without protection: percentiles by fill, what stands so now, in /status and as metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
from prometheus_client import REGISTRY

from api_gateway.coverage import KEPT, Coverage, Told, Unprotected, coverage, take
from contracts.exits import CoverageChanged

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def fact(name: str, uncovered: str, share_seconds: float = 0, *, n: int = 1, most: str = "10") -> CoverageChanged:
    return CoverageChanged(
        account="paper", n=n, execution_id=name, symbol="SPY", uncovered=Decimal(uncovered), most=Decimal(most),
        share_seconds=share_seconds, at=NOON + timedelta(seconds=share_seconds),
    )  # fmt: skip


def told(*facts: CoverageChanged) -> Coverage:
    made = Told()
    for one in facts:
        take(made, one)
    return coverage(made)


def test_nothing_told_is_nothing_known():
    assert told() == Coverage()


def test_what_stands_without_protection_is_named_with_since_when():
    found = told(fact("e1", "10"), fact("e1", "4", 30))
    assert found == Coverage(now=(Unprotected("SPY", Decimal(4), NOON),))


def test_a_fill_counts_in_seconds_for_each_of_its_shares():
    found = told(fact("e1", "10"), fact("e1", "0", 5))
    assert found == Coverage(share_seconds=5.0, fills=1, p50=0.5, p99=0.5, most=0.5)


def test_all_times_of_a_fill_add_up():
    found = told(fact("e1", "10"), fact("e1", "0", 5), fact("e1", "5", most="5"), fact("e1", "0", 10, most="5"))
    assert (found.share_seconds, found.fills, found.most) == (15.0, 1, 2.5)


def test_percentiles_are_values_that_occurred():
    found = told(*(fact(f"e{number}", "0", number, most="1") for number in range(1, 101)))
    assert (found.p50, found.p99, found.most, found.fills) == (50.0, 99.0, 100.0, 100)


def test_the_last_fills_count_and_no_more():
    found = told(*(fact(f"e{number}", "0", KEPT + 1 - number, most="1") for number in range(KEPT + 1)))
    assert (found.fills, found.most) == (KEPT, float(KEPT))


async def test_status_and_metrics_show_it(client: httpx.AsyncClient, write: Callable[..., Awaitable[None]]):
    await write("position-manager", fact("e1", "10"), fact("e1", "0", 5, n=2), fact("e2", "3", n=3, most="3"))
    shown = (await client.get("/status")).json()["coverage"]
    assert shown == {
        "now": [{"symbol": "SPY", "qty": "3", "since": "2026-03-02T17:00:00Z"}],
        "share_seconds": 5.0, "fills": 1, "p50": 0.5, "p99": 0.5, "most": 0.5,
    }  # fmt: skip
    names = ("interlock_unprotected_shares", "interlock_unprotected_share_seconds")
    assert [REGISTRY.get_sample_value(name, {"account": "paper"}) for name in names] == [3, 5]
    for quantile in ("0.5", "0.99", "1"):
        labels = {"account": "paper", "quantile": quantile}
        assert REGISTRY.get_sample_value("interlock_unprotected_seconds", labels) == 0.5
