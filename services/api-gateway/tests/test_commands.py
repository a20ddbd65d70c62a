"""Leaving positions through the doors: what is asked becomes facts, and how far it is can be watched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from api_gateway.leaving import KEPT, MOST_STEPS, Leaving, progress, take
from chassis.jetstream import Connection, JetStreamLog
from contracts.accounts import AccountSnapshot, Holding
from contracts.commands import FlattenAsked, FlattenChecked, Remaining
from contracts.control import Halted
from contracts.lifecycle import OrderStatus
from contracts.log import Message, Record, subject
from contracts.market import Tick
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce, TradingState

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)

Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]
Json = dict[str, Any]


def snapshot(*held: tuple[str, str], account: str = "paper") -> AccountSnapshot:
    price, cash = Decimal(10), Decimal(1000)
    positions = tuple(
        Holding(
            symbol=symbol, qty=Decimal(qty), avg_entry_price=price, market_value=price, unrealized_pl=Decimal(0),
            current_price=price,
        )
        for symbol, qty in held
    )  # fmt: skip
    return AccountSnapshot(
        account=account, n=1, status="ACTIVE", equity=cash, cash=cash, buying_power=cash, positions=positions, at=NOON
    )


def order(
    status: OrderStatus, purpose: Purpose = Purpose.CLOSE, symbol: str = "SPY", n: int = 1, name: str = "x1"
) -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id=name, n=n, purpose=purpose, status=status, symbol=symbol, side=Side.SELL,
        qty=Decimal(3), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=NOON,
    )  # fmt: skip


def checked(command: str, n: int = 1, *, flat: bool = False, done: bool = False, problem: str = "") -> FlattenChecked:
    left = Remaining(symbol="SPY", qty=Decimal(3), external=Decimal(0), why="its sale comes next")
    return FlattenChecked(
        account="paper", command_id=command, n=n, flat=flat, done=flat or done, at=NOON,
        remaining=() if flat else (left,), orders=() if flat else ("x1",), problem=problem,
    )  # fmt: skip


async def ask(client: httpx.AsyncClient, method: str, path: str, **body: object) -> Json:
    found = await client.request(method, path, json=body or None)
    assert found.is_success, found.text
    return found.json()


@pytest.fixture
def logged(bus: Connect) -> Callable[[], Awaitable[list[Message]]]:
    """Give what people ordered, as the log has it."""

    async def read() -> list[Message]:
        log = JetStreamLog(await bus("audit"))
        found = [r.body async for c in log.read(("commands.>", "control.>"), 0, await log.head()) for r in c]
        return [body for body in found if isinstance(body, FlattenAsked | Halted)]

    return read


Logged = Callable[[], Awaitable[list[Message]]]


async def test_to_flatten_takes_one_step_and_no_body_and_says_what_is_closed(
    client: httpx.AsyncClient, write: Write, logged: Logged
):
    await write("executor", snapshot(("SPY", "3"), ("IBM", "2")), snapshot(("AMZN", "1"), account="growth"))
    told = await ask(client, "POST", "/positions/flatten?account=paper")
    (one,) = told["commands"]
    assert one["closing"] == [{"symbol": "SPY", "qty": "3"}, {"symbol": "IBM", "qty": "2"}]
    assert (one["flat"], one["done"], one["kill_switch"], told["state"]) == (False, False, False, "ACTIVE")
    (fact,) = await logged()
    assert fact == FlattenAsked(command_id=one["command_id"], account="paper", by="api")


async def test_one_symbol_alone_with_a_reason_and_with_shares_of_strangers(
    client: httpx.AsyncClient, write: Write, logged: Logged
):
    tick = Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON)
    await write("executor", tick, snapshot(("SPY", "3"), ("IBM", "2")))
    path = "/positions/flatten?account=paper&symbol=IBM&external=true"
    (one,) = (await ask(client, "POST", path, why="enough"))["commands"]
    assert [c["symbol"] for c in one["closing"]] == ["IBM"]
    (fact,) = await logged()
    assert fact == FlattenAsked(
        command_id=one["command_id"], account="paper", by="api", why="enough", symbol="IBM", external=True, at=NOON
    )


async def test_without_an_account_every_account_is_meant(client: httpx.AsyncClient, logged: Logged):
    found = (await ask(client, "POST", "/positions/flatten"))["commands"]
    assert [one["account"] for one in found] == ["paper", "growth"]
    assert {fact.command_id for fact in await logged() if isinstance(fact, FlattenAsked)} == {
        one["command_id"] for one in found
    }


async def test_the_kill_switch_halts_first_and_names_its_halt(client: httpx.AsyncClient, logged: Logged):
    told = await ask(client, "POST", "/commands/kill-switch", why="smoke")
    assert told["state"] == "HALTED"
    halt, *asked = await logged()
    assert isinstance(halt, Halted)
    assert (halt.scope, halt.level, halt.why, halt.until) == ("all", TradingState.HALTED, "smoke", None)
    assert [
        (one.account, one.halt, one.why, one.external) for one in asked if isinstance(one, FlattenAsked)
    ] == [("paper", halt.control_id, "smoke", False), ("growth", halt.control_id, "smoke", False)]  # fmt: skip


async def test_of_one_account_it_halts_that_alone(client: httpx.AsyncClient, logged: Logged):
    await ask(client, "POST", "/api/v1/commands/kill-switch?account=growth")
    halt, asked = await logged()
    assert isinstance(halt, Halted)
    assert isinstance(asked, FlattenAsked)
    assert (halt.scope, asked.account) == ("growth", "growth")


async def test_progress_is_the_brokers_word_with_every_step(client: httpx.AsyncClient, write: Write):
    (one,) = (await ask(client, "POST", "/commands/kill-switch?account=paper"))["commands"]
    name = one["command_id"]
    await write("executor", checked(name), order(OrderStatus.NEW), order(OrderStatus.CANCELED, Purpose.ENTRY, name="a"))
    going = await ask(client, "GET", f"/commands/{name}")
    assert (going["flat"], going["remaining"][0]["why"], going["orders"]) == (False, "its sale comes next", ["x1"])
    await write("executor", checked(name, 2, flat=True), order(OrderStatus.FILLED, n=2))
    told = await ask(client, "GET", f"/commands/{name}")
    assert (told["flat"], told["done"], told["remaining"], told["orders"]) == (True, True, [], [])
    assert [step["text"] for step in told["steps"]] == [
        "the broker still has 3 SPY (its sale comes next), 1 open order",
        "close order new: sell 3 SPY market",
        "entry order canceled: sell 3 SPY market",
        "flat, verified at the broker",
    ]
    assert (await ask(client, "GET", "/commands"))["commands"] == [told]


async def test_what_nobody_asked_for_is_not_found(client: httpx.AsyncClient):
    found = await client.get("/commands/none")
    assert (found.status_code, found.json()["detail"]) == (404, "no command has the id 'none'")


@pytest.mark.parametrize("path", ["/positions/flatten?symbol=x;y", "/positions/flatten?external=perhaps"])
async def test_what_is_misspelt_does_nothing(client: httpx.AsyncClient, logged: Logged, path: str):
    assert (await client.post(path)).status_code == 422
    assert (await client.post("/commands/kill-switch", json={"scope": "all"})).status_code == 422
    assert await logged() == []


def record(body: Message, seconds: float = 0) -> Record:
    return Record(1, NOON + timedelta(seconds=seconds), subject(body), body)


def asked(name: str = "c1", symbol: str = "", halt: str = "") -> FlattenAsked:
    return FlattenAsked(command_id=name, account="paper", by="api", symbol=symbol, halt=halt)


def test_without_the_kill_switch_entries_and_other_symbols_are_no_steps():
    leaving = dict[str, Leaving]()
    take(leaving, record(asked(symbol="SPY")), ())
    take(leaving, record(order(OrderStatus.NEW, Purpose.ENTRY)), ())
    take(leaving, record(order(OrderStatus.NEW, symbol="IBM")), ())
    take(leaving, record(checked("c1", problem="the broker does not answer: gone")), ())
    assert [step.text for step in leaving["c1"].steps] == ["the broker does not answer: gone"]


def test_its_time_ends_with_the_brokers_word():
    leaving = dict[str, Leaving]()
    take(leaving, record(asked()), ())
    assert progress(leaving["c1"], NOON + timedelta(seconds=2)).seconds == 2
    take(leaving, record(checked("c1", flat=True), 3.5), ())
    assert progress(leaving["c1"], NOON + timedelta(seconds=60)).seconds == 3.5
    take(leaving, record(order(OrderStatus.NEW), 9), ())
    assert len(leaving["c1"].steps) == 1


def test_commands_and_their_steps_are_bounded():
    leaving = dict[str, Leaving]()
    for number in range(KEPT + 1):
        take(leaving, record(asked(f"c{number}")), ())
    assert (len(leaving), "c0" in leaving) == (KEPT, False)
    for number in range(MOST_STEPS + 1):
        take(leaving, record(order(OrderStatus.NEW, n=number)), ())
    assert len(leaving["c1"].steps) == MOST_STEPS
