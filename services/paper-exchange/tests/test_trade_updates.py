"""The stream of order updates: Alpaca's own client, and clients that ask for it in other ways."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportPrivateUsage=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias, cast

import aiohttp
import msgspec
import pytest

from paper_exchange.outbox import Frames

if TYPE_CHECKING:
    from .conftest import Body, Server, Start, Trader

Trades: TypeAlias = "Callable[[Server], Trader]"
Wait: TypeAlias = Callable[[Callable[[], object]], None]
Update: TypeAlias = dict[str, object]
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}
LISTENING = {"stream": "listening", "data": {"streams": ["trade_updates"]}}


@asynccontextmanager
async def socket(
    server: Server, headers: dict[str, str] | None = None
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.url}/stream", headers=headers) as one:
        yield one


def authenticate(name: str) -> dict[str, object]:
    return {"action": "authenticate", "data": {"key_id": name, "secret_key": name}}


def authorization(status: str, action: str = "authenticate") -> dict[str, object]:
    return {"stream": "authorization", "data": {"status": status, "action": action}}


def test_the_stream_tells_the_life_of_a_bracket(trader: Trader, wait: Wait):
    with trader.listening():
        trader.order(qty=3, order_class="bracket", take_profit={"limit_price": 60}, stop_loss={"stop_price": 40})
        wait(lambda: len(trader.heard) == 5)
        trader.client.close_all_positions(cancel_orders=True)
        wait(lambda: len(trader.heard) == 10)
    assert [(update["event"], cast("Body", update["order"])["type"]) for update in trader.heard] == [
        ("pending_new", "market"),
        ("new", "market"),
        ("fill", "market"),
        ("new", "limit"),
        ("held", "stop"),
        ("canceled", "limit"),
        ("canceled", "stop"),
        ("pending_new", "market"),
        ("new", "market"),
        ("fill", "market"),
    ]
    fills = [update for update in trader.heard if update["event"] == "fill"]
    assert [(fill["qty"], fill["position_qty"]) for fill in fills] == [("3", "3"), ("3", "0")]


def test_an_update_has_the_recorded_members_in_the_recorded_order(trader: Trader, wait: Wait):
    with trader.listening():
        answered = trader.order()
        wait(lambda: trader.events() == ["pending_new", "new", "fill"])
    pending, new, fill = trader.heard
    begins = ["at", "event_id", "event", "timestamp", "order"]
    assert list(pending) == begins
    assert list(new) == [*begins, "execution_id"]
    assert list(fill) == [*begins, "price", "qty", "position_qty", "execution_id", "settle_date"]
    told = cast("Body", fill["order"])
    assert set(told) == {*answered, "cancel_requested_at"} - {"source", "subtag"}
    assert [name for name in told if name in answered] == [name for name in answered if name in told]
    shown = (told["status"], told["cancel_requested_at"], fill["price"], fill["settle_date"])
    assert shown == ("filled", None, "50", "2013-10-08")
    assert len({str(update["event_id"]) for update in trader.heard}) == 3
    assert len(str(fill["event_id"])) == 26


def test_a_short_position_is_told_of_with_its_sign(trader: Trader, wait: Wait):
    with trader.listening():
        trader.order(side="sell", qty=2)
        wait(lambda: "fill" in trader.events())
    assert (trader.heard[-1]["qty"], trader.heard[-1]["position_qty"]) == ("2", "-2")


def test_a_replacement_is_told_of_with_the_old_order_and_the_new(trader: Trader, wait: Wait):
    with trader.listening():
        old = trader.rest()
        new = cast("dict[str, str]", trader.client.patch(f"/orders/{old['id']}", {"limit_price": 2}))
        wait(lambda: len(trader.heard) == 4)
    assert trader.events(old["client_order_id"]) == ["pending_new", "new", "replaced"]
    assert trader.events(new["client_order_id"]) == ["new"]


def test_a_cancel_says_since_when_it_was_wanted(trader: Trader, wait: Wait):
    with trader.listening():
        trader.client.cancel_order_by_id(trader.rest()["id"])
        wait(lambda: "canceled" in trader.events())
    told = cast("Body", trader.heard[-1]["order"])
    assert told["cancel_requested_at"] == told["canceled_at"] is not None


def test_what_happens_while_nobody_listens_is_never_told(trader: Trader):
    with trader.listening():
        pass
    trader.order(client_order_id="meanwhile")
    with trader.listening():
        assert trader.heard == []


async def test_nothing_is_told_before_the_keys_are_known(server: Server):
    async with socket(server) as one:
        told: list[object] = []
        for said in (
            LISTEN,
            {"action": "authenticate", "data": {"key_id": "early", "secret_key": "wrong"}},
            {"action": "auth", "key": "early", "secret": "early"},
            {"action": "listen", "data": {"streams": ["trade_updates", "other"]}},
            {"action": "listen", "data": {"streams": []}},
        ):
            await one.send_json(said)
            frame = await one.receive()
            assert frame.type is aiohttp.WSMsgType.BINARY
            told.append(frame.json())
        await one.send_str("nonsense")
        told.append((await one.receive()).json())
    assert told == [
        authorization("unauthorized", "listen"),
        authorization("unauthorized"),
        authorization("authorized", "auth"),
        LISTENING,
        {"stream": "listening", "data": {"streams": []}},
        authorization("unauthorized", "unknown"),
    ]


async def test_frames_are_text_where_that_is_asked_for(start: Start):
    server = start(exchange_frames=Frames.TEXT)
    async with socket(server) as one:
        await one.send_json(authenticate("demo"))
        frame = await one.receive()
    assert (frame.type, frame.json()) == (aiohttp.WSMsgType.TEXT, authorization("authorized"))


async def test_messagepack_is_spoken_with_who_asks_for_it(server: Server):
    async with socket(server, {"Content-Type": "application/msgpack"}) as one:
        told: list[object] = []
        for said in (authenticate("packed"), LISTEN):
            await one.send_bytes(msgspec.msgpack.encode(said))
            told.append(msgspec.msgpack.decode((await one.receive()).data))
    assert told == [authorization("authorized"), LISTENING]


async def test_an_account_has_one_connection_and_a_second_is_turned_away_until_the_first_is_gone(server: Server):
    keys = {"APCA-API-KEY-ID": "single", "APCA-API-SECRET-KEY": "single"}
    async with socket(server) as first, socket(server) as second, socket(server) as other:
        await first.send_json(authenticate("single"))
        assert (await first.receive()).json() == authorization("authorized")
        await second.send_json(authenticate("single"))
        assert (await second.receive()).data == aiohttp.WSCloseCode.POLICY_VIOLATION
        await other.send_json(authenticate("another"))
        assert (await other.receive()).json() == authorization("authorized")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with socket(server, keys):
                pass
        assert refused.value.status == 429
    async with asyncio.timeout(20), socket(server, keys) as third:
        await third.send_json(authenticate("single"))
        assert (await third.receive()).json() == authorization("authorized")


async def test_who_answers_no_ping_is_gone_and_another_may_come(start: Start):
    server = start(exchange_heartbeat=0.2)
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.url}/stream", autoping=False) as dead:
        await dead.send_json(authenticate("demo"))
        assert (await dead.receive()).json() == authorization("authorized")
        assert (await dead.receive()).type is aiohttp.WSMsgType.PING
        assert (await dead.receive()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE}
        async with socket(server) as other:
            await other.send_json(authenticate("demo"))
            assert (await other.receive()).json() == authorization("authorized")


def test_cancels_and_replacements_that_take_their_time_are_told_of_when_they_begin(
    start: Start, trades: Trades, wait: Wait
):
    trader = trades(start(exchange_latency_ms=50))
    with trader.listening():
        old = trader.rest()
        wait(lambda: "new" in trader.events())
        new = cast("dict[str, str]", trader.client.patch(f"/orders/{old['id']}", {"limit_price": 2}))
        wait(lambda: "replaced" in trader.events() and "new" in trader.events(new["client_order_id"]))
        trader.client.cancel_order_by_id(new["id"])
        wait(lambda: "canceled" in trader.events())
    assert trader.events(old["client_order_id"]) == ["pending_new", "new", "pending_replace", "replaced"]
    assert trader.events(new["client_order_id"]) == ["new", "pending_cancel", "canceled"]


def test_an_order_that_is_filled_in_parts_and_one_that_expires(start: Start, trades: Trades, wait: Wait):
    trader = trades(start(exchange_partial_fills=1, exchange_speed=4000.0))
    with trader.listening():
        parts = trader.order(qty=5)
        day = trader.order(type="limit", limit_price=1)
        wait(lambda: "expired" in trader.events())
    assert trader.events(parts["client_order_id"]) == ["pending_new", "new", "partial_fill", "fill"]
    assert [(one["qty"], one["position_qty"]) for one in trader.heard if "qty" in one] == [("2", "2"), ("3", "5")]
    assert trader.events(day["client_order_id"]) == ["pending_new", "new", "expired"]


async def test_an_account_may_have_more_connections_where_that_is_set(start: Start):
    server = start(exchange_streams_per_account=2)
    async with socket(server) as first, socket(server) as second:
        for one in (first, second):
            await one.send_json(authenticate("demo"))
            assert (await one.receive()).json() == authorization("authorized")
