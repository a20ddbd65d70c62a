"""How much of a fill comes at once, and what the taker of a quote loses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def executions(world: World) -> list[Decimal]:
    return [fill.qty for fill in world.account.fills]


def test_a_fill_comes_in_parts_of_random_size_and_the_rest_at_later_prints(make_world: type[World]):
    world, again = make_world(partial_fills="1"), make_world(partial_fills="1")
    for one in (world, again):
        order = one.send("buy", "100")
        while one.now_is(order).status != "filled":
            one.trade("100")
    assert executions(world) == executions(again)
    assert len(executions(world)) > 1
    assert sum(executions(world)) == 100
    assert all(qty == qty.to_integral_value() > 0 for qty in executions(world))


def test_some_fills_come_in_parts_and_others_do_not(make_world: type[World]):
    world = make_world(partial_fills="0.5")
    orders = [world.send("buy", "10") for _ in range(50)]
    assert set(world.statuses(orders)) == {"filled", "partially_filled"}


@pytest.mark.parametrize(("qty", "tif"), [("1", "day"), ("0.5", "day"), ("10", "fok")])
def test_what_cannot_be_divided_is_filled_whole(make_world: type[World], qty: str, tif: str):
    world = make_world(partial_fills="1")
    assert world.statuses([world.send("buy", qty, tif=tif)]) == ["filled"]


def test_the_rest_of_an_order_for_at_once_is_canceled(make_world: type[World]):
    world = make_world(partial_fills="1")
    order = world.now_is(world.send("buy", "10", tif="ioc"))
    assert order.status == "canceled"
    assert 0 < order.filled_qty < 10


@pytest.mark.parametrize(
    ("side", "limit", "expected"),
    [("buy", "", "101.0101"), ("buy", "100.50", "100.50"), ("sell", "", "98.9901"), ("sell", "99.50", "99.50")],
)
def test_who_takes_the_quote_gets_a_worse_one_but_not_beyond_the_limit(
    make_world: type[World], side: str, limit: str, expected: str
):
    world = make_world(slippage="100")
    order = world.send(side, "10", limit=limit)
    assert world.now_is(order).filled_avg_price == D(expected)


def test_who_waits_at_a_limit_loses_nothing(make_world: type[World]):
    world = make_world(slippage="100")
    order = world.send("buy", "10", limit="90")
    world.trade("89.50")
    assert world.now_is(order).filled_avg_price == D(90)
