"""What Alpaca's own stream makes of each fault of `trade_updates`."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest
from alpaca.trading.models import TradeUpdate
from pydantic import ValidationError

if TYPE_CHECKING:
    from .conftest import Server, Trader

Wait: TypeAlias = Callable[[Callable[[], object]], None]
LIFE = ["pending_new", "new", "fill"]


def test_a_frame_that_is_dropped_is_missing_and_nothing_tells(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("frame_dropped", client_order_id="struck")
        trader.order(client_order_id="struck")
        trader.order(client_order_id="whole")
        wait(lambda: "fill" in trader.events("whole"))
    assert (trader.events("struck"), trader.events("whole")) == (LIFE[1:], LIFE)


def test_a_frame_that_is_doubled_is_the_same_frame(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("frame_doubled", times=3)
        trader.order()
        wait(lambda: len(trader.heard) == 6)
    assert trader.events() == [event for event in LIFE for _ in range(2)]
    assert trader.heard[4] == trader.heard[5]


def test_a_frame_that_is_late_is_overtaken(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("frame_late", "0.3")
        trader.order()
        wait(lambda: len(trader.heard) == 3)
    assert trader.events() == ["new", "fill", "pending_new"]


def test_a_gap_closes_the_socket_and_what_happens_meanwhile_is_never_told(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("stream_gap")
        trader.order(client_order_id="missed")
        trader.until_heard()
        trader.order(client_order_id="heard")
        wait(lambda: "fill" in trader.events("heard"))
    assert (trader.events("missed"), trader.events("heard")) == ([], LIFE)
    assert trader.orders()["missed"] == "filled"


def test_a_mute_stream_stays_open_and_tells_nothing(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("mute")
        trader.order(client_order_id="missed")
        wait(lambda: trader.orders()["missed"] == "filled")
        trader.order(client_order_id="missed too")
    assert (trader.heard, trader.met()) == ([], ["mute"])
    with trader.listening():
        trader.order(client_order_id="heard")
        wait(lambda: trader.events("heard") == LIFE)


def test_a_status_that_no_client_knows_costs_the_typed_client_the_event(trader: Trader, wait: Wait):
    with trader.listening():
        trader.will_meet("frame_unknown", client_order_id="struck")
        trader.order(client_order_id="struck")
        wait(lambda: trader.events("struck") == LIFE)
    with pytest.raises(ValidationError, match="under_review"):
        TradeUpdate.model_validate(trader.heard[0])


def test_keys_that_the_stream_refuses_are_tried_again_without_a_word(
    trader: Trader, wait: Wait, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.CRITICAL, "alpaca.trading.stream")
    trader.will_meet("unauthorized", times=2, path="/stream")
    with trader.listening():
        trader.order()
        wait(lambda: trader.events() == LIFE)
    assert trader.met() == ["unauthorized"] * 2


def test_a_fault_of_one_account_leaves_the_streams_of_others_alone(trader: Trader, server: Server, wait: Wait):
    trader.by_hand("POST", "/faults/frame_dropped", {"account": server.url, "times": 9})
    with trader.listening():
        trader.order()
        wait(lambda: trader.events() == LIFE)
    trader.by_hand("DELETE", "/faults/frame_dropped")
