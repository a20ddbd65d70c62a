"""What Alpaca's answers, and its silence, mean; against a real HTTP server that misbehaves."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.broker import (
    Allowance,
    BrokerUnavailableError,
    OrderClass,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from tests.simulation.serving import NONE, Answer, Saying, serving

TICKET = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=Decimal("1.5"), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip


@contextmanager
def saying(
    status: int, body: bytes = b"", pause: float = 0.0, extra: Mapping[str, str] = NONE
) -> Generator[tuple[str, Saying]]:
    server = Saying(Answer(status, body, extra), pause)
    with serving(server) as url:
        yield url, server


def client(url: str, read: float = 5.0) -> Alpaca:
    return Alpaca(Access(url, "key", "secret"), connect=1.0, read=read)


def error(code: int, message: str) -> bytes:
    return msgspec.json.encode({"code": code, "message": message})


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"oops"), (502, b"<html>"), (503, b""), (504, error(1, "late")), (408, b""), (200, b"{}"), (301, b"")],
)
def test_what_is_not_a_clear_answer_leaves_the_outcome_unknown_and_is_asked_once(status: int, body: bytes):
    with saying(status, body) as (url, server), pytest.raises(OutcomeUnknownError):
        client(url).submit(TICKET)
    assert [(asked.method, asked.target) for asked in server.heard] == [("POST", "/v2/orders")]


@pytest.mark.parametrize(
    ("status", "body", "code", "duplicate"),
    [
        (422, error(40010001, "client_order_id must be unique"), "40010001", "perhaps a duplicate"),
        (422, error(42210000, "fractional orders must be DAY orders"), "42210000", "no duplicate"),
        (403, error(40310000, "insufficient buying power"), "40310000", "no duplicate"),
        (401, b'{"message":"unauthorized."}', "401", "no duplicate"),
        (403, b"<html>nginx</html>", "403", "no duplicate"),
        (409, error(0, "conflict"), "409", "perhaps a duplicate"),
    ],
)
def test_a_clear_no_carries_its_code(status: int, body: bytes, code: str, duplicate: str):
    with saying(status, body) as (url, _), pytest.raises(OrderRefusedError) as caught:
        client(url).submit(TICKET)
    assert (caught.value.code, caught.value.duplicate) == (code, duplicate == "perhaps a duplicate")


def test_a_refused_fraction_is_told_apart_from_want_of_money():
    texts = {
        'asset "OCGN" is not fractionable': True,
        "fractional trading is disabled for this account": True,
        "insufficient buying power": False,
    }
    for message, whole_only in texts.items():
        with saying(403, error(40310000, message)) as (url, _), pytest.raises(OrderRefusedError) as caught:
            client(url).submit(TICKET)
        assert caught.value.whole_only is whole_only


def test_too_many_requests_means_that_nothing_was_taken_and_says_when_to_come_again():
    reset = {"X-RateLimit-Reset": str(int(time.time()) + 30)}
    with saying(429, extra=reset) as (url, server), pytest.raises(BrokerUnavailableError) as caught:
        client(url).submit(TICKET)
    assert 1 <= caught.value.after <= 31
    assert len(server.heard) == 1


def test_a_connection_that_was_never_made_means_that_nothing_was_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(BrokerUnavailableError):
            client(url).submit(TICKET)


def test_a_server_that_hangs_is_left_after_the_deadline():
    with saying(200, b"{}", pause=1.0) as (url, _), pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
        client(url, read=0.1).submit(TICKET)


def test_a_server_that_hangs_up_leaves_the_outcome_unknown():
    with serving(lambda _: None) as url, pytest.raises(OutcomeUnknownError):
        client(url).submit(TICKET)


def test_only_a_404_says_that_there_is_no_such_order():
    with saying(404, error(40410000, "order not found")) as (url, _):
        assert client(url).order_by_client_id("a1") is None
    with saying(403, error(40310000, "forbidden")) as (url, _), pytest.raises(OrderRefusedError):
        client(url).order_by_client_id("a1")


def test_what_the_broker_says_of_its_limit_is_remembered():
    with saying(200, b"[]", extra={"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "17"}) as (url, _):
        alpaca = client(url)
        assert alpaca.allowance is None
        alpaca.open_orders()
    assert alpaca.allowance == Allowance(17, 200)


def test_when_the_limit_begins_anew_is_remembered_too():
    headers = {
        "X-RateLimit-Limit": "200",
        "X-RateLimit-Remaining": "17",
        "X-RateLimit-Reset": f"{time.time() + 50:.0f}",
    }
    with saying(200, b"[]", extra=headers) as (url, _):
        alpaca = client(url)
        alpaca.open_orders()
    assert alpaca.allowance is not None
    assert 0 < alpaca.allowance.resets_in <= 51


def test_a_fraction_goes_out_in_alpacas_words():
    with saying(500) as (url, server), pytest.raises(OutcomeUnknownError):
        client(url).submit(TICKET)
    assert msgspec.json.decode(server.heard[0].body) == {
        "symbol": "SPY", "qty": 1.5, "side": "buy", "type": "market", "time_in_force": "day", "client_order_id": "a1",
    }  # fmt: skip


def test_a_stop_beside_a_target_goes_out_in_alpacas_words():
    ticket = Ticket(
        client_order_id="x1", symbol="SPY", side=Side.SELL, qty=Decimal(3), type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC, order_class=OrderClass.OCO, take_profit=Decimal("202.20"),
        stop_loss=Decimal("160.08"),
    )  # fmt: skip
    with saying(500) as (url, server), pytest.raises(OutcomeUnknownError):
        client(url).submit(ticket)
    assert msgspec.json.decode(server.heard[0].body) == {
        "symbol": "SPY", "qty": 3.0, "side": "sell", "type": "limit", "time_in_force": "gtc",
        "client_order_id": "x1", "order_class": "oco", "take_profit": {"limit_price": 202.2},
        "stop_loss": {"stop_price": 160.08},
    }  # fmt: skip


def test_an_order_that_closes_says_so_in_alpacas_words():
    ticket = Ticket(
        client_order_id="c1", symbol="SPY", side=Side.SELL, qty=Decimal(3), type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY, closes=True,
    )  # fmt: skip
    with saying(500) as (url, server), pytest.raises(OutcomeUnknownError):
        client(url).submit(ticket)
    assert msgspec.json.decode(server.heard[0].body) == {
        "symbol": "SPY", "qty": 3.0, "side": "sell", "type": "market", "time_in_force": "day",
        "client_order_id": "c1", "position_intent": "sell_to_close",
    }  # fmt: skip


def test_an_order_that_cannot_be_read_does_not_hide_the_others():
    whole = {
        "id": "b1", "client_order_id": "a1", "symbol": "SPY", "side": "buy", "type": "trailing_stop",
        "time_in_force": "opg", "status": "a_status_of_tomorrow", "updated_at": "2026-10-08T15:10:18.0952164Z",
        "qty": "1", "filled_qty": "0", "stop_price": "10",
    }  # fmt: skip
    options = {**whole, "symbol": "AAPL240119C00100000"}
    with saying(200, msgspec.json.encode([{"id": "b0"}, options, whole])) as (url, _):
        (order,) = client(url).open_orders()
    assert (order.client_order_id, order.status, order.type) == ("a1", "new", "trailing_stop")


def announcement(**changed: object) -> dict[str, object]:
    """Word a split of two for one as Alpaca does."""
    usual = {
        "id": "be3c368a-4c7c-4384-808e-f02c9f5a8afe", "corporate_action_id": "037833100_AD20", "ca_type": "split",
        "ca_sub_type": "stock_split", "initiating_symbol": "SPY", "initiating_original_cusip": "037833100",
        "target_symbol": "SPY", "target_original_cusip": "037833100", "declaration_date": "2013-10-01",
        "ex_date": "2013-10-09", "record_date": None, "payable_date": "2013-10-08", "cash": "0", "old_rate": "1",
        "new_rate": "2",
    }  # fmt: skip
    return {**usual, **changed}


STOCK = {"ca_type": "dividend", "ca_sub_type": "stock"}


@pytest.mark.parametrize(
    ("changed", "rates"),
    [
        ({}, ("1", "2")),
        ({"ca_sub_type": "reverse_split", "old_rate": "10", "new_rate": "1"}, ("10", "1")),
        ({**STOCK, "new_rate": "1.05"}, ("1", "1.05")),
        ({**STOCK, "new_rate": "0.05"}, ("1", "1.05")),  # where it is what comes to a share
        ({"target_symbol": None, "ex_date": None}, ("1", "2")),
        ({"ca_type": "dividend", "ca_sub_type": "cash"}, None),
        ({"ca_sub_type": "unit_split"}, None),
        ({"target_symbol": "QQQ"}, None),
        ({"new_rate": "1"}, None),
        ({"new_rate": ""}, None),
        ({"initiating_symbol": ""}, None),
        ({"corporate_action_id": "a b"}, None),
        ({"ex_date": None, "payable_date": None}, None),
    ],
)
def test_of_alpacas_announcements_those_are_read_that_change_how_many_shares_there_are(
    changed: dict[str, object], rates: tuple[str, str] | None
):
    with saying(200, msgspec.json.encode([announcement(**changed)])) as (url, server):
        found = client(url).splits(date(2013, 10, 1), date(2013, 10, 20))
    assert [(str(one.old_rate), str(one.new_rate)) for one in found] == ([rates] if rates else [])
    (asked,) = server.heard
    assert asked.target == (
        "/v2/corporate_actions/announcements?ca_types=split%2Cdividend&since=2013-10-01&until=2013-10-20"
        "&date_type=ex_date"
    )


def test_of_several_words_about_one_split_the_last_counts():
    words = [announcement(), announcement(new_rate="3")]
    with saying(200, msgspec.json.encode(words)) as (url, _):
        (found,) = client(url).splits(date(2013, 10, 1), date(2013, 10, 20))
    assert (found.action_id, found.new_rate, found.ex_date) == ("037833100_AD20", 3, date(2013, 10, 9))


def test_the_keys_are_not_a_part_of_how_it_prints():
    assert "secret" not in repr(Access("http://x", "key", "secret"))
