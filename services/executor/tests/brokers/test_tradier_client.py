"""What Tradier's answers, and its silence, mean; and in which words orders go out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from msgspec import structs

from contracts.accounts import Holding
from contracts.lifecycle import OrderStatus
from contracts.market import Quote
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import (
    Allowance,
    Balance,
    BrokerOrder,
    BrokerUnavailableError,
    ClockReading,
    OrderClass,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.brokers.tradier.access import Access
from executor.brokers.tradier.client import Tradier
from tests.simulation.serving import Answer, Request, Saying, serving
from tests.simulation.tradier import ACCOUNT, TOKEN, SmallTradier

TICKET = Ticket(
    client_order_id="a-1", symbol="SPY", side=Side.BUY, qty=Decimal(3), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip
LIMIT = structs.replace(TICKET, type=OrderType.LIMIT, limit_price=Decimal("168.10"))
OCO = structs.replace(
    TICKET, side=Side.SELL, type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, order_class=OrderClass.OCO,
    take_profit=Decimal("202.20"), stop_loss=Decimal("160.08"),
)  # fmt: skip
BRACKET = structs.replace(
    LIMIT, order_class=OrderClass.BRACKET, take_profit=Decimal("202.20"), stop_loss=Decimal("160.08")
)
OTO = structs.replace(
    LIMIT, type=OrderType.STOP_LIMIT, stop_price=Decimal(168), order_class=OrderClass.OTO, stop_loss=Decimal(160)
)

ORDER = {
    "id": 228175, "type": "limit", "symbol": "SPY", "side": "buy", "quantity": 3.0, "status": "partially_filled",
    "duration": "gtc", "price": 168.1, "avg_fill_price": 168.0500000001, "exec_quantity": 2.0,
    "remaining_quantity": 1.0, "create_date": "2018-06-01T12:02:29.682Z",
    "transaction_date": "2018-06-01T12:30:02.385Z", "class": "equity", "tag": "a-1",
}  # fmt: skip


def client(url: str) -> Tradier:
    return Tradier(Access(f"{url}/v1", ACCOUNT, TOKEN))


@contextmanager
def saying(status: int, body: bytes) -> Generator[tuple[Tradier, Saying]]:
    server = Saying(Answer(status, body))
    with serving(server) as url:
        yield client(url), server


@contextmanager
def small() -> Generator[tuple[Tradier, SmallTradier]]:
    server = SmallTradier()
    with serving(server) as url:
        yield client(url), server


def told(body: object) -> bytes:
    return msgspec.json.encode(body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"), (200, b""), (200, b'{"order": "null"}'), (200, b'{"order": {"id": 1, "status": "odd"}}'),
        (200, b"\xff\xfe"), (301, b""), (408, b""), (500, b"oops"), (502, b"<html>"), (504, b"late"),
    ],
)  # fmt: skip
def test_what_is_not_a_clear_answer_leaves_the_outcome_unknown_and_is_asked_once(status: int, body: bytes):
    with saying(status, body) as (tradier, server), pytest.raises(OutcomeUnknownError):
        tradier.submit(TICKET)
    assert [(asked.method, asked.target) for asked in server.heard] == [("POST", f"/v1/accounts/{ACCOUNT}/orders")]


def test_a_redirect_is_not_followed_for_it_would_send_the_order_again():
    server = Saying(Answer(307, headers={"Location": "/v1/elsewhere"}))
    with serving(server) as url, pytest.raises(OutcomeUnknownError):
        client(url).submit(TICKET)
    assert len(server.heard) == 1


FAULT = {"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}}


@pytest.mark.parametrize(
    ("status", "body", "code", "reason"),
    [
        (200, told({"errors": {"error": "Sell order is too large."}}), "200", "Sell order is too large."),
        (200, told({"errors": {"error": ["DayTraderPatternRestriction: four trades"]}}),
         "DayTraderPatternRestriction", "four trades"),
        (200, told({"errors": {"error": ["Refused.", "Too large."]}}), "200", "Refused.; Too large."),
        (400, b"Invalid parameter, side", "400", "Invalid parameter, side"),
        (400, told({"errors": {"error": "No."}}), "400", "No."),
        (401, told(FAULT), "oauth.v2.InvalidApiKey", "Invalid ApiKey"),
        (403, b"<html>", "403", "<html>"),
    ],
)  # fmt: skip
def test_a_clear_no_carries_its_code_also_where_the_status_hides_it(status: int, body: bytes, code: str, reason: str):
    with saying(status, body) as (tradier, _), pytest.raises(OrderRefusedError) as caught:
        tradier.submit(TICKET)
    assert (caught.value.code, caught.value.reason, caught.value.duplicate) == (code, reason, False)


def test_too_many_requests_means_that_nothing_was_taken():
    with saying(429, told({"fault": {"faultstring": "Rate limit quota violation"}})) as (tradier, server):
        with pytest.raises(BrokerUnavailableError) as caught:
            tradier.submit(TICKET)
        assert caught.value.after > 0
        assert len(server.heard) == 1


def test_what_is_left_of_the_limit_is_remembered():
    with small() as (tradier, _):
        assert tradier.allowance is None
        tradier.open_orders()
        assert tradier.allowance == Allowance(57, 60)


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (LIMIT, {"class": "equity", "duration": "day", "symbol": "SPY", "side": "buy", "quantity": "3",
                 "type": "limit", "price": "168.1"}),
        (OCO, {"class": "oco", "duration": "gtc",
               "symbol[0]": "SPY", "side[0]": "sell", "quantity[0]": "3", "type[0]": "limit", "price[0]": "202.2",
               "symbol[1]": "SPY", "side[1]": "sell", "quantity[1]": "3", "type[1]": "stop", "stop[1]": "160.08"}),
        (BRACKET, {"class": "otoco", "duration": "day",
                   "symbol[0]": "SPY", "side[0]": "buy", "quantity[0]": "3", "type[0]": "limit", "price[0]": "168.1",
                   "symbol[1]": "SPY", "side[1]": "sell", "quantity[1]": "3", "type[1]": "limit", "price[1]": "202.2",
                   "symbol[2]": "SPY", "side[2]": "sell", "quantity[2]": "3", "type[2]": "stop", "stop[2]": "160.08"}),
        (OTO, {"class": "oto", "duration": "day",
               "symbol[0]": "SPY", "side[0]": "buy", "quantity[0]": "3", "type[0]": "stop_limit", "price[0]": "168.1",
               "stop[0]": "168",
               "symbol[1]": "SPY", "side[1]": "sell", "quantity[1]": "3", "type[1]": "stop", "stop[1]": "160"}),
    ],
)  # fmt: skip
def test_orders_go_out_in_tradiers_words(ticket: Ticket, words: dict[str, str]):
    with saying(500, b"") as (tradier, server), pytest.raises(OutcomeUnknownError):
        tradier.submit(ticket)
    (asked,) = server.heard
    assert {name: value for name, (value,) in parse_qs(asked.body.decode()).items()} == {**words, "tag": "a-1"}
    assert (asked.headers["Authorization"], asked.headers["Accept"]) == (f"Bearer {TOKEN}", "application/json")


@pytest.mark.parametrize(
    ("state", "duration"), [("premarket", "pre"), ("open", "day"), ("postmarket", "post"), ("closed", "day")]
)
def test_an_order_for_the_long_day_is_one_for_the_part_of_it_that_it_is_placed_in(state: str, duration: str):
    with small() as (tradier, server):
        server.state = state
        tradier.submit(structs.replace(LIMIT, extended_hours=True))
        assert server.find("a-1").duration == duration


def test_an_order_is_not_sent_where_the_part_of_the_day_cannot_be_known():
    with saying(500, b"") as (tradier, server), pytest.raises(BrokerUnavailableError):
        tradier.submit(structs.replace(LIMIT, extended_hours=True))
    assert [asked.method for asked in server.heard] == ["GET"]


@pytest.mark.parametrize(
    "ticket",
    [
        structs.replace(TICKET, qty=Decimal("1.5")),
        structs.replace(TICKET, client_order_id="a_1"),
        structs.replace(BRACKET, type=OrderType.MARKET, limit_price=None),
        structs.replace(BRACKET, stop_loss=None),
        structs.replace(OTO, take_profit=Decimal(200)),
    ],
)
def test_what_tradier_cannot_do_is_refused_before_anything_is_sent(ticket: Ticket):
    with saying(500, b"") as (tradier, server), pytest.raises(OrderRefusedError):
        tradier.submit(ticket)
    assert server.heard == []


@pytest.mark.parametrize("look", [Answer(500), Answer(429), Answer(401), Answer(404), None])
def test_an_order_that_was_accepted_but_is_not_shown_is_in_doubt_and_never_refused(look: Answer | None):
    def answering(request: Request) -> Answer | None:
        return Answer(200, b'{"order": {"id": 1, "status": "ok"}}') if request.method == "POST" else look

    with serving(answering) as url, pytest.raises(OutcomeUnknownError):
        client(url).submit(TICKET)


@pytest.mark.parametrize("look", [Answer(500), Answer(429), Answer(401), Answer(200, b'{"orders": "null"}'), None])
def test_a_stop_that_was_changed_but_is_not_shown_is_in_doubt_and_never_refused(look: Answer | None):
    def answering(request: Request) -> Answer | None:
        return Answer(200, b'{"order": {"id": 1, "status": "ok"}}') if request.method == "PUT" else look

    with serving(answering) as url, pytest.raises(OutcomeUnknownError):
        client(url).replace("1", Decimal(160))


def test_an_order_that_is_rejected_later_is_shown_so():
    with small() as (tradier, server):
        tradier.submit(OCO)
        server.end("a-1", "error", "the account is restricted")
        seen = tradier.order_by_client_id("a-1")
    assert seen is not None
    assert seen.status == "rejected"


def test_numbers_reach_us_as_they_were_written():
    with saying(200, told({"orders": {"order": ORDER}})) as (tradier, _):
        assert tradier.open_orders() == [
            BrokerOrder(
                broker_order_id="228175", client_order_id="a-1", symbol="SPY", side=Side.BUY, qty=Decimal(3),
                type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, status=OrderStatus.PARTIALLY_FILLED,
                updated_at=datetime(2018, 6, 1, 12, 30, 2, 385_000, UTC), filled_qty=Decimal(2),
                filled_avg_price=Decimal("168.0500000001"), limit_price=Decimal("168.1"),
            )
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("pending", "pending_new"), ("open", "new"), ("filled", "filled"), ("expired", "expired"),
        ("canceled", "canceled"), ("rejected", "rejected"), ("error", "rejected"), ("held", "held"),
        ("calculated", "partially_filled"), ("a_status_of_tomorrow", "partially_filled"),
    ],
)  # fmt: skip
def test_a_status_that_nobody_knows_is_a_working_order(theirs: str, ours: str):
    with saying(200, told({"order": {**ORDER, "status": theirs}})) as (tradier, _):
        seen = tradier.order_by_id("228175")
    assert seen is not None
    assert seen.status == ours


def test_none_one_and_several_are_written_in_three_ways():
    option = {**ORDER, "id": 2, "class": "option", "side": "buy_to_open", "option_symbol": "SPY140118C00195000"}
    strange, other = {"id": "what"}, {**ORDER, "id": 3, "tag": "a-2"}
    for body, tags in (
        ("null", []),
        (None, []),
        ({"order": ORDER}, ["a-1"]),
        ({"order": [strange, option, ORDER, other]}, ["a-1", "a-2"]),
    ):
        with saying(200, told({"orders": body})) as (tradier, _):
            assert [order.client_order_id for order in tradier.orders()] == tags


def test_the_target_leads_two_exits_in_whichever_order_they_come_and_an_entry_its_exits():
    target = {**ORDER, "id": 2, "side": "sell", "status": "open", "tag": ""}
    stop = {**target, "id": 3, "type": "stop", "stop_price": 160}
    group = {key: ORDER[key] for key in ("status", "duration", "create_date", "tag")}
    for kind, legs, expected in (
        ("oco", [stop, target], [("1", "a-1", "limit"), ("3", "tradier-3", "stop")]),
        ("oco", [target, stop], [("1", "a-1", "limit"), ("3", "tradier-3", "stop")]),
        ("oto", [{**ORDER, "type": "stop"}, target], [("1", "a-1", "stop"), ("2", "tradier-2", "limit")]),
    ):
        with saying(200, told({"order": {**group, "id": 1, "class": kind, "leg": legs}})) as (tradier, _):
            head = tradier.order_by_id("1")
        assert head is not None
        assert [(o.broker_order_id, o.client_order_id, o.type) for o in (head, *head.legs)] == expected


def test_an_order_without_our_tag_has_a_name_of_its_own():
    with saying(200, told({"order": {**ORDER, "tag": ""}})) as (tradier, _):
        seen = tradier.order_by_id("228175")
    assert seen is not None
    assert seen.client_order_id == "tradier-228175"


def test_holdings_are_told_without_a_price_rather_than_not_at_all():
    positions = [
        {"cost_basis": 505.5, "id": 1, "quantity": 3.0, "symbol": "SPY"},
        {"cost_basis": -200.0, "id": 2, "quantity": -2.0, "symbol": "QQQ"},
        {"cost_basis": 20.0, "id": 3, "quantity": 1.0, "symbol": "AAPL140118C00195000"},
    ]

    def answering(request: Request) -> Answer:
        if "positions" in request.target:
            return Answer(200, told({"positions": {"position": positions}}))
        return Answer(500)

    with serving(answering) as url:
        held = client(url).positions()
    zero = Decimal(0)
    assert held == [
        Holding(symbol=symbol, qty=qty, avg_entry_price=price, market_value=zero, unrealized_pl=zero,
                current_price=zero)
        for symbol, qty, price in (("SPY", Decimal(3), Decimal("168.5")), ("QQQ", Decimal(-2), Decimal(100)))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("section", "power", "multiplier"),
    [
        ({"account_type": "margin", "margin": {"stock_buying_power": 200.5}}, "200.5", Decimal(2)),
        ({"account_type": "cash", "cash": {"cash_available": 90.25}}, "90.25", Decimal(1)),
        ({"account_type": "pdt", "margin": {"stock_buying_power": 100}, "pdt": {"stock_buying_power": 400}}, "400",
         Decimal(4)),
        ({}, "0", None),
    ],
)  # fmt: skip
def test_buying_power_is_that_of_the_accounts_kind(section: dict[str, object], power: str, multiplier: Decimal | None):
    bodies: dict[str, object] = {
        "profile": {"profile": {"account": [{"account_number": "other", "status": "closed"},
                                            {"account_number": ACCOUNT, "status": "active"}]}},
        "balances": {"balances": {"total_equity": 1000.1, "total_cash": 100, **section}},
    }  # fmt: skip
    with serving(lambda asked: Answer(200, told(bodies[urlsplit(asked.target).path.split("/")[-1]]))) as url:
        balance = client(url).account()
    assert balance == Balance(
        status="ACTIVE", equity=Decimal("1000.1"), cash=Decimal(100), buying_power=Decimal(power),
        multiplier=multiplier,
    )  # fmt: skip


def test_the_clock_knows_the_sessions_of_the_calendar():
    with small() as (tradier, server):
        first = tradier.clock()
        tradier.clock()
    assert first == ClockReading(
        at=datetime(2013, 10, 7, 13, 30, tzinfo=UTC), is_open=True,
        next_open=datetime(2013, 10, 8, 13, 30, tzinfo=UTC), next_close=datetime(2013, 10, 7, 20, 0, tzinfo=UTC),
    )  # fmt: skip
    assert [heard.split("/")[-1] for heard in server.heard] == ["clock", "calendar", "calendar", "clock"]


def test_quotes_are_told_in_our_words():
    with small() as (tradier, _):
        assert tradier.market.quotes(["SPY"]) == [
            Quote(symbol="SPY", bid=168.4, ask=168.6, at=datetime(2013, 10, 7, 13, 30, 1, tzinfo=UTC), last=168.5)
        ]


@pytest.mark.parametrize("found", ["null", {"security": {"symbol": "AA", "exchange": "N"}}])
def test_what_a_lookup_does_not_find_by_its_very_name_is_not_known(found: object):
    with serving(lambda _: Answer(200, told({"securities": found}))) as url:
        assert client(url).asset("A") is None


def test_the_token_is_not_a_part_of_how_it_prints():
    assert "secret" not in repr(Access("http://x", ACCOUNT, "secret"))
