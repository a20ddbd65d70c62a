"""What people see, folded from a log in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from api_gateway.holdings import Position, Protection, positions
from api_gateway.today import Today
from api_gateway.view import KEPT_ORDERS, KEPT_PREVIEWS, SUBJECTS, Judged, View, fold
from chassis.memory import MemoryLog
from contracts.accounts import AccountSnapshot, DriftFound, DriftKind, DriftResolved, Holding
from contracts.control import ExitPolicy, ExitPolicySet, Halted, LimitsSet, ModeSet, Resumed
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.log import Fact, Message
from contracts.market import Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.previews import Previewed
from contracts.signals import Action, Signal, SignalRefused, Source
from contracts.values import Mode, OrderType, Side, TimeInForce
from contracts.verdicts import Check, OrderDenied

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


async def folded(messages: Sequence[Message]) -> View:
    log = MemoryLog(clock=lambda: NOON)
    await log.append([Fact(message) for message in messages])
    view = View("paper")
    async for chunk in log.read(SUBJECTS, 0, await log.head()):
        for record in chunk:
            fold(view, record)
    return view


def order(name: str = "o1", n: int = 1, status: OrderStatus = OrderStatus.NEW, account: str = "paper") -> OrderChanged:
    return OrderChanged(
        account=account,
        client_order_id=name,
        n=n,
        purpose=Purpose.ENTRY,
        status=status,
        symbol="SPY",
        side=Side.BUY,
        qty=Decimal(10),
        type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
        at=NOON,
    )


def leg(name: str, *, stop: str = "", limit: str = "", status: OrderStatus = OrderStatus.HELD) -> OrderChanged:
    return structs.replace(
        order(name, status=status),
        purpose=Purpose.PROTECT,
        side=Side.SELL,
        stop_price=Decimal(stop) if stop else None,
        limit_price=Decimal(limit) if limit else None,
    )


def signal(name: str = "s1") -> Signal:
    return Signal(signal_id=name, source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON)


def denied(name: str = "s1", account: str = "paper") -> OrderDenied:
    return OrderDenied(
        denial_id=f"d-{name}-{account}",
        signal_id=name,
        account=account,
        source=Source.WS,
        symbol="SPY",
        code="mode",
        reason="the mode is manual",
        value="ws",
        limit="manual",
        at=NOON,
        checks=(),
    )


def snapshot(*held: Holding, n: int = 1, account: str = "paper") -> AccountSnapshot:
    dollars = Decimal("100000.50")
    return AccountSnapshot(
        account=account,
        n=n,
        status="ACTIVE",
        equity=dollars,
        cash=dollars,
        buying_power=dollars,
        positions=held,
        at=NOON,
    )


def holding(qty: str = "10") -> Holding:
    return Holding(
        symbol="SPY",
        qty=Decimal(qty),
        avg_entry_price=Decimal(100),
        market_value=Decimal(1010),
        unrealized_pl=Decimal(10),
        current_price=Decimal(101),
    )


async def test_orders_are_seen_newest_first_as_they_stand_now():
    last = order("o1", 2, OrderStatus.FILLED)
    view = await folded([order("o1"), order("o2"), last])
    assert view.newest_orders() == (order("o2"), last)


async def test_an_order_is_found_by_our_id_and_by_the_brokers():
    placed = structs.replace(order(), broker_order_id="b-7")
    view = await folded([order(n=0), placed])
    assert (view.order("o1"), view.order("b-7"), view.order("b-8")) == (placed, placed, None)


async def test_another_accounts_orders_snapshots_and_verdicts_are_not_ours():
    theirs = denied(account="other")
    view = await folded([signal(), order(account="other"), snapshot(account="other"), theirs])
    assert (view.newest_orders(), view.snapshot) == ((), None)
    assert view.newest_signals(10) == (Judged(1, signal(), None, {"other": theirs}),)


async def test_what_is_decided_for_another_account_changes_nothing_here():
    theirs, ours = (ModeSet(control_id=scope, scope=scope, mode=Mode.AUTO, by="api") for scope in ("other", "paper"))
    halted = Halted(control_id="h", scope="other", by="api", why="fire")
    view = await folded([theirs, halted])
    assert (view.mode, view.stops.halts) == (Mode.MANUAL, {})
    assert (await folded([ours])).mode is Mode.AUTO


async def test_an_order_that_is_done_makes_room_before_one_that_is_open():
    done = [order(f"done-{number}", status=OrderStatus.FILLED) for number in range(KEPT_ORDERS)]
    view = await folded([order("open"), *done])
    assert len(view.orders) == KEPT_ORDERS
    assert (view.order("open"), view.order("done-0"), view.order("done-1")) == (order("open"), None, done[1])


async def test_signals_carry_their_verdicts_and_refusals_stand_apart():
    refusal = SignalRefused(refusal_id="r1", source=Source.WS, code="not_json", reason="no JSON", received="{", size=1)
    view = await folded([signal("s1"), signal("s2"), refusal, denied("s1")])
    assert view.newest_signals(10) == (Judged(2, signal("s2")), Judged(1, signal("s1"), denied("s1")))
    assert view.newest_signals(1) == (Judged(2, signal("s2")),)
    assert [r.refusal for r in view.newest_refusals(10)] == [refusal]


async def test_control_facts_change_mode_halt_limits_and_policy():
    halted = Halted(control_id="c1", scope="all", by="api", why="fire")
    view = await folded(
        [
            halted,
            ModeSet(control_id="c2", scope="all", mode=Mode.AUTO, by="api"),
            LimitsSet(control_id="c3", scope="all", limits=Limits(max_concurrent=1), by="environment"),
            ExitPolicySet(control_id="c4", scope="all", policy=ExitPolicy(max_days=1), by="environment"),
        ]
    )
    assert (view.stops.halts, view.mode) == ({"c1": halted}, Mode.AUTO)
    assert view.limits == Limits(max_concurrent=1, max_days=1)
    assert view.environment == {}
    view = await folded([halted, Resumed(control_id="c5", scope="all", by="api", why="out")])
    assert view.stops.halts == {}


async def test_limits_are_those_of_the_account_and_what_is_set_for_others_and_narrower_is_held_beside_them():
    def said(scope: str, count: int, symbol: str = "") -> LimitsSet:
        limits = Limits(max_concurrent=count)
        return LimitsSet(
            control_id=f"{scope}{symbol}", scope=scope, limits=limits, symbol=symbol, fields=("max_concurrent",),
            by="api",
        )  # fmt: skip

    view = await folded([said("all", 5), said("paper", 4), said("growth", 9), said("paper", 1, "SPY")])
    assert view.limits == Limits(max_concurrent=4)
    assert len(view.held.layers) == 4
    assert view.held.configured == {}


async def test_market_time_and_the_last_sequence_come_from_the_log_and_quotes_are_passed_over():
    tick = Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON)
    view = await folded([Quote(symbol="SPY", bid=1, ask=2, at=NOON), tick, Quote(symbol="SPY", bid=1, ask=2, at=NOON)])
    assert (view.tick, view.ticked, view.sequence) == (tick, NOON, 2)


def test_a_position_is_shown_with_the_stops_and_targets_that_rest():
    resting = [
        leg("target", limit="120"),
        leg("stop", stop="95"),
        leg("gone", stop="90", status=OrderStatus.CANCELED),
        structs.replace(leg("elsewhere", stop="50"), symbol="IBM"),
        order("entry"),
    ]
    assert positions(snapshot(holding()), [], resting) == (
        Position(
            "SPY", Decimal(10), Decimal(100), Decimal(101), Decimal(1010), Decimal(10),
            Protection(Decimal(10), (Decimal(95),), (Decimal(120),), ("target", "stop")),
            is_covered=True,
        ),
    )  # fmt: skip


def test_exits_that_come_with_an_entry_cover_nothing_until_it_is_complete():
    coming = order("e1", status=OrderStatus.PARTIALLY_FILLED)
    exits = [structs.replace(leg("s1", stop="95"), parent="e1"), structs.replace(leg("t1", limit="120"), parent="e1")]
    (half,) = positions(snapshot(holding("4")), (), [coming, *exits])
    assert (half.protection.covered_qty, half.protection.stop_prices, half.is_covered) == (0, (), False)
    complete = structs.replace(coming, status=OrderStatus.FILLED)
    (whole,) = positions(snapshot(holding()), (), [complete, *exits])
    assert (whole.protection.covered_qty, whole.is_covered) == (10, True)


def test_a_position_whose_stop_covers_too_few_shares_is_not_covered():
    stop = structs.replace(leg("stop", stop="95"), filled_qty=Decimal(4))
    (seen,) = positions(snapshot(holding()), [], [stop])
    assert (seen.protection.covered_qty, seen.is_covered) == (Decimal(6), False)


def fill(side: Side, qty: int, price: int, symbol: str = "SPY") -> OrderFilled:
    return OrderFilled(
        account="paper", execution_id=f"{symbol}-{side}-{qty}", client_order_id="o", purpose=Purpose.ENTRY,
        symbol=symbol, side=side, qty=Decimal(qty), price=Decimal(price), cum_qty=Decimal(qty), at=NOON,
    )  # fmt: skip


def test_fills_since_the_snapshot_move_the_position_at_once():
    bought = positions(snapshot(holding()), [fill(Side.BUY, 10, 110), fill(Side.BUY, 3, 20, "BAC")], [])
    sold = positions(snapshot(holding()), [fill(Side.SELL, 4, 110)], [])

    shown = [(p.symbol, p.qty, p.avg_entry_price, p.market_value) for p in (*bought, *sold)]
    assert shown == [
        ("SPY", Decimal(20), Decimal(105), Decimal(2020)),
        ("BAC", Decimal(3), Decimal(20), Decimal(60)),
        ("SPY", Decimal(6), Decimal(100), Decimal(606)),
    ]
    assert positions(snapshot(holding()), [fill(Side.SELL, 10, 110)], []) == ()


async def test_a_snapshot_takes_the_place_of_the_fills_before_it():
    view = await folded([fill(Side.BUY, 10, 110), snapshot(holding()), fill(Side.SELL, 4, 110)])
    assert [f.side for f in view.fills] == [Side.SELL]


def drift(kind: DriftKind, n: int) -> DriftFound:
    return DriftFound(
        account="paper", n=n, difference=kind, symbol="SPY", ours="0", theirs="2", at=NOON, freezes=True
    )  # fmt: skip


async def test_what_differs_at_the_broker_is_shown_until_it_is_gone_and_no_freeze_outlives_a_resume():
    gone = DriftResolved(account="paper", n=3, difference=DriftKind.MISSING_STOP, symbol="SPY", at=NOON)
    resumed = Resumed(control_id="r1", scope="all", by="anna", why="seen")
    kept = drift(DriftKind.QUANTITY_DRIFT, 1)
    view = await folded([kept, drift(DriftKind.MISSING_STOP, 2), gone])
    assert [*view.stops.drifts.values()] == [kept]
    view = await folded([kept, resumed])
    assert [*view.stops.drifts.values()] == [structs.replace(kept, freezes=False)]


async def test_verdicts_are_counted_and_the_last_entry_names_the_rules_in_their_order():
    checks = tuple(Check(rule=rule, passed=False, value="", limit="") for rule in ("hold", "mode"))
    sale = structs.replace(signal("s2"), action=Action.SELL)
    no, exit_no = structs.replace(denied("s1"), checks=checks), structs.replace(denied("s2"), checks=checks[:1])
    view = await folded([signal("s1"), no, sale, exit_no, signal("s3"), denied("s3", "other")])
    assert (view.today, view.rules) == (Today(day=NOON.date(), denied={"mode": 2}), ("hold", "mode"))


async def test_only_so_many_answers_to_questions_are_kept_and_none_of_another_account():
    answers = [
        Previewed(preview_id=f"p{number}", account="paper", verdict=denied()) for number in range(KEPT_PREVIEWS + 1)
    ]
    view = await folded([*answers, Previewed(preview_id="theirs", account="other", verdict=denied())])
    assert view.rules == ()
    assert list(view.previews) == [f"p{number}" for number in range(1, KEPT_PREVIEWS + 1)]
